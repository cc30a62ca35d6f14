"""Other systems that do not take what they are told of leads: which, how much, and how to send it again."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final
from urllib.parse import quote

from flask import abort, redirect
from flask.typing import ResponseReturnValue

from realpad_form.domain.people import Actor, Right
from realpad_form.domain.webhook import EndpointKey, WebhookStatus
from realpad_form.services.webhooks import FAILED_LATELY
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs, project_name
from realpad_form.web.desk.i18n import gettext, language, translations
from realpad_form.web.desk.labels import NOTICES
from realpad_form.web.desk.pages import flash_message

MOST_AT_ONCE: Final = 500
"""How many messages one click sends again, in one transaction."""

bp: Final = blueprint("endpoints", "/inbox/webhooks")


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointView:
    """An endpoint that needs a person, as a person sees it: never its address, which may hold a key."""

    key: EndpointKey
    name: str  # as the project file has it, or which chat it is
    project: str
    failed: int
    waiting: int
    since: datetime | None
    last_status: int | None
    next_try_at: datetime | None  # of an endpoint that fails
    is_gone: bool  # since it answered that it wants no more messages
    is_blocked: bool  # by settings or project file, so that sending again is of no use yet
    can_replay: bool


def endpoint_name(name: str) -> str:
    """Return what an endpoint is called: its name in the project file, or which notices it stands for."""
    return gettext(NOTICES[name]) if name in NOTICES else name


def visible_endpoints() -> Iterator[EndpointView]:
    """Yield the endpoints of visible projects with messages that were given up lately, or cannot be sent."""
    webhooks = deps().services.webhooks
    for report in webhooks.reports(failed_since=webhooks.log.now() - FAILED_LATELY):
        if not report.needs_person or not me().sees(report.key.project):
            continue
        oldest, lane = report.failed or report.queued, report.lane
        name = report.key.name
        yield EndpointView(
            key=report.key,
            name=endpoint_name(name),
            project=project_name(report.key.project),
            failed=report.failed.count if report.failed else 0,
            waiting=report.queued.count if report.queued else 0,
            since=oldest.oldest_at if oldest else None,
            last_status=lane.last_status if lane else None,
            next_try_at=lane.paused_until if lane and report.queued and not report.problem else None,
            is_gone=bool(lane and lane.is_gone),
            is_blocked=bool(report.problem),
            can_replay=bool(report.failed) and me().may(Right.WORK),
        )


@bp.get("/<slug:project>/<name>")
@needs(Right.LEADS)
def show(project: str, name: str) -> ResponseReturnValue:
    """Lead to where an endpoint stands in the inbox; links of alerts come here, also after a sign-in."""
    return redirect(f"/inbox/#webhook-{project}/{quote(name)}", 303)


@bp.post("/<slug:project>/<name>/again")
@needs(Right.WORK)
def replay(project: str, name: str) -> ResponseReturnValue:
    """Send again what was given up for an endpoint, the oldest first."""
    if not me().sees(project):
        abort(404)
    services, key = deps().services, EndpointKey(project, name)
    failed = services.webhook_log.messages(status=WebhookStatus.FAILED)
    ids = [each.id for each in islice((m for m in failed if m.endpoint == key), MOST_AT_ONCE)]
    replayed = services.webhooks.replay(ids, by=Actor(me().id)) if ids else []
    words = translations(language()).ngettext(
        "%(n)s message will be sent again.", "%(n)s messages will be sent again.", len(replayed)
    )
    flash_message(words % {"n": len(replayed)})
    return redirect("/inbox/", 303)
