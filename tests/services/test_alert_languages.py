"""In which language each address gets its alerts: its person's own, also while the database is away."""

from types import SimpleNamespace

import pytest
from people_world import PeopleWorld, make_person

from realpad_form.adapters.notifiers import MailNotifier
from realpad_form.domain.alert import Alert, AlertCode, AlertDetail, Kind
from realpad_form.domain.errors import NotificationError, StorageUnavailableError
from realpad_form.forms import AlertWriter
from realpad_form.services.alerts import Alerts, RecipientLanguages

STOPPED = Alert.of(Kind.ORIGIN, "riverside", AlertDetail(AlertCode.FOREIGN_PAGE))


class Outbox:
    """A mail server that keeps its mails, and takes none for some addresses."""

    def __init__(self):
        self.mails, self.refused = [], set()

    def send(self, mail):
        if self.refused & set(mail.to):
            raise NotificationError("mail to mail.example: TimeoutError")
        self.mails.append(mail)

    @property
    def subjects(self):
        return {(mail.to[0], mail.subject.partition("] ")[2]) for mail in self.mails}


@pytest.fixture
def roster(database, clock):
    return PeopleWorld(database, clock).roster


@pytest.fixture
def outbox():
    return Outbox()


@pytest.fixture
def mailing(sql_log, alert_log, roster, outbox):
    """Return alerts that are mailed to some addresses."""

    def to(*addresses, default="en"):
        language_of = RecipientLanguages(roster, default).of
        words = AlertWriter()
        channels = [MailNotifier(outbox, each, words=words, language_of=language_of) for each in addresses]
        return Alerts(sql_log, alert_log, {}, list, channels)

    return to


def test_each_person_reads_alerts_in_their_language_and_others_in_that_of_the_settings(
    roster, alert_log, mailing, outbox
):
    roster.add(make_person(email="jana@firma.example", language="sk"))
    roster.add(make_person(email="petr@firma.example", language=None))
    alert_log.note(STOPPED)

    mailing("Jana@Firma.example", "petr@firma.example", "it@firma.example", default="cs").run_once()

    czech = "poptávky posílá stránka, která není na seznamu (riverside)"
    assert outbox.subjects == {
        ("Jana@Firma.example", "dopyty posiela stránka, ktorá nie je na zozname (riverside)"),
        ("petr@firma.example", czech),
        ("it@firma.example", czech),
    }


def test_a_language_that_is_chosen_anew_counts_at_once(roster, alert_log, mailing, outbox, clock):
    person = make_person(email="jana@firma.example", language="sk")
    roster.add(person)
    alerts = mailing(person.email)
    alert_log.note(STOPPED)
    alerts.run_once()
    roster.set_language(person.id, "en")
    clock.advance(hours=23)
    alert_log.note(STOPPED)
    clock.advance(hours=1)

    alerts.run_once()

    assert [mail.subject for mail in outbox.mails] == [
        "[realpad-form] dopyty posiela stránka, ktorá nie je na zozname (riverside)",
        "[realpad-form] a page that is not listed sends leads (riverside)",
    ]


def test_an_address_that_gets_nothing_now_keeps_nobody_waiting_and_gets_it_later(
    roster, alert_log, mailing, outbox
):
    alerts = mailing("jana@firma.example", "it@firma.example")
    alert_log.note(STOPPED)
    outbox.refused.add("jana@firma.example")
    assert alerts.run_once() == 1
    outbox.refused.clear()

    for _ in range(3):
        alerts.run_once()

    assert [mail.to for mail in outbox.mails] == [("it@firma.example",), ("jana@firma.example",)]


def test_while_the_database_is_away_the_language_is_the_last_known_one():
    away = StorageUnavailableError("the database is away")
    found = [SimpleNamespace(language="sk")]

    def find(_address):
        if not found:
            raise away
        return found.pop()

    languages = RecipientLanguages(SimpleNamespace(find=find), "cs")

    assert [languages.of("jana@firma.example") for _ in range(2)] == ["sk", "sk"]
    assert languages.of("it@firma.example") == "cs"
