import pytest

from realpad_form.adapters.vault import Vault
from realpad_form.domain.errors import SealBrokenError, SettingsError

OLD, NEW = "o" * 32, "n" * 40
ABOUT = "lead/1/reasons"


def test_sealed_text_opens_again_and_cannot_be_read():
    vault = Vault([NEW])

    sealed = vault.seal('{"name":"Jana"}', ABOUT)

    assert sealed.startswith("v1.")
    assert "Jana" not in sealed
    assert vault.open(sealed, ABOUT) == '{"name":"Jana"}'


def test_same_text_is_sealed_differently_each_time():
    vault = Vault([NEW])

    assert vault.seal("[]", ABOUT) != vault.seal("[]", ABOUT)


def test_text_sealed_with_an_older_key_opens_after_rotation():
    sealed = Vault([OLD]).seal("[]", ABOUT)

    assert Vault([NEW, OLD]).open(sealed, ABOUT) == "[]"


def test_first_key_seals():
    sealed = Vault([NEW, OLD]).seal("[]", ABOUT)

    assert Vault([NEW]).open(sealed, ABOUT) == "[]"


def test_missing_key_is_named_without_telling_it():
    sealed = Vault([OLD]).seal("[]", ABOUT)

    with pytest.raises(SealBrokenError, match=f"data key {sealed.split('.')[1]}, which is not set") as failed:
        Vault([NEW]).open(sealed, ABOUT)
    assert OLD not in str(failed.value)


def test_sealed_text_cannot_be_moved_to_another_row_or_column():
    vault = Vault([NEW])

    with pytest.raises(SealBrokenError, match="changed or moved"):
        vault.open(vault.seal("[]", ABOUT), "lead/2/reasons")


@pytest.mark.parametrize("end", ["", "AAAA", "A", "é"])
def test_changed_text_does_not_open(end):
    vault = Vault([NEW])
    sealed = vault.seal('["a"]', ABOUT)

    with pytest.raises(SealBrokenError):
        vault.open(sealed[:20] + end, ABOUT)


def test_without_keys_text_stays_plain():
    assert Vault().seal("[]", ABOUT) == "[]"


def test_text_stored_before_there_was_a_key_stays_readable():
    assert Vault([NEW]).open('["plain"]', ABOUT) == '["plain"]'


def test_short_key_is_refused():
    with pytest.raises(SettingsError, match="32 bytes"):
        Vault([NEW, "short"])


def test_a_word_is_searched_for_under_every_key_and_as_it_was_without_one():
    blind = Vault([NEW, OLD]).blind("jana")

    assert blind == [Vault([NEW]).blind("jana")[0], Vault([OLD]).blind("jana")[0], Vault().blind("jana")[0]]
    assert len(set(blind)) == 3


def test_words_cannot_be_told_from_their_length_or_beginning():
    first, second = (Vault([NEW]).blind(word)[0] for word in ("jan", "jana"))

    assert first != second
    assert all(-(2**63) <= each < 2**63 for each in (first, second))
