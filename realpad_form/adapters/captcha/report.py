"""A captcha that cannot tell lets the lead pass, and somebody hears of it."""

import logging
from collections.abc import Callable
from typing import TypeAlias

from realpad_form.domain.project import Project
from realpad_form.domain.spam import Verdict

log = logging.getLogger(__name__)

Report: TypeAlias = Callable[[Project, str], None]
"""Takes a project and why its captcha could not tell, without personal data; raises nothing."""


def pass_unchecked(project: Project, reason: str, *, report: Report) -> Verdict:
    """Return a verdict without any doubt: a lead must not pay for what is not the visitor's fault."""
    log.warning("captcha %s of project %s %s; the lead passes", project.captcha, project.slug, reason)
    report(project, reason)
    return Verdict()
