"""The whole error tree; the class is the decision, the message is for an operator.

Messages are lower case, without a full stop and without personal data.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from realpad_form.domain.message import NOWHERE, Gettext, Location, Message


class RealpadFormError(Exception):
    """The root of every error this package raises on purpose."""


class SettingsError(RealpadFormError):
    """The settings cannot be used; `problems` lists every one of them."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to fix in a project file, printed as `path:line: what`."""

    path: str
    line: int
    message: Message
    is_warning: bool = False
    location: Location = NOWHERE

    @property
    def what(self) -> str:
        """Where it is and what to do, in English, as commands and logs print it."""
        return f"{self.location}: {self.message}" if self.location.steps else str(self.message)

    @property
    def detail(self) -> str:
        """The words of others that follow, if there are any."""
        return self.message.detail

    def translated(self, gettext: Gettext) -> str:
        """Return where it is and what to do as people at the desk read it, without `detail`."""
        words = self.message.translated(gettext)
        return f"{self.location.translated(gettext)}: {words}" if self.location.steps else words

    def __str__(self) -> str:
        mark = "warning: " if self.is_warning else ""
        return f"{self.path}:{self.line}: {mark}{self.what}"


class ProjectFileError(RealpadFormError):
    """A project file breaks the grammar; `problems` lists every breach."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


class NotEditableError(RealpadFormError):
    """An edit of a project file leads nowhere, or its text would not say afterwards what was meant."""

    def __init__(self) -> None:
        super().__init__("this cannot be changed in the builder; change it in the text")


class PublishedMeanwhileError(RealpadFormError):
    """Somebody else has published a version of the project since the one that a change began with."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"somebody else has published {slug} meanwhile; look at their version first")
        self.slug = slug


class ScheduleTimeError(RealpadFormError):
    """A version cannot be scheduled for that time; `reason` says why: past, far, or how it was filled in."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"a version cannot be scheduled for that time: {reason}")
        self.reason = reason


class ScheduleNotFoundError(RealpadFormError):
    """A scheduled version is not there any more: it was published, cancelled or replaced."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"that version of {slug} is not scheduled any more")


class ScheduledMeanwhileError(RealpadFormError):
    """Somebody else has scheduled a version of the project since whoever replaces it looked."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"somebody else has scheduled a version of {slug} meanwhile")


class FolderConflictError(RealpadFormError):
    """The file in the folder and what is published both hold work that the other lacks."""

    def __init__(self, slug: str) -> None:
        super().__init__(
            f"{slug}.yaml was changed in the folder, and so was the version from the desk: decide first which"
            f" counts, in the desk or with `realpad-form projects publish {slug}.yaml`"
        )
        self.slug = slug


class PublishingNotAllowedError(RealpadFormError):
    """A person may not publish, or not this change; `parts` names what only an admin may change."""

    def __init__(self, slug: str, parts: Sequence[str] = ()) -> None:
        what = f"changes of {', '.join(parts)} in {slug}" if parts else slug
        super().__init__(f"this person may not publish {what}")
        self.parts = tuple(parts)


class VersionNotFoundError(RealpadFormError):
    """A project has no publication of that number."""

    def __init__(self, slug: str, number: int) -> None:
        super().__init__(f"{slug} has no version {number}; see `realpad-form projects history {slug}`")


class ProjectNotFoundError(RealpadFormError):
    """The catalog holds no project of that slug."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"no project {slug!r}")


class OriginRefusedError(RealpadFormError):
    """A page that the project does not list tried to send its form."""

    def __init__(self, origin: str) -> None:
        super().__init__(f"origin {origin!r} may not send this form")


class SubmissionKeyError(RealpadFormError):
    """`submission` is no UUID, so that repeats could not be told from new leads."""

    def __init__(self) -> None:
        super().__init__("submission is not a UUID")


class IdempotencyKeyError(RealpadFormError):
    """Another system sent no key by which a repeat of its lead could be told."""

    def __init__(self) -> None:
        super().__init__(
            "send Idempotency-Key: 1 to 200 visible characters, the same whenever this lead is sent again, "
            "e.g. its number in your system"
        )


class FieldsRefusedError(RealpadFormError):
    """What another system sent cannot be read as the fields of a lead; the text says why."""


class SourceNotUsedError(RealpadFormError):
    """No project file names a source whose key is right."""

    def __init__(self, source: str) -> None:
        super().__init__(f"no project file names {source!r} under `sources`, so its leads have no project")


class CorrectionMissingError(RealpadFormError):
    """A lead that the form would not take as it is was to be sent without a correction."""

    def __init__(self, lead_id: object, mistakes: str) -> None:
        super().__init__(f"lead {lead_id} cannot be sent as it is: {mistakes}")


class CredentialNotFoundError(RealpadFormError):
    """The settings hold no login pair of that name, or no lane was ever opened for it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"no credentials named {name!r}")


class StorageUnavailableError(RealpadFormError):
    """The database cannot take or give anything now (full, locked, down); try again later."""


class CopyFailedError(RealpadFormError):
    """Something cannot be copied into another database as it is; nothing of the copy was kept."""

    def __init__(self, why: str) -> None:
        super().__init__(f"{why}; the copy was undone, and the old database can still be used")


class LimitReachedError(RealpadFormError):
    """An address or a project has sent, or asked for, as much as it may; try again after so many seconds."""

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__("too many at once; try again later")
        self.retry_after_s = retry_after_s


class SealBrokenError(RealpadFormError):
    """What is stored encrypted cannot be read: its key is missing, or it was changed or moved."""

    def __init__(self, place: str, *, missing_key: str | None = None) -> None:
        if missing_key:
            super().__init__(
                f"{place} was sealed with data key {missing_key}, which is not set; add it again"
            )
        else:
            super().__init__(f"{place} was changed or moved since it was sealed")
        self.missing_key = missing_key


class DataKeyError(RealpadFormError):
    """Stored leads were sealed with data keys that are not set: nothing may be sealed with those that are.

    `missing_keys` names a key for each reason, None where stored leads were altered.
    """

    def __init__(self, text: str, *, missing_keys: Sequence[str | None] = ()) -> None:
        super().__init__(text)
        self.missing_keys = tuple(missing_keys)


class LeadNotFoundError(RealpadFormError):
    """The lead log holds no lead of that id."""

    def __init__(self, lead_id: object) -> None:
        super().__init__(f"no lead {lead_id}")


class PrivacyRequestNotFoundError(RealpadFormError):
    """No request of a person has this id."""

    def __init__(self, request_id: object) -> None:
        super().__init__(f"no request {request_id}")


class AmbiguousContactError(RealpadFormError):
    """A phone number without its country is the number of people in several."""

    def __init__(self, numbers: Sequence[str]) -> None:
        super().__init__(
            f"write the number with its country code: there are leads of {' and '.join(numbers)}"
        )


class WebhookNotFoundError(RealpadFormError):
    """No message of a webhook has this id."""

    def __init__(self, message_id: object) -> None:
        super().__init__(f"no webhook message {message_id}")


class IllegalTransitionError(RealpadFormError):
    """The lead's status does not allow what was asked of it."""

    def __init__(self, status: object, event: object) -> None:
        super().__init__(f"a lead that is {status} cannot be {event}")
        self.status = status


class RepeatNotConfirmedError(RealpadFormError):
    """The lead may be at Realpad already, and nobody has said to send it once more."""

    def __init__(self, lead_id: object, status: object) -> None:
        super().__init__(f"lead {lead_id} is {status}; sending it again may make a second enquiry")


class RerouteNotConfirmedError(RealpadFormError):
    """The lead was accepted for another project at Realpad or another account than it would go to."""

    def __init__(self, lead_id: object, reroute: object) -> None:
        super().__init__(f"lead {lead_id} was {reroute}")
        self.reroute = reroute


class InvalidAnswersError(RealpadFormError):
    """Corrected answers do not pass the form's own rules; `errors` maps field to texts."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        lines = (f"{field}: {' '.join(texts)}" for field, texts in errors.items())
        super().__init__("; ".join(lines))
        self.errors = errors


class UnreachableError(RealpadFormError):
    """A web page could not be looked at."""


class NotificationError(RealpadFormError):
    """Nobody could be told that way."""


class MailRefusedError(NotificationError):
    """A mail server will never take this mail: its answer was a permanent one."""


class MailDeferredError(NotificationError):
    """A mail server takes no mail for these addresses now; others it may take."""


class CrmError(RealpadFormError):
    """Realpad refused what an operator's own call asked for, or gave no answer.

    `status` is None without an answer. The outcome is unknown if the call may have arrived all the same: it
    left and nothing came back, or a proxy in front of Realpad gave up waiting.
    """

    def __init__(self, status: int | None, answer: str, *, is_outcome_unknown: bool = False) -> None:
        super().__init__(f"Realpad answered {status}: {answer}" if status else answer)
        self.status, self.answer, self.is_outcome_unknown = status, answer, is_outcome_unknown


class PartialSearchError(RealpadFormError):
    """Somebody who sees leads masked searched for something else than a whole e-mail, phone number or id."""

    def __init__(self) -> None:
        super().__init__("masked leads are found by a whole e-mail, phone number or id only")


class MaskedLimitError(RealpadFormError):
    """Somebody who sees leads masked has done it as often as they may; try again after so many seconds."""

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__("as often as it is allowed with masked leads; try again later")
        self.retry_after_s = retry_after_s


class SearchLimitError(MaskedLimitError):
    """They have searched."""


class RevealLimitError(MaskedLimitError):
    """They have revealed leads."""


class PersonNotFoundError(RealpadFormError):
    """Nobody of that id or e-mail may sign in."""

    def __init__(self) -> None:
        super().__init__("no such person; see `realpad-form operators list`")


class PersonExistsError(RealpadFormError):
    """Somebody with that e-mail is there already."""

    def __init__(self) -> None:
        super().__init__("somebody with this e-mail is there already; see `realpad-form operators list`")


class PersonRefusedError(RealpadFormError):
    """A person cannot be stored like that; `field` names what to fix."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class PermissionDeniedError(RealpadFormError):
    """Whoever asks may not look after people, or not after somebody who may do or see more."""

    def __init__(self) -> None:
        super().__init__("only an admin with at least the same rights and projects may do that")


class LastAdminError(RealpadFormError):
    """Nobody would be left who may look after people, or after all of them."""

    def __init__(self) -> None:
        super().__init__("this is the last admin of all projects; make somebody else that first")


class PasskeyRequiredError(RealpadFormError):
    """Somebody without a passkey asked for more than their own account, where everybody needs one."""

    def __init__(self) -> None:
        super().__init__("REALPAD_FORM_REQUIRE_PASSKEY demands a passkey; one is added under the own account")


class PasswordRefusedError(RealpadFormError):
    """A password is too easy to guess or too long; `reason` is short, long, leaked or guessable."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the password is {reason}; take at least 15 characters nobody would guess")
        self.reason = reason


class SessionEndedError(RealpadFormError):
    """The session of who asks for something was ended while it was looked at; nothing is done."""

    def __init__(self) -> None:
        super().__init__("this session has ended; sign in again")


class TicketSpentError(RealpadFormError):
    """A one-time link or ceremony was used, has expired or never was."""

    def __init__(self) -> None:
        super().__init__("this was used already or has expired; ask for a new one")


class ProofRefusedError(RealpadFormError):
    """A passkey or an OpenID provider did not prove who somebody is; the text says why, for the log."""


class PublicUrlNotSetError(RealpadFormError):
    """A link was asked for, and where the world reaches this service is not set."""

    def __init__(self) -> None:
        super().__init__("REALPAD_FORM_PUBLIC_URL is not set; links need the address of this service")


class CallsBusyError(RealpadFormError):
    """As many calls to another service are under way as may hold up a page; nothing was asked."""


class DraftsBusyError(CallsBusyError):
    """As many drafts are being checked as may hold up the forms; nothing was checked."""


class WorkbookTooLongError(RealpadFormError):
    """More leads were asked for than a workbook takes, which has to be whole before it can be sent."""


class HasherBusyError(RealpadFormError):
    """Too many passwords are being checked at this moment; try again in a second."""

    def __init__(self) -> None:
        super().__init__("too many people sign in at this moment; try again in a second")
