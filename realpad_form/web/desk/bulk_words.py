"""What the pages about many leads say; untranslated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from realpad_form.forms.messages import _
from realpad_form.services.bulk import BulkAction, SkipReason


@dataclass(frozen=True, slots=True)
class ActWords:
    """What doing something with many leads means."""

    title: str
    meaning: str
    fate: str  # of one lead
    button: str


ACTS: Final[Mapping[BulkAction, ActWords]] = {
    BulkAction.RELEASE: ActWords(
        _("Release leads from quarantine"),
        _("They are real people: their leads go to Realpad, oldest first."),
        _("will be released"),
        _("Release"),
    ),
    BulkAction.DISCARD: ActWords(
        _("Discard leads"),
        _("They are not sent to Realpad. They stay here and can be restored."),
        _("will be discarded"),
        _("Discard"),
    ),
    BulkAction.RESUBMIT: ActWords(
        _("Send leads again"),
        _(
            "They are composed anew with the project file of today, or with its last version if it is gone, "
            "and go to Realpad, one call each."
        ),
        _("will be sent again"),
        _("Send again"),
    ),
    BulkAction.RESTORE: ActWords(
        _("Restore discarded leads"),
        _(
            "Each goes back to where it stood before it was discarded: what was queued is sent, the rest "
            "waits for a decision."
        ),
        _("will be restored"),
        _("Restore"),
    ),
}

DONE: Final[Mapping[BulkAction, str]] = {
    BulkAction.RELEASE: _("Released: %(n)s"),
    BulkAction.DISCARD: _("Discarded: %(n)s"),
    BulkAction.RESUBMIT: _("Queued to be sent: %(n)s"),
    BulkAction.RESTORE: _("Restored: %(n)s"),
}

WHY: Final[Mapping[SkipReason, str]] = {
    SkipReason.STATE: _("its status does not allow this"),
    SkipReason.CHANGED: _("it is not as it was when you chose it: look at it"),
    SkipReason.REPEAT: _("it may be at Realpad already, and “send again” was not ticked"),
    SkipReason.PROJECT: _("its project file is gone"),
    SkipReason.REROUTE: _(
        "its project file sends it to another project, login or address than it was accepted for: "
        "look at it and send it by itself"
    ),
    SkipReason.UNREADABLE: _("it cannot be opened: its data key is missing, or it was altered"),
    SkipReason.ASKED_FIRST: _(
        "decided, but not sent yet: it may have been sent before the database was restored, so Realpad’s "
        "list is checked first"
    ),
    SkipReason.GONE: _("it is not there any more, or not in your projects"),
}
