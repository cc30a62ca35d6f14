"""What the pages about many leads say; untranslated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from realpad_form.forms.messages import _
from realpad_form.services.bulk import Act, Why


@dataclass(frozen=True, slots=True)
class ActWords:
    """What doing something with many leads means."""

    title: str
    meaning: str
    fate: str  # of one lead
    button: str


ACTS: Final[Mapping[Act, ActWords]] = {
    Act.RELEASE: ActWords(
        _("Release leads from quarantine"),
        _("They are real people: their leads go to Realpad, oldest first."),
        _("will be released"),
        _("Release"),
    ),
    Act.DISCARD: ActWords(
        _("Discard leads"),
        _("They are not sent to Realpad and wait for nobody. They stay here, and can be restored."),
        _("will be discarded"),
        _("Discard"),
    ),
    Act.RESUBMIT: ActWords(
        _("Send leads again"),
        _(
            "They are composed anew with the project file of today, or with its last version if it is gone, "
            "and go to Realpad, one call each."
        ),
        _("will be sent again"),
        _("Send again"),
    ),
    Act.RESTORE: ActWords(
        _("Restore discarded leads"),
        _(
            "Each goes back to where it stood before it was discarded: what was queued is sent, the rest "
            "waits for a decision."
        ),
        _("will be restored"),
        _("Restore"),
    ),
}

DONE: Final[Mapping[Act, str]] = {
    Act.RELEASE: _("Released: %(n)s"),
    Act.DISCARD: _("Discarded: %(n)s"),
    Act.RESUBMIT: _("Queued to be sent: %(n)s"),
    Act.RESTORE: _("Restored: %(n)s"),
}

WHY: Final[Mapping[Why, str]] = {
    Why.STATE: _("its status does not allow this"),
    Why.CHANGED: _("it is not as it was when you chose it: look at it"),
    Why.REPEAT: _("it may be at Realpad already, and “send again” was not ticked"),
    Why.PROJECT: _("its project file is gone"),
    Why.REROUTE: _(
        "its project file sends it to another project, login or address than it was accepted for: "
        "look at it and send it by itself"
    ),
    Why.GONE: _("it is not there any more, or not in your projects"),
}
