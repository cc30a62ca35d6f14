"""Static files under addresses that change with their content, so that browsers may keep them.

They and the form's pages are the same bytes for everyone, so `ResponseCache` keeps them compressed.
"""

import gzip
import hashlib
import json
import mimetypes
from collections.abc import Callable, Hashable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

import brotli
from flask import Response, abort, request
from werkzeug.datastructures import Headers

from realpad_form.domain.text import LANGUAGES
from realpad_form.forms import translations
from realpad_form.forms.messages import _

ENCODINGS: Final[dict[str, Callable[[bytes], bytes]]] = {"br": brotli.compress, "gzip": gzip.compress}
"""Content codings, the one we prefer first."""


class ResponseCache:
    """Answers by key and content coding; when there are too many, it begins anew."""

    def __init__(self, at_most: int = 500) -> None:
        self._at_most = at_most
        self._answers: dict[Hashable, Response] = {}  # not to be changed

    def answer(self, key: Hashable, make: Callable[[], Response]) -> Response:
        """Return the answer of a key as this request can take it, or 304 if the browser has it."""
        encoding = request.accept_encodings.best_match(list(ENCODINGS))
        kept = self._answers.get((key, encoding)) or self._keep(key, encoding, make())
        if not request.if_none_match:
            return kept
        conditional = Response(kept.response, headers=Headers(kept.headers))  # a copy, to be changed
        conditional.make_conditional(request)
        return conditional

    def _keep(self, key: Hashable, encoding: str | None, answer: Response) -> Response:
        if len(self._answers) >= self._at_most:
            self._answers.clear()
        if str(answer.mimetype).startswith("text/"):
            answer.vary.add("Accept-Encoding")
            if encoding is not None:
                answer.set_data(ENCODINGS[encoding](answer.get_data()))
                answer.content_encoding = encoding
        answer.add_etag()  # of the compressed bytes, as it must be
        self._answers[key, encoding] = answer
        return answer


LOADER: Final = "built/embed.js"
HOST: Final = "built/host.js"
"""What the loader imports once there is something to do on the page around the form."""
TYPES: Final = "embed/embed.d.ts"
SANDBOX: Final = "sandbox/"
"""Where the files of the simulated CRM are, which sends them itself."""

HOST_TEXTS: Final = (_("The form could not be loaded."), _("Open the form on its own page"))
"""What `host.js` says where no form comes, in the order of its `TEXTS`."""

YEAR_S: Final = 31_536_000

UNVERSIONED: Final = "public, max-age=300, stale-while-revalidate=86400"
"""How caches keep what host pages name without a version: for a short time."""


class Assets:
    """The files of `static/` as they were when the application started; `built/` is made by `make assets`."""

    def __init__(self, folder: Path, *, public_url: str | None = None) -> None:
        files = _read(folder / "static")
        self._files = {name: content for name, content in files.items() if not name.startswith(SANDBOX)}
        self._files[HOST] = in_every_language(self._files[HOST])
        known = {
            "version": version("realpad-form"),
            "languages": " ".join(LANGUAGES),
            "address": f"{public_url}/embed.js" if public_url else "",
        }
        self._files[LOADER] = filled_in(self._files[LOADER], known)
        self._kept = ResponseCache()
        self.version = _digest(self._files)
        self._files[LOADER] = filled_in(self._files[LOADER], {"host": self.url(HOST)[1:]})

    def text(self, name: str) -> str:
        """Return what a file says."""
        return self._files[name].decode().strip()

    def url(self, name: str) -> str:
        """Return the address of a file; modules reach each other by relative paths below it."""
        return f"/static/{self.version}/{name}"

    def send(self, version: str, name: str) -> Response:
        """Return a file; only under its current version may it be kept for good."""
        if name not in self._files:
            abort(404)
        is_current = version == self.version
        kept = f"public, max-age={YEAR_S}, immutable" if is_current else "public, max-age=60"
        return self._kept.answer((name, is_current), lambda: self._answer(name, kept))

    def send_loader(self) -> Response:
        """Return `embed.js`."""
        return self._kept.answer("loader", lambda: self._answer(LOADER, UNVERSIONED))

    def send_types(self) -> Response:
        """Return the TypeScript declarations of what `embed.js` gives to a page."""
        return self._kept.answer("types", lambda: self._answer(TYPES, UNVERSIONED))

    def _answer(self, name: str, cache_control: str) -> Response:
        # What has no suffix is a licence or the like; Flask would send it as a page.
        kind = "application/typescript" if name == TYPES else mimetypes.guess_type(name)[0]
        answer = Response(self._files[name], mimetype=kind or "text/plain")
        answer.headers["Cache-Control"] = cache_control
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
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


def filled_in(script: bytes, values: Mapping[str, str]) -> bytes:
    """Return the minified loader with values in the places of their names, such as `"{version}"`.

    Raises: RuntimeError, if the script does not hold each place exactly once.
    """
    for name, value in values.items():
        place = json.dumps(f"{{{name}}}").encode()
        if script.count(place) != 1:
            raise RuntimeError(f"static/{LOADER} does not hold {place.decode()} once; run make assets")
        script = script.replace(place, json.dumps(value).encode())
    return script


def in_every_language(script: bytes) -> bytes:
    """Return the minified `host.js` with its texts in all languages instead of English alone.

    Raises: RuntimeError, if the script does not hold the English texts exactly once.
    """
    english = _literal({"en": HOST_TEXTS})
    if script.count(english) != 1:
        raise RuntimeError(f"static/{HOST} does not hold {english.decode()} once; run make assets")
    spoken = {
        language: [translations(language).gettext(text) for text in HOST_TEXTS] for language in LANGUAGES
    }
    return script.replace(english, _literal(spoken))


def _literal(texts: Mapping[str, Sequence[str]]) -> bytes:
    """Return texts by language as minified JavaScript writes them."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    return f"{{{','.join(f'{language}:{encode(said)}' for language, said in texts.items())}}}".encode()
