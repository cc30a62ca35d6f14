"""With a data key nothing that a visitor typed, or Realpad said of it, is readable in any file of ours."""

import json
from dataclasses import replace
from uuid import uuid4

import pytest
from fakes import REFUSED, throttled

from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.ports import LeadFilter

TYPED = {
    "name": "Kanarka",
    "surname": "Kanárková",
    "email": "canary-email@example.com",
    "phone": "+420777999888",
    "rooms": ["2+kk"],
    "note": "canary-note, volejte odpoledne",
    "unit": "canary-unit",
    "page": "https://www.riverside.example/canary-page",
    "referrer": "https://search.example/canary-referrer",
    "utm_source": "canary-parameter",
    "consent_39268430": True,
}
SAID = "bad phone of canary-quoted@example.com"
CANARIES = [
    "Kanarka", "Kanárková", "canary-email", "777999888", "canary-note", "canary-page", "canary-referrer",
    "canary-parameter", "203.0.113.77", "canary-quoted", "canary-corrected", "canary-spooled",
]  # fmt: skip


@pytest.fixture
def live_through(make_services, visit, folder):
    """Let leads be taken, refused, corrected, found, and spooled; return what all files hold then."""

    def live(**settings):
        services = make_services(**settings)
        visitor = visit(services)
        address = {"REMOTE_ADDR": "203.0.113.77"}
        body = {"token": visitor.token(), "submission": str(uuid4()), **TYPED}
        answer = visitor.client.post("/f/riverside/leads", json=body, environ_base=address)
        assert answer.status_code == 201
        key = services.lane_keys["riverside"]
        services.log.open_lanes([key])
        for refusal in (replace(REFUSED, text=SAID), replace(throttled(60), text=SAID)):
            claim = services.log.claim([key], lease_s=60, pace_s=0, width=9)
            services.log.close(claim, refusal)
            [lead] = services.log.leads(LeadFilter())
            if refusal.status == REFUSED.status:
                corrected = {**TYPED, "note": "canary-corrected"}
                services.log.resubmit(lead.version, answers=corrected, payload={"note": "canary-corrected"})
        services.indexer.run_once()
        spool_one(services, visitor)
        return b"".join(path.read_bytes() for path in (folder / "data").rglob("*") if path.is_file())

    def spool_one(services, visitor):
        token = visitor.token()
        object.__setattr__(services.intake, "log", Away(services.log))
        answer = visitor.client.post(
            "/f/riverside/leads",
            json={"token": token, "submission": str(uuid4()), **TYPED, "note": "canary-spooled"},
        )
        assert answer.status_code == 201
        assert services.spool.waiting() == 1

    return live


class Away:
    """A lead log that can be read and takes nothing."""

    def __init__(self, log):
        self._log = log

    def __getattr__(self, name):
        return getattr(self._log, name)

    def append(self, *_, **__):
        raise StorageUnavailableError("full")


def found_in(kept):
    """Return which canaries stand in some files, as text or as JSON writes it."""
    return [each for each in CANARIES if each.encode() in kept or json.dumps(each)[1:-1].encode() in kept]


def test_nothing_personal_is_readable_with_a_data_key(live_through):
    assert found_in(live_through(DATA_KEY="d" * 32)) == []


def test_everything_is_without_one(live_through):
    assert found_in(live_through()) == CANARIES
