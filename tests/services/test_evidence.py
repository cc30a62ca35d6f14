"""Whatever is changed in consents, the audit log or their chain is found, and a restore is no change."""

import json
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from fakes import new_lead
from restoring import Machine, dump, load
from sqlalchemy import delete, insert, make_url, select, update

from realpad_form.adapters.sidecar_files import EvidenceFile
from realpad_form.adapters.sql import SqlAuditLog, SqlEvidenceChain, SqlResealing, sqlite
from realpad_form.adapters.sql.evidence import evidence_link
from realpad_form.adapters.sql.schema import consent, log_state, wording
from realpad_form.adapters.sql.schema_people import audit_entry
from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.domain.evidence import EvidenceFault
from realpad_form.domain.lead import Consent, hash_of
from realpad_form.domain.people import AuditAction
from realpad_form.services import evidence
from realpad_form.services.evidence import EvidenceKeeper

PERSON = UUID(int=7)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "evidence.jsonl"


class Wall:
    """A clock on the wall, moved by a test."""

    def __init__(self):
        self.ahead_s = 0.0

    def __call__(self):
        return time.time() + self.ahead_s


@pytest.fixture
def wall():
    return Wall()


@pytest.fixture
def keeper(database, path, wall):
    return EvidenceKeeper(SqlEvidenceChain(database), EvidenceFile(path), clock=wall)


@pytest.fixture
def write(sql_log, database, submission):
    """Store a lead with two consents and an audit entry about it; return the lead's id."""

    def store(wording="Souhlasím"):
        asked = tuple(
            Consent(id=number, given=number == 1, wording=f"{wording} {number}", language="cs")
            for number in (1, 2)
        )
        lead_id = sql_log.append(new_lead(submission(consents=asked), payload={"name": "Jana"})).lead_id
        about = {"by": PERSON, "subject": str(lead_id), "detail": "inbox", "project": "riverside"}
        SqlAuditLog(database).record(AuditAction.VIEWED, **about)
        return lead_id

    return store


@pytest.fixture
def chained(keeper, write):
    """Three links of two consents and one entry each; return the leads in their order."""
    leads = []
    for _ in range(3):
        leads.append(write())
        keeper.run_once()
    return leads


def run(database, *statements):
    with database.write() as connection:
        for statement in statements:
            connection.execute(statement)


def faults(keeper):
    return [(each.fault, each.link) for each in keeper.verify().problems]


def numbers(database):
    with database.read() as connection:
        return connection.execute(select(audit_entry.c.number).order_by(audit_entry.c.number)).scalars().all()


def of_link(number):
    return audit_entry.c.link == number


def test_what_was_stored_is_chained_in_one_link(keeper, write):
    write()

    link = keeper.run_once()

    assert (link.number, link.consents, link.entries) == (1, 2, 1)
    assert keeper.run_once() is None
    report = keeper.verify()
    assert (report.links, report.consents, report.entries, report.unchained) == (1, 2, 1, 0)
    assert (report.problems, report.head) == ([], link)


def test_what_is_too_new_is_counted(keeper, chained, write):
    write()

    report = keeper.verify()

    assert (report.problems, report.unchained, report.consents) == ([], 3, 6)


def test_an_empty_database_is_sound(keeper):
    keeper.run_once()

    report = keeper.verify()

    assert (report.problems, report.head, report.links) == ([], None, 0)


OTHER_CONSENT = {
    "lead_id": uuid4(),
    "position": 5,
    "consent_id": 3,
    "given": False,
    "language": "en",
    "form_version": "other",
    "decided_at": None,  # a day later
}


@pytest.mark.parametrize("column", OTHER_CONSENT)
def test_a_changed_consent_is_found(keeper, chained, database, clock, column):
    value = OTHER_CONSENT[column]
    if value is None:
        clock.advance(days=1)
        value = clock()
    changed = update(consent).where(consent.c.lead_id == chained[1], consent.c.position == 0)

    run(database, changed.values({column: value}))

    assert faults(keeper) == [(EvidenceFault.CHANGED, 2)]


def test_a_consent_with_other_words_is_found(keeper, chained, database):
    words = "Souhlasím se vším"
    changed = update(consent).where(consent.c.lead_id == chained[1], consent.c.position == 0)

    run(
        database,
        insert(wording).values(hash=hash_of(words), words=words),
        changed.values(wording_hash=hash_of(words)),
    )

    assert faults(keeper) == [(EvidenceFault.CHANGED, 2)]


OTHER_ENTRY = {
    "number": 99_999,
    "at": None,
    "deed": "erased",
    "by": UUID(int=8),
    "subject": "somebody else",
    "detail": "command",
    "project": None,
}


@pytest.mark.parametrize("column", OTHER_ENTRY)
def test_a_changed_entry_of_the_audit_log_is_found(keeper, chained, database, clock, column):
    value = clock() if column == "at" else OTHER_ENTRY[column]

    run(database, update(audit_entry).where(of_link(2)).values({column: value}))

    assert faults(keeper) == [(EvidenceFault.CHANGED, 2)]


def test_what_was_changed_is_named(keeper, chained, database):
    run(database, update(audit_entry).where(of_link(2)).values(by=None))

    (problem,) = keeper.verify().problems

    assert problem.text.startswith("link 2 of 20")
    assert f"consent 0 of lead {chained[1]}" in problem.text
    assert f"audit entry {numbers(database)[1]}" in problem.text


def test_changed_words_are_found(keeper, chained, database):
    run(database, update(wording).where(wording.c.hash == hash_of("Souhlasím 1")).values(words="Nesouhlasím"))

    assert faults(keeper) == [(EvidenceFault.WORDING_CHANGED, None)]


def test_missing_words_are_found(keeper, chained, database, database_url):
    if database.is_sqlite:
        with closing(sqlite.driver().connect(make_url(database_url).database)) as connection:
            connection.execute("DELETE FROM wording")  # by a program that checks no foreign keys
            connection.commit()
    else:
        with database.write() as connection:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            connection.execute(delete(wording))

    assert faults(keeper) == [(EvidenceFault.WORDING_MISSING, None)] * 2


@pytest.mark.parametrize(
    ("table", "what"), [(consent, "had 2 consents, and 1 are left"), (audit_entry, "had 1 audit entries")]
)
def test_a_removed_row_is_found(keeper, chained, database, table, what):
    one = table.c.position == 1 if table is consent else table.c.number > 0

    run(database, delete(table).where(table.c.link == 2, one))

    (problem,) = keeper.verify().problems
    assert (problem.fault, problem.link) == (EvidenceFault.ROWS_MISSING, 2)
    assert what in problem.text


def test_a_removed_row_that_is_stored_again_is_found(keeper, chained, database):
    with database.read() as connection:
        row = dict(connection.execute(select(audit_entry).where(of_link(2))).one()._mapping)
    run(
        database,
        delete(audit_entry).where(of_link(2)),
        insert(audit_entry).values({**row, "detail": "other", "link": None}),
    )
    keeper.run_once()

    assert faults(keeper) == [(EvidenceFault.ROWS_MISSING, 2)]


def test_an_inserted_row_is_found(keeper, chained, database, clock):
    about = {"number": 9_999, "at": clock(), "deed": "viewed", "subject": "", "detail": "", "link": 2}

    run(database, insert(audit_entry).values(about))

    assert faults(keeper) == [(EvidenceFault.ROWS_ADDED, 2)]


@pytest.mark.parametrize("link", [-1, 0, 99])
def test_a_row_of_a_link_that_is_none_is_found(keeper, chained, database, clock, link):
    about = {"number": 9_999, "at": clock(), "deed": "viewed", "subject": "", "detail": "", "link": link}
    run(database, insert(audit_entry).values(about))
    if link < 1:
        with database.read() as connection:
            first = dict(connection.execute(select(evidence_link).limit(1)).one()._mapping)
        run(database, insert(evidence_link).values({**first, "number": link}))

    assert faults(keeper) == [(EvidenceFault.UNKNOWN_LINK, link)]


def test_rows_that_swapped_places_are_found(keeper, chained, database):
    one, two = numbers(database)[:2]

    for number, other in ((one, 0), (two, one), (0, two)):
        run(database, update(audit_entry).where(audit_entry.c.number == number).values(number=other))

    assert faults(keeper) == [(EvidenceFault.CHANGED, 1), (EvidenceFault.CHANGED, 2)]


def test_rows_that_went_to_another_link_are_found(keeper, chained, database):
    run(database, update(consent).where(consent.c.lead_id == chained[0]).values(link=2))

    assert faults(keeper) == [(EvidenceFault.ROWS_MISSING, 1), (EvidenceFault.ROWS_ADDED, 2)]


@pytest.mark.parametrize(
    ("column", "value", "found"),
    [
        ("digest", "0" * 64, [(EvidenceFault.CHANGED, 2), (EvidenceFault.LINK_BROKEN, 3)]),
        ("previous", "0" * 64, [(EvidenceFault.LINK_BROKEN, 2), (EvidenceFault.CHANGED, 2)]),
        ("at", datetime(2026, 1, 1, tzinfo=UTC), [(EvidenceFault.CHANGED, 2)]),
        ("consents", 3, [(EvidenceFault.ROWS_MISSING, 2)]),
        ("entries", 0, [(EvidenceFault.ROWS_ADDED, 2)]),
    ],
)
def test_a_changed_link_is_found(keeper, chained, database, column, value, found):
    run(database, update(evidence_link).where(evidence_link.c.number == 2).values({column: value}))

    assert faults(keeper) == found


def test_a_removed_link_is_found(keeper, chained, database):
    run(
        database,
        delete(evidence_link).where(evidence_link.c.number == 2),
        delete(consent).where(consent.c.link == 2),
        delete(audit_entry).where(of_link(2)),
    )

    assert (EvidenceFault.LINK_MISSING, 2) in faults(keeper)


def make_anew(database, keeper, *, after):
    """Chain everything after a link again, as somebody who may write the database and knows how would."""
    run(
        database,
        update(consent).where(consent.c.link > after).values(link=None),
        update(audit_entry).where(audit_entry.c.link > after).values(link=None),
        delete(evidence_link).where(evidence_link.c.number > after),
    )
    SqlEvidenceChain(database).extend(10_000)


def record_now(keeper, wall):
    wall.ahead_s += 601
    keeper.run_once()


def test_a_chain_that_was_made_anew_is_found_by_the_file(keeper, chained, database, wall):
    record_now(keeper, wall)
    run(database, update(consent).values(given=True))

    make_anew(database, keeper, after=0)

    problems = keeper.verify().problems
    assert [(each.fault, each.link) for each in problems] == [
        (EvidenceFault.HEAD_MISSING, 1),
        (EvidenceFault.HEAD_MISSING, 3),
    ]
    assert "run `realpad-form db restored`" in problems[0].text


def test_newest_links_that_were_cut_off_are_found_by_the_file(keeper, chained, database, wall):
    record_now(keeper, wall)

    run(
        database,
        delete(consent).where(consent.c.link == 3),
        delete(audit_entry).where(of_link(3)),
        delete(evidence_link).where(evidence_link.c.number == 3),
    )

    assert faults(keeper) == [(EvidenceFault.HEAD_MISSING, 3)]


def test_everything_removed_is_found_by_the_file(keeper, chained, database):
    run(database, delete(consent), delete(audit_entry), delete(evidence_link))

    assert faults(keeper) == [(EvidenceFault.HEAD_MISSING, 1)]


def test_heads_are_recorded_at_once_and_then_every_ten_minutes(keeper, write, path, wall):
    keeper.run_once()
    for _ in range(3):
        write()
        keeper.run_once()
    assert [json.loads(line)["link"] for line in path.read_text().splitlines()] == [1]

    record_now(keeper, wall)
    record_now(keeper, wall)

    assert [json.loads(line)["link"] for line in path.read_text().splitlines()] == [1, 3]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_machine_records_the_links_of_others(keeper, chained, database, tmp_path):
    other = EvidenceKeeper(SqlEvidenceChain(database), EvidenceFile(tmp_path / "other" / "evidence.jsonl"))

    other.run_once()

    assert other.verify().recorded == 1
    make_anew(database, keeper, after=0)  # the clock went on
    assert faults(other) == [(EvidenceFault.HEAD_MISSING, 3)]


def test_a_head_is_in_the_application_log_too(keeper, write, caplog):
    caplog.set_level("INFO")
    write()

    link = keeper.run_once()

    assert f"up to link 1, {link.digest}" in caplog.text


def test_a_running_service_tells_once_that_recorded_links_are_gone(keeper, chained, database, wall, caplog):
    make_anew(database, keeper, after=0)

    record_now(keeper, wall)
    record_now(keeper, wall)

    assert caplog.text.count("evidence.jsonl has link 1 on record, which this database does not have") == 1
    assert keeper.verify().recorded == 0


@pytest.fixture
def machine(sql_log, tmp_path):
    return Machine(sql_log, tmp_path / "data", [])


def test_a_restore_is_no_tampering_and_is_told(keeper, chained, database, machine, write, wall):
    record_now(keeper, wall)
    backup = dump(database)
    write()
    keeper.run_once()
    record_now(keeper, wall)
    load(database, backup)

    assert faults(keeper) == [(EvidenceFault.HEAD_MISSING, 4)]
    machine.restores.by_hand()
    write()
    keeper.run_once()

    report = keeper.verify()
    assert report.problems == []
    assert [(each.link, each.replaced) for each in report.restores] == [(3, 1)]
    assert report.recorded == 3
    record_now(keeper, wall)
    assert faults(keeper) == []


def test_a_restore_is_no_tampering_if_nothing_has_run_since(keeper, chained, database, machine, wall):
    backup = dump(database)
    record_now(keeper, wall)
    load(database, {**backup, evidence_link: backup[evidence_link]})
    run(
        database,
        delete(consent).where(consent.c.link == 3),
        delete(audit_entry).where(of_link(3)),
        delete(evidence_link).where(evidence_link.c.number == 3),
    )

    machine.restores.by_hand()

    report = keeper.verify()
    assert (report.problems, [(each.link, each.replaced) for each in report.restores]) == ([], [(1, 1)])


def test_links_from_before_a_restore_are_still_compared(keeper, chained, database, machine, wall):
    record_now(keeper, wall)
    machine.restores.by_hand()
    keeper.run_once()
    assert faults(keeper) == []

    make_anew(database, keeper, after=0)

    assert [fault for fault, _link in faults(keeper)] == [EvidenceFault.HEAD_MISSING] * 3


def test_every_machine_finds_out_about_a_restore_for_itself(
    keeper, chained, database, machine, tmp_path, wall, write
):
    other = EvidenceKeeper(
        SqlEvidenceChain(database), EvidenceFile(tmp_path / "other" / "evidence.jsonl"), clock=wall
    )
    backup = dump(database)
    write()
    keeper.run_once()
    other.run_once()
    load(database, backup)
    machine.restores.by_hand()
    for _ in range(3):
        write()
        keeper.run_once()

    assert faults(keeper) == faults(other) == []
    assert [(each.link, each.replaced) for each in other.verify().restores] == [(0, 1)]


def test_erasing_keeps_the_evidence(keeper, chained, sql_log):
    for lead_id in chained:
        sql_log.erase(lead_id)

    report = keeper.verify()

    assert (report.problems, report.consents) == ([], 6)


def test_sealing_anew_keeps_the_evidence(keeper, chained, database):
    with database.read() as connection:
        before = connection.execute(select(consent.c.context)).scalars().all()
    resealing = SqlResealing(database, Vault(["n" * 32, "k" * 32]))

    assert len(list(resealing.texts()))

    with database.read() as connection:
        assert connection.execute(select(consent.c.context)).scalars().all() != before
    assert faults(keeper) == []


def test_more_problems_than_anybody_reads_are_counted(keeper, chained, database, monkeypatch):
    monkeypatch.setattr(evidence, "TOLD", 2)

    run(database, update(audit_entry).values(detail="other"))

    report = keeper.verify()
    assert (len(report.problems), report.more_problems) == (2, 1)


def test_it_is_read_in_several_goes(keeper, chained, database, monkeypatch):
    monkeypatch.setattr(evidence, "LINKS_AT_ONCE", 1)
    assert keeper.verify().consents == 6

    run(database, delete(evidence_link).where(evidence_link.c.number == 2))

    assert faults(keeper)[:4] == [(EvidenceFault.UNKNOWN_LINK, 2)] * 3 + [(EvidenceFault.LINK_MISSING, 2)]


class BrokenChain:
    """A chain whose database is away."""

    calls = 0

    def extend(self, at_most):
        self.calls += 1
        raise StorageUnavailableError("away")


def test_an_outage_is_told_once_and_ends_nothing(path, caplog, monkeypatch):
    monkeypatch.setattr(evidence, "POLL_EVERY_S", 0.01)
    chain, stop = BrokenChain(), threading.Event()
    thread = threading.Thread(target=EvidenceKeeper(chain, EvidenceFile(path)).run, args=[stop])
    thread.start()

    while chain.calls < 3:
        time.sleep(0.01)

    stop.set()
    thread.join()
    assert caplog.text.count("could not be chained: away") == 1


def test_a_backlog_is_chained_link_by_link(keeper, write, monkeypatch):
    monkeypatch.setattr(evidence, "AT_ONCE", 2)
    for _ in range(3):
        write()

    made = list(iter(keeper.run_once, None))

    assert [(each.consents, each.entries) for each in made] == [(2, 2), (2, 1), (2, 0)]
    assert faults(keeper) == []


def test_a_clock_that_was_ahead_keeps_no_head_from_being_recorded(keeper, write, path, wall):
    wall.ahead_s = 365 * 86_400.0
    write()
    keeper.run_once()
    wall.ahead_s = 0.0

    write()
    record_now(keeper, wall)

    assert [json.loads(line)["link"] for line in path.read_text().splitlines()] == [1, 2]


@pytest.mark.parametrize(
    "line",
    [
        '{"link": 3}',
        '{"continues_after": "5"}',
        '{"link": 4, "digest": "x", "at": "then"}',
        '{"later": 1}',
        "[1]",
        "\x00",
    ],
)
def test_lines_that_nobody_can_read_stop_nothing(keeper, chained, path, write, wall, line):
    with path.open("a") as file:
        file.write(line + "\n")
    write()
    record_now(keeper, wall)

    report = keeper.verify()

    assert (report.problems, report.recorded) == ([], 2)


def test_a_check_writes_nothing(keeper, chained, database, machine, path, wall):
    before = path.read_text()
    machine.restores.by_hand()

    assert keeper.verify().restores

    assert path.read_text() == before


def test_a_second_restore_is_none_of_a_first_one_with_the_clock_ahead(
    keeper, chained, database, machine, wall, write
):
    machine.restores.by_hand()
    run(database, update(log_state).values(restored_at=datetime.now(UTC) + timedelta(days=365)))
    record_now(keeper, wall)
    run(database, update(log_state).values(restored_at=datetime.now(UTC)))
    write()
    record_now(keeper, wall)

    report = keeper.verify()

    assert (report.problems, len(report.restores)) == ([], 2)
