"""Lists of leads: the right ones, newest first, page by page, without reading the whole log."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest
from fakes import new_lead
from sqlalchemy import update

from realpad_form.adapters.sql import SqlIndexQueue, SqlLeadIndex, search
from realpad_form.adapters.sql.schema import lead
from realpad_form.domain.delivery import Status
from realpad_form.domain.search import Cursor, Facet, FacetMatches, InboxQuery
from realpad_form.services.indexer import Indexer

STATUSES = [status for status in Status if status not in (Status.SENDING, Status.ERASED)]
PROJECTS = ["hillside", "jantar", "riverside"]
CAMPAIGNS = ["", "Léto 2026"]
SUMMER = FacetMatches(Facet.CAMPAIGN, "Léto 2026")
PEOPLE = [
    {"name": "Jana", "surname": "Nováková", "email": "jana.novakova@seznam.cz", "phone": "+420777123456"},
    {"name": "Łukasz", "surname": "Šťastný", "email": "ls@example.com", "note": "Byt s balkónem, č. 7."},
]


@pytest.fixture
def index(sql_log):
    return SqlLeadIndex(sql_log.database, sql_log.vault)


@pytest.fixture
def leads(sql_log, submission, clock):
    """Leads of every kind, newest first."""
    for number, (status, project, campaign, who) in enumerate(product(STATUSES, PROJECTS, CAMPAIGNS, PEOPLE)):
        clock.advance(seconds=0.123457 * (number % 2))  # some at the same time
        _store(sql_log, submission, status=status, project=project, campaign=campaign, answers=who)
    indexer = Indexer(SqlIndexQueue(sql_log.database, sql_log.vault))
    while indexer.run_once():
        pass
    return _everything(sql_log)


def _store(log, submission, *, status, project, campaign, answers):
    body = {"campaign": campaign} if campaign else {}
    receipt = log.append(new_lead(submission(project=project, answers=answers), payload=body))
    with log.database.write() as connection:
        connection.execute(update(lead).where(lead.c.id == receipt.lead_id).values(status=status))


def _everything(log):
    with log.database.read() as connection:
        rows = connection.execute(lead.select()).all()
    return [log.get(row.id) for row in sorted(rows, key=lambda row: (row.created_at, row.id), reverse=True)]


def pages(index, query, limit=7):
    """Return the ids of all pages, one after the other."""
    found, after = [], None
    while True:
        page = index.page(query, after=after, limit=limit)
        assert len(page.records) <= limit
        found += [record.lead.id for record in page.records]
        if page.further is None:
            return found
        assert page.further != after
        after = Cursor.read(str(page.further))


def ids(records):
    return [record.lead.id for record in records]


def _is_of(name, record):
    return record.current.answers["name"] == name


def is_meant(record, query):
    """Tell by hand whether a lead is one that a query without words means."""
    here = record.lead
    return (
        (not query.statuses or here.status in query.statuses)
        and (query.projects is None or here.project in query.projects)
        and (not query.campaigns or record.current.payload.get("campaign") == query.campaigns.asked)
        and (query.since is None or here.created_at >= query.since)
        and (query.until is None or here.created_at < query.until)
    )


@pytest.mark.parametrize(
    "statuses", [(), (Status.REJECTED,), (Status.DELIVERED, Status.UNKNOWN), STATUSES[:3]]
)
@pytest.mark.parametrize("projects", [None, frozenset(), frozenset({"jantar"}), frozenset(PROJECTS[:2])])
def test_every_filter_finds_exactly_its_leads_newest_first(leads, index, statuses, projects):
    middle = leads[len(leads) // 2].lead.created_at
    times = [(None, None), (middle - timedelta(seconds=1), middle), (None, middle)]
    queries = [
        InboxQuery(statuses=statuses, projects=projects, campaigns=campaign, since=since, until=until)
        for campaign, (since, until) in product((None, SUMMER), times)
    ]

    found = [pages(index, query) for query in queries]

    assert found == [ids(each for each in leads if is_meant(each, query)) for query in queries]


@pytest.mark.parametrize(
    "query",
    [
        InboxQuery(),
        InboxQuery(statuses=(Status.REJECTED, Status.UNKNOWN)),
        InboxQuery(text="jana", statuses=(Status.DELIVERED,)),
        InboxQuery(campaigns=SUMMER, projects=frozenset({"jantar", "riverside"})),
    ],
)
def test_a_list_goes_either_way_and_is_counted(leads, index, query):
    found = pages(index, query)

    turned = pages(index, replace(query, is_oldest_first=True))
    count = index.count(query)

    assert turned == found[::-1]
    assert (count.number, count.is_exact) == (len(found), True)


def test_very_many_leads_are_counted_as_far_as_they_are_looked_at(leads, index, monkeypatch):
    monkeypatch.setattr(search, "WINDOWS", (5, 10))

    count = index.count(InboxQuery())

    assert (count.number, count.is_exact) == (10, False)


def test_a_person_is_found_by_what_is_typed(leads, index):
    typed = [
        "Nováková", "novak", "NOV jana", "jana.novakova@seznam.cz", "@seznam.cz", "jana.novakova", "novakov",
        "+420 777 123 456", "777 123 456", "777123456", "00420777123456", "123456", "3456",
    ]  # fmt: skip

    found = {text: pages(index, InboxQuery(text=text), limit=100) for text in typed}

    assert found == dict.fromkeys(typed, ids(each for each in leads if _is_of("Jana", each)))


def test_words_of_a_note_and_letters_without_accents_are_found(leads, index):
    typed = ["stastny", "Lukasz", "balkonem", "byt lukasz", "ls@example.com", "LS example.com"]

    found = {text: pages(index, InboxQuery(text=text), limit=100) for text in typed}

    assert found == dict.fromkeys(typed, ids(each for each in leads if _is_of("Łukasz", each)))


def test_what_no_lead_says_finds_none(leads, index):
    typed = ["Novotná", "jana stastny", "no", "777 123 457", "balk"]

    assert [pages(index, InboxQuery(text=text)) for text in typed] == [[]] * len(typed)


def test_text_without_a_word_in_it_finds_everything(leads, index):
    assert pages(index, InboxQuery(text=" % '")) == ids(leads)


@pytest.mark.parametrize("chars", [8, 32, 36])
def test_a_lead_is_found_by_its_id(leads, index, chars):
    one = leads[5].lead.id

    written = str(one) if chars == 36 else one.hex[:chars]

    assert pages(index, InboxQuery(text=written)) == [one]


@pytest.mark.parametrize("statuses", [[Status.REJECTED], [Status.DELIVERED], STATUSES])
def test_words_and_filters_must_all_be_true(leads, index, statuses):
    query = InboxQuery(text="jana", statuses=statuses, projects=frozenset({"jantar"}), campaigns=SUMMER)

    found = pages(index, query, limit=2)

    assert found == ids(each for each in leads if is_meant(each, query) and _is_of("Jana", each))


def test_a_long_look_gives_up_its_place_and_goes_on_from_there(leads, index, monkeypatch):
    monkeypatch.setattr(search, "WINDOWS", (5, 10))
    query = InboxQuery(text="jana", statuses=[Status.DELIVERED], projects=frozenset({"jantar"}))

    first = index.page(query, limit=1000)

    assert first.further is not None
    assert pages(index, query, limit=1000) == ids(
        each for each in leads if is_meant(each, query) and _is_of("Jana", each)
    )


def test_what_waits_is_counted_in_the_projects_that_one_sees(leads, index):
    each = len(CAMPAIGNS) * len(PEOPLE)
    waiting = {Status.REJECTED: each, Status.UNKNOWN: each, Status.QUARANTINED: each, Status.QUEUED: each}

    assert index.counts(frozenset({"jantar"})) == {**waiting, Status.SENDING: 0}
    assert index.counts(None) == {**dict.fromkeys(waiting, 3 * each), Status.SENDING: 0}
    assert set(index.counts(frozenset()).values()) == {0}


@pytest.mark.parametrize("text", ["", "1", "_", "x_y", "1_" + "0" * 31, "9" * 40 + "_" + "0" * 32, "1_é"])
def test_what_is_no_place_in_the_list_is_none(text):
    assert Cursor.read(text) is None


def test_a_place_in_the_list_reads_as_it_was_written(clock):
    cursor = Cursor(clock().replace(microsecond=123457), UUID(int=7))

    assert Cursor.read(str(cursor)) == cursor
