"""What tells people from programs."""

from collections.abc import Mapping
from typing import Any, Protocol

from realpad_form.domain.project import Project
from realpad_form.domain.spam import Verdict


class Captcha(Protocol):
    """Tells people from programs, and never costs a lead: it may only mark or ask again."""

    def challenge(self, project: Project, token: str) -> Mapping[str, Any] | None:
        """Return what the page must solve, bound to the project and the form token's id, or None."""

    def judge(self, project: Project, token: str, solution: str | None) -> Verdict:
        """Return what to make of the page's solution; raises nothing.

        Whoever cannot tell, be it a service that is down or our keys that it refuses, fails nobody.
        """
