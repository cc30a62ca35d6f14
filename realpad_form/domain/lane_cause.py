"""Why a lane is held back, as far as a person has to know to mend it."""

from enum import StrEnum

from realpad_form.domain.lane import Lane


class Cause(StrEnum):
    """What to look at first."""

    ADDRESS = "address"  # several credentials refused alike
    CONFIGURATION = "configuration"  # several leads refused in a row
    LOGIN = "login"  # 401
    LISTING = "listing"  # 401 or the like, for the list of leads only
    CONSENT = "consent"  # 403
    PLACE = "place"  # 404, 405, a redirect
    FORMAT = "format"  # 415
    VERSION = "version"  # 418
    RATE = "rate"  # 429
    OUTAGE = "outage"  # 5xx
    SILENCE = "silence"  # no answer


_OF_STATUS = {
    401: Cause.LOGIN,
    403: Cause.CONSENT,
    404: Cause.PLACE,
    405: Cause.PLACE,
    415: Cause.FORMAT,
    418: Cause.VERSION,
    429: Cause.RATE,
}
_OF_HUNDRED = {
    3: Cause.PLACE,
    4: Cause.CONFIGURATION,  # the leads were refused, and only several of them stop a lane
}


def cause_of(lane: Lane) -> Cause:
    """Return why a lane is stopped or paused. Source: docs/architecture.md, "Answer → action"."""
    status = lane.last_status
    if lane.reason is not None and lane.reason.is_ban:
        return Cause.ADDRESS
    if lane.is_stopped_by_list:
        return Cause.LISTING
    if status is None:
        return Cause.SILENCE
    return _OF_STATUS.get(status, _OF_HUNDRED.get(status // 100, Cause.OUTAGE))
