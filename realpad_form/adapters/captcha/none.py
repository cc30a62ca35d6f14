"""Captchas that ask nothing: one on purpose, one because nobody set its keys."""

from collections.abc import Mapping
from typing import Any

from realpad_form.adapters.captcha.report import Report, pass_unchecked
from realpad_form.domain.project import Project
from realpad_form.domain.spam import Verdict


class NoCaptcha:
    """Lets everybody pass, for projects with `captcha: none`."""

    def challenge(self, project: Project, token: str) -> Mapping[str, Any] | None:
        """Return None: there is nothing to solve."""
        return None

    def judge(self, project: Project, token: str, solution: str | None) -> Verdict:
        """Return a verdict without any doubt."""
        return Verdict()


class KeylessCaptcha(NoCaptcha):
    """Stands for a service whose keys are not set: lets everybody pass, and complains."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def judge(self, project: Project, token: str, solution: str | None) -> Verdict:
        """Return a verdict without any doubt: a lead must not pay for a setting we lack."""
        return pass_unchecked(project, "cannot be asked: its keys are not set", report=self._report)
