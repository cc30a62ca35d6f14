"""What is wrong with a project file, and what its keys mean, in the language of who is signed in."""

import ast
import re
from collections import defaultdict

import pytest
from babel.messages.pofile import read_po

from realpad_form.catalog import json_schema, read_draft
from realpad_form.web.desk.i18n import LANGUAGES, LOCALE, translations

PACKAGE = LOCALE.parents[2]
SOURCES = ("catalog", "domain", "services", "cli")
TRANSLATED = [language for language in LANGUAGES if language != "en"]
CZECH = {"Accept-Language": "cs"}
JSON = {**CZECH, "Accept": "application/json"}
NOT_YAML = "%YAML 2.0\n---\na: 1\n"
THEIRS = "found incompatible YAML document (version 1.* is required)"


def templates():
    """Return every template that the sources make messages of."""
    found = set()
    for path in [path for folder in SOURCES for path in (PACKAGE / folder).rglob("*.py")]:
        if path.stem.startswith("privacy"):
            continue  # whose messages are about people
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                text = node.args[0]
                if node.func.id in ("Message", "RuleError", "_") and isinstance(text, ast.Constant):
                    found.add(text.value)
    return found


def explanations():
    """Return what the completion says of keys, in English."""
    found = set()
    json_schema(lambda text: found.add(text) or text)
    return found


def catalogue(language):
    with (LOCALE / language / "catalog.po").open("rb") as source:
        return {message.id: message.string for message in read_po(source, locale=language) if message.id}


def test_sources_hold_templates():
    assert "unknown key; %(advice)s" in templates()
    assert "Colours and shapes." in explanations()


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_template_and_explanation_is_translated(language):
    known = catalogue(language)

    assert sorted(text for text in templates() | explanations() if not known.get(text)) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_translation_is_of_a_text_that_is_said(language):
    assert sorted(catalogue(language).keys() - templates() - explanations()) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_translation_can_be_filled_in(language):
    known = catalogue(language)

    for text in templates():
        assert known[text] % defaultdict(str), text


WRONG = """\
version: 2
project: hilltop
name: {en: Riverside}
languages: [cs, cz, pl]
origins: [www.riverside.example]
realpad: {credentials: riverside, project: "1", tags: ["a,b"]}
fields:
  - name
  - {field: nam}
  - {field: email, lable: a, required: yes}
  - {field: email, show_if: {customer_a: 5, phon: true, customer_b: {min: a}, customer_d: a}}
  - {attribute: customer_a, type: integer, label: "?", min: 9, max: 5, show_if: {email: "  x"}}
  - {attribute: customer_b, type: date, label: A, min: 2026-02-30, max: soon}
  - {attribute: customer_c, type: multi_select, label: A, options: []}
  - {attribute: customer_d, type: date, label: A, min: today, max: 2020-01-01}
  - {attribute: login, type: boolean, label: A}
  - {field: rooms, options: [1+kk, 1+kk, "a|b", true], none: Any}
  - {field: price_max, min: 1000000, max: 2000000, step: 300000, slider: true, options: []}
consents: [{id: 0, label: a}, {label: "[a](http://a.example)"}]
capture: {campaign: page, attributes: {customer_a: gclid}, note: [unit_type, email, utm source]}
theme: {accent: blue, text: "#999", page: "#ffffff", dark: {accent: "#222222"}, density: tight, mode: night}
thank_you: {message: {cs: Ano, prosím, en: Yes}, link: {url: /a}}
fallback: {phone: 420777123456, email: a}
limits: {per_address: 5}
notify: {}
confirm: {subject: ""}
captcha: none
retention: {delivered: forever}
webhooks: [{name: notify, url: "https://a:b@c.example"}]
sources: [{name: cf7, fields: {a: emial, b: email, c: email}}]
nothing: here
"""
BROKEN = [
    WRONG, WRONG.replace("- name\n", "- {field: full_name, show_if: {email: x}}\n"), "", "[a, b]\n",
    "a: 1\na: 2\nb: &x 1\nc: *x\nd: !t e\n? [a]\n: 1\n<<: {e: 1}\n", "a: {cs: Kdy?, en: b}", "a: b: c",
    "a: [", "a: [b\nc: d", "a: {b: c\n", "a: @x", "\tb: 2", 'a: "C:\\Users"', 'a: "\\ud800"', "a\x07: 1",
    "a: 1\n---\nb: 2\n", "[" * 50, "# " + "a" * 2**18, 'a: 1\nb: "c\nd: 2\n', "a: - b", "b\nc: 2", NOT_YAML,
]  # fmt: skip


@pytest.mark.parametrize("language", TRANSLATED)
def test_everything_that_is_said_of_broken_files_is_translated(language):
    known, lacking = translations(language), []

    def gettext(msgid):
        if msgid not in known._catalog:
            lacking.append(msgid)
        return known.gettext(msgid)

    for text in BROKEN:
        project, problems = read_draft(text, "riverside")
        told = [problem.translated(gettext) for problem in problems]

        assert project is None
        assert told
        assert not any(re.search(r"\b(?:write|is|the|or|not)\b|fields\[|%\(", each) for each in told), told
        assert all(problem.detail == "" or text == NOT_YAML for problem in problems)
    assert lacking == []


@pytest.fixture
def source(folder):
    return (folder / "projects" / "riverside.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("cs", "otázka emial › field: \"emial\" není hotová otázka; napište jednu z těchto: name, surname"),
        ("sk", "otázka emial › field: \"emial\" nie je hotová otázka; napíšte jednu z týchto: name, surname"),
        ("en", "question emial › field: \"emial\" is not a field; write name, surname"),
    ],
)  # fmt: skip
def test_problems_of_a_draft_are_told_in_the_language_of_the_person(marketer, source, language, told):
    wrong = source.replace("- field: email", "- field: emial")
    headers = {"Accept": "application/json", "Accept-Language": language}

    said = marketer.post("/preview/riverside/draft", {"text": wrong}, headers=headers).get_json()

    assert said["problems"][0]["what"].startswith(told)
    assert said["problems"][0]["detail"] == ""


def test_hints_and_lists_are_told_in_the_language_of_the_person(marketer, source):
    wrong = f"{source}\nfelds: []\ntheme: {{mode: night}}\n"

    problems = marketer.post("/preview/riverside/draft", {"text": wrong}, headers=JSON).get_json()["problems"]
    told = [problem["what"] for problem in problems]

    assert "felds: neznámý klíč; nemysleli jste „fields“?" in told
    assert 'theme › mode: "night" sem nepatří; napište auto, light nebo dark' in told


def test_words_of_the_yaml_reader_stay_english_within_a_czech_sentence(marketer):
    said = marketer.post("/preview/riverside/draft", {"text": NOT_YAML}, headers=JSON).get_json()
    page = marketer.post("/preview/riverside/draft/page", {"text": NOT_YAML}, headers=CZECH)

    [problem] = said["problems"]
    assert (problem["what"], problem["detail"]) == ("toto není YAML:", THEIRS)
    assert f'toto není YAML: <span lang="en">{THEIRS}</span>' in page.get_data(as_text=True)


def test_page_without_script_tells_problems_in_czech(marketer, source, folder):
    wrong = source.replace("- field: email", "- field: email\n    lable: E-mail")
    (folder / "projects" / "broken.yaml").write_text("version: 1\nproject: broken\nfelds: []\n")

    framed = marketer.post("/preview/riverside/draft/page", {"text": wrong}, headers=CZECH)
    edited = marketer.text("/preview/broken/edit", headers=CZECH)
    again = marketer.post("/preview/riverside/draft/edit", {"text": wrong}, headers=CZECH)

    for page in (framed.get_data(as_text=True), again.get_data(as_text=True)):
        assert "otázka email › lable: neznámý klíč; nemysleli jste „label“?" in page
        assert 'lang="en"' not in page
    assert "felds: neznámý klíč; nemysleli jste „fields“?" in edited


def test_list_of_projects_and_inbox_tell_problems_in_czech(desk, folder):
    (folder / "projects" / "broken.yaml").write_text("felds: []\n")
    admin = desk("admin")

    pages = [admin.text(path, headers=CZECH) for path in ("/preview/", "/inbox/")]

    for page in pages:
        assert "felds: neznámý klíč; nemysleli jste „fields“?" in page
        assert "did you mean" not in page


def test_check_of_a_project_tells_in_czech_what_is_unwise(marketer, source, folder):
    unwise = source.replace("captcha: none", "captcha: turnstile") + 'theme: {accent: "#ffff00"}\n'
    (folder / "projects" / "riverside.yaml").write_text(unwise, encoding="utf-8")

    page = marketer.text("/preview/riverside/check", headers=CZECH)

    assert "captcha turnstile tu nemá klíče, takže projde každý návštěvník" in page
    assert "theme › accent: kontrast 1,0:1 nestačí (tlačítka na světlé stránce), potřeba je 3:1;" in page
    assert 'lang="en"' not in page


@pytest.mark.parametrize(
    ("language", "told"), [("cs", "Barvy a tvary."), ("sk", "Farby a tvary."), ("en", "Colours and shapes.")]
)
def test_completion_explains_keys_in_the_language_of_the_person(marketer, language, told):
    answer = marketer.get("/preview/_schema.json", headers={"Accept-Language": language})

    assert answer.get_json()["properties"]["theme"]["description"] == told
    assert answer.headers["Cache-Control"] == "no-store"


def test_language_that_a_person_chose_counts_and_not_that_of_the_browser(marketer):
    marketer.post("/account/language", {"language": "sk"})

    answer = marketer.get("/preview/_schema.json", headers=CZECH)

    assert answer.get_json()["properties"]["theme"]["description"] == "Farby a tvary."
