"""A web worker that starts while a project file is broken, on one machine and on another."""

import json

import pytest
from watching import METRICS

from realpad_form.ports import LeadFilter
from realpad_form.web import create_app


@pytest.fixture
def keep():
    """Let a service run as long as it takes to keep its project files."""

    def run(services):
        for _ in range(2):
            services.version_keeper.run_once()

    return run


@pytest.fixture
def broken(make_services, keep, folder):
    """Break the file of a service that has been running; returns the version of its form."""
    services = make_services()
    keep(services)
    (folder / "projects" / "riverside.yaml").write_text("version: 1\nname: [", encoding="utf-8")
    return services.catalog.get("riverside").form_version


@pytest.mark.parametrize("data", ["data", "data-of-another-machine"])
def test_a_worker_that_starts_with_a_broken_file_serves_the_form_and_takes_leads(
    make_services, broken, folder, data
):
    url = f"sqlite:///{folder / 'data' / 'leads.db'}"
    services = make_services(DATA=str(folder / data), DATABASE_URL=url)
    client = create_app(services).test_client()

    page = client.get("/f/riverside")
    token = client.get("/f/riverside/session").get_json()["token"]
    lead = {"name": "Jan", "surname": "Novák", "phone": "777 123 456", "token": token}
    answer = client.post("/f/riverside/leads", data=json.dumps(lead), content_type="application/json")

    assert "Riverside Residences" in page.get_data(as_text=True)
    assert answer.status_code == 201
    [record] = services.log.records(LeadFilter())
    assert record.context.form_version == broken


def test_readiness_tells_the_problem_and_what_is_served(make_services, broken):
    said = create_app(make_services()).test_client().get("/readyz", headers=METRICS)

    assert said.status_code == 200
    assert said.get_json()["projects"] == ["riverside"]
    assert "riverside.yaml:" in said.get_json()["problems"][0]
    assert f"last good version is served, {broken} of 20" in said.get_json()["problems"][-1]


def test_project_names_for_realpads_list_are_those_of_the_last_good_version(make_services, broken):
    assert make_services()._project_names() == {"39264441": {"Riverside Residences"}}


def test_form_that_was_never_good_is_not_served(make_services, folder):
    (folder / "projects" / "hilltop.yaml").write_text("[", encoding="utf-8")

    services = make_services()

    assert list(services.catalog.projects()) == ["riverside"]
    assert services.catalog.stand_in(folder / "projects" / "hilltop.yaml") is None
