"""Leads as the tests of a lead's pages need them, and what their pages say."""

import html
import re
from dataclasses import replace
from uuid import uuid4

from fakes import LOST, REFUSED, new_lead

from realpad_form.domain.delivery import Answer, Outcome
from realpad_form.domain.lead import Consent, Context, Submission
from realpad_form.domain.payload import compose
from realpad_form.ports import LeadFilter

ANSWERS = {
    "name": "Jana",
    "surname": "Nováková",
    "email": "jana@example.com",
    "phone": "+420777123456",
    "rooms": ["2+kk"],
    "note": "Volejte prosím odpoledne.",
    "unit": "A-101",
}
BAD_PHONE = replace(REFUSED, text="Incorrect parameter format: phone")
FOUND = Answer(outcome=Outcome.ACCEPTED, status=200, text="4711", customer_id=4711)


class Leads:
    """Puts leads into the log of a service, and plays the relay."""

    def __init__(self, services):
        self.services, self.log = services, services.log
        self.key = services.lane_keys["riverside"]
        self.log.open_lanes([self.key])

    def add(self, *, project="riverside", suspicions=(), **answers):
        """Store a lead and return its id."""
        given = {key: value for key, value in {**ANSWERS, **answers}.items() if value is not None}
        now = self.log.now()
        context = Context(
            language="cs", form_version="v1", submitted_at=now, address="192.0.2.7",
            page="https://www.riverside.example/byty", parameters={"utm_source": "novinky"},
        )  # fmt: skip
        consent = Consent(id=39268430, given=True, wording="Souhlasím s nabídkami", language="cs")
        submission = Submission(
            project=project, answers=given, consents=(consent,), context=context,
            key=uuid4(), token=uuid4().hex, suspicions=suspicions,
        )  # fmt: skip
        config = self.services.catalog.get("riverside")
        payload = compose(config, given, consents=(consent,), context=context)
        return self.log.append(new_lead(submission, payload=payload)).lead_id

    def send(self, lead_id, answer):
        """Make one call of a lead, which ends so; the lane is as if nothing had happened before."""
        self.log.resume(self.key)
        claim = self.log.claim([self.key], lease_s=60, pace_s=0, width=9)
        assert claim.lead_id == lead_id
        assert self.log.close(claim, answer)
        return lead_id

    def refused(self, answer=BAD_PHONE, **answers):
        return self.send(self.add(**answers), answer)

    def lost(self, **answers):
        return self.send(self.add(**answers), LOST)

    def delivered(self, **answers):
        return self.send(self.add(**answers), FOUND)

    def get(self, lead_id):
        return self.log.get(lead_id)

    def status(self, lead_id):
        return self.log.get(lead_id).lead.status

    def count(self):
        return self.log.count(LeadFilter())

    def seen(self, lead_id):
        """Return what a form of the lead's page carries along."""
        lead = self.log.get(lead_id).lead
        return {"status": lead.status, "revision": lead.revision, "attempts": lead.attempts}

    def actions(self, lead_id):
        """Return what was written down about a lead, oldest first."""
        entries = self.services.audit.entries(subject=str(lead_id))
        return [(str(each.action), each.detail) for each in entries[::-1]]


def at(lead_id, *more):
    """Return the address of a lead, or of something below it."""
    return "/".join([f"/inbox/leads/{lead_id}", *map(str, more)])


def says(answer):
    """Return what a page says, without its markup."""
    body = re.sub(r"<(script|style)\b.*?</\1>", "", answer.get_data(as_text=True), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def hidden(answer, name):
    """Return what a hidden field of a page holds."""
    found = re.search(rf'type="hidden" name="{name}" value="([^"]*)"', answer.get_data(as_text=True))
    return html.unescape(found[1]) if found else None
