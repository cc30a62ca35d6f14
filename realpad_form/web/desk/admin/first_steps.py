"""What an admin does first, as a list that ticks itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from flask.typing import ResponseReturnValue

from realpad_form.domain.delivery import Status
from realpad_form.domain.lane import LaneState
from realpad_form.domain.loopback import is_loopback
from realpad_form.domain.people import Right
from realpad_form.domain.project import Project
from realpad_form.domain.search import InboxQuery
from realpad_form.forms.messages import _
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.pages import render

LOGIN: Final = _("A login for Realpad")
PROJECT: Final = _("A project")
ORIGIN: Final = _("The website that shows the form")
LEAD: Final = _("A first lead in Realpad")
ALERTS: Final = _("An address for alerts")

bp = blueprint("first_steps", "/people/first-steps")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupStep:
    """One thing to set up."""

    title: str
    is_done: bool
    text: str  # what is there, or what to do
    address: str = ""  # where to do or see it; '' for outside the desk
    link: str = ""


@bp.get("")
@needs(Right.PEOPLE)
def show() -> ResponseReturnValue:
    """Show what is set up, and how to go on."""
    return render("desk/admin/first_steps.html", steps=list(_steps()))


def _steps() -> Iterator[SetupStep]:
    """Yield the steps as they stand now, for the projects that who is signed in may see."""
    projects = {slug: each for slug, each in deps().services.catalog.projects().items() if me().sees(slug)}
    yield _login(projects)
    yield _project(projects)
    yield _origin(projects)
    yield _lead(projects)
    if me().may(Right.SETTINGS) and me().projects is None:
        yield _alerts()


def _login(projects: dict[str, Project]) -> SetupStep:
    used = {project.realpad.credentials for project in projects.values()}
    credentials = deps().services.credentials
    missing = sorted(used & credentials.missing().keys())
    stopped = sorted(
        report.name
        for report in credentials.reports()
        if report.state is LaneState.STOPPED and report.name in used
    )
    text = gettext(_("Set for: %(names)s.")) % {"names": ", ".join(sorted(used))}
    if missing or not used:
        name = (missing or ["name"])[0].upper().replace("-", "_")
        text = gettext(
            _("Set REALPAD_FORM_CREDENTIALS_%(name)s_LOGIN and …_PASSWORD, then restart the service.")
        ) % {"name": name}
    elif stopped:
        text = gettext(_("Realpad stopped taking leads from: %(names)s.")) % {"names": ", ".join(stopped)}
    return SetupStep(
        title=LOGIN,
        is_done=bool(used) and not missing and not stopped,
        text=text,
        address="/inbox/lanes",
        link=gettext(_("Connections to Realpad")),
    )


def _project(projects: dict[str, Project]) -> SetupStep:
    if projects:
        text = gettext(_("Served: %(names)s.")) % {"names": ", ".join(sorted(projects))}
    else:
        text = gettext(
            _(
                "Run `realpad-form init`, or put a project file into the folder of the settings; "
                "it is read at once."
            )
        )
    return SetupStep(
        title=PROJECT, is_done=bool(projects), text=text, address="/preview/", link=gettext(_("Preview"))
    )


def _origin(projects: dict[str, Project]) -> SetupStep:
    public_url = deps().services.settings.public_url
    is_local = public_url is None or is_loopback(urlsplit(public_url).hostname)
    # On a machine that only its owner reaches, so may be the website.
    without = sorted(
        slug
        for slug, project in projects.items()
        if not any(is_local or _is_public(origin) for origin in project.origins)
    )
    if without or not projects:
        text = gettext(
            _("Write the address of the website under `origins` in the project file: %(names)s.")
        ) % {"names": ", ".join(without) or "…"}
    else:
        text = gettext(_("Named in every project file. Put the form there with the tag under Embed."))
    first = (without or sorted(projects) or [""])[0]
    return SetupStep(
        title=ORIGIN,
        is_done=bool(projects) and not without,
        text=text,
        address=f"/preview/{first}/embed" if first else "/preview/",
        link=gettext(_("Embed")),
    )


def _is_public(origin: str) -> bool:
    """Tell whether an origin may be a real website: not this machine, nor a name kept for examples."""
    host = urlsplit(origin).hostname or ""
    return not is_loopback(host) and not host.endswith((".example", "example.com", ".test", ".invalid"))


def _lead(projects: dict[str, Project]) -> SetupStep:
    query = InboxQuery(statuses=(Status.DELIVERED,), projects=frozenset(projects))
    is_done = bool(deps().services.index.page(query, limit=1).records)
    text = _("Realpad has taken a lead: the whole way works.")
    if not is_done:
        text = _("Send a lead through the form yourself and see it arrive, or a test lead into a sandbox.")
    first = next(iter(sorted(projects)), "")
    return SetupStep(
        title=LEAD,
        is_done=is_done,
        text=gettext(text),
        address=f"/preview/{first}/test" if first and not is_done else "/inbox/",
        link=gettext(_("Test lead") if first and not is_done else _("Inbox")),
    )


def _alerts() -> SetupStep:
    settings = deps().services.settings
    is_done = bool((settings.smtp_url and settings.alert_to) or settings.alert_webhook)
    text = _("Somebody is told when only a person can go on.")
    if not is_done:
        text = _(
            "Set REALPAD_FORM_SMTP_URL and REALPAD_FORM_ALERT_TO, or REALPAD_FORM_ALERT_WEBHOOK. "
            "Without one, nobody hears when leads wait for a person."
        )
    return SetupStep(
        title=ALERTS,
        is_done=is_done,
        text=gettext(text),
        address="/people/settings",
        link=gettext(_("Settings")),
    )
