import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from authenticator import PRESENT, Authenticator
from people_world import ADDRESS, PeopleWorld

from realpad_form.adapters.passkeys import WebAuthn
from realpad_form.adapters.sql.schema_people import ticket
from realpad_form.domain.errors import ProofRefusedError, TicketSpentError
from realpad_form.domain.people import AuditAction, Proof, Purpose
from realpad_form.services.passkeys import Passkeys
from realpad_form.services.sign_in import Refused, SecondStep, SignedIn


@pytest.fixture
def world(database, clock):
    return PeopleWorld(database, clock)


@pytest.fixture
def passkeys(world):
    return Passkeys(WebAuthn("https://forms.example"), world.sign_in, world.tickets)


@pytest.fixture
def jana(world):
    return world.admit()


@pytest.fixture
def device(world, passkeys, jana):
    """A device that holds a passkey of hers."""
    device = Authenticator()
    asked = passkeys.invite(jana)
    passkeys.add(
        _session_of(world, jana), device.register(asked.options), ticket=asked.ticket, name=" My  phone "
    )
    return device


def _session_of(world, person):
    """Return a session of somebody."""
    return world.sign_in.open(Proof(person=person), address=ADDRESS, how="test").session


def test_passkey_is_asked_for_with_the_person_verified(passkeys, jana, device):
    invited, asked = (json.loads(each.options) for each in (passkeys.invite(jana), passkeys.ask(jana)))

    assert invited["authenticatorSelection"]["userVerification"] == "required"
    assert invited["authenticatorSelection"]["residentKey"] == "required"
    assert len(invited["excludeCredentials"]) == len(asked["allowCredentials"]) == 1
    assert (invited["rp"]["id"], asked["userVerification"]) == ("forms.example", "required")
    assert [each.name for each in passkeys.of(jana)] == ["My phone"]


def test_passkey_alone_lets_its_person_in(world, passkeys, jana, device):
    asked = passkeys.ask_anybody()

    entered = passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS)

    assert isinstance(entered, SignedIn)
    assert world.sign_in.resume(entered.token).person == jana
    assert world.audit.entries()[0].detail == "passkey"


def test_password_and_passkey_together_let_her_in(world, passkeys, jana, device):
    assert world.enter() == SecondStep(jana)
    asked = passkeys.ask(jana)

    assert isinstance(
        passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS), SignedIn
    )


def test_answer_is_good_once(passkeys, jana, device):
    asked = passkeys.ask_anybody()
    answer = device.answer(asked.options)
    passkeys.enter(answer, ticket=asked.ticket, address=ADDRESS)

    assert passkeys.enter(answer, ticket=asked.ticket, address=ADDRESS) == Refused()


def test_answer_to_another_challenge_is_refused(passkeys, jana, device):
    first, second = passkeys.ask_anybody(), passkeys.ask_anybody()

    replayed = passkeys.enter(device.answer(first.options), ticket=second.ticket, address=ADDRESS)

    assert replayed == Refused()


def test_answer_after_five_minutes_is_refused(passkeys, jana, device, clock):
    asked = passkeys.ask_anybody()
    clock.advance(minutes=5)

    assert passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS) == Refused()


@pytest.mark.parametrize(
    "wrong",
    [{"flags": PRESENT}, {"rp_id": "evil.example"}],
    ids=["person not verified", "another site"],
)
def test_answer_that_proves_too_little_is_refused(passkeys, jana, device, wrong):
    asked = passkeys.ask_anybody()

    answer = device.answer(asked.options, **wrong)

    assert passkeys.enter(answer, ticket=asked.ticket, address=ADDRESS) == Refused()


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://forms.example", "https://forms.example:8443"]
)
def test_answer_from_another_origin_is_refused(passkeys, jana, device, origin):
    device.origin = origin
    asked = passkeys.ask_anybody()

    assert passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS) == Refused()


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", '{"rawId": 7}', '{"rawId": "AA", "id": "AA"}', "\ud800"]
)
def test_answer_that_no_browser_gives_is_refused(world, passkeys, jana, device, answer):
    asked = passkeys.ask_anybody()

    assert passkeys.enter(answer, ticket=asked.ticket, address=ADDRESS) == Refused()
    assert world.actions()[-1] is AuditAction.SIGN_IN_FAILED


def test_copied_passkey_whose_count_goes_back_is_refused(passkeys, jana, device):
    asked = passkeys.ask_anybody()
    passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS)
    device.uses = 0
    asked = passkeys.ask_anybody()

    assert passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS) == Refused()


def test_second_step_takes_no_passkey_of_somebody_else(world, passkeys, jana, device):
    boss = world.admit("boss@firma.example")
    asked = passkeys.ask(boss)

    assert passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS) == Refused()


def test_disabled_person_does_not_get_in(world, passkeys, jana, device):
    world.people.disable(jana.id)
    asked = passkeys.ask_anybody()

    assert passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS) == Refused()


def test_removed_passkey_lets_nobody_in(world, passkeys, jana, device):
    passkeys.remove(_session_of(world, jana), device.id)
    asked = passkeys.ask_anybody()

    assert passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS) == Refused()


def test_invitation_of_one_person_adds_nothing_to_another(world, passkeys, jana):
    asked = passkeys.invite(jana)
    boss = world.admit("boss@firma.example")

    with pytest.raises(TicketSpentError):
        passkeys.add(
            _session_of(world, boss), Authenticator().register(asked.options), ticket=asked.ticket, name=""
        )
    assert passkeys.of(boss) == []


def test_passkey_belongs_to_one_person(world, passkeys, jana, device):
    boss = world.admit("boss@firma.example")
    asked = passkeys.invite(boss)

    with pytest.raises(ProofRefusedError):
        passkeys.add(_session_of(world, boss), device.register(asked.options), ticket=asked.ticket, name="")
    assert passkeys.of(boss) == []


def test_nobody_waits_for_a_passkey_whatever_strangers_do_at_the_same_address(world, passkeys, jana, device):
    for n in range(60):
        world.enter(f"n{n}@firma.example", "canary: wrong", address=ADDRESS)
        asked = passkeys.ask_anybody()
        passkeys.enter("{}", ticket=asked.ticket, address=ADDRESS)
    assert world.enter("new@firma.example", "canary: wrong", address=ADDRESS).wait

    asked = passkeys.ask_anybody()
    entered = passkeys.enter(device.answer(asked.options), ticket=asked.ticket, address=ADDRESS)

    assert isinstance(entered, SignedIn)


def test_question_for_a_passkey_costs_no_storage_before_it_is_answered(passkeys, database, jana):
    for _ in range(50):
        passkeys.ask_anybody()

    with database.read() as connection:
        purposes = [row.purpose for row in connection.execute(ticket.select())]
    assert Purpose.PASSKEY not in purposes


def test_junk_answers_of_one_address_do_not_fill_the_audit_log(world, passkeys, jana):
    for _ in range(100):
        passkeys.enter("{}", ticket=passkeys.ask_anybody().ticket, address=ADDRESS)

    assert world.actions().count(AuditAction.SIGN_IN_FAILED) == 20


@pytest.mark.parametrize("forged", ["x{}", "{}x", "a.b", ".", "\ud800.{}"])
def test_ticket_that_we_did_not_sign_is_refused(passkeys, jana, device, forged):
    asked = passkeys.ask_anybody()

    entered = passkeys.enter(
        device.answer(asked.options), ticket=forged.format(asked.ticket), address=ADDRESS
    )

    assert entered == Refused()


def test_answer_given_at_once_twice_lets_in_once(passkeys, jana, device):
    asked = passkeys.ask_anybody()
    device.uses = -1  # a device that does not count, whose answer could be used again
    answer = device.answer(asked.options)

    with ThreadPoolExecutor(4) as pool:
        entered = list(
            pool.map(lambda _: passkeys.enter(answer, ticket=asked.ticket, address=ADDRESS), range(4))
        )

    assert sum(isinstance(each, SignedIn) for each in entered) == 1
