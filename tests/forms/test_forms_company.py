"""A company page: the lead is the chosen project's, with its routing, its consents and its words."""

from datetime import UTC, datetime

import pytest

from realpad_form.domain.lead import hash_of
from realpad_form.domain.payload import compose
from realpad_form.domain.project import Project
from realpad_form.forms import CompanyForm, Posted, Tokens

COMMON = {
    "version": 1, "languages": ["cs", "en"], "origins": ["https://www.company.example"],
}  # fmt: skip
PETS = {"attribute": "customer_pets", "type": "boolean", "label": "Mám zvíře"}
PURPOSE = {"attribute": "customer_purpose", "type": "single_select", "label": "Účel", "options": ["1", "2"]}


def project(slug, number, *fields, **more):
    names = [{"field": "name"}, {"field": "surname"}, {"field": "email"}]
    routing = {"credentials": slug, "project": number}
    return Project.model_validate(
        {
            **COMMON,
            "project": slug,
            "name": slug.title(),
            "realpad": routing,
            "fields": [*fields, *names],
            **more,
        }
    )


RIVERSIDE = project(
    "riverside", 11, PETS, {**PURPOSE, "options": ["2", "3"]}, capture={"campaign": "utm_campaign"},
    consents=[{"id": 7, "label": "Nabídky od řeky", "required": True}], notice="Zásady u řeky.",
)  # fmt: skip
JANTAR = project("jantar", 21, consents=[{"id": 7, "label": "Ponuky"}, {"id": 8, "label": "Novinky"}])
CLOSED = project("vyprodano", 31, closed={"message": "Vyprodáno."})
PROJECTS = {each.slug: each for each in (RIVERSIDE, JANTAR, CLOSED)}
COMPANY = project(
    "company", 99,
    {"field": "project", "options": ["riverside", "jantar", "vyprodano", "gone"]}, PETS, PURPOSE,
    {"attribute": "customer_floor", "type": "integer", "label": "Patro"},
)  # fmt: skip
PERSON = {"name": "Jan", "surname": "Novák", "email": "jan@example.com"}


@pytest.fixture
def fill():
    tokens = Tokens(["s" * 32])

    def make(**sent):
        texts = {key: [text] if isinstance(text, str) else text for key, text in sent.items()}
        return CompanyForm(COMPANY, language="cs", tokens=tokens, posted=Posted(texts), projects=PROJECTS)

    return make


def lead(form):
    assert form.validate(), form.errors_by_field
    return form.submission(key=None, address="192.0.2.1", submitted_at=datetime.now(UTC))


def test_the_lead_is_the_chosen_projects(fill):
    form = fill(**PERSON, project="riverside", consent_7="true", utm_campaign="spring")
    sent = lead(form)

    body = compose(form.recipient, sent.answers, consents=sent.consents, context=sent.context)

    assert sent.project == "riverside"
    assert (body["project"], body["campaign"], body["updateconsents"]) == ("11", "spring", "7")
    assert [(each.id, each.given, each.wording) for each in sent.consents] == [(7, True, "Nabídky od řeky")]


def test_what_the_chosen_project_does_not_ask_goes_to_the_note(fill):
    asked = {"customer_pets": "true", "customer_purpose": "1", "customer_floor": "3"}

    sent = lead(fill(**PERSON, **asked, note="Dobrý den", project="riverside", consent_7="true"))

    assert sent.answers["customer_pets"] is True
    assert "customer_purpose" not in sent.answers  # it offers other options
    assert sent.answers["note"].split("\n") == ["Účel: 1", "Patro: 3"]
    assert "project" not in sent.answers


def test_boxes_of_other_projects_say_nothing(fill):
    words = {
        f"words_7--{slug}": hash_of(text)
        for slug, text in (("riverside", "Nabídky od řeky"), ("jantar", "Ponuky"))
    }
    shown = {"form_version": "0" * 12, **words, "words_8--jantar": hash_of("Novinky")}

    sent = lead(fill(**PERSON, **shown, **{"project": "jantar", "consent_7--riverside": "true"}))

    assert [(each.id, each.given, each.wording) for each in sent.consents] == [
        (7, False, "Ponuky"),
        (8, False, "Novinky"),
    ]


def test_a_required_consent_is_demanded_of_the_chosen_project_only(fill):
    shown = {"form_version": "0" * 12, "words_7--riverside": hash_of("Nabídky od řeky")}

    refused = fill(**PERSON, **shown, project="riverside")

    assert not refused.validate()
    assert list(refused.errors_by_field) == ["consent_7--riverside"]
    assert fill(**PERSON, **shown, project="jantar").validate()


@pytest.mark.parametrize("slug", ["vyprodano", "gone", "company", "nowhere", ""])
def test_a_project_that_is_closed_gone_or_not_offered_cannot_be_chosen(fill, slug):
    form = fill(**PERSON, project=slug)

    assert not form.validate()
    assert "project" in form.errors_by_field
    assert form.recipient is COMPANY


def test_the_page_offers_open_projects_by_name_and_shows_what_belongs_to_each():
    form = CompanyForm(COMPANY, language="cs", tokens=Tokens(["s" * 32]), projects=PROJECTS)
    choice = next(each for each in form.questions if each.key == "project")

    assert [(each.value, each.label) for each in choice.choices] == [
        ("riverside", "Riverside"),
        ("jantar", "Jantar"),
    ]
    assert [(box.key, box.show_if) for box in form.consent_boxes] == [
        ("consent_7--riverside", {"project": ["riverside"]}),
        ("consent_7--jantar", {"project": ["jantar"]}),
        ("consent_8--jantar", {"project": ["jantar"]}),
    ]
    assert form.notices == [("riverside", "Zásady u řeky.")]
    assert {each.wording for each in form.consents} == {"Nabídky od řeky", "Ponuky", "Novinky"}


@pytest.mark.parametrize("texts", [[" riverside"], ["", "riverside "], ["riverside\u200b"]])
def test_the_choice_is_read_as_the_field_reads_it(fill, texts):
    sent = lead(fill(**PERSON, project=texts, consent_7="true"))

    assert sent.project == "riverside"


def test_two_projects_are_no_choice(fill):
    form = fill(**PERSON, project=["riverside", "jantar"])

    assert not form.validate()
    assert "project" in form.errors_by_field


def test_a_consent_of_the_company_file_is_not_demanded():
    company = COMPANY.model_copy(update={"consents": RIVERSIDE.consents})
    posted = Posted({key: [text] for key, text in {**PERSON, "project": "jantar"}.items()})

    form = CompanyForm(company, language="cs", tokens=Tokens(["s" * 32]), posted=posted, projects=PROJECTS)

    assert form.validate(), form.errors_by_field
