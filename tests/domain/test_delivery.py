from itertools import product

import pytest

from realpad_form.domain.delivery import Event, Status, allows, next_status
from realpad_form.domain.errors import IllegalTransitionError

MOVES = [
    ("quarantined", "released", "queued"),
    ("quarantined", "discarded", "discarded"),
    ("queued", "claimed", "sending"),
    ("queued", "resubmitted", "queued"),
    ("queued", "discarded", "discarded"),
    ("sending", "delivered", "delivered"),
    ("sending", "rejected", "rejected"),
    ("sending", "marked unknown", "unknown"),
    ("sending", "returned to the queue", "queued"),
    ("delivered", "resubmitted", "queued"),
    ("unknown", "delivered", "delivered"),
    ("unknown", "returned to the queue", "queued"),
    ("unknown", "called delivered", "delivered"),
    ("unknown", "resubmitted", "queued"),
    ("unknown", "discarded", "discarded"),
    ("rejected", "resubmitted", "queued"),
    ("rejected", "discarded", "discarded"),
    ("quarantined", "erased", "erased"),
    ("queued", "erased", "erased"),
    ("delivered", "erased", "erased"),
    ("unknown", "erased", "erased"),
    ("rejected", "erased", "erased"),
    ("discarded", "erased", "erased"),
]
ALLOWED = {(status, event) for status, event, _ in MOVES}


@pytest.mark.parametrize(("status", "event", "expected"), MOVES)
def test_lead_moves_as_written_in_the_contract(status, event, expected):
    assert next_status(Status(status), Event(event)) == expected


@pytest.mark.parametrize(
    ("status", "event"), [pair for pair in product(Status, Event) if tuple(map(str, pair)) not in ALLOWED]
)
def test_every_other_move_is_illegal(status, event):
    with pytest.raises(IllegalTransitionError):
        next_status(status, event)


@pytest.mark.parametrize(("status", "event"), list(product(Status, Event)))
def test_only_those_moves_are_offered_and_that_a_discarded_lead_is_restored(status, event):
    pair = (str(status), str(event))

    assert allows(status, event) == (pair in ALLOWED or pair == ("discarded", "restored"))


def test_illegal_move_is_told_in_words():
    with pytest.raises(IllegalTransitionError, match="a lead that is sending cannot be resubmitted"):
        next_status(Status.SENDING, Event.RESUBMITTED)
