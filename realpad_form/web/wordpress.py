"""The WordPress plugin as an archive: the same bytes wherever and whenever it is made."""

import io
import struct
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from realpad_form.config import folder

SLUG: Final = "lead-form-embed-for-realpad"
"""The plugin's name in WordPress, and of its folder there."""

ARCHIVE: Final = f"{SLUG}.zip"

_MADE_AT: Final = (2026, 1, 1, 0, 0, 0)
_READABLE: Final = 0o644 << 16


def plugin_folder() -> Path:
    """Return where the plugin's files are, in a checkout or an installed wheel."""
    return folder() / "integrations" / "wordpress" / "realpad-form"


@cache
def plugin_archive() -> bytes:
    """Return the plugin as WordPress installs it: its files in a fixed order and date, translations compiled.

    Files are stored, not compressed: the output of compressors differs between their versions.
    """
    root = plugin_folder()
    files = {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }
    for name in [name for name in files if name.endswith(".po")]:
        files[f"{name.removesuffix('.po')}.mo"] = compiled(files[name])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{SLUG}/{name}", _MADE_AT)
            entry.create_system, entry.external_attr = 3, _READABLE
            archive.writestr(entry, content)
    return made.getvalue()


def compiled(po: bytes) -> bytes:
    """Return translations as gettext reads them.

    Babel's own writer puts its version into the file, which would change the archive with every update of it.
    Source: GNU gettext manual, "The Format of GNU MO Files".
    """
    catalog = read_po(io.BytesIO(po))
    pairs = sorted(_texts(catalog))
    count = len(pairs)
    start = 28 + 16 * count
    tables: list[list[int]] = [[], []]
    strings = b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += [len(pair[column]), start + len(strings)]
            strings += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, start)
    return head + struct.pack(f"<{4 * count}I", *tables[0], *tables[1]) + strings


def _texts(catalog: Catalog) -> list[tuple[bytes, bytes]]:
    """Return originals and translations, the header among them, each as gettext joins its plurals."""
    about = (
        f"Language: {catalog.locale}\nContent-Type: text/plain; charset=UTF-8\n"
        f"Plural-Forms: {catalog.plural_forms}\n"
    )
    pairs = [(b"", about.encode())]
    for message in catalog:
        originals, said = (_listed(each) for each in (message.id, message.string))
        if all(originals) and all(said):
            context = f"{message.context}\4" if message.context else ""
            pairs.append(((context + "\0".join(originals)).encode(), "\0".join(said).encode()))
    return pairs


def _listed(text: str | Sequence[str] | None) -> list[str]:
    """Return a text, or the forms of a plural, as a list."""
    return [text or ""] if text is None or isinstance(text, str) else list(text)
