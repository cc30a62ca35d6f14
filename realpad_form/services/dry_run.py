"""What Realpad would get for a submission, without sending it."""

from collections.abc import Mapping
from typing import Final

from realpad_form.domain.lead import Submission
from realpad_form.domain.payload import compose
from realpad_form.domain.project import Project
from realpad_form.ports import Credential

MASK: Final = "***"


def call_of(
    project: Project, submission: Submission, credentials: Mapping[str, Credential]
) -> dict[str, str]:
    """Return every parameter of the create-lead call that a submission would make, in the order sent.

    The password is masked.
    """
    name = project.realpad.credentials
    pair = credentials.get(name)
    login = pair.login if pair else f"<credentials {name} are not set>"
    body = compose(project, submission.answers, consents=submission.consents, context=submission.context)
    return {**body, "login": login, "password": MASK}
