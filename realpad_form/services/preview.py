"""Trying a project out: what is wrong with its set-up, what Realpad would get, and test leads."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from realpad_form.domain.errors import CredentialNotFoundError, CrmError
from realpad_form.domain.lead import Receipt, Submission
from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.message import Message, _
from realpad_form.domain.payload import compose
from realpad_form.domain.project import Project
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.domain.statistics import TEST_CAMPAIGN
from realpad_form.ports import Credential, CrmGateway
from realpad_form.services.intake import Intake

KEYLESS: Final = ("altcha", "none")
"""Captchas that need no keys of a service."""

MASK: Final = "***"

TEST: Final = TEST_CAMPAIGN
"""The tag and the campaign of a test lead."""

NOTE: Final = "TEST LEAD, please ignore"
"""Begins the note of a test lead."""


class ConsentProblem(NamedTuple):
    """Something wrong with the consents of a project: one that Realpad lacks, or that it cannot be asked."""

    consent: int | None
    what: Message


@dataclass(frozen=True, slots=True)
class ConsentCheck:
    """Compares the consents of projects with those of their accounts in Realpad."""

    crm: CrmGateway
    credential: Callable[[str], Credential]

    def findings(self, project: Project) -> list[ConsentProblem]:
        """Return what is wrong with the consents of a project; Realpad is asked only if there are any."""
        if not project.consents:
            return []
        try:
            known = dict(self.crm.list_consent_types(self.credential(project.realpad.credentials)))
        except (CredentialNotFoundError, CrmError) as error:
            return [ConsentProblem(None, Message("cannot list Realpad's consents:", detail=str(error)))]
        listed = ", ".join(f"{number} ({name})" for number, name in known.items())
        return [
            ConsentProblem(box.id, _no_consent(box.id, listed))
            for box in project.consents
            if box.id not in known
        ]


def _no_consent(consent: int, listed: str) -> Message:
    if not listed:
        return Message("Realpad has no consent %(consent)s; it has none", consent=consent)
    return Message("Realpad has no consent %(consent)s; it has %(listed)s", consent=consent, listed=listed)


def keyless_captcha(project: Project, *, keyed: Collection[str]) -> Message | None:
    """Say what to do if the project's captcha has no keys here, `keyed` being those that have."""
    if project.captcha in KEYLESS or project.captcha in keyed:
        return None
    key = f"REALPAD_FORM_CAPTCHA_{project.captcha.upper()}"
    return Message(
        "captcha %(captcha)s has no keys here, so every visitor passes; set %(site_key)s and %(secret)s, or "
        "write altcha, which needs none",
        captcha=project.captcha,
        site_key=f"{key}_SITEKEY",
        secret=f"{key}_SECRET",
    )


def refused_receivers(project: Project, *, allowed: AllowedHosts) -> Iterator[tuple[str, Message]]:
    """Yield the URL of each webhook that nothing is sent to, and what to do about it."""
    for webhook in project.webhooks:
        if why := allowed.refusal(webhook.url):
            what = Message(
                "webhook %(name)s is sent nothing, since %(why)s; write a public https address, or allow the "
                "host in REALPAD_FORM_WEBHOOK_ALLOW",
                name=webhook.name,
                why=Message(why),
            )
            yield webhook.url, what


def local_origins(project: Project, *, public_url: str | None) -> Message | None:
    """Say what to do about origins on people's own machines, once the service is for the world."""
    if public_url is None or is_loopback(urlsplit(public_url).hostname):
        return None
    local = [origin for origin in project.origins if is_loopback(urlsplit(origin).hostname)]
    if not local:
        return None
    template = _("%(origins)s are for trying out; now that PUBLIC_URL is %(url)s, leave out such origins")
    if len(local) == 1:
        template = _("%(origins)s is for trying out; now that PUBLIC_URL is %(url)s, leave out such origins")
    return Message(template, origins=", ".join(local), url=public_url)


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


def as_test_project(project: Project) -> Project:
    """Return a project whose leads carry the tag of tests."""
    tags = tuple(dict.fromkeys((*project.realpad.tags, TEST)))
    return project.model_copy(update={"realpad": project.realpad.model_copy(update={"tags": tags})})


def as_test_submission(submission: Submission) -> Submission:
    """Return a submission that says in note and campaign that it is a test."""
    note = "\n".join(filter(None, (NOTE, submission.answers.get("note"))))
    return replace(submission, answers={**submission.answers, "note": note, "campaign": TEST})


@dataclass(frozen=True, slots=True)
class Trial:
    """Takes test leads; they go the way of all leads, through log and relay."""

    intake: Intake

    def send(self, project: Project, submission: Submission) -> Receipt:
        """Store a submission as a test lead. Raises: StorageUnavailableError."""
        return self.intake.accept(as_test_project(project), as_test_submission(submission))
