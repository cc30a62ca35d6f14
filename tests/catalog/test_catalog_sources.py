"""What `check` says of `sources`."""

import pytest

from realpad_form.catalog import read_project

BEFORE = """\
version: 1
project: riverside
name: Riverside
languages: [cs]
origins: [https://www.riverside.example]
realpad: {credentials: riverside, project: 1}
fields:
  - field: name
  - field: surname
  - field: email
  - {field: rooms, options: [1+kk]}
  - {attribute: customer_pets, type: boolean, label: Pets}
consents: [{id: 7, label: Offers}]
capture: {campaign: utm_campaign, note: [gclid]}
"""


@pytest.fixture
def problems(tmp_path):
    def find(text, before=BEFORE):
        path = tmp_path / "riverside.yaml"
        path.write_text(before + text, encoding="utf-8")
        return [str(problem).removeprefix(f"{path}:") for problem in read_project(path)[1]]

    return find


def test_every_place_that_a_field_of_theirs_can_have_is_taken(problems):
    ours = ["name", "surname", "full_name", "email", "rooms", "customer_pets", "note", "consent_7", "unit"]
    ours += ["unit_id", "campaign", "page", "referrer", "language", "utm_campaign", "gclid", "project", "ip"]
    fields = "".join(f"    their-{place}: {name}\n" for place, name in enumerate(ours))

    unwanted = "    _wpnonce: false\n    '1.3': note\n"

    assert problems(f"sources:\n- name: cf7-main\n  fields:\n{fields}{unwanted}") == []


def test_a_source_needs_a_name_only(problems):
    assert problems("sources: [{name: cf7-main}]\n") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "sources:\n- {name: a, fields: {your-mail: emial}}\n",
            '16: sources[0].fields.your-mail: no field "emial"; did you mean `email`?',
        ),
        (
            "sources:\n- name: a\n  fields:\n    b: phone\n",
            '18: sources[0].fields.b: no field "phone"; write ',
        ),
        (
            "sources:\n- name: a\n  fields:\n    mail: email\n    mail-2: email\n",
            "19: sources[0].fields.mail-2: mail is email already; leave this one out, and it goes",
        ),
        (
            "sources: [{name: a}, {name: b}, {name: a}]\n",
            '15: sources[2].name: "a" stands here a second time; leave one out',
        ),
        ("sources: [{name: CF7_Main}]\n", "15: sources[0].name: "),
        ("sources: [{fields: {a: email}}]\n", "15: sources[0].name: is missing; write what the source"),
        ("sources: [{name: a, key: b}]\n", "15: sources[0].key: unknown key; write name or fields"),
        (
            "sources: [{name: a, fields: {b: 7}}]\n",
            "15: sources[0].fields.b: 7 is none of our fields; write e.g. email, or false to leave it out",
        ),
        (
            "sources: [{name: a, fields: {b: true}}]\n",
            "15: sources[0].fields.b: true is none of our fields; write e.g. email, or false to leave it out",
        ),
        ("sources: [{name: a, fields: [b]}]\n", "15: sources[0].fields: "),
        ("sources: {name: a}\n", "15: sources: "),
        (f"sources: [{{name: a, fields: {{'{'x' * 201}': email}}}}]\n", "15: sources[0].fields."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(problems, text, told):
    found = problems(text)

    assert len(found) == 1
    assert found[0].startswith(told), found


def test_several_of_theirs_may_be_one_list_or_the_note(problems):
    assert problems("sources:\n- {name: a, fields: {b: rooms, c: rooms, d: note, e: note}}\n") == []


def test_a_company_page_names_no_source(problems):
    company = BEFORE.replace("  - {field: rooms, options: [1+kk]}", "  - {field: project, options: [jantar]}")

    found = [each for each in problems("sources: [{name: a}]\n", company) if "warning" not in each]

    assert found == [
        "15: sources: a company page has no leads of its own; name the source in the files of its projects"
    ]


def test_sources_change_no_version_of_the_form(tmp_path):
    versions = []
    for text in ("", "sources: [{name: a}]\n"):
        (tmp_path / "riverside.yaml").write_text(BEFORE + text, encoding="utf-8")
        versions.append(read_project(tmp_path / "riverside.yaml")[0].form_version)

    assert versions[0] == versions[1]
