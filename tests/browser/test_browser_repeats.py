"""Browsers without script: going back and sending again makes no second lead."""

import pytest
from desk_site import desk_site
from visitor import fill

from realpad_form.ports import LeadFilter

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with desk_site(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def phones(server):
    """Return the phones that the leads of a person have."""

    def read(surname):
        answers = [record.current.answers for record in server.services.log.records(LeadFilter())]
        return sorted(each["phone"] for each in answers if each["surname"] == surname)

    return read


def send(page):
    page.locator("#send").click()
    page.wait_for_url("**/thanks/*")


def test_send_back_and_send_makes_one_lead(server, open_page, phones):
    page = open_page(f"{server.url}/f/riverside", java_script_enabled=False)
    fill(page, "Vracející")
    send(page)
    page.go_back()
    assert page.locator("#q-surname").input_value() == "Vracející"

    send(page)

    assert phones("Vracející") == ["+420777123456"]


def test_a_phone_corrected_after_back_is_another_lead(server, open_page, phones):
    page = open_page(f"{server.url}/f/riverside", java_script_enabled=False)
    fill(page, "Opravující")
    send(page)
    page.go_back()
    page.locator("#q-phone").fill("777 999 888")

    send(page)

    assert phones("Opravující") == ["+420777123456", "+420777999888"]


def test_a_double_click_makes_one_lead(server, open_page, phones):
    page = open_page(f"{server.url}/f/riverside", java_script_enabled=False)
    fill(page, "Klikající")

    page.locator("#send").dblclick()
    page.wait_for_url("**/thanks/*")

    assert phones("Klikající") == ["+420777123456"]
