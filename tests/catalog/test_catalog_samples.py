import pytest

from realpad_form.catalog import read_draft, read_project, samples_folder, starters

PATHS = sorted(samples_folder().glob("*.yaml"))
BY_NAME = {path.stem: read_project(path)[0] for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_sample_has_neither_problems_nor_warnings(path):
    assert [str(problem) for problem in read_project(path)[1]] == []


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_sample_tells_editors_where_its_schema_is(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]

    assert first == "# yaml-language-server: $schema=project.schema.json"


STARTERS = {
    "company": ["company", "riverside", "sadova"],
    "enquiry": ["riverside"],
    "pl": ["riverside"],
    "viewing": ["riverside"],
}


def test_every_starter_is_named_here():
    assert {name: sorted(files) for name, files in starters().items()} == STARTERS


@pytest.mark.parametrize(
    ("name", "slug"), [(name, slug) for name, slugs in STARTERS.items() for slug in slugs]
)
def test_starter_has_neither_problems_nor_warnings(name, slug):
    text = starters()[name][slug]

    assert [str(problem) for problem in read_draft(text, slug)[1]] == []
    assert text.splitlines()[0] == "# yaml-language-server: $schema=project.schema.json"


def test_company_starter_offers_the_projects_beside_it_whose_consents_it_leaves_to_them():
    files = starters()["company"]
    company, *offered = (read_draft(files[slug], slug)[0] for slug in ("company", "riverside", "sadova"))

    assert company.choices == ("riverside", "sadova")
    assert not company.consents
    assert not company.notice
    assert all(project.consents and project.notice for project in offered)
    assert {project.realpad.credentials for project in offered} == {"riverside"}  # the pair named in .env


def test_polish_starter_asks_consent_for_each_way_of_marketing_and_demands_none():
    project, _ = read_draft(starters()["pl"]["riverside"], "riverside")

    assert (project.languages, project.currency, project.phone_regions) == (("pl", "en"), "PLN", ("PL",))
    assert ["telefon" in box.label["pl"] for box in project.consents] == [False, True]
    assert ["e-mailem" in box.label["pl"] for box in project.consents] == [True, False]
    assert not any(box.required for box in project.consents)


def test_viewing_starter_offers_days_from_tomorrow():
    project, _ = read_draft(starters()["viewing"]["riverside"], "riverside")

    day = project.questions["customer_viewing_date"]

    assert (day.min, day.max, day.required) == ("today+1", "today+60", True)


def test_samples_together_show_every_kind_of_question():
    kinds = {
        getattr(question, "field", None) or question.type
        for project in BY_NAME.values()
        for question in project.questions.values()
    }

    assert kinds == {
        "name", "surname", "full_name", "email", "phone", "rooms", "price_max", "unit", "note",
        "boolean", "string", "integer", "decimal", "date", "single_select", "multi_select",
    }  # fmt: skip


def test_samples_are_the_projects_that_the_demo_needs():
    routes = {name: (p.realpad.credentials, p.realpad.project) for name, p in BY_NAME.items()}
    consents = {box.id: box.required for project in BY_NAME.values() for box in project.consents}

    assert routes == {
        "riverside": ("riverside", 39264441),
        "jantar": ("jantar", 39264552),
        "sadova": ("riverside", 39264663),
    }
    assert consents == {39268430: False, 39268442: False, 39268460: False}  # to answer, nobody needs one
    assert BY_NAME["riverside"].languages == ("cs", "sk", "en", "uk")
    assert BY_NAME["jantar"].languages == ("sk", "cs", "en")
    assert BY_NAME["sadova"].languages == ("cs", "en")
