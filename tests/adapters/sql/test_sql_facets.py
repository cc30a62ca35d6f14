"""Campaigns and units: found by parts of their names, suggested, and bounded."""

from datetime import date

import pytest
from fakes import new_lead
from older import migrate
from opened import closing_database
from sqlalchemy import func, select

from realpad_form.adapters.sql import SqlIndexQueue, SqlLeadIndex, facets, upgrade
from realpad_form.adapters.sql.facets import MOST_FOUND, FacetSighting
from realpad_form.adapters.sql.schema import facet as table
from realpad_form.adapters.sql.schema import tally
from realpad_form.adapters.vault import Vault
from realpad_form.domain.search import Facet, FacetMatches, FacetName, InboxQuery
from realpad_form.domain.statistics import OTHER
from realpad_form.services.indexer import Indexer

EVER = date(2000, 1, 1)


@pytest.fixture
def worker(sql_log):
    return Indexer(SqlIndexQueue(sql_log.database, sql_log.vault))


@pytest.fixture
def index(sql_log):
    return SqlLeadIndex(sql_log.database, sql_log.vault)


@pytest.fixture
def store(sql_log, submission, worker):
    """Store a lead and index it; return its id."""

    def store_lead(campaign="", project="riverside", **answers):
        new = new_lead(submission(project=project, answers=answers), payload={"campaign": campaign})
        lead_id = sql_log.append(new).lead_id
        worker.run_once()
        return lead_id

    return store_lead


@pytest.fixture
def name(sql_log):
    """Let a name be known that leads came with."""

    def add(*names, facet=Facet.CAMPAIGN, project="riverside", on=date(2026, 5, 1), leads=1):
        with sql_log.database.write() as connection:
            found = [FacetSighting(FacetName(project, facet, each), on, leads) for each in names]
            facets.add(connection, found)

    return add


def find(index, asked, facet=Facet.CAMPAIGN, projects=None):
    return index.find_names(facet, asked, projects=projects)


def leads_of(index, asked, facet=Facet.CAMPAIGN):
    matches = find(index, asked, facet)
    query = InboxQuery(campaigns=matches) if facet is Facet.CAMPAIGN else InboxQuery(units=matches)
    return {record.lead.id for record in index.page(query).records}


@pytest.mark.parametrize("asked", ["jaro", "JARO", "jařo", "ro 20", "2026 jar", "Jaro–léto 2026", "o–l", "6"])
def test_leads_are_found_by_parts_of_their_campaign(store, index, asked):
    meant = store("Jaro–léto 2026")
    store("podzim")

    assert leads_of(index, asked) == {meant}


@pytest.mark.parametrize("asked", ["a-1", "A-10", "101", "3350001"])
def test_leads_are_found_by_parts_of_their_unit_and_its_id(store, index, asked):
    meant = store(unit="A-101", unit_id="3350001")
    store(unit="B-7")

    assert leads_of(index, asked, Facet.UNIT) == {meant}


def test_leads_of_every_name_with_the_part_are_found(store, index):
    meant = {store("jaro"), store("jaro-2026"), store("předjaří jaro")}
    store("podzim")

    assert leads_of(index, "jaro") == meant


@pytest.mark.parametrize("asked", ['"jaro"', "„Jaro“", "“jaro”", ' "JARO" '])
def test_a_name_in_quotes_is_meant_whole(store, index, asked):
    meant = store("Jaro")
    store("jaro-2026")

    assert leads_of(index, asked) == {meant}


@pytest.mark.parametrize("asked", ["%", "_", "/", "\\", "jar_", "jaro%", "j*", "'", '"'])
def test_signs_of_patterns_stand_for_themselves(store, index, asked):
    store("jaro")
    meant = store(f"x{asked}y")

    assert leads_of(index, asked) == {meant}


@pytest.mark.parametrize("asked", ["\u0301", "´ \u0308", " "])
def test_accents_alone_are_no_part_of_any_name(store, index, asked):
    store("jaro")

    assert find(index, asked).names == ()
    assert leads_of(index, asked) == set()


def test_the_very_name_is_one_of_those_that_are_looked_for(name, index):
    name("jaro", on=date(2025, 1, 1))
    name(*(f"jaro {n}" for n in range(MOST_FOUND)))

    found = find(index, "Jaro")

    assert (found.names[0], found.is_cut) == ("jaro", True)
    assert len(found.words) == len(found.names) == MOST_FOUND


def test_names_of_other_projects_are_not_told(store, index):
    store("jaro", project="riverside")
    store("jaro-tajné", project="jantar")

    assert find(index, "jaro", projects=frozenset({"riverside"})).names == ("jaro",)
    assert find(index, "jaro", projects=frozenset()).names == ()
    assert set(find(index, "jaro").names) == {"jaro", "jaro-tajné"}


def test_a_name_of_several_projects_is_told_once_as_it_was_written(store, index):
    store("Jaro", project="riverside")
    store("Jaro", project="jantar")

    assert find(index, "jaro").names == ("Jaro",)


def test_no_more_names_are_looked_for_than_may_be_and_it_is_said(name, index):
    name(*(f"jaro {n}" for n in range(MOST_FOUND)))
    assert not find(index, "jaro").is_cut

    name("jaro newest", on=date(2026, 6, 1))
    found = find(index, "jaro")

    assert (len(found.names), found.is_cut) == (MOST_FOUND, True)
    assert found.names[0] == "jaro newest"


def test_leads_whose_campaign_is_not_known_are_found_by_its_whole_name(store, index, sql_log):
    meant = store("jaro")
    with sql_log.database.write() as connection:
        connection.execute(table.delete())

    assert leads_of(index, "Jaro") == {meant}
    assert leads_of(index, "jar") == set()


def test_names_longer_than_are_kept_are_found_whole(store, index):
    long = "x" * 600
    meant = store(long)

    assert find(index, "xxx").names == ()
    assert leads_of(index, long) == {meant}


def test_suggested_are_names_of_the_last_days_with_most_leads_first(store, name, index, clock):
    for campaign in ("jaro", "léto", "léto", "test", ""):
        store(campaign, unit="A-1")
    name("old", on=date(2020, 1, 1), leads=9)
    since = clock().date().replace(day=1)

    def suggested(facet, **more):
        return index.suggest_names(facet, **{"projects": None, "since": since, "limit": 100, **more})

    assert suggested(Facet.CAMPAIGN) == ["léto", "jaro"]
    assert suggested(Facet.CAMPAIGN, since=EVER) == ["old", "léto", "jaro"]
    assert suggested(Facet.CAMPAIGN, since=EVER, limit=1) == ["old"]
    assert suggested(Facet.CAMPAIGN, projects=frozenset({"jantar"})) == []
    assert suggested(Facet.UNIT) == ["A-1"]


def test_a_lead_that_is_indexed_again_is_counted_once(store, index, worker, sql_log):
    lead_id = store("jaro", unit="A-1")
    seen = sql_log.get(lead_id).lead.version

    sql_log.resubmit(seen, answers={"unit": "A-2"}, payload={"campaign": "jaro"})
    worker.run_once()

    with sql_log.database.read() as connection:
        counted = {row.name: row.leads for row in connection.execute(select(table))}
    assert counted == {"jaro": 1, "a-1": 1, "a-2": 0}
    assert leads_of(index, "a-2", Facet.UNIT) == {lead_id}
    assert index.suggest_names(Facet.UNIT, projects=None, since=EVER, limit=9) == ["A-1"]


def test_names_that_somebody_makes_up_push_out_the_oldest_alone(name, index, sql_log, monkeypatch):
    monkeypatch.setattr(facets, "MOST_KEPT", 5)
    name("jaro", on=date(2026, 6, 1))
    name("jaro", project="jantar", on=date(2020, 1, 1))
    name(*(f"made up {n}" for n in range(20)), on=date(2026, 5, 1))

    with sql_log.database.read() as connection:
        kept = dict(connection.execute(select(table.c.project, func.count()).group_by(table.c.project)).all())
    assert kept == {"riverside": 5, "jantar": 1}
    assert find(index, "jaro", projects=frozenset({"riverside"})).names == ("jaro",)


def test_an_unknown_word_alone_means_a_whole_name():
    matches = FacetMatches(Facet.CAMPAIGN, "Jaro")

    assert matches.words == {"campaign jaro"}
    assert FacetMatches(Facet.UNIT, '"A-1"').words == {"unit a-1"}


def test_a_lead_that_was_erased_before_it_was_indexed_leaves_no_name(sql_log, submission, index, worker):
    lead_id = sql_log.append(new_lead(submission(), payload={"campaign": "jaro"})).lead_id

    sql_log.erase(lead_id)
    worker.run_once()

    assert find(index, "jaro").names == ()


def test_upgrade_knows_the_names_of_the_statistics(blank_url):
    with closing_database(blank_url) as database:
        migrate(database, "0022")
        rows = [
            ("2026-05-01", "riverside", "Jaro", "A-1", "accepted", 2),
            ("2026-05-03", "riverside", "jaro", "A-1", "accepted", 1),
            ("2026-05-03", "riverside", "seen only", "", "view", 9),
            ("2026-05-03", "riverside", OTHER, "x" * 100, "accepted", 1),
        ]
        with database.write() as connection:
            columns = ("day", "project", "campaign", "unit", "step", "number")
            connection.execute(tally.insert(), [dict(zip(columns, row, strict=True)) for row in rows])

        upgrade(database)

        index = SqlLeadIndex(database, Vault())
        suggested = {facet: index.suggest_names(facet, projects=None, since=EVER, limit=9) for facet in Facet}
        assert suggested == {"campaign": ["Jaro"], "unit": ["A-1"]}
        with database.read() as connection:
            found = {(row.name, row.leads, row.seen_on) for row in connection.execute(select(table))}
        assert found == {("jaro", 3, "2026-05-03"), ("a-1", 3, "2026-05-03")}
