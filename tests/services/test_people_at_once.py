"""What people do at the same time: nothing that was taken away comes back, and nothing is half done."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from authenticator import Authenticator
from people_world import ADDRESS, EMAIL, PASSWORD, PeopleWorld, make_passkey
from sqlalchemy import select

from realpad_form.adapters.passkeys import WebAuthn
from realpad_form.adapters.passwords import ArgonHasher
from realpad_form.adapters.sql import audit
from realpad_form.adapters.sql.schema_people import audit_entry, known_place, passkey, person, session, ticket
from realpad_form.domain.errors import (
    PermissionDeniedError,
    SessionEndedError,
    StorageUnavailableError,
    TicketSpentError,
)
from realpad_form.domain.people import Particulars, Proof, Right, Role
from realpad_form.services.passkeys import Passkeys
from realpad_form.services.people import People
from realpad_form.services.sign_in import Refused, SignedIn, SignIn

NEW = "canary: čtyři domy u lesa"
BOSS = "boss@firma.example"
LIMITED = Particulars(name="Jana", role=Role.MARKETER, projects=frozenset({"jantar"}), is_masked=True)


@pytest.fixture
def world(database, clock):
    return PeopleWorld(database, clock)


@pytest.fixture
def jana(world):
    return world.admit()


@pytest.fixture
def boss(world):
    return world.admit(BOSS, role=Role.ADMIN)


@pytest.fixture
def passkeys(world):
    return Passkeys(WebAuthn("https://forms.example"), world.sign_in, world.tickets)


def do_within(where, name, act, monkeypatch):
    """Let a method do something else, once, before it returns."""
    usual, done = getattr(where, name), []

    def method(*args, **keywords):
        result = usual(*args, **keywords)
        if not done:
            done.append(True)
            act()
        return result

    monkeypatch.setattr(where, name, method)


def set_by_link(world, jana):
    """Set another password, as its owner does by a new link."""
    world.accounts.set_password(world.people.reset(jana.id), NEW)


TAKEN = {
    "reset": lambda world, jana: world.people.reset(jana.id),
    "reset but for passkeys": lambda world, jana: world.people.reset(jana.id, keeps_passkeys=True),
    "new password": set_by_link,
    "shut out": lambda world, jana: world.people.disable(jana.id),
}


@pytest.mark.parametrize("how", ["shut out", "limited"])
def test_choosing_a_language_takes_back_nothing_that_was_done_meanwhile(world, jana, how):
    if how == "limited":
        world.people.change(jana.id, LIMITED)
    else:
        world.people.disable(jana.id)
    meanwhile = world.roster.get(jana.id)

    world.accounts.speak(jana, "cs")

    now = world.roster.get(jana.id)
    assert now.language == "cs"
    assert (now.disabled_at, now.role, now.projects, now.is_masked) == (
        meanwhile.disabled_at,
        meanwhile.role,
        meanwhile.projects,
        meanwhile.is_masked,
    )


def test_two_admins_who_shut_each_other_out_at_once_leave_one(world, boss, monkeypatch):
    other = world.admit(role=Role.ADMIN)
    both_have_checked = threading.Barrier(2)

    def wait():
        with suppress(threading.BrokenBarrierError):  # the other one has to wait until this one is done
            both_have_checked.wait(1)

    usual = People._keep_an_admin
    monkeypatch.setattr(People, "_keep_an_admin", lambda *args: (usual(*args), wait()))

    def shut_out(who, by):
        try:
            return world.people.disable(who.id, by=by)
        except PermissionDeniedError:
            return None

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(shut_out, (boss, other), (other, boss)))

    assert sum(each is not None for each in done) == 1
    assert sum(each.may(Right.PEOPLE) for each in world.roster.people()) == 1


@pytest.mark.parametrize("taken", TAKEN.values(), ids=TAKEN)
def test_sign_in_under_way_does_not_outlive_what_is_taken_away(world, jana, boss, taken, monkeypatch):
    do_within(world.hasher, "verify", lambda: taken(world, jana), monkeypatch)

    assert world.enter() == Refused()
    assert world.sessions.of(jana.id) == []


@pytest.mark.parametrize("taken", TAKEN.values(), ids=TAKEN)
def test_new_password_under_way_does_not_outlive_what_is_taken_away(world, jana, boss, taken, monkeypatch):
    entered = world.enter()
    do_within(world.hasher, "hash", lambda: taken(world, jana), monkeypatch)

    with pytest.raises(SessionEndedError):
        world.accounts.change_password(entered.session, PASSWORD, new="canary: pět domů na kopci")

    assert world.sessions.of(jana.id) == []
    world.people.enable(jana.id)
    assert world.enter(EMAIL, "canary: pět domů na kopci") == Refused()


@pytest.mark.parametrize("taken", TAKEN.values(), ids=TAKEN)
def test_renewed_proof_under_way_does_not_outlive_what_is_taken_away(world, jana, boss, taken, monkeypatch):
    entered = world.enter()
    do_within(world.hasher, "verify", lambda: taken(world, jana), monkeypatch)

    with pytest.raises(SessionEndedError):
        world.sign_in.reauthenticate(entered.session, PASSWORD, address=ADDRESS)

    assert world.sessions.of(jana.id) == []


@pytest.mark.parametrize("taken", [TAKEN["reset"], TAKEN["shut out"]], ids=["reset", "shut out"])
def test_sign_in_by_passkey_under_way_does_not_outlive_it(world, jana, boss, passkeys, taken, monkeypatch):
    device, entered = Authenticator(), world.enter()
    invited = passkeys.invite(jana)
    passkeys.add(entered.session, device.register(invited.options), ticket=invited.ticket, name="")
    asked = passkeys.ask_anybody()
    do_within(type(world.roster), "use_passkey", lambda: taken(world, jana), monkeypatch)

    assert passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS) == Refused()
    assert world.sessions.of(jana.id) == []


def test_passkey_that_is_added_while_the_session_ends_is_not_kept(world, jana, passkeys, monkeypatch):
    entered, invited = world.enter(), passkeys.invite(jana)
    do_within(WebAuthn, "accept", lambda: world.people.sign_out(jana.id), monkeypatch)

    with pytest.raises(SessionEndedError):
        passkeys.add(
            entered.session, Authenticator().register(invited.options), ticket=invited.ticket, name=""
        )

    assert passkeys.of(jana) == []


def test_passkey_of_an_ended_session_is_not_removed(world, jana, passkeys):
    entered = world.enter()
    world.roster.add_passkey(make_passkey(jana.id))
    world.people.sign_out(jana.id)

    with pytest.raises(SessionEndedError):
        passkeys.remove(entered.session, b"key")

    assert len(passkeys.of(jana)) == 1


@pytest.mark.parametrize("proved", [{"subject": "https://id.example 4711"}, {"passkey": b"key"}], ids=str)
def test_proof_that_is_not_kept_any_more_opens_nothing(world, jana, proved):
    world.roster.bind(jana.id, "https://id.example 4711")
    world.roster.add_passkey(make_passkey(jana.id))
    proof = Proof(person=jana, **proved)
    assert isinstance(world.sign_in.open(proof, address=ADDRESS, how="test"), SignedIn)

    world.people.reset(jana.id)

    assert world.sign_in.open(proof, address=ADDRESS, how="test") == Refused()


def test_passkey_of_somebody_else_is_no_proof(world, jana, boss):
    world.roster.add_passkey(make_passkey(boss.id))

    assert world.sign_in.open(Proof(person=jana, passkey=b"key"), address=ADDRESS, how="test") == Refused()


@pytest.mark.parametrize("taken", [TAKEN["reset"], set_by_link], ids=["reset", "new password"])
def test_old_password_does_not_come_back_by_its_renewed_hash(world, jana, taken, monkeypatch):
    world.roster.set_password(jana.id, ArgonHasher(memory_kib=32).hash(PASSWORD))
    do_within(world.hasher, "hash", lambda: taken(world, jana), monkeypatch)

    assert world.enter() == Refused()
    assert world.enter() == Refused()
    assert isinstance(world.enter(EMAIL, NEW), SignedIn) == (taken is set_by_link)


def test_link_that_is_used_while_a_newer_one_is_made_sets_nothing(world, jana, monkeypatch):
    link = world.people.reset(jana.id)
    do_within(world.hasher, "hash", lambda: world.people.reset(jana.id), monkeypatch)

    with pytest.raises(TicketSpentError):
        world.accounts.set_password(link, NEW)

    assert world.roster.password(jana.id) is None


def _change(world, jana, _passkeys):
    world.people.change(jana.id, LIMITED)


def _add(world, _jana, _passkeys):
    world.people.add("new@firma.example", LIMITED)


def _enable(world, _jana, _passkeys):
    world.people.enable(world.roster.find("out@firma.example").id)


def _sign_out(world, jana, _passkeys):
    world.people.sign_out(jana.id)


def _sign_out_everybody(world, _jana, _passkeys):
    world.people.sign_out_everybody()


def _enter(world, _jana, _passkeys):
    world.enter()


def _change_password(world, jana, _passkeys):
    world.accounts.change_password(world.sessions.of(jana.id)[0], PASSWORD, new=NEW)


def _set_password(world, _jana, _passkeys):
    world.accounts.set_password(world.link, NEW)


def _leave(world, _jana, _passkeys):
    world.sign_in.sign_out(world.token)


def _end(world, jana, _passkeys):
    here, there = world.sessions.of(jana.id)
    world.accounts.end(here, there.id)


def _end_others(world, jana, _passkeys):
    world.accounts.end_others(world.sessions.of(jana.id)[0])


def _prove_again(world, jana, _passkeys):
    world.sign_in.reauthenticate(world.sessions.of(jana.id)[0], PASSWORD, address=ADDRESS)


def _remove_passkey(world, jana, passkeys):
    passkeys.remove(world.sessions.of(jana.id)[0], b"key")


def _disable(world, jana, _passkeys):
    world.people.disable(jana.id)


def _reset(world, jana, _passkeys):
    world.people.reset(jana.id)


ACTIONS = [
    _add, _change, _disable, _enable, _sign_out, _sign_out_everybody, _reset, _enter, _change_password,
    _set_password, _leave, _end, _end_others, _prove_again, _remove_passkey,
]  # fmt: skip


def state(database):
    """Return everything that is kept of people."""
    with database.read() as connection:
        tables = (person, session, passkey, ticket, known_place, audit_entry)
        return [sorted(map(str, connection.execute(select(table)))) for table in tables]


@pytest.fixture
def busy(world, jana, boss, monkeypatch):
    """Somebody with two sessions, a link, and a passkey that nobody asks for; another one is shut out."""
    world.people.disable(world.admit("out@firma.example").id)
    world.link = world.tickets.issue("set-password", person_id=jana.id)
    world.token = world.enter().token
    world.enter(address="198.51.100.1")
    world.roster.add_passkey(make_passkey(jana.id))
    monkeypatch.setattr(SignIn, "needs_passkey", lambda *_: False)
    return jana


@pytest.mark.parametrize("action", ACTIONS)
def test_an_action_whose_entry_cannot_be_written_changes_nothing(
    world, busy, passkeys, database, action, monkeypatch
):
    def write(*_args, **_more):
        raise StorageUnavailableError("the disk is full")

    before = state(database)
    with monkeypatch.context() as patch:
        patch.setattr(audit, "write", write)
        with pytest.raises(StorageUnavailableError):
            action(world, busy, passkeys)
    assert state(database) == before

    action(world, busy, passkeys)
    assert state(database) != before, "it does something otherwise"
