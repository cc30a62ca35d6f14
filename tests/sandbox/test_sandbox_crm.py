import pytest

from realpad_form.domain.project import Project
from realpad_form.sandbox import CrmAccount, Tenant, create_app

FILE = {
    "version": 1,
    "project": "riverside",
    "name": {"cs": "Riverside", "en": "Riverside Homes"},
    "languages": ["cs", "en"],
    "origins": ["https://www.riverside.example"],
    "realpad": {"credentials": "riverside", "project": 39264441, "referral": 12, "salesman": 77},
    "fields": [
        {"field": "name"},
        {"field": "surname"},
        {"field": "email"},
        {"field": "unit", "known": ["A-101", "A-102"]},
        {"attribute": "customer_pets", "type": "boolean", "label": "Pets"},
        {"attribute": "customer_age", "type": "integer", "label": "Age"},
        {"attribute": "customer_rooms", "type": "multi_select", "label": "Rooms", "options": ["4", "7"]},
    ],
    "consents": [{"id": 39268430, "label": {"cs": "Nabídky", "en": "Offers"}}],
    "capture": {"attributes": {"customer_click": "gclid", "customer_age": "age"}},
}
ACCOUNT = CrmAccount(login="riverside", password="canary")


@pytest.fixture
def tenant():
    return Tenant.from_projects([Project.model_validate(FILE)], [ACCOUNT])


@pytest.fixture
def lead(tenant):
    client = create_app(tenant).test_client()
    form = {"login": "riverside", "password": "canary", "name": "J", "surname": "N", "email": "a@b.cz"}
    return lambda **more: client.post("/ws/v10/create-lead", data={**form, **more}).status_code


def test_everything_a_project_file_speaks_of_is_set_up(tenant, lead):
    assert tenant.projects[0].name == "Riverside"
    assert tenant.consent_types == {39268430: "Nabídky"}
    status = lead(
        project="39264441", referral="12", salesman="77", internalid="A-102", customer_pets="true",
        customer_rooms="4,7", customer_click="abc", updateconsents="39268430",
    )  # fmt: skip
    assert status == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"project": "1"}, {"referral": "1"}, {"internalid": "B-1"}, {"customer_rooms": "5"},
        {"customer_age": "old"}, {"customer_age": "-1"}, {"customer_other": "1"}, {"updateconsents": "1"},
    ],
)  # fmt: skip
def test_nothing_else_is(lead, wrong):
    assert lead(**{"project": "39264441", **wrong}) == 400


def test_project_without_a_list_of_units_takes_any(tenant):
    fields = [field for field in FILE["fields"] if field.get("field") != "unit"]
    project = Project.model_validate({**FILE, "fields": [*fields, {"field": "unit"}]})

    assert Tenant.from_projects([project], []).projects[0].units is None


def test_password_is_not_printed(tenant):
    assert "canary" not in repr(tenant)
