"""The page of a company: what belongs to a project comes with its choice, and nothing typed is lost."""

import time

import pytest
from visitor import thanked

pytestmark = pytest.mark.browser

COMPANY = """
version: 1
project: skupina
name: Skupina
languages: [cs]
origins: ["http://localhost:*", "http://127.0.0.1:*"]
realpad: {credentials: riverside, project: 1}
fields:
  - {field: project, options: [riverside, jantar]}
  - {field: name}
  - {field: surname}
  - {field: phone, required: true}
limits: {per_address: 9999/minute, per_project: 9999/minute}
"""


@pytest.fixture(scope="module")
def company(demo):
    path = demo.projects / "skupina.yaml"
    path.write_text(COMPANY, encoding="utf-8")
    time.sleep(2.5)  # every process looks at the folder once a second
    yield f"{demo.web}/f/skupina"
    path.unlink()


def shown(page, slug):
    return page.locator(f"[data-key$='--{slug}']:visible").count()


def test_consents_and_notice_come_with_the_choice_and_what_was_typed_stays(company, open_page, arrived):
    page = open_page(company)
    assert (shown(page, "riverside"), shown(page, "jantar")) == (0, 0)
    page.locator("#q-name").fill("Žofie")
    page.locator("[name=project][value=jantar]").check()
    of_jantar = shown(page, "jantar")
    page.locator("[data-key$='--jantar'] input").first.check()
    page.locator("[name=project][value=riverside]").check()

    assert of_jantar > 0
    assert shown(page, "riverside") > 0
    assert shown(page, "jantar") == 0
    assert page.locator("#q-name").input_value() == "Žofie"
    assert page.locator(".notice:visible").count() == 1

    page.locator("#q-surname").fill("Skupinová")
    page.locator("#q-phone").fill("777 123 456")
    page.locator("#send").click()
    thanked(page)

    [lead] = arrived("Skupinová", wait_s=10)
    assert lead["project"] == "39264441"
    assert "updateconsents" not in lead  # the box that was ticked belongs to the other project
