"""One reason of each code, with words of others that are up to no good."""

from realpad_form.domain.reason import Code, Reason
from realpad_form.domain.spam import SUSPICIONS

HOSTILE = "Jana {difference} %(hours)s \x1f{} \\u0000 \n"
REASONS = [
    Reason(code=Code.ANSWERED, params={"status": "400"}, detail=HOSTILE),
    Reason(code=Code.NO_ANSWER, detail=HOSTILE),
    Reason(code=Code.INTERRUPTED),
    Reason(code=Code.OUTAGES, params={"hours": "120"}, detail="HTTP 503: " + HOSTILE),
    Reason(code=Code.REFUSED_IN_A_ROW, params={"count": "5", "status": "400"}, detail=HOSTILE),
    Reason(code=Code.ADDRESS_BANNED, params={"host": "https://h", "status": "401"}, detail=HOSTILE),
    Reason(code=Code.CLOCKS_APART, params={"difference": "1 h", "direction": "ahead of"}),
    Reason(code=Code.OTHER_ACCOUNT),
    Reason(code=Code.LIST_INCOMPLETE),
    Reason(code=Code.AMBIGUOUS, params={"entries": "customer 4711"}),
    Reason(
        code=Code.KEY_MISSING,
        params={"key": "241df5e9"},
        detail="lead/1 was sealed with data key 241df5e9, which is not set; add it again",
    ),
    Reason(code=Code.ALTERED, detail="lead/1 was changed or moved since it was sealed"),
    Reason(code=Code.INVALID, params={"field": "phone"}, detail=HOSTILE),
    *(Reason(code=name) for name in sorted(SUSPICIONS)),
]
