"""Files that hold settings: what is in them is used, or told; nothing is overlooked."""

import pytest

from realpad_form.config import Settings
from realpad_form.domain.errors import SettingsError

SECRET = "s" * 32


@pytest.fixture
def load(tmp_path):
    """Load settings from a `.env` of some bytes."""

    def read(content, **environ):
        (tmp_path / ".env").write_bytes(content)
        named = {f"REALPAD_FORM_{name}": value for name, value in environ.items()}
        return Settings.load({"REALPAD_FORM_SECRET_KEY": SECRET, **named}, folder=tmp_path)

    return read


@pytest.fixture
def problems(load):
    """Return what is wrong with a `.env` of some bytes."""

    def read(content, **environ):
        with pytest.raises(SettingsError) as caught:
            load(content, **environ)
        return caught.value.problems

    return read


@pytest.mark.parametrize(
    "line",
    [
        b"REALPAD_FORM_DATA_KEY: canary",
        b"REALPAD_FORM_TIMEOUT_S",
        b"export REALPAD_FORM_DATA_KEY",
        b"REALPAD FORM DATA KEY=canary",
        b'REALPAD_FORM_DATA_KEY="canary',
        b"OTHER: canary",
    ],
)
def test_line_that_sets_nothing_is_told_by_its_number_alone(problems, tmp_path, line):
    found = problems(b"# mine\n\nA=1\n\n" + line + b"\n")

    assert found == (f"{tmp_path / '.env'}:5: write NAME=value, or # before what is no setting",)


def test_every_line_that_sets_nothing_is_told(problems):
    assert len(problems(b"REALPAD_FORM_DATA_KEY: x\nA=1\nREALPAD_FORM_TIMEOUT_S\n")) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"REALPAD_FORM_TIMEOUT_S=3",
        b"export REALPAD_FORM_TIMEOUT_S='3' # soon\n\n# A: comment\nOTHER\n",
        b"\xef\xbb\xbfREALPAD_FORM_TIMEOUT_S=3\n",
        b"\xef\xbb\xbf\r\nREALPAD_FORM_TIMEOUT_S=3\r\nOTHER=x\r\n",
    ],
)
def test_settings_are_read_whatever_the_editor_and_the_system(load, content):
    assert load(content).timeout_s == 3


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf\n"])
@pytest.mark.parametrize("name", ["DATA_KEY", "CREDENTIALS_A_PASSWORD", "TIMEOUT_S"])
def test_empty_file_is_not_taken_for_no_setting(problems, tmp_path, name, content):
    path = tmp_path / "secret"
    path.write_bytes(content)

    found = problems(b"", CREDENTIALS_A_LOGIN="l", **{f"{name}_FILE": str(path)})

    assert f"REALPAD_FORM_{name}_FILE: the file it names is empty" in found


def test_secrets_that_are_only_commas_are_not_taken_for_no_key(problems):
    assert problems(b"", DATA_KEY=",") == (
        "REALPAD_FORM_DATA_KEY is only commas; write at least 32 random bytes",
    )


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf%s", b"%s\r\n", b"\n%s\n\n", b"\xef\xbb\xbf%s\r\n"])
def test_file_of_a_secret_holds_the_secret_alone(load, tmp_path, content):
    path = tmp_path / "secret"
    path.write_bytes(content % (b"k" * 32))

    assert load(b"", DATA_KEY_FILE=str(path)).data_key == ("k" * 32,)


def test_value_whose_bytes_are_no_text_is_told(problems):
    assert problems(b"", DATA_KEY="k" * 32 + "\udcff") == ("REALPAD_FORM_DATA_KEY is not text in UTF-8",)


def test_folder_named_as_the_file_is_no_file(tmp_path):
    (tmp_path / ".env").mkdir()

    assert Settings.load({"REALPAD_FORM_SECRET_KEY": SECRET}, folder=tmp_path).timeout_s == 15


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("FOO", ""),
        ("SPOON", "; did you mean REALPAD_FORM_SPOOL?"),
        ("DATABASE_URI", "; did you mean REALPAD_FORM_DATABASE_URL?"),
        ("TIMEOUT", "; did you mean REALPAD_FORM_TIMEOUT_S?"),
        ("HOST", ""),
        ("PORT", ""),
        ("SECRET", "; did you mean REALPAD_FORM_SECRET_KEY?"),
    ],
)
def test_only_a_name_that_is_close_is_guessed_at(problems, name, hint):
    assert problems(b"", **{name: "x"}) == (f"REALPAD_FORM_{name} is not a setting{hint}",)
