"""The weekly summary: once per week and person, from Monday at eight for two days, however many send it."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from fakes import new_lead
from opened import closing_database, make_sql_log
from people_world import PeopleWorld, make_person

from realpad_form.adapters.sql import SqlSummaryLog, SqlTally
from realpad_form.domain.errors import MailDeferredError, MailRefusedError, NotificationError
from realpad_form.domain.people import Role
from realpad_form.domain.statistics import FormEvent, FormEventKey, FunnelStep, TallyKey, Week
from realpad_form.forms import SummaryMailWriter
from realpad_form.services.statistics import Statistics
from realpad_form.services.summaries import WeeklySummaries

WEEK = Week(date(2026, 3, 23))
MONDAY = datetime(2026, 3, 30, 6, tzinfo=UTC)  # 8:00 in Prague, on summer time since the day before
ASKED = datetime(2026, 3, 1, tzinfo=UTC)
TUESDAY, BEFORE = date(2026, 3, 24), date(2026, 3, 17)


class Outbox:
    """A mail server that keeps its mails, or fails as it is told."""

    def __init__(self):
        self.mails, self.error = [], None

    def send(self, mail):
        if self.error:
            raise self.error
        self.mails.append(mail)

    @property
    def readers(self):
        return sorted(mail.to[0].partition("@")[0] for mail in self.mails)


@pytest.fixture
def roster(database, clock):
    return PeopleWorld(database, clock).roster


@pytest.fixture
def outbox():
    return Outbox()


@pytest.fixture
def projects(project):
    jantar = project.model_copy(update={"project": "jantar", "name": {"cs": "Jantar", "en": "Amber"}})
    return {"riverside": project, "jantar": jantar}


@pytest.fixture
def tally(database):
    return SqlTally(database)


@pytest.fixture
def make(clock, outbox, projects):
    """Return the summaries of one process."""

    def of(database, *, mailer=outbox):
        return WeeklySummaries(
            log=SqlSummaryLog(database, clock=clock),
            roster=PeopleWorld(database, clock).roster,
            leads=make_sql_log(database, clock),
            statistics=Statistics(SqlTally(database), clock),
            projects=lambda: projects,
            mailer=mailer,
            write=SummaryMailWriter("https://forms.example").mail,
            language="en",
        )

    return of


@pytest.fixture
def summaries(make, database):
    return make(database)


@pytest.fixture
def admit(roster):
    """Add somebody who wants the summary."""

    def add(name="jana", **changes):
        person = make_person(email=f"{name}@firma.example", **{"summary_since": ASKED, **changes})
        roster.add(person)
        return person

    return add


@pytest.fixture
def at(clock):
    """Turn the clock to a time."""

    def turn(time):
        clock.advance(seconds=(time - clock()).total_seconds())

    return turn


def plain(text):
    """Return a text with a blank for each of the odd spaces that numbers and days are written with."""
    return re.sub(r"[^\S\n]", " ", text)


def send(summaries):
    return list(summaries.send_due())


def leads_of(day, campaign="", *, number, delivered=0, project="riverside"):
    place = TallyKey(project, day, campaign)
    return {(place, FunnelStep.ACCEPTED): number, (place, FunnelStep.DELIVERED): delivered}


@pytest.mark.parametrize(
    ("now", "week"),
    [
        (MONDAY - timedelta(seconds=1), None),
        (MONDAY, WEEK),
        (MONDAY + timedelta(days=2) - timedelta(seconds=1), WEEK),
        (MONDAY + timedelta(days=2), None),
        (MONDAY + timedelta(days=6), None),
        (MONDAY + timedelta(days=7), Week(date(2026, 3, 30))),
        (datetime(2026, 10, 26, 7, tzinfo=UTC), Week(date(2026, 10, 19))),  # the day after summer time
        (datetime(2026, 10, 26, 6, tzinfo=UTC), None),
    ],
)
def test_a_week_is_summed_up_from_monday_at_eight_for_two_days(now, week):
    assert Week.to_summarize(now) == week


def test_nothing_is_sent_before_monday_and_once_then(summaries, admit, outbox, at):
    admit()
    at(MONDAY - timedelta(minutes=1))
    assert send(summaries) == []

    for minutes in range(4):
        at(MONDAY + timedelta(minutes=minutes))
        send(summaries)
    at(MONDAY + timedelta(days=1))
    send(summaries)

    assert outbox.readers == ["jana"]


def test_each_week_has_one_of_its_own(summaries, admit, outbox, at):
    person = admit()
    for week in range(3):
        at(MONDAY + timedelta(weeks=week, hours=1))
        send(summaries)

    ids = [mail.id for mail in outbox.mails]
    assert ids == [f"summary-{day}-{person.id}" for day in ("2026-03-23", "2026-03-30", "2026-04-06")]


def test_a_restart_sends_nothing_again(make, database, admit, outbox, at):
    admit()
    at(MONDAY)

    for _ in range(3):
        send(make(database))

    assert outbox.readers == ["jana"]


def test_what_was_missed_on_monday_is_caught_up_with_until_wednesday(summaries, admit, outbox, at):
    admit()
    at(MONDAY + timedelta(days=2, seconds=-1))

    send(summaries)

    assert outbox.readers == ["jana"]


def test_what_was_missed_for_longer_is_not_sent(summaries, admit, outbox, at):
    admit()
    at(MONDAY + timedelta(days=2))

    send(summaries)

    assert outbox.mails == []


def test_only_those_get_it_who_asked_for_it_before_it_was_due(summaries, admit, outbox, at):
    admit("asked", summary_since=MONDAY)
    admit("late", summary_since=MONDAY + timedelta(hours=1))
    admit("not", summary_since=None)
    admit("gone", disabled_at=MONDAY)
    admit("nothing", projects=frozenset())
    admit("masked", is_masked=True)
    admit("marketer", role=Role.MARKETER)
    at(MONDAY + timedelta(hours=2))

    send(summaries)

    assert outbox.readers == ["asked", "marketer", "masked"]


def test_many_processes_send_one_mail_to_each_person(
    request, database_url, make, database, admit, outbox, at
):
    for number in range(5):
        admit(f"person-{number}")
    at(MONDAY)
    with ExitStack() as opened, ThreadPoolExecutor(4) as pool:
        processes = [make(opened.enter_context(closing_database(database_url))) for _ in range(4)]
        sent = list(pool.map(send, processes))

    assert sum(map(len, sent)) == 5
    assert outbox.readers == [f"person-{number}" for number in range(5)]


def test_a_process_that_dies_while_it_sends_leaves_the_mail_to_another_under_the_same_id(
    summaries, make, database, admit, outbox, at
):
    admit()
    at(MONDAY)
    outbox.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        send(summaries)
    outbox.error = None
    assert send(make(database)) == []

    at(MONDAY + timedelta(minutes=3))
    send(make(database))

    assert outbox.readers == ["jana"]


@pytest.mark.parametrize("error", [NotificationError("away"), MailDeferredError("greylisted")], ids=repr)
def test_what_the_mail_server_does_not_take_now_is_tried_less_and_less_until_it_is_taken(
    summaries, admit, outbox, at, error
):
    admit()
    tries = 0
    for minutes in range(0, 12 * 60, 2):
        at(MONDAY + timedelta(minutes=minutes))
        outbox.error = error
        tries += len(summaries.log.pending(WEEK, [each.id for each in summaries.roster.people()]))
        send(summaries)
    outbox.error = None
    at(MONDAY + timedelta(hours=14))
    send(summaries)

    assert 10 < tries < 20
    assert outbox.readers == ["jana"]


def test_who_is_shut_out_while_others_get_theirs_gets_none(summaries, admit, outbox, at, roster):
    for name in ("anna", "boris", "cyril"):
        admit(name)
    at(MONDAY + timedelta(hours=2))

    sent = summaries.send_due()
    next(sent)
    (first,) = outbox.readers
    for person in roster.people():
        if not person.email.startswith(first):
            roster.change(replace(person, disabled_at=MONDAY))
    list(sent)

    assert outbox.readers == [first]


def test_a_clock_that_was_months_ahead_makes_nobody_get_a_week_twice(summaries, admit, outbox, at):
    admit("anna")
    at(MONDAY + timedelta(hours=1))
    send(summaries)
    at(MONDAY + timedelta(weeks=15, hours=1))
    send(summaries)

    at(MONDAY + timedelta(hours=2))
    send(summaries)

    assert len(outbox.mails) == 2


def test_what_the_mail_server_refuses_for_good_is_not_tried_again(summaries, admit, outbox, at, caplog):
    person = admit()
    at(MONDAY)
    outbox.error = MailRefusedError("mail to mail.example: it answered 550")
    assert send(summaries) == [False]
    outbox.error = None

    at(MONDAY + timedelta(hours=20))

    assert send(summaries) == []
    assert f"mail summary-2026-03-23-{person.id} was refused" in caplog.text
    assert person.email not in caplog.text


def test_a_claim_made_while_the_clock_was_ahead_holds_nobody_up(summaries, admit, outbox, at):
    person = admit()
    at(MONDAY + timedelta(days=1))
    assert summaries.log.claim(WEEK, person.id)
    at(MONDAY)

    send(summaries)

    assert outbox.readers == ["jana"]


def test_without_a_mail_server_nothing_is_claimed(make, database, admit, at):
    person = admit()
    at(MONDAY)

    assert send(make(database, mailer=None)) == []
    assert make(database).log.pending(WEEK, [person.id]) == [person.id]


def test_a_mail_has_the_numbers_of_the_persons_projects_and_no_others(
    summaries, admit, outbox, at, tally, sql_log, submission, clock
):
    admit(projects=frozenset({"riverside"}), language="cs")
    tally.add(
        {
            **leads_of(TUESDAY, "jaro", number=9, delivered=8),
            **leads_of(TUESDAY, "léto", number=4, delivered=4),
            **leads_of(TUESDAY, "", number=3, delivered=3),
            **leads_of(TUESDAY, "zima", number=2),
            **leads_of(TUESDAY, "test", number=70),
            **leads_of(TUESDAY, "see evil.example/now", number=80),
            **leads_of(BEFORE, "jaro", number=15),
            **leads_of(TUESDAY, "canary", number=99, project="jantar"),
        },
        {
            FormEventKey("riverside", TUESDAY, FormEvent.REFUSED, "validation"): 4,
            FormEventKey("riverside", TUESDAY, FormEvent.REFUSED, "limit"): 1,
            FormEventKey("riverside", BEFORE, FormEvent.REFUSED, "limit"): 50,
            FormEventKey("riverside", TUESDAY, FormEvent.LEFT, "phone"): 60,
        },
    )
    sql_log.append(new_lead(submission(suspicions=("honeypot",)), payload={}))
    at(MONDAY)

    send(summaries)

    [mail] = outbox.mails
    assert plain(mail.subject) == "Týdenní přehled 23. 3. – 29. 3.: 98 poptávek"
    text = plain(mail.text)
    assert (
        "\n\nRiverside Residences\n"
        "Poptávky: 98 (+553 %, předchozí týden: 15)\n"
        "V Realpadu: 15\n"
        "Čeká na člověka: 1\n"
        "Odeslání, která nebyla přijata: 5\n"
        "Nejlepší kampaně: jaro (9), léto (4), bez kampaně (3)\n"
        "https://forms.example/figures/?project=riverside&since=2026-03-23&until=2026-03-29\n\n"
    ) in text
    assert text.endswith("Tam ho také můžete vypnout.\nhttps://forms.example/account\n")
    for hidden in ("canary", "Amber", "Jantar", "evil", "Nováková", "777"):
        assert hidden not in text


@pytest.mark.parametrize(
    ("language", "subject", "names"),
    [
        (None, "Weekly summary Mar 23 – 29: 1 lead", ["Amber", "Riverside Residences"]),
        ("cs", "Týdenní přehled 23. 3. – 29. 3.: 1 poptávka", ["Jantar", "Riverside Residences"]),
        ("sk", "Týždenný prehľad 23. 3. – 29. 3.: 1 dopyt", ["Jantar", "Riverside Residences"]),
    ],
)
def test_a_mail_is_in_the_persons_language(summaries, admit, outbox, at, tally, language, subject, names):
    admit(language=language)
    tally.add(leads_of(TUESDAY, number=1))
    at(MONDAY)

    send(summaries)

    [mail] = outbox.mails
    assert plain(mail.subject) == subject
    assert all(name in mail.text for name in names)


def test_projects_without_anything_are_named_in_one_line_and_several_are_summed_up(
    summaries, admit, outbox, at, tally, projects
):
    admit()
    projects["quiet"] = projects["riverside"].model_copy(update={"project": "quiet", "name": "Quiet"})
    tally.add({**leads_of(TUESDAY, number=2), **leads_of(TUESDAY, number=3, project="jantar")})
    at(MONDAY)

    send(summaries)

    text = outbox.mails[0].text
    assert "\n\nNothing happened in: Quiet\n\n" in text
    assert (
        "\n\nAll projects together\nLeads: 5 (the week before: 0)\n"
        "https://forms.example/figures/?since=2026-03-23&until=2026-03-29\n\n"
    ) in text


def test_without_a_public_address_there_are_no_links(summaries, admit, outbox, at, tally):
    admit()
    tally.add(leads_of(TUESDAY, number=2))
    at(MONDAY)

    send(replace(summaries, write=SummaryMailWriter().mail))

    assert "http" not in outbox.mails[0].text
    assert "switch it off" in outbox.mails[0].text
