"""Static files under addresses that change with their content, so that browsers may keep them."""

import hashlib
import mimetypes
from pathlib import Path
from typing import Final

from flask import Response, abort, request

YEAR_S: Final = 31_536_000


class Assets:
    """The loader and the files of `static/`, as they were when the application started."""

    def __init__(self, folder: Path) -> None:
        self._loader = (folder / "embed.js").read_bytes()
        self._files = _read(folder / "static")
        self.version = _digest(self._files)

    def url(self, name: str) -> str:
        """Return the address of a file; modules reach each other by relative paths below it."""
        return f"/static/{self.version}/{name}"

    def send(self, version: str, name: str) -> Response:
        """Return a file; only under its current version may it be kept for good."""
        if name not in self._files:
            abort(404)
        is_current = version == self.version
        kept = f"public, max-age={YEAR_S}, immutable" if is_current else "public, max-age=60"
        return _send(self._files[name], name, kept)

    def send_loader(self) -> Response:
        """Return `embed.js`; short-lived, since host pages name it without a version."""
        answer = _send(self._loader, "embed.js", "public, max-age=300, stale-while-revalidate=86400")
        answer.headers["Access-Control-Allow-Origin"] = "*"
        return answer


def _send(content: bytes, name: str, cache_control: str) -> Response:
    answer = Response(content, mimetype=mimetypes.guess_type(name)[0])
    answer.headers["Cache-Control"] = cache_control
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _read(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder by its path in it."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def _digest(files: dict[str, bytes]) -> str:
    """Return a short digest of files, names included."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(name.encode() + b"\0" + content)
    return digest.hexdigest()[:12]
