from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from realpad_form.domain.errors import PasswordRefusedError
from realpad_form.domain.password import PasswordRules
from realpad_form.domain.people import Person, Right, Role, Session, is_email

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
MARKETER = {Right.PREVIEW, Right.PUBLISH, Right.STATISTICS}
OPERATOR = {*MARKETER, Right.LEADS, Right.WORK}
RULES = PasswordRules(
    leaked={"monkeymonkeymonkey1"},
    names=lambda: ["forms.riverside.example", "riverside", "za-řekou-2", "Domy za řekou", "", "o2"],
)
EVERYTHING = {*OPERATOR, Right.ROUTING, Right.EXPORT, Right.ERASE, Right.PEOPLE, Right.SETTINGS}


def make_person(**changes):
    fields = {
        "id": UUID(int=1), "email": "jana.mala@firma.example", "name": "Jana Malá", "role": Role.OPERATOR,
        "created_at": NOW,
    }  # fmt: skip
    return Person(**{**fields, **changes})


def make_session(**changes):
    fields = {"id": UUID(int=2), "person": make_person(), "address": "192.0.2.7"}
    times = {"created_at": NOW, "last_seen_at": NOW, "reauthenticated_at": NOW}
    return Session(**{**fields, **times, **changes})


@pytest.mark.parametrize(
    ("role", "rights"),
    [(Role.MARKETER, MARKETER), (Role.OPERATOR, OPERATOR), (Role.ADMIN, EVERYTHING)],
)
def test_role_has_its_rights_and_no_others(role, rights):
    assert {right for right in Right if make_person(role=role).may(right)} == rights


def test_disabled_admin_may_nothing():
    admin = make_person(role=Role.ADMIN, disabled_at=NOW)

    assert not any(admin.may(right) for right in Right)


def test_person_sees_all_projects_or_those_named():
    assert make_person().sees("riverside")
    assert make_person(projects=frozenset({"jantar"})).sees("jantar")
    assert not make_person(projects=frozenset({"jantar"})).sees("riverside")
    assert not make_person(projects=frozenset()).sees("riverside")


@pytest.mark.parametrize(
    ("idle", "old", "is_alive"),
    [
        (timedelta(minutes=29, seconds=59), timedelta(hours=1), True),
        (timedelta(minutes=30), timedelta(hours=1), False),
        (timedelta(0), timedelta(hours=11, minutes=59), True),
        (timedelta(0), timedelta(hours=12), False),
    ],
)
def test_session_ends_by_idleness_and_by_age(idle, old, is_alive):
    assert make_session(created_at=NOW - old, last_seen_at=NOW - idle).is_alive(NOW) is is_alive


def test_session_of_a_disabled_person_is_dead():
    assert not make_session(person=make_person(disabled_at=NOW)).is_alive(NOW)


def test_proof_is_fresh_for_ten_minutes():
    session = make_session()

    assert session.is_fresh(NOW + timedelta(minutes=10))
    assert not session.is_fresh(NOW + timedelta(minutes=10, seconds=1))


@pytest.mark.parametrize(
    "password",
    [
        "tři domy u řeky",
        "aaaaaaaaaaaaaaab-cdef",
        "7 konev 7 brambora",
        "x" * 3 + "Žluťoučký kůň " * 40,
        "inbox riverside xyz",
        "930582716402815",
        "monkeymonkeymonkey1 too",
    ],
)
def test_long_password_passes_without_any_composition(password):
    RULES.check(password, person=make_person())


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "short"),
        ("Xk7#pQ9!vL2$m", "short"),
        ("ž" * 513, "long"),
        ("\ud800" * 400, "long"),
        ("aaaaaaaaaaaaaaaa", "guessable"),
        ("abababababababab", "guessable"),
        ("Password12345678", "guessable"),
        ("heslo heslo heslo", "guessable"),
        ("qwertyuiopasdfgh", "guessable"),
        ("123456789123456789", "guessable"),
        ("Jana.Mala@firma.example", "guessable"),
        ("firma.example2026", "guessable"),
        ("Jana Malá 20262026", "guessable"),
        ("realpad-form-2026!!", "guessable"),
        ("Jana Malá firma 2026", "guessable"),
        ("2026 jana 2026 mala", "guessable"),
        ("operatoroperator", "guessable"),
        ("realpadrealpad12", "guessable"),
        ("Realpad2026Realpad", "guessable"),
        ("riversideriverside", "guessable"),
        ("forms.riverside.example", "guessable"),
        ("inbox riverside xy", "guessable"),
        ("Domy za Řekou 2026", "guessable"),
        ("MonkeyMonkeyMonkey1", "leaked"),
    ],
)
def test_password_that_guessers_try_is_refused(password, reason):
    with pytest.raises(PasswordRefusedError) as refused:
        RULES.check(password, person=make_person())

    assert refused.value.reason == reason
    assert not password or password not in str(refused.value)


@pytest.mark.parametrize("text", ["jana@firma.example", "a+b@x.cz", "x" * 240 + "@firma.example"])
def test_usual_address_is_an_email(text):
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jana",
        "jana@firma",
        "jana @firma.cz",
        "jаna@firma.cz",
        "a@b@c.cz",
        "a\0@b.cz",
        "x" * 260 + "@b.cz",
    ],
)
def test_other_text_is_no_email(text):
    assert not is_email(text)


def test_known_words_that_overlap_are_all_taken_away():
    rules = PasswordRules(leaked=frozenset(), names=lambda: ["abcde", "bcdef", "fghij"])

    with pytest.raises(PasswordRefusedError):
        rules.check("abcdefghij-12345", person=make_person())


@pytest.mark.parametrize("role", list(Role))
def test_who_may_not_publish_keeps_every_other_right(role):
    withheld = {right for right in Right if make_person(role=role, may_publish=False).may(right)}

    assert withheld == {right for right in Right if make_person(role=role).may(right)} - {
        Right.PUBLISH,
        Right.ROUTING,
    }


def test_nobody_gives_the_right_to_publish_who_has_it_not():
    admin = make_person(role=Role.ADMIN, may_publish=False)

    assert admin.excess_of(make_person(role=Role.MARKETER)) == "may_publish"
    assert admin.excess_of(make_person(role=Role.MARKETER, may_publish=False)) is None
