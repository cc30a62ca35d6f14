"""People, sessions, tickets, failures and deeds as the database keeps them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import uuid4

import pytest
from people_world import ADDRESS, PeopleWorld, make_passkey, make_person
from sqlalchemy import update

from realpad_form.adapters.sql.schema_people import failure
from realpad_form.domain.errors import PersonExistsError, PersonNotFoundError
from realpad_form.domain.people import AuditAction, AuditFilter, Purpose, Role, Session, Ticket
from realpad_form.domain.throttling import BrowserMarks, Limit, account_limit, address_limit


@pytest.fixture
def world(database, clock):
    return PeopleWorld(database, clock)


@pytest.fixture
def jana(world):
    person = make_person(projects=frozenset({"riverside", "jantar"}), language="sk", is_masked=True)
    world.roster.add(person)
    return person


@pytest.fixture
def open_session(world, clock):
    """Keep a session of somebody; its hash is what it is called."""

    def keep(person, hashed):
        names = ("created_at", "last_seen_at", "reauthenticated_at", "passkey_at", "provider_at")
        times = dict.fromkeys(names, clock())
        session = Session(id=uuid4(), person=person, address=ADDRESS, **times)
        world.sessions.open(session, hashed=hashed)
        return session

    return keep


def test_person_is_kept_as_added(world, jana):
    nowhere = make_person(projects=frozenset())
    world.roster.add(nowhere)

    assert world.roster.get(jana.id) == world.roster.find(jana.email.upper()) == jana
    assert world.roster.get(nowhere.id).projects == frozenset()
    assert world.roster.people() == sorted([jana, nowhere], key=lambda person: person.email)


def test_email_belongs_to_one_person(world, jana):
    other = make_person()
    world.roster.add(other)

    with pytest.raises(PersonExistsError):
        world.roster.add(make_person(email=jana.email.upper()))
    with pytest.raises(PersonExistsError):
        world.roster.change(replace(other, email=jana.email))


def test_change_keeps_what_proves_who_it_is(world, jana):
    world.roster.set_password(jana.id, "hash")
    world.roster.bind(jana.id, "https://id.example 4711")

    world.roster.change(replace(jana, role=Role.ADMIN, projects=None))

    assert world.roster.get(jana.id) == replace(jana, role=Role.ADMIN, projects=None)
    assert world.roster.password(jana.id) == "hash"
    assert world.roster.find_subject("https://id.example 4711").id == jana.id


def test_nobody_is_changed_or_found_under_an_id_that_is_nobodys(world):
    with pytest.raises(PersonNotFoundError):
        world.roster.get(uuid4())
    with pytest.raises(PersonNotFoundError):
        world.roster.change(make_person())
    assert world.roster.password(uuid4()) is None
    assert world.roster.find("nobody@firma.example") is None


def test_person_is_known_elsewhere_under_one_id(world, jana):
    assert world.roster.bind(jana.id, "first")
    assert not world.roster.bind(jana.id, "second")

    world.roster.reset(jana.id, keeps_passkeys=True)
    assert world.roster.find_subject("first").id == jana.id
    world.roster.reset(jana.id)

    assert world.roster.find_subject("first") is None
    assert world.roster.bind(jana.id, "second")


def test_passkey_is_kept_once_and_used_in_order(world, jana):
    key = make_passkey(jana.id, id=bytes(range(256)) * 3)
    assert world.roster.add_passkey(key)
    assert not world.roster.add_passkey(key)

    assert world.roster.use_passkey(key, uses=1)
    assert not world.roster.use_passkey(key, uses=1), "the count was another one when it was verified"
    assert world.roster.passkey(key.id) == replace(key, uses=1)
    assert world.roster.passkeys(jana.id) == [replace(key, uses=1)]


def test_one_passkey_or_all_are_forgotten(world, jana):
    for name in (b"a", b"b", b"c"):
        world.roster.add_passkey(make_passkey(jana.id, id=name))

    world.roster.remove_passkey(jana.id, b"b")
    assert {key.id for key in world.roster.passkeys(jana.id)} == {b"a", b"c"}

    world.roster.reset(jana.id, keeps_passkeys=True)
    assert {key.id for key in world.roster.passkeys(jana.id)} == {b"a", b"c"}

    world.roster.reset(jana.id)
    assert world.roster.passkeys(jana.id) == []


def test_session_is_found_by_its_hash_with_its_person(world, jana, open_session, clock):
    session = open_session(jana, "h1")
    clock.advance(minutes=5)

    world.sessions.touch(session, at=clock())
    world.sessions.renew(session, hashed="h2", at=clock())

    assert world.sessions.find("h1") is None
    renewed = replace(session, last_seen_at=clock(), reauthenticated_at=clock())
    assert world.sessions.find("h2") == renewed
    assert world.sessions.of(jana.id) == [renewed]


def test_sessions_and_tickets_end_together_but_for_one(world, jana, open_session, clock):
    kept = open_session(jana, "kept")
    open_session(jana, "ended")
    other = make_person()
    world.roster.add(other)
    open_session(other, "other")
    ticket = Ticket(purpose=Purpose.SET_PASSWORD, person_id=jana.id, expires_at=clock())
    world.sessions.issue(ticket, hashed="t")

    world.sessions.end_all(jana.id, but=kept.id)

    assert [bool(world.sessions.find(each)) for each in ("kept", "ended", "other")] == [True, False, True]
    assert world.sessions.peek("t") is None


def test_what_is_long_over_is_forgotten(world, jana, open_session, clock):
    open_session(jana, "old")
    world.sessions.issue(Ticket(purpose=Purpose.PASSKEY, expires_at=clock()), hashed="old")
    clock.advance(hours=1)
    open_session(jana, "new")

    world.sessions.forget(before=clock())

    assert [bool(world.sessions.find(each)) for each in ("old", "new")] == [False, True]
    assert world.sessions.peek("old") is None


def test_of_many_who_take_a_ticket_one_gets_it(world, clock):
    ticket = Ticket(purpose=Purpose.OIDC, content="{}", expires_at=clock())
    world.sessions.issue(ticket, hashed="t")

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: world.sessions.take("t"), range(8)))

    assert [each for each in taken if each] == [ticket]


def test_of_many_failures_at_once_none_is_lost(world, database):
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: world.throttle.admit([Limit(key="account:x", free=99)]), range(40)))

    assert set(waits) == {timedelta(0)}
    with database.read() as connection:
        assert [row.failures for row in connection.execute(failure.select())] == [40]


def test_attempts_that_only_wait_write_nothing(world, database):
    def rows():
        with database.read() as connection:
            return sorted(map(str, connection.execute(failure.select())))

    def admit(n):
        return world.throttle.admit([account_limit(f"n{n}@firma.example"), address_limit(ADDRESS)])

    assert {admit(n) for n in range(20)} == {timedelta(0)}
    before = rows()
    assert len(before) == 21

    assert all(admit(n) for n in range(20, 520))

    assert rows() == before


def test_success_never_counts_below_zero(world, database):
    world.throttle.admit([Limit(key="address:x", free=3)])
    for _ in range(5):
        world.throttle.forgive(clear=["account:x"], lower=["address:x"])

    waits = [world.throttle.admit([Limit(key="address:x", free=3)]) for _ in range(4)]

    assert [bool(wait) for wait in waits] == [False, False, False, True]


def test_no_address_or_email_is_kept_of_those_who_fail(world, database):
    world.throttle.admit([account_limit("jana@firma.example"), address_limit(ADDRESS)])

    with database.read() as connection:
        rows = str(connection.execute(failure.select()).all())
    assert "jana" not in rows
    assert ADDRESS not in rows
    tried = [account_limit("jana@firma.example").key, address_limit(ADDRESS).key]
    for guess in tried:
        assert sha256(guess.encode()).hexdigest() not in rows, "all addresses are tried within hours"
        assert BrowserMarks(["x" * 32]).digest_of_counter(guess) not in rows
        assert world.browsers.digest_of_counter(guess) in rows


def test_wait_of_years_does_not_overflow(world, database, clock):
    world.throttle.admit([Limit(key="account:x", free=1)])
    with database.write() as connection:
        connection.execute(update(failure).values(failures=100_000))
    clock.advance(minutes=2)

    assert world.throttle.admit([Limit(key="account:x", free=1)]) == timedelta(0)
    assert world.throttle.admit([Limit(key="account:x", free=1)]) == timedelta(minutes=1)


def test_deeds_are_read_newest_first_in_pages(world, clock):
    me, lead = uuid4(), str(uuid4())
    for n in range(5):
        world.audit.record(
            AuditAction.VIEWED, by=me if n % 2 else None, subject=lead if n > 2 else "", detail=str(n)
        )
        clock.advance(seconds=1)

    def details(**conditions):
        return [entry.detail for entry in world.audit.entries(**conditions)]

    first = world.audit.page(AuditFilter(), limit=2)
    assert [entry.detail for entry in first] == ["4", "3"]
    second = world.audit.page(AuditFilter(), before=first[-1].number, limit=2)
    assert [entry.detail for entry in second] == ["2", "1"]
    assert details(by=me) == ["3", "1"]
    assert details(subject=lead) == ["4", "3"]
    assert (first[1].by, first[1].subject, first[1].action) == (me, lead, AuditAction.VIEWED)


def test_overlong_detail_is_cut_and_kept(world):
    world.audit.record(AuditAction.EXPORTED, by=None, detail="x" * 1000)

    assert world.audit.entries()[0].detail == "x" * 255
