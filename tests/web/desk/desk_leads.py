"""Leads in the log of a desk, and what became of them."""

from datetime import UTC, datetime
from time import monotonic, sleep
from uuid import uuid4

from fakes import ACCEPTED, new_lead

from realpad_form.domain.lead import Context, Submission
from realpad_form.domain.payload import compose

JANA = {"name": "Jana", "surname": "Nováková", "phone": "+420777123456", "email": "jana@example.com"}
SECOND = "version: 1\nproject: jantar\nname: Jantár\nlanguages: [sk]\norigins: [https://jantar.example]\n" + (
    "realpad: {credentials: riverside, project: 7}\ncaptcha: none\n"
    "fields: [{field: name}, {field: surname}, {field: phone}]\n"
)


def keep(services, answers=JANA, *, project="riverside", suspicions=(), **parameters):
    """Keep a lead, found by what it says at once; return its id."""
    context = Context(
        language="cs", form_version="abc", submitted_at=datetime.now(UTC), parameters=parameters
    )
    submission = Submission(
        project=project,
        answers=answers,
        consents=(),
        context=context,
        key=uuid4(),
        token=uuid4().hex,
        suspicions=suspicions,
    )
    whole = services.catalog.get("riverside")
    payload = compose(whole, answers, consents=(), context=context)
    receipt = services.log.append(new_lead(submission, payload=payload))
    services.indexer.run_once()
    return receipt.lead_id


def send(services, answer=ACCEPTED):
    """Let a relay send the lead whose turn it is, and Realpad answer so."""
    services.credentials.lanes()
    claim = services.log.claim(list(services.lane_keys.values()), lease_s=60, pace_s=0, width=1)
    assert services.log.close(claim, answer)
    services.indexer.run_once()
    return claim.lead_id


def status(services, lead_id):
    return services.log.get(lead_id).lead.status


def actions(services, action, **more):
    """Return what the audit log has of a kind of deed."""
    return [entry for entry in services.audit.entries(**more) if entry.action == action]


def wait_for_a_look(services):
    """Wait until the catalog has seen that a file is broken now."""
    deadline = monotonic() + 20
    while not services.catalog.problems():
        assert monotonic() < deadline
        sleep(0.05)
