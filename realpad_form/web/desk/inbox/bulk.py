"""One decision about many leads: what will happen, then doing it in small steps.

What is left to do is kept in the page alone: whoever closes it stops, and nothing is half done.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final, NamedTuple
from uuid import UUID

from flask import abort, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from realpad_form.domain.delivery import Status
from realpad_form.domain.errors import LeadNotFoundError, SealBrokenError
from realpad_form.domain.lead import LeadVersion
from realpad_form.domain.people import Right
from realpad_form.forms.messages import _
from realpad_form.services.bulk import BulkAction, BulkOrder, SkipReason, matches
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, get_visible_lead, me, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.inbox.connections import LaneView, visible_lanes
from realpad_form.web.desk.inbox.filters import FacetNote, Filters
from realpad_form.web.desk.inbox.views import row
from realpad_form.web.desk.labels import STATUSES
from realpad_form.web.desk.pages import render, wants_json

MOST: Final = 1_000
"""As many leads are decided about at once; their ids fit into a form."""

NAMED: Final = 8
"""As many are named before anything is done."""

STEP: Final = 50
"""As many are done in one request."""

bp = blueprint("bulk", "/inbox/bulk")


@dataclass(frozen=True, slots=True)
class ActWords:
    """What doing something with many leads means."""

    title: str
    meaning: str
    effect: str  # on one lead
    button: str


ACTS: Final[Mapping[BulkAction, ActWords]] = {
    BulkAction.RELEASE: ActWords(
        _("Release leads held as possible spam"),
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
    SkipReason.CORRECTION: _("it has to be corrected first"),
    SkipReason.UNREADABLE: _("it cannot be opened: its data key is missing, or it was altered"),
    SkipReason.ASKED_FIRST: _(
        "decided, but not sent yet: it may have been sent before the database was restored, so Realpad’s "
        "list is checked first"
    ),
    SkipReason.GONE: _("it is not there any more, or not in your projects"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The leads that a person has chosen, as they were then."""

    leads: tuple[LeadVersion, ...]
    is_cut: bool = False  # more of them match than are taken at once


class Skipped(NamedTuple):
    """A lead that was left alone."""

    lead_id: UUID
    why: SkipReason

    def __str__(self) -> str:
        return f"{self.lead_id.hex}.{self.why}"

    @classmethod
    def read(cls, text: str) -> "Skipped | None":
        """Return what was written so, or None if it is none."""
        lead_id, _, why = text.partition(".")
        try:
            return cls(UUID(hex=lead_id), SkipReason(why))
        except ValueError:
            return None


@bp.get("")
@needs(Right.WORK)
def confirm() -> ResponseReturnValue:
    """Show what would happen."""
    filters, order = Filters.read(request.args), _order(request.args)
    notes: list[FacetNote] = []
    if "all" in request.args:  # of those that match the newest, as far as they are taken at once
        query = filters.permitted_query(me())
        notes = [note for note in filters.notes(query) if note.is_cut]
        found = islice(matches(deps().services.index, query), MOST + 1)
        leads = tuple(record.lead.version for record in found)
        choice = Selection(leads=leads[:MOST], is_cut=len(leads) > MOST)
    else:
        choice = _ticked(request.args)
    fates = Counter((seen.status, order.why_not(seen.status)) for seen in choice.leads)
    return render(
        "desk/inbox/bulk.html",
        act=order.act,
        words=ACTS[order.act],
        done_words=DONE[order.act],
        choice=choice,
        notes=notes,
        names=list(_names(choice.leads[:NAMED])),
        unnamed=len(choice.leads[NAMED:]),
        most=MOST,
        back=filters.address("/inbox/"),
        held=_held(order.act),
        doable=_fates(fates, None),
        repeats=_fates(fates, SkipReason.REPEAT),
        skipped=_fates(fates, SkipReason.STATE),
    )


@bp.post("")
@needs(Right.WORK)
def carry_out() -> ResponseReturnValue:
    """Do it with the first leads, and tell what came of them; the rest is for the next request."""
    order, chosen = _order(request.form), _ticked(request.form).leads
    skipped, carried_out = [], []
    for seen in chosen[:STEP]:
        if why := deps().services.bulk.carry_out(order, seen):
            skipped.append(Skipped(seen.lead_id, why))
        else:
            carried_out.append(seen)
    done = len(carried_out)
    earlier = filter(None, map(Skipped.read, request.form.getlist("skipped")[:MOST]))
    back = request.form.get("back", "")
    if wants_json():
        return {"done": done, "left": len(chosen[STEP:]), "skipped": list(map(_as_json, skipped))}
    return render(
        "desk/inbox/bulk_step.html",
        order=order,
        words=DONE[order.act],
        rest=chosen[STEP:],
        undo=[*request.form.getlist("undo")[:MOST], *_undo(order.act, carried_out)],
        done=done + request.form.get("done", 0, _count),
        skipped=[*earlier, *skipped],
        why={reason: gettext(words) for reason, words in WHY.items()},
        back=back if back.startswith("/inbox/?") else "/inbox/",
        held=_held(order.act),
    )


def _names(leads: Sequence[LeadVersion]) -> Iterator[str]:
    """Yield what leads are called, as who is signed in may see them; not those that cannot be opened."""
    for seen in leads:
        with suppress(LeadNotFoundError, SealBrokenError):
            yield row(get_visible_lead(seen.lead_id)).name or gettext(_("no name"))


def _undo(act: BulkAction, leads: Sequence[LeadVersion]) -> list[LeadVersion]:
    """Return the leads as they are once this was done, if it can be undone: nothing may have left."""
    if act is not BulkAction.DISCARD:
        return []
    return [replace(each, status=Status.DISCARDED, attempts=0) for each in leads]


def _held(act: BulkAction) -> list[LaneView]:
    """Return the lanes through which nothing is sent now, if the leads were to be sent."""
    return (
        []
        if act in (BulkAction.DISCARD, BulkAction.RESTORE)
        else [lane for lane in visible_lanes() if lane.words]
    )


def _order(values: MultiDict[str, str]) -> BulkOrder:
    if values.get("act") not in list(BulkAction):
        abort(400)
    return BulkOrder(act=BulkAction(values["act"]), by=me(), may_repeat="again" in values)


def _ticked(values: MultiDict[str, str]) -> Selection:
    """Return the leads that an address or a form names, each once."""
    found = dict.fromkeys(filter(None, map(LeadVersion.parse, values.getlist("lead"))))
    return Selection(leads=tuple(found)[:MOST], is_cut=len(found) > MOST)


def _fates(
    fates: Counter[tuple[Status, SkipReason | None]], wanted: SkipReason | None
) -> list[tuple[str, int]]:
    """Return how many leads of each status share a fate, the most first."""
    return [(gettext(STATUSES[status]), n) for (status, why), n in fates.most_common() if why == wanted]


def _as_json(skipped: Skipped) -> dict[str, str]:
    return {"lead": str(skipped.lead_id), "why": gettext(WHY[skipped.why])}


def _count(text: str) -> int:
    """Return a count that a form gave back. Raises: ValueError."""
    return min(MOST, max(0, int(text)))
