"""Captchas behind one port; here the one that asks nothing."""

from collections.abc import Mapping
from typing import Any

from realpad_form.domain.project import Project
from realpad_form.ports import Verdict


class NoCaptcha:
    """Lets everybody pass, for projects with `captcha: none`."""

    def challenge(self, project: Project, token: str) -> Mapping[str, Any] | None:
        """Return None: there is nothing to solve."""
        return None

    def judge(self, project: Project, token: str, solution: str | None) -> Verdict:
        """Return a verdict without any doubt."""
        return Verdict()
