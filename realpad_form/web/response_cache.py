"""Answers that are the same bytes for everyone: made and compressed once, then served as they are."""

import gzip
from collections.abc import Callable, Hashable
from typing import Final

import brotli
from flask import Response, request
from werkzeug.datastructures import Headers

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
