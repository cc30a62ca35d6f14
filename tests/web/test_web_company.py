"""A company page from its address to the lead log."""

import pytest

COMPANY = """\
version: 1
project: company
name: Company
languages: [cs, en]
origins: [https://www.company.example]
realpad: {credentials: riverside, project: 1}
fields:
  - {field: project, options: [riverside, nowhere]}
  - field: name
  - field: surname
  - field: email
captcha: none
"""
PERSON = {"name": "Jan", "surname": "Novák", "email": "jan@example.com", "project": "riverside"}


@pytest.fixture
def company(folder):
    (folder / "projects" / "company.yaml").write_text(COMPANY, encoding="utf-8")


@pytest.fixture
def send(company, client):
    def post(**more):
        token = client.get("/f/company/session").get_json()["token"]
        return client.post("/f/company/leads", json={"token": token, **PERSON, **more})

    return post


def test_a_lead_of_the_company_page_is_the_chosen_projects(send, stored):
    answer = send(consent_39268430=True, language="en")

    assert answer.status_code == 201
    [record] = stored()
    assert (record.lead.project, record.lead.credential) == ("riverside", "riverside")
    assert record.current.payload["project"] == "39264441"
    assert record.current.payload["updateconsents"] == "39268430"
    assert record.consents[0].wording == "I agree"


def test_a_repeat_is_one_lead(send, stored):
    same = {"submission": "7f2f0f5c-3f3e-4f0a-9a63-0f6f1c6b7a11"}

    answers = [send(**same), send(**same)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].get_json()["id"] == answers[1].get_json()["id"]
    assert len(stored()) == 1


def test_without_a_choice_nothing_is_stored(send, stored):
    answer = send(project="")

    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == ["project"]
    assert stored() == []


def test_the_page_follows_the_files_of_the_projects(company, client, folder, services, monkeypatch):
    def page():
        return client.get("/f/company/cs").get_data(as_text=True)

    assert 'name="consent_39268430--riverside"' in page()
    assert "Riverside Residences" in page()
    path = folder / "projects" / "riverside.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "closed: {message: Vyprodáno.}\n", encoding="utf-8")
    monkeypatch.setattr(services.catalog, "_check_again_at", 0)

    assert "Riverside Residences" not in page()


def test_without_script_the_form_comes_back_with_the_boxes_of_each_project(company, client, stored):
    answer = client.post("/f/company/leads", data={**PERSON, "email": ""}, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert 'name="consent_39268430--riverside"' in answer.get_data(as_text=True)

    ticked = {"consent_39268430--riverside": "true"}
    answer = client.post("/f/company/leads", data={**PERSON, **ticked}, headers={"Accept": "text/html"})

    assert answer.status_code == 303
    assert [consent.given for consent in stored()[0].consents] == [True]
