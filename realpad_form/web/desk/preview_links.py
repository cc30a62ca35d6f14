"""Links that show a draft to anybody for a week: they hold the draft, so that nothing is stored."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import brotli
from itsdangerous import BadData
from pydantic import ValidationError

from realpad_form.domain.project import Capture, Limits, Project, Routing
from realpad_form.services.signing import TimedSigner

SALT: Final = "realpad-form/draft/v1"
LIFETIME: Final = timedelta(days=7)
LONGEST: Final = 6000
"""Characters of a link; servers and proxies take 8,000 and the rest of the request line."""

_NOWHERE: Final = Routing(credentials="draft", project=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDraft:
    """A draft as it was shared; of its way into Realpad nothing is left."""

    project: Project
    by: UUID
    until: datetime  # aware, UTC


def _now() -> datetime:
    return datetime.now(UTC)


class DraftLinks:
    """Makes and reads the part of a link that holds a draft; the first key signs, every key reads."""

    def __init__(self, secret_keys: Sequence[str], *, clock: Callable[[], datetime] = _now) -> None:
        self._signer = TimedSigner(secret_keys, salt=SALT)
        self._clock = clock

    def sign(self, project: Project, *, by: UUID) -> str | None:
        """Return a draft as a part of an address, or None if it is too long for one."""
        shown = project.model_copy(
            update={"realpad": _NOWHERE, "capture": Capture(), "limits": Limits(), "captcha": "none"}
        )
        packed = brotli.compress(by.bytes + shown.model_dump_json(exclude_defaults=True).encode())
        token = self._signer.sign(base64.urlsafe_b64encode(packed).rstrip(b"="))
        return token if len(token) <= LONGEST else None

    def read(self, token: str) -> SharedDraft | None:
        """Return the draft of a link, or None if we never signed it, or too long ago."""
        if len(token) > LONGEST or not token.isascii():
            return None
        try:
            content, signed_at = self._signer.read(token)
            packed = brotli.decompress(base64.urlsafe_b64decode(content + b"=" * (-len(content) % 4)))
            project = Project.model_validate_json(packed[16:])
        except (BadData, binascii.Error, brotli.error, ValidationError):
            return None  # of another key, or of a grammar that is no more
        until = signed_at + LIFETIME
        is_alive = signed_at - LIFETIME < self._clock() < until
        return SharedDraft(project=project, by=UUID(bytes=packed[:16]), until=until) if is_alive else None
