from datetime import UTC, datetime, timedelta

import pytest

from realpad_form.forms import Tokens

OLD, NEW = "old-key-of-at-least-32-bytes-okay", "new-key-of-at-least-32-bytes-okay"


@pytest.fixture
def minted():
    return Tokens([NEW]).mint("riverside")


def at(**later):
    """Tokens as they are judged some time after they were made."""
    return Tokens([NEW], clock=lambda: datetime.now(UTC) + timedelta(**later))


def test_fresh_token_is_valid(minted):
    state = Tokens([NEW]).read(minted, slug="riverside")

    assert state.is_valid
    assert not state.is_missing
    assert len(state.id) == 22
    assert abs(datetime.now(UTC) - state.issued_at) < timedelta(seconds=5)


def test_every_token_has_an_id_of_its_own():
    tokens = Tokens([NEW])

    ids = {tokens.read(tokens.mint("riverside"), slug="riverside").id for _ in range(20)}

    assert len(ids) == 20


@pytest.mark.parametrize("token", [None, ""])
def test_absent_token_is_missing(token):
    state = Tokens([NEW]).read(token, slug="riverside")

    assert state.is_missing
    assert not state.is_valid


@pytest.mark.parametrize("later", [{"hours": 11}, {"minutes": -4}, {"seconds": 0}])
def test_token_lives_half_a_day_by_clocks_that_differ(minted, later):
    assert at(**later).read(minted, slug="riverside").is_valid


@pytest.mark.parametrize("later", [{"hours": 13}, {"minutes": -6}])
def test_token_out_of_time_is_stale(minted, later):
    state = at(**later).read(minted, slug="riverside")

    assert (state.id, state.is_missing, state.is_valid) == (None, False, False)


def test_token_of_another_project_is_stale(minted):
    assert not Tokens([NEW]).read(minted, slug="elsewhere").is_valid


def test_first_key_signs_and_every_key_reads():
    old, rotated = Tokens([OLD]), Tokens([NEW, OLD])

    assert rotated.read(old.mint("riverside"), slug="riverside").is_valid
    assert Tokens([NEW]).read(rotated.mint("riverside"), slug="riverside").is_valid
    assert not Tokens([NEW]).read(old.mint("riverside"), slug="riverside").is_valid


@pytest.mark.parametrize(
    "token",
    [
        " ",
        "x",
        "a.b.c",
        "....",
        "\ud800",
        "žeton",
        "\x00",
        "x" * 65_536,
        "null",
        "e30.aaaaaa.bbbb",
        "💥" * 100,
    ],
)
def test_garbage_is_stale(token):
    state = Tokens([NEW]).read(token, slug="riverside")

    assert (state.is_missing, state.is_valid) == (False, False)


def test_token_with_one_letter_changed_is_stale(minted):
    changed = [
        minted[:i] + ("A" if minted[i] != "A" else "B") + minted[i + 1 :] for i in range(len(minted) - 1)
    ]

    assert not any(Tokens([NEW]).read(token, slug="riverside").is_valid for token in changed)


def test_a_token_tells_whether_it_was_given_in_place_of_another():
    tokens = Tokens([NEW])

    first, second = tokens.mint("riverside"), tokens.mint("riverside", is_renewed=True)

    assert not tokens.read(first, slug="riverside").is_renewed
    assert tokens.read(second, slug="riverside").is_renewed
