import string
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from hashlib import sha256

import pytest
from people_world import ADDRESS, EMAIL, PASSWORD, PeopleWorld, make_passkey
from sqlalchemy import select

from realpad_form.adapters.passwords import ArgonHasher
from realpad_form.adapters.sql.schema import metadata
from realpad_form.domain.errors import TicketSpentError
from realpad_form.domain.people import AuditAction, Purpose
from realpad_form.services.sign_in import Refused, SecondStep, SignedIn
from realpad_form.services.signing import Tickets

WRONG = "canary: not the password"


def security_log(caplog):
    """Return what was logged as a possible attack."""
    return [record.getMessage() for record in caplog.records if record.name == "realpad_form.security"]


@pytest.fixture
def world(database, clock):
    return PeopleWorld(database, clock)


@pytest.fixture
def jana(world):
    return world.admit()


def test_right_password_opens_a_session_of_that_person(world, jana):
    entered = world.enter("  JANA@firma.example ")

    assert isinstance(entered, SignedIn)
    assert world.sign_in.resume(entered.token).person == jana


@pytest.mark.parametrize(
    "email", [EMAIL, "nobody@firma.example", "no e-mail", "\0", "\ud800@firma.example", ""]
)
def test_whoever_is_refused_is_refused_alike_and_for_the_same_work(world, jana, email):
    world.hasher.works.clear()

    assert world.enter(email, WRONG) == Refused()
    assert world.hasher.works == ["verify"]
    assert world.actions()[-1] is AuditAction.SIGN_IN_FAILED


def test_person_without_password_does_not_get_in_with_an_empty_one(world, jana):
    world.roster.reset(jana.id)

    assert world.enter(EMAIL, "") == Refused()
    assert world.enter(EMAIL, "the password of nobody") == Refused()


def test_disabled_person_is_refused_as_for_a_wrong_password(world, jana):
    world.admit("boss@firma.example", role="admin")
    world.people.disable(jana.id)

    assert world.enter() == Refused()


def test_password_of_a_mebibyte_is_not_hashed(world, jana):
    assert world.enter(EMAIL, "x" * 2**20) == Refused()


def test_each_sign_in_has_a_token_of_its_own_that_the_database_does_not_hold(world, jana):
    first, second = world.enter(), world.enter()

    assert first.token != second.token
    assert len(first.token) == 43
    assert world.sessions.find(sha256(first.token.encode()).hexdigest()).id == first.session.id
    assert first.token not in _everything_in(world.database)


def test_canary_password_is_nowhere_in_the_database_or_the_log(world, jana, caplog):
    caplog.set_level("DEBUG")

    world.enter()
    world.enter(EMAIL, WRONG)
    world.enter(WRONG, PASSWORD)

    assert "canary" not in _everything_in(world.database) + caplog.text


def test_session_that_is_used_lives_twelve_hours_and_no_longer(world, jana, clock):
    token = world.enter().token

    for _ in range(25):
        clock.advance(minutes=28)
        assert world.sign_in.resume(token)
    clock.advance(minutes=21)

    assert world.sign_in.resume(token) is None


def test_session_that_lies_idle_for_half_an_hour_is_over_for_good(world, jana, clock):
    token = world.enter().token
    clock.advance(minutes=30)

    assert world.sign_in.resume(token) is None
    clock.time -= timedelta(minutes=30)
    assert world.sign_in.resume(token) is None


def test_page_that_asks_by_itself_keeps_no_session_alive(world, jana, clock):
    token = world.enter().token

    for _ in range(29):
        clock.advance(minutes=1)
        assert world.sign_in.resume(token, is_use=False)
    clock.advance(minutes=1)

    assert world.sign_in.resume(token, is_use=False) is None


def test_use_is_written_down_once_a_minute_at_most(world, jana, clock):
    entered = world.enter()
    digest = sha256(entered.token.encode()).hexdigest()
    began = entered.session.created_at

    clock.advance(seconds=59)
    world.sign_in.resume(entered.token)
    assert world.sessions.find(digest).last_seen_at == began

    clock.advance(seconds=1)
    world.sign_in.resume(entered.token)
    assert world.sessions.find(digest).last_seen_at == clock()


def test_signed_out_session_is_dead_and_others_live(world, jana):
    here, there = world.enter(), world.enter()

    world.sign_in.sign_out(here.token)
    world.sign_in.sign_out("never a token")

    assert world.sign_in.resume(here.token) is None
    assert world.sign_in.resume(there.token)
    assert world.actions(by=jana.id)[-1] is AuditAction.SIGNED_OUT


def test_disabling_ends_sessions_at_once(world, jana):
    token = world.enter().token

    world.people.disable(jana.id)

    assert world.sign_in.resume(token) is None


def test_person_with_a_passkey_needs_it_after_the_password(world, jana):
    world.roster.add_passkey(make_passkey(jana.id))

    assert world.enter() == SecondStep(jana)
    assert world.sessions.of(jana.id) == []


def test_right_password_without_its_passkey_is_written_down(world, jana, caplog):
    caplog.set_level("INFO")
    world.roster.add_passkey(make_passkey(jana.id))

    world.enter()

    [entry] = world.audit.entries(by=jana.id, limit=1)
    assert (entry.action, entry.detail) == (AuditAction.PASSKEY_DEMANDED, "password")
    assert f"password was right, person {jana.id}, from {ADDRESS}" in caplog.text


def test_refused_sign_ins_are_logged_with_their_way_person_and_address(world, jana, caplog):
    world.enter(EMAIL, WRONG)
    world.enter("nobody@firma.example", WRONG)

    assert security_log(caplog) == [
        f"sign-in refused: password, person {jana.id}, from {ADDRESS}",
        f"sign-in refused: password, person nobody, from {ADDRESS}",
    ]
    assert {entry.detail for entry in world.audit.entries(limit=2)} == {"password"}


def test_attempts_that_have_to_wait_are_logged(world, jana, caplog):
    for _ in range(6):
        world.enter(EMAIL, WRONG)

    told = security_log(caplog)
    assert len(told) == 6
    assert f"sign-in has to wait 1 s: password, person {jana.id}, from {ADDRESS}" in told
    assert "canary" not in caplog.text
    assert EMAIL not in caplog.text


def test_proof_is_renewed_under_a_new_token(world, jana, clock):
    entered = world.enter()
    clock.advance(minutes=11)
    session = world.sign_in.resume(entered.token)
    assert not session.is_fresh(clock())

    proved = world.sign_in.reauthenticate(session, PASSWORD, address=ADDRESS)

    assert world.sign_in.resume(entered.token) is None
    renewed = world.sign_in.resume(proved.token)
    assert (renewed.id, renewed.is_fresh(clock())) == (session.id, True)


def test_wrong_password_renews_no_proof(world, jana, clock):
    entered = world.enter()
    clock.advance(minutes=11)

    assert world.sign_in.reauthenticate(entered.session, WRONG, address=ADDRESS) == Refused()
    assert not world.sign_in.resume(entered.token).is_fresh(clock())


def test_outdated_hash_is_replaced_at_sign_in(world, jana):
    old = ArgonHasher(memory_kib=32).hash(PASSWORD)
    world.roster.set_password(jana.id, old)

    assert isinstance(world.enter(), SignedIn)

    assert world.roster.password(jana.id) != old
    assert not world.hasher.is_outdated(world.roster.password(jana.id))
    assert isinstance(world.enter(), SignedIn)


@pytest.mark.parametrize("email", [EMAIL, "nobody@firma.example"])
def test_failures_of_an_account_make_it_wait_longer_and_longer(world, jana, clock, email):
    waits = [_fail_and_wait(world, clock, email=email) for _ in range(12)]

    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_failures_of_an_address_make_it_wait_whatever_the_account(world, jana, clock):
    waits = [_fail_and_wait(world, clock, email=f"n{n}@firma.example") for n in range(22)]

    assert waits == [0] * 19 + [1, 2, 4]


def test_ipv6_neighbours_count_as_one_address(world, jana, clock):
    for n in range(20):
        world.enter(f"n{n}@firma.example", WRONG, address=f"2001:db8:1:2:{n:x}::1")

    assert world.enter(address="2001:db8:1:2::ffff").wait
    assert isinstance(world.enter(address="2001:db8:1:3::1"), SignedIn)


def test_waiting_attempt_is_not_looked_at_nor_counted(world, jana, clock):
    for _ in range(3):
        world.enter(EMAIL, WRONG)
    world.hasher.works.clear()

    assert {world.enter().wait for _ in range(5)} == {timedelta(seconds=1)}
    assert world.hasher.works == []
    clock.advance(seconds=1)
    assert isinstance(world.enter(), SignedIn)


def test_success_forgives_the_account_but_not_the_address(world, jana, clock):
    for n in range(18):
        world.enter(f"n{n}@firma.example", WRONG)
    world.enter(EMAIL, WRONG)
    world.enter()

    waits = [_fail_and_wait(world, clock, email=f"m{n}@firma.example") for n in range(2)]

    assert waits == [1, 2], "the 20th and 21st failure of the address"
    assert isinstance(world.enter(), SignedIn), "she signed in from there before"


def test_failures_are_forgotten_after_a_day(world, jana, clock):
    for _ in range(3):
        world.enter(EMAIL, WRONG)
    clock.advance(hours=24, seconds=1)

    assert _fail_and_wait(world, clock, email=EMAIL) == 0


def test_guesses_at_once_are_no_way_around_the_wait(world, jana):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: world.enter(EMAIL, WRONG), range(16)))

    assert sum(not answer.wait for answer in answers) == 3


def _fail_and_wait(world, clock, *, email=EMAIL, address=ADDRESS):
    """Fail once, wait as long as is demanded, and return the seconds."""
    assert world.enter(email, WRONG, address=address) == Refused()
    keys = (f"account:{email}", f"address:{address}/32")
    waits = [timedelta(seconds=s) for s in range(62)]
    began = clock()
    for wait in waits:
        clock.time = began + wait
        if not _would_wait(world, keys):
            return wait.total_seconds()
    raise AssertionError("it never ends")


def _would_wait(world, keys):
    """Tell whether one would have to wait now, counting nothing."""
    failure = metadata.tables["failure"]
    hashed = [world.browsers.digest_of_counter(key) for key in keys]
    with world.database.read() as connection:
        untils = connection.execute(select(failure.c.wait_until).where(failure.c.key.in_(hashed))).scalars()
        return any(until > world.clock() for until in untils)


def _everything_in(database):
    with database.read() as connection:
        return "".join(
            str(row) for table in metadata.sorted_tables for row in connection.execute(select(table))
        )


@pytest.mark.parametrize("ahead", [{"hours": 1}, {"days": 2}], ids=str)
def test_session_of_a_clock_that_was_ahead_is_over(world, jana, clock, ahead):
    clock.advance(**ahead)
    entered = world.enter(EMAIL)
    clock.advance(**{unit: -number for unit, number in ahead.items()})

    assert not entered.session.is_fresh(clock())
    assert world.sign_in.resume(entered.token) is None
    assert isinstance(world.enter(EMAIL), SignedIn)


def test_wait_of_a_clock_that_was_ahead_locks_nobody_out(world, jana, clock):
    clock.advance(days=2)
    for _ in range(9):
        world.enter(EMAIL, WRONG)
    clock.advance(days=-2)

    assert isinstance(world.enter(EMAIL), SignedIn)


def test_link_of_a_clock_that_was_ahead_is_no_good(world, clock):
    tickets = Tickets(world.sessions)
    clock.advance(days=2)
    secret = tickets.issue(Purpose.SET_PASSWORD)
    clock.advance(days=-2)

    with pytest.raises(TicketSpentError):
        tickets.peek(secret, purpose=Purpose.SET_PASSWORD)


def test_signed_ticket_is_good_once_however_its_signature_is_spelled(world):
    signed = world.tickets.sign(Purpose.OIDC, content="kept")
    text, _, signature = signed.rpartition(".")
    spellings = [f"{text}.{signature[:-1]}{last}" for last in string.ascii_letters + string.digits + "-_"]

    readable = [each for each in spellings if _content(world.tickets, each) == "kept"]
    spent = [_is_spent_now(world.tickets, each) for each in readable]

    assert len(readable) > 1
    assert spent == [True] + [False] * (len(readable) - 1)


@pytest.mark.parametrize("bad", ["", ".", "x", "x.y", "\udc80", "{}.{}", ".eJwrBgAAdQB1.x"])
def test_what_we_never_signed_is_no_ticket(world, bad):
    with pytest.raises(TicketSpentError):
        world.tickets.read(bad, purpose=Purpose.OIDC)


def test_signed_ticket_of_another_purpose_or_key_is_no_good(world):
    signed = world.tickets.sign(Purpose.OIDC)
    other = Tickets(world.sessions, ["k" * 32])

    with pytest.raises(TicketSpentError):
        world.tickets.read(signed, purpose=Purpose.PASSKEY)
    with pytest.raises(TicketSpentError):
        other.read(signed, purpose=Purpose.OIDC)
    rotated = Tickets(world.sessions, ["n" * 32, *other.secret_keys])
    assert rotated.read(other.sign(Purpose.OIDC, content="kept"), purpose=Purpose.OIDC).content == "kept"


def _content(tickets, signed):
    try:
        return tickets.read(signed, purpose=Purpose.OIDC).content
    except TicketSpentError:
        return None


def _is_spent_now(tickets, signed):
    try:
        tickets.spend(signed, tickets.read(signed, purpose=Purpose.OIDC))
    except TicketSpentError:
        return False
    return True
