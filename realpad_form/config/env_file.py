"""Reads the `.env` of a folder, in which a line that is overlooked may be a key that is not used."""

import io
from collections.abc import Iterator
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from realpad_form.config.reader import PREFIX
from realpad_form.domain.errors import SettingsError


def read(path: Path) -> dict[str, str]:
    """Return the settings of a file, none if there is no file.

    Raises: SettingsError, if the file or a line of it cannot be read; no line is quoted.
    """
    bindings = list(parse_stream(io.StringIO(_text(path))))
    problems = [problem for binding in bindings for problem in _problems(path, binding)]
    if problems:
        raise SettingsError(problems)
    return {each.key: each.value for each in bindings if each.key and each.value is not None}


def _text(path: Path) -> str:
    """Return what a file holds. Raises: SettingsError."""
    if not path.exists() or path.is_dir():
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file in UTF-8"
        raise SettingsError([f"{path} cannot be read: {reason}"]) from error


def _problems(path: Path, binding: Binding) -> Iterator[str]:
    """Yield what is wrong with a line: it is no `NAME=value`, or names a setting and gives it none."""
    is_ours = (binding.key or "").startswith(PREFIX)
    if binding.error or (is_ours and binding.value is None):
        yield f"{path}:{_line(binding)}: write NAME=value, or # before what is no setting"


def _line(binding: Binding) -> int:
    """Return the line on which a binding's text begins; blank lines before it are part of it."""
    text = binding.original.string
    blank = text[: len(text) - len(text.lstrip())]
    return binding.original.line + blank.count("\n")
