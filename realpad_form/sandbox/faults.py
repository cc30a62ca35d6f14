"""Faults on demand: what goes wrong with the next calls."""

from dataclasses import dataclass, field
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from realpad_form.sandbox.calls import RecordedCall, SandboxReply

HTML: Final = "<!doctype html><title>Sign in</title><p>Please sign in to continue."


class Fault(BaseModel):
    """One thing that goes wrong.

    The delay comes first, then `drop: before`, then the answer given here instead of serving the
    call; a fault with neither status nor body lets the call be served, and `drop: after` then
    breaks the connection instead of answering.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    status: int | None = Field(default=None, ge=200, le=599)
    body: str | None = None
    content_type: str = "text/plain; charset=utf-8"
    retry_after: str | None = None  # as sent: seconds, a date, or garbage
    delay_s: float = Field(default=0, ge=0, le=600)
    drop: Literal["before", "after"] | None = None
    times: int = Field(default=1, ge=1)  # how many calls it hits
    endpoint: str | None = None  # None: any
    login: str | None = None  # None: any

    @model_validator(mode="after")
    def _does_something(self) -> "Fault":
        if not (self.status or self.body is not None or self.delay_s or self.drop):
            raise ValueError("name at least one of status, body, delay_s and drop")
        return self

    def hits(self, call: RecordedCall) -> bool:
        """Tell whether the fault is meant for this call."""
        return self.endpoint in (None, call.endpoint) and self.login in (None, call.login)

    def reply(self) -> SandboxReply | None:
        """Return what is answered instead of serving the call, if anything."""
        if self.status is None and self.body is None:
            return None
        return SandboxReply(
            status=self.status or 200,
            body="Internal error." if self.body is None else self.body,
            content_type=self.content_type,
            headers={"Retry-After": self.retry_after} if self.retry_after is not None else {},
        )

    def __str__(self) -> str:
        parts = [
            f"wait {self.delay_s:g} s" if self.delay_s else "",
            f"drop {self.drop} storing" if self.drop else "",
            str(self.status or 200) if self.reply() else "",
            f"Retry-After {self.retry_after}" if self.retry_after else "",
            self.content_type.partition(";")[0] if self.body else "",
            f"only {self.endpoint}" if self.endpoint else "",
            f"only {self.login}" if self.login else "",
        ]
        return ", ".join(filter(None, parts))


@dataclass
class Faults:
    """The faults that wait for a call, first come, first served."""

    waiting: list[Fault] = field(default_factory=list)

    def take(self, call: RecordedCall) -> Fault | None:
        """Return the fault that hits this call, used up by one."""
        for place, fault in enumerate(self.waiting):
            if fault.hits(call):
                left = fault.model_copy(update={"times": fault.times - 1})
                self.waiting[place : place + 1] = [left] if left.times else []
                return fault
        return None


PRESETS: Final = {
    "500": Fault(status=500),
    "401": Fault(status=401, body="Not authorized."),
    "429 for 30 s": Fault(status=429, body="Too many requests.", retry_after="30"),
    "hang 20 s": Fault(delay_s=20),
    "drop before storing": Fault(drop="before"),
    "drop after storing": Fault(drop="after"),
    "HTML with 200": Fault(body=HTML, content_type="text/html; charset=utf-8"),
}
"""The faults that the page offers for the next call."""
