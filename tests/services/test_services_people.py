from dataclasses import replace

import pytest
from people_world import ADDRESS, EMAIL, PASSWORD, PeopleWorld, make_passkey

from realpad_form.domain.errors import (
    LastAdminError,
    PasswordRefusedError,
    PersonExistsError,
    PersonNotFoundError,
    PersonRefusedError,
    TicketSpentError,
)
from realpad_form.domain.people import AuditAction, Particulars, Purpose, Role
from realpad_form.services.sign_in import Refused, SecondStep, SignedIn

JANA = Particulars(name="Jana Malá", role=Role.OPERATOR)
NEW = "canary: čtyři domy u lesa"


@pytest.fixture
def world(database, clock):
    return PeopleWorld(database, clock)


def test_new_person_gets_in_only_after_setting_a_password_by_the_link(world):
    _person, link = world.people.add("Jana@Firma.example", JANA)
    assert world.enter(EMAIL, "") == Refused()

    world.accounts.set_password(link, PASSWORD)

    assert isinstance(world.enter(), SignedIn)
    assert world.actions() == [
        AuditAction.PERSON_ADDED,
        AuditAction.SIGN_IN_FAILED,
        AuditAction.PASSWORD_SET,
        AuditAction.SIGNED_IN,
    ]


def test_who_may_see_leads_without_a_passkey_is_known_to_who_may_look_after_them(world):
    admin = world.admit("admin@firma.example", role=Role.ADMIN, projects=frozenset({"riverside"}))
    world.admit("marketer@firma.example", role=Role.MARKETER, projects=frozenset({"riverside"}))
    jana = world.admit(projects=frozenset({"riverside"}))
    eva = world.admit("eva@firma.example", projects=frozenset({"jantar"}))
    world.roster.add_passkey(make_passkey(admin.id, id=b"1"))
    world.roster.add_passkey(make_passkey(admin.id, id=b"2"))

    assert world.people.without_passkey() == [eva, jana]
    assert world.people.without_passkey(by=admin) == [jana]

    world.people.disable(eva.id)
    assert world.people.without_passkey() == [jana]


def test_link_works_once(world):
    _person, link = world.people.add(EMAIL, JANA)
    world.accounts.set_password(link, PASSWORD)

    with pytest.raises(TicketSpentError):
        world.accounts.owner_of(link)
    with pytest.raises(TicketSpentError):
        world.accounts.set_password(link, NEW)
    assert isinstance(world.enter(), SignedIn)


def test_link_works_for_an_hour(world, clock):
    _person, link = world.people.add(EMAIL, JANA)
    clock.advance(minutes=59, seconds=59)
    assert world.accounts.owner_of(link).email == EMAIL

    clock.advance(seconds=1)

    with pytest.raises(TicketSpentError):
        world.accounts.set_password(link, PASSWORD)


def test_link_survives_a_password_that_is_refused(world):
    _person, link = world.people.add(EMAIL, JANA)

    with pytest.raises(PasswordRefusedError):
        world.accounts.set_password(link, "short")

    assert world.accounts.set_password(link, PASSWORD).email == EMAIL


def test_ticket_of_another_purpose_sets_no_password(world):
    person = world.admit()
    ticket = world.tickets.issue(Purpose.PASSKEY, person_id=person.id)

    with pytest.raises(TicketSpentError):
        world.accounts.set_password(ticket, NEW)


def test_link_of_a_disabled_person_is_dead(world):
    person, link = world.people.add(EMAIL, JANA)

    world.people.disable(person.id)

    with pytest.raises(TicketSpentError):
        world.accounts.set_password(link, PASSWORD)


def test_new_link_makes_older_ones_useless(world):
    person, first = world.people.add(EMAIL, JANA)
    second = world.people.reset(person.id)

    with pytest.raises(TicketSpentError):
        world.accounts.owner_of(first)
    assert world.accounts.owner_of(second) == person


def test_reset_forgets_password_passkeys_and_sessions(world):
    person = world.admit()
    token = world.enter().token
    world.roster.add_passkey(make_passkey(person.id))
    assert world.roster.bind(person.id, "https://id.example 4711")

    world.people.reset(person.id)

    assert world.sign_in.resume(token) is None
    assert world.enter() == Refused()
    assert world.roster.passkeys(person.id) == []
    assert world.roster.find_subject("https://id.example 4711") is None


def test_reset_for_a_forgotten_password_keeps_the_passkeys(world):
    person = world.admit()
    token = world.enter().token
    world.roster.add_passkey(make_passkey(person.id))
    assert world.roster.bind(person.id, "https://id.example 4711")

    link = world.people.reset(person.id, keeps_passkeys=True)

    assert world.sign_in.resume(token) is None
    assert world.enter() == Refused()
    assert world.roster.find_subject("https://id.example 4711").id == person.id
    world.accounts.set_password(link, NEW)
    assert world.enter(EMAIL, NEW) == SecondStep(person)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.ADMIN])
def test_signed_out_person_is_out_everywhere_and_loses_nothing_else(world, role):
    """The last admin, too: nothing keeps them from signing in again."""
    person = world.admit(role=role)
    tokens = [world.enter().token for _ in range(2)]
    link = world.tickets.issue(Purpose.SET_PASSWORD, person_id=person.id)

    world.people.sign_out(person.id)

    assert [world.sign_in.resume(token) for token in tokens] == [None, None]
    with pytest.raises(TicketSpentError):
        world.accounts.owner_of(link)
    entry = world.audit.entries()[0]
    assert (entry.action, entry.by, entry.subject) == (AuditAction.SESSION_ENDED, None, str(person.id))
    assert isinstance(world.enter(), SignedIn)


def test_everybody_is_signed_out_at_once(world):
    tokens = []
    for email in (EMAIL, "boss@firma.example"):
        world.admit(email)
        tokens.append(world.enter(email).token)

    assert world.people.sign_out_everybody() == 2

    assert [world.sign_in.resume(token) for token in tokens] == [None, None]


def test_one_of_the_own_sessions_is_ended_and_none_of_another_person(world):
    world.admit()
    world.admit("boss@firma.example")
    here, there, other = world.enter(), world.enter(), world.enter("boss@firma.example")

    for each in (there, other):
        world.accounts.end(here.session, each.session.id)

    alive = [bool(world.sign_in.resume(each.token)) for each in (here, there, other)]
    assert alive == [True, False, True]
    assert world.actions().count(AuditAction.SESSION_ENDED) == 1


def test_changed_password_ends_every_session_and_opens_one(world):
    world.admit()
    here, there = world.enter(), world.enter()

    changed = world.accounts.change_password(here.session, PASSWORD, new=NEW)

    assert [world.sign_in.resume(each.token) is None for each in (here, there, changed)] == [
        True,
        True,
        False,
    ]
    assert world.enter() == Refused()
    assert isinstance(world.enter(EMAIL, NEW), SignedIn)


def test_password_is_not_changed_without_the_current_one(world):
    world.admit()
    entered = world.enter()

    assert world.accounts.change_password(entered.session, NEW, new=NEW) == Refused()

    assert world.sign_in.resume(entered.token)
    assert isinstance(world.enter(), SignedIn)


def test_ending_others_leaves_this_session(world):
    person = world.admit()
    here, there = world.enter(), world.enter(address="198.51.100.1")
    assert {each.address for each in world.accounts.sessions(person)} == {ADDRESS, "198.51.100.1"}

    world.accounts.end_others(here.session)

    assert [each.id for each in world.accounts.sessions(person)] == [here.session.id]
    assert world.sign_in.resume(there.token) is None


def test_change_of_role_holds_for_sessions_that_are_open(world):
    person = world.admit()
    token = world.enter().token

    world.people.change(
        person.id, Particulars(name="Jana", role=Role.MARKETER, projects=frozenset({"jantar"}))
    )

    now = world.sign_in.resume(token).person
    assert (now.role, now.projects) == (Role.MARKETER, {"jantar"})
    assert world.audit.entries()[0].detail == "name role projects"


@pytest.mark.parametrize("email", ["jana", "jana@firma", "@firma.example", "jana@firma.example\0"])
def test_nobody_is_added_without_an_email(world, email):
    with pytest.raises(PersonRefusedError) as refused:
        world.people.add(email, JANA)

    assert refused.value.field == "email"


def test_email_is_somebodys_once_in_whatever_case(world):
    world.people.add(EMAIL, JANA)

    with pytest.raises(PersonExistsError):
        world.people.add(EMAIL.upper(), JANA)


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "Jana\u202eMalá"])
def test_name_must_be_one(world, name):
    with pytest.raises(PersonRefusedError):
        world.people.add(EMAIL, Particulars(name=name, role=Role.OPERATOR))


@pytest.mark.parametrize("project", ['x"; filename="y', "a\r\nb", "řeka", "a\0b", ""])
def test_person_is_limited_to_what_can_be_a_project(world, project):
    limited = replace(JANA, projects=frozenset({"riverside", project}))
    person, _ = world.people.add("karel@firma.example", JANA)

    with pytest.raises(PersonRefusedError) as added:
        world.people.add(EMAIL, limited)
    with pytest.raises(PersonRefusedError) as changed:
        world.people.change(person.id, limited)

    assert (added.value.field, changed.value.field) == ("projects", "projects")


def test_last_admin_stays(world):
    admin = world.admit(role=Role.ADMIN)

    with pytest.raises(LastAdminError):
        world.people.disable(admin.id)
    with pytest.raises(LastAdminError):
        world.people.change(admin.id, JANA)

    world.admit("boss@firma.example", role=Role.ADMIN)
    assert world.people.change(admin.id, JANA).role is Role.OPERATOR


def test_disabled_person_can_be_enabled(world):
    person = world.admit()
    world.people.disable(person.id)

    world.people.enable(person.id)

    assert isinstance(world.enter(), SignedIn)


def test_nobody_is_found_under_a_strange_address(world):
    with pytest.raises(PersonNotFoundError):
        world.people.find("nobody@firma.example")


def test_language_is_one_of_ours_or_the_browsers(world):
    person = world.admit()

    assert world.accounts.speak(person, "sk").language == "sk"
    assert world.accounts.speak(person, "xx").language is None
