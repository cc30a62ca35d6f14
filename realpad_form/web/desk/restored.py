"""That the database was restored from a backup: a person may stop hearing of it."""

from flask import redirect
from flask.typing import ResponseReturnValue

from realpad_form.domain.people import AuditAction, Right
from realpad_form.web.context import deps
from realpad_form.web.desk.access import blueprint, me, needs
from realpad_form.web.desk.i18n import gettext
from realpad_form.web.desk.pages import flash_message

bp = blueprint("restored", "/inbox/restored")


@bp.post("/dismiss")
@needs(Right.WORK)
def dismiss() -> ResponseReturnValue:
    """Say no more that it was; leads in doubt stay so."""
    services = deps().services
    if me().projects is None and services.restores.state():
        services.restores.dismiss()
        services.audit.record(AuditAction.RESTORE_DISMISSED, by=me().id)
        flash_message(gettext("Hidden. Leads in doubt stay under “To decide”."))
    return redirect("/inbox/", 303)
