"""How a repeat of a post is recognised: by its submission key or its token, else by what it says."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from realpad_form.forms import Posted

SAME_WITHIN: Final = timedelta(minutes=30)
"""Identical posts of a browser without script that are at most this far apart are one lead.

Long enough for somebody who goes back, wonders whether it worked and presses again; short enough that an
enquiry repeated later in the day reaches the sales people as a reminder.
"""


@dataclass(frozen=True, slots=True)
class SubmissionIdentity:
    """What a repeat shares with the post it repeats; the key and the token each serve one lead."""

    key: UUID | None
    token: str | None


def identity_of_plain_post(posted: Posted, *, slug: str, secret: str, at: datetime) -> SubmissionIdentity:
    """Return the identity of a post without key and token, made of everything posted and of the time.

    Time is divided twice, into windows that overlap by half: the key holds one division and the token the
    other. No two posts less than `SAME_WITHIN` apart can be separated by both, so they share at least one
    of the two, and the lead log (or the spool) takes only one of them however they race. Posts more than
    twice as far apart share neither.

    The digest is keyed, as it stands in the database in clear and the answers must not be guessed from it.

    Args:
        posted: the texts of the post; an empty one counts as not posted.
        slug: the project.
        secret: the secret key of the service, the same in all its processes.
        at: when it came, aware.
    """
    said = sorted((key, [text for text in texts if text]) for key, texts in posted.values.items())
    content = json.dumps([slug, [pair for pair in said if pair[1]]])
    width = SAME_WITHIN.total_seconds()
    window, shifted = at.timestamp() // (2 * width), (at.timestamp() + width) // (2 * width)
    key = _digest(secret, f"key {window} {content}")
    token = _digest(secret, f"token {shifted} {content}")
    return SubmissionIdentity(UUID(hex=key[:32], version=5), f"plain.{token[:32]}")


def _digest(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
