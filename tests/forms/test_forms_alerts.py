"""Alerts as people read them: made of codes, in each language of the desk, with a link to where one acts."""

import re
from datetime import UTC, datetime

import pytest

from realpad_form.domain.alert import ADVICE, Alert, AlertCode, AlertDetail, Kind
from realpad_form.domain.people import LANGUAGES
from realpad_form.domain.receiver import ReceiverRefusal
from realpad_form.domain.restored import Sign
from realpad_form.forms import AlertWriter
from realpad_form.forms.desk_texts import translations

SINCE = datetime(2026, 11, 23, 12, tzinfo=UTC)
PUBLIC = "https://forms.example"
WORDS = AlertWriter(PUBLIC)
LEAD = "5f1c2a30-0000-4000-8000-000000000000"
STOPPED = Alert(
    kind=Kind.LANE,
    subject="riverside",
    text="stopped after HTTP 401",
    details=(AlertDetail.of(AlertCode.STOPPED, status=401),),
    since=SINCE,
)


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
@pytest.mark.parametrize("phrase", [*Kind, *ADVICE.values(), *AlertCode, *ReceiverRefusal], ids=str)
def test_all_that_an_alert_may_say_is_translated_with_what_fills_it_in(language, phrase):
    said = translations(language).gettext(phrase)

    assert said != phrase
    assert sorted(re.findall(r"%\(\w+\)s", said)) == sorted(re.findall(r"%\(\w+\)s", phrase))


@pytest.mark.parametrize("sign", Sign)
def test_every_sign_of_a_restored_copy_has_a_code(sign):
    assert AlertCode[f"RESTORED_{sign.name}"] == sign.describe()


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", str(STOPPED)),
        (
            "cs",
            "poptávky se zadržují (riverside) od 23. 11. 2026 13:00: zastaveno po odpovědi HTTP 401. "
            "Opravte přihlášení nebo nastavení v Realpadu a pak připojení v Poptávkách obnovte.",
        ),
        (
            "sk",
            "dopyty sa zadržiavajú (riverside) od 23. 11. 2026 13:00: zastavené po odpovedi HTTP 401. "
            "Opravte prihlásenie alebo nastavenie v Realpade a potom pripojenie v Dopytoch obnovte.",
        ),
    ],
)
def test_an_alert_is_one_sentence_in_each_language_with_the_time_of_the_office(language, sentence):
    assert WORDS.sentence(STOPPED, language) == sentence


def test_what_a_detail_is_about_is_translated_too():
    detail = AlertDetail.of(AlertCode.NOT_CALLED, why=ReceiverRefusal.PRIVATE)
    alert = Alert.of(Kind.WEBHOOK, "riverside/crm-sync", detail)

    assert "protože jeho adresa není veřejná" in WORDS.sentence(alert, "cs")


def test_an_alert_that_an_older_version_noted_keeps_its_words():
    alert = Alert(kind=Kind.LANE, subject="riverside", text="stopped after HTTP 401", since=SINCE)

    assert ": stopped after HTTP 401. Opravte" in WORDS.sentence(alert, "cs")


@pytest.mark.parametrize(
    ("kind", "subject", "page"),
    [
        (Kind.LANE, "riverside", "/inbox/lanes/riverside"),
        (Kind.STRANDED, "riverside", "/inbox/lanes"),
        (Kind.REJECTED, "riverside", "/inbox/?status=rejected&project=riverside"),
        (Kind.BACKLOG, "riverside", "/inbox/?status=queued&project=riverside"),
        (Kind.UNKNOWN, "riverside", "/inbox/?status=unknown&project=riverside"),
        (Kind.QUARANTINE, "riverside", "/inbox/?status=quarantined&project=riverside"),
        (Kind.MISSING, LEAD, f"/inbox/leads/{LEAD}"),
        (Kind.WEBHOOK, "riverside/notify.slack", "/inbox/webhooks/riverside/notify.slack"),
        (Kind.RESTORED, "database", "/inbox/?status=unknown"),
        (Kind.CLOCK, "riverside", "/inbox/?status=unknown"),
        (Kind.PROJECT, "/srv/projects/riverside.yaml", "/preview/riverside/edit"),
        (Kind.PROJECT, "projects/a, b\n.yaml", "/preview/"),
        (Kind.ORIGIN, "riverside", "/preview/riverside/edit"),
        (Kind.CAPTCHA, "riverside", "/preview/riverside/edit"),
        (Kind.CONFLICT, "riverside, web-1", "/preview/riverside/folder"),
        (Kind.SCHEDULE, "riverside", "/preview/riverside/history"),
        (Kind.SPOOL, "web-1", "/inbox/"),
        (Kind.DATA_KEY, "web-1, data key 1a2b3c4d", "/inbox/"),
    ],
)
def test_an_alert_leads_to_where_a_person_acts(kind, subject, page):
    assert WORDS.link(Alert(kind=kind, subject=subject, text="")) == PUBLIC + page


def test_every_kind_of_alert_leads_somewhere():
    assert all(WORDS.link(Alert(kind=kind, subject="riverside", text="")) for kind in Kind)


def test_there_is_no_link_without_a_public_address_or_once_it_is_over():
    over = Alert(kind=Kind.LANE, subject="riverside", text="", is_over=True)

    assert AlertWriter().link(STOPPED) is None
    assert WORDS.link(over) is None
    assert "http" not in AlertWriter().mail([STOPPED], to="a@example.com", language="cs").text


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "[realpad-form] over: leads are held back (riverside), and 1 more"),
        ("cs", "[realpad-form] vyřešeno: poptávky se zadržují (riverside) a další (1)"),
        ("sk", "[realpad-form] vyriešené: dopyty sa zadržiavajú (riverside) a ďalšie (1)"),
    ],
)
def test_a_mail_has_each_alert_with_its_link_and_the_inbox_at_its_end(language, subject):
    over = Alert(kind=Kind.LANE, subject="riverside", text="", is_over=True)

    mail = WORDS.mail([over, STOPPED], to="jana@firma.example", language=language)

    assert (mail.subject, mail.to) == (subject, ("jana@firma.example",))
    first, second, inbox = mail.text.replace("\N{NO-BREAK SPACE}", " ").split("\n\n")
    assert first == f"• {WORDS.sentence(over, language)}"
    assert second == f"• {WORDS.sentence(STOPPED, language)}\n  {PUBLIC}/inbox/lanes/riverside"
    assert inbox == f"{PUBLIC}/inbox/"
