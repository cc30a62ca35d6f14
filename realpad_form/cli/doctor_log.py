"""What `doctor` finds out about the lead log: can it take leads, can they be read, do they get out."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Final

from realpad_form.adapters.sql import is_current, is_new
from realpad_form.cli.findings import CheckResult, describe_restored
from realpad_form.cli.output import count
from realpad_form.domain.errors import DataKeyError, RealpadFormError
from realpad_form.domain.lane import LaneState
from realpad_form.domain.people import AuditAction
from realpad_form.ports import LeadFilter
from realpad_form.services.credentials import LaneReport
from realpad_form.wiring import Services

SOON: Final = timedelta(minutes=1)
"""A lead dated later than this was stored while the clock was ahead."""

DAMAGED: Final = "stored leads cannot be read; run `realpad-form db check`"


def of_log(services: Services) -> Iterator[CheckResult]:
    """Yield what is found about the lead log. Raises: SettingsError."""
    is_sqlite = services.database.is_sqlite
    kind = "SQLite" if is_sqlite else "PostgreSQL"
    try:
        if is_new(services.database):
            yield CheckResult("database", f"{kind}, nothing in it yet; `serve` makes its tables")
            return
        if not is_current(services.database):
            text = f"{kind}, of an older version: `serve` or `realpad-form db upgrade` brings it up to date"
            yield CheckResult("database", text, is_bad=True)
            return
        services.log.probe()
    except RealpadFormError as error:
        hint = "; if it is damaged, `realpad-form db check` says where" if is_sqlite else ""
        yield CheckResult("database", f"{kind}: {error}{hint}", is_bad=True)
        return
    yield CheckResult("database", f"{kind}, current, can be written")
    for look in (_keys, _restored, _leads, _lanes, _stranded, _clock):
        yield from _read(services, look)


def _read(services: Services, look: Callable[[Services], Iterator[CheckResult]]) -> Iterator[CheckResult]:
    """Yield what reading finds; damaged pages show in many ways, each of which is one finding."""
    try:
        yield from look(services)
    except DataKeyError as error:
        text = f"{error}; see REALPAD_FORM_DATA_KEY; until it is right, no lead is taken"
        yield CheckResult("data key", text, is_bad=True)
    except RealpadFormError as error:
        yield CheckResult("database", f"{DAMAGED}: {error}", is_bad=True)
    except Exception as error:  # noqa: BLE001 - a damaged page may give anything
        yield CheckResult("database", f"{DAMAGED}: {type(error).__name__}", is_bad=True)


def _keys(services: Services) -> Iterator[CheckResult]:
    damaged = services.log.check_data_keys()
    for damage in damaged:
        yield CheckResult("data key", damage, is_bad=True)
    if not damaged and services.data_key_ids:
        yield CheckResult("data key", "what was stored last can be opened, and what was stored first")
    if len(services.data_key_ids) > 1:
        yield CheckResult("older data keys", _older_keys(services))


def _older_keys(services: Services) -> str:
    """Return whether more than the first data key is needed."""
    stale, first = services.resealing.survey().stale, services.data_key_ids[0]
    files = services.spool.count_stale() if services.spool else 0
    if stale or files:
        needing = f"{count(stale, 'stored text')} and {count(files, 'file')} of the spool are not sealed"
        return f"{needing} with the first one; `realpad-form keys rotate` seals them anew"
    if any(entry.deed is AuditAction.RESEALED for entry in services.audit.entries(subject=first)):
        return "no stored text needs one; on this machine the first one is enough"
    return "no stored text needs one, but search terms may; `realpad-form keys rotate` makes them anew"


def _restored(services: Services) -> Iterator[CheckResult]:
    if sign := services.restores.proof():
        text = f"this database is a restored copy ({sign.describe()}); `serve` and `relay` ask Realpad's list"
        yield CheckResult("restored", f"{text} before they send what is queued in it", is_bad=True)
    if restored := services.restores.state():
        yield CheckResult("restored", describe_restored(restored), is_bad=True)


def _leads(services: Services) -> Iterator[CheckResult]:
    """Yield nothing: it is enough that the leads can be read."""
    services.log.standing()
    yield from ()


def _lanes(services: Services) -> Iterator[CheckResult]:
    for report in services.credentials.reports():
        if report.holds_leads:
            yield CheckResult("lane", _held(report), is_bad=True)


def _held(report: LaneReport) -> str:
    """Return what holds a lane's leads, and the command to go on with."""
    if report.state is LaneState.STOPPED:
        todo = f"mend that, then run `realpad-form credentials resume {report.name}`"
    else:
        todo = f"it goes on at {report.paused_until:%Y-%m-%d %H:%M} UTC; see `realpad-form credentials list`"
    return f"{report.name} is {report.state}, {report.waiting} of its leads wait: {report.reason}; {todo}"


def _stranded(services: Services) -> Iterator[CheckResult]:
    for stranded in services.credentials.stranded():
        name, adopter = stranded.route.credential, stranded.adopter
        todo = (
            f"`realpad-form credentials adopt {adopter.credential}`" if adopter else "see `credentials list`"
        )
        if stranded.route.account:
            what = f"{stranded.count} wait for an earlier login or address of credentials {name}"
        else:
            what = f"credentials {name} are not set, and {stranded.count} wait for them"
        yield CheckResult("leads", f"{what}; {todo}", is_bad=True)


def _clock(services: Services) -> Iterator[CheckResult]:
    """Yield what a clock has left behind that was ahead and was set back."""
    pace_s = services.settings.relay_pace_s
    if count := services.log.count_misdated(pace_s=pace_s):
        text = (
            f"the database's clock was ahead: {count} lanes and leads wait for a time that no schedule sets"
        )
        todo = "a relay sets that right within seconds, `realpad-form relay --once` at once"
        yield CheckResult("database's clock", f"{text}; {todo}", is_bad=True)
    elif count := services.log.count(LeadFilter(since=services.log.now() + SOON)):
        text = f"was ahead: {count} leads are dated later than now; they are sent all the same"
        yield CheckResult("database's clock", text)
