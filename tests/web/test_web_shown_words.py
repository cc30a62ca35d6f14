"""Evidence of consent holds the words that were on the visitor's page, whatever its file says by now."""

import re

import pytest

from realpad_form.web import create_app

HIDDEN = re.compile(r'<input type="hidden" name="(form_version|words_[0-9]+)" value="([0-9a-f]+)">')
TICKED = {
    "name": "Jan", "surname": "Novák", "phone": "777 123 456", "consent_39268430": "true",
}  # fmt: skip


@pytest.fixture
def shown(client):
    """Return what the page tells of itself, in a language."""
    return lambda language="cs": dict(HIDDEN.findall(client.get(f"/f/riverside/{language}").text))


@pytest.fixture
def edit(folder, make_services, visitor):
    """Change the project file and start anew; return who fills in the form from then on."""

    def change(*replacements):
        path = folder / "projects" / "riverside.yaml"
        text = path.read_text(encoding="utf-8")
        for before, after in replacements:
            assert before in text
            text = text.replace(before, after)
        path.write_text(text, encoding="utf-8")
        return type(visitor)(create_app(make_services()).test_client())

    return change


@pytest.fixture
def evidence(stored):
    return lambda: [(consent.given, consent.wording) for consent in stored()[0].consents]


def test_page_tells_its_version_and_the_words_of_its_consents(shown):
    assert set(shown()) == {"form_version", "words_39268430"}
    assert shown("cs")["words_39268430"] != shown("en")["words_39268430"]


def test_words_of_before_are_the_evidence_after_an_edit(shown, edit, evidence, stored):
    before = shown("en")
    visitor = edit(('en: "I agree"', 'en: "Sell my data to everybody"'))

    assert visitor.send(TICKED, language="en", **before).status_code == 201

    assert evidence() == [(True, "I agree")]
    assert stored()[0].context.form_version == before["form_version"]
    assert stored()[0].current.payload["updateconsents"] == "39268430"


def test_consent_in_words_that_nobody_knows_is_not_given_and_the_lead_is_kept(shown, edit, stored):
    visitor = edit(("id: 39268430", "id: 39268430\n    required: true"))

    answer = visitor.send(TICKED, **{**shown(), "words_39268430": "0" * 64})

    assert answer.status_code == 201
    assert [consent.given for consent in stored()[0].consents] == [False]
    assert "updateconsents" not in stored()[0].current.payload


def test_box_that_was_not_on_the_page_was_not_asked(shown, edit, evidence):
    before = shown("en")
    visitor = edit(("consents:\n", "consents:\n  - {id: 39268431, label: New}\n"))

    visitor.send({**TICKED, "consent_39268430": None}, language="en", **before)

    assert evidence() == [(False, "I agree")]


def test_who_tells_nothing_of_a_page_was_asked_in_the_words_of_today(visitor, evidence):
    visitor.send(TICKED, language="en")

    assert evidence() == [(True, "I agree")]


@pytest.mark.parametrize(
    "told", [{"words_39268430": "I agree"}, {"form_version": "9"}, {"form_version": ["a", "b"]}]
)
def test_what_no_page_tells_is_ignored(visitor, evidence, told):
    assert visitor.send(TICKED, language="en", **told).status_code == 201
    assert evidence() == [(True, "I agree")]


def test_browser_without_script_tells_it_too(shown, edit, evidence):
    before = shown("en")
    visitor = edit(('en: "I agree"', 'en: "Otherwise"'))

    assert visitor.post_form(TICKED, language="en", **before).status_code == 303

    assert evidence() == [(True, "I agree")]
