"""The desk in Firefox and WebKit, too: sign-in, inbox, lead and builder."""

import pytest
from desk_site import desk_site

from realpad_form.domain.people import Particulars, Role

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "jana@firma.example", "pět koní u řeky"
ENTER = "\ue006"
FRAMED = "document.querySelector('#stage iframe:not(.is-coming)').contentDocument"
"""The preview is of the same origin, and its frame is another one after each change."""


@pytest.fixture
def desk(tmp_path):
    with desk_site(tmp_path) as desk:
        yield desk


@pytest.fixture
def signed_in(desk, engine):
    """Set a password by the link and sign in, as a person does; return the browser."""
    person, ticket = desk.services.people.add(EMAIL, Particulars(name="Jana Nováková", role=Role.ADMIN))
    engine.open(desk.url + "/sign-in")
    engine.open(f"{desk.url}/account/link/{ticket}")
    engine.click("#new")
    engine.type(PASSWORD + ENTER)
    engine.wait("location.pathname.startsWith('/sign-in') && document.readyState === 'complete'")
    engine.shown("#password")
    engine.click("#email")
    engine.type(EMAIL)
    engine.click("#password")
    engine.type(PASSWORD + ENTER)
    engine.wait("!location.pathname.startsWith('/sign-in') && document.readyState === 'complete'")
    yield engine
    assert person.email == EMAIL


def test_a_refused_lead_is_found_corrected_and_sent_again(desk, signed_in):
    lead_id = desk.add(name="Marta", phone="+420777000003")
    desk.refuse_next_call("Invalid phone number")
    desk.relay()
    assert desk.status(lead_id) == "rejected"

    signed_in.open(f"{desk.url}/inbox/?status=rejected")
    signed_in.click(".who > a")
    signed_in.wait(f"location.pathname === '/inbox/leads/{lead_id}' && document.readyState === 'complete'")
    signed_in.type("r")
    signed_in.wait("document.activeElement.id === 'q-phone'")
    signed_in.read("document.activeElement.select() ?? true")
    signed_in.type("+420777123456" + ENTER)
    signed_in.shown("tr.changed")
    signed_in.type(ENTER)
    signed_in.wait(f"location.pathname === '/inbox/leads/{lead_id}' && document.readyState === 'complete'")
    desk.relay()

    assert desk.status(lead_id) == "delivered"
    assert [each["parameters"]["phone"] for each in desk.arrived()] == ["+420777123456"]


def test_a_question_is_worded_and_moved_in_the_builder(desk, signed_in):
    signed_in.open(f"{desk.url}/preview/riverside/edit#builder")
    signed_in.shown("#entry-email > summary")
    signed_in.click("#entry-email > summary")
    signed_in.click("#b-fields-2-label-cs")
    signed_in.type("Kam vam napsat")
    signed_in.wait("document.getElementById('text').value.includes('Kam vam napsat')")
    signed_in.wait(f"{FRAMED}?.querySelector('[data-key=email]')?.textContent.includes('Kam vam napsat')")
    signed_in.click("#b-fields-2-up")
    signed_in.wait("document.activeElement.id === 'b-fields-1-up'")

    assert signed_in.read("[...document.querySelectorAll('#b-questions .entry')][1].dataset.key") == "email"
