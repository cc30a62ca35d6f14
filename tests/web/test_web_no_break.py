"""Texts of project files break where a typesetter would let them; what is kept and sent has plain spaces."""

import html
import re

import pytest

NB = "\N{NO-BREAK SPACE}"
ASKED = """\
version: 1
project: riverside
name: Domy u lesa
languages: [cs, en]
origins: [https://www.riverside.example]
realpad: {credentials: riverside, project: 39264441}
title: {cs: Domy u lesa a u vody, en: Houses for 9 families}
intro: {cs: Ozveme se v pracovní den., en: We have a 5 day week.}
submit: {cs: Odeslat a čekat, en: Send}
fields:
  - {field: name}
  - {field: surname}
  - field: email
    required: true
    label: {cs: E-mail i pro půdorysy, en: Email}
    help: {cs: Pošleme půdorysy o 38 m², en: Plans}
  - section: {cs: Dům a zahrada, en: House}
  - {field: rooms, options: [{value: "2+kk s balkonem", label: {cs: 2+kk s balkonem, en: 2 rooms}}, 4 a více]}
  - {field: unit, visible: card, known: [{id: A-1, label: {cs: 38 m² s terasou, en: 38 m²}, price: 4890000}]}
consents:
  - {id: 7, label: {cs: "Souhlasím s [podmínkami a cenou 5 %](https://www.riverside.example/p)", en: Yes}}
notice: {cs: "Více v [zásadách](https://www.riverside.example/z).", en: More}
thank_you: {message: {cs: Děkujeme a ozveme se do 24 hodin., en: Thanks}}
captcha: none
"""
PERSON = {"name": "Jan", "surname": "Novák", "email": "jan@example.com"}


@pytest.fixture
def page(folder, client):
    """Return a page of the form as a browser has it."""
    (folder / "projects" / "riverside.yaml").write_text(ASKED, encoding="utf-8")
    return lambda path="/f/riverside/cs": html.unescape(client.get(path).get_data(as_text=True))


@pytest.mark.parametrize(
    "text",
    [
        "Domy u~lesa a~u~vody</h1>",
        "Ozveme se v~pracovní den.",
        "Odeslat a~čekat</button>",
        "E-mail i~pro půdorysy",
        "Pošleme půdorysy o~38~m²",
        "Dům a~zahrada</legend>",
        "2+kk s~balkonem</label>",
        "4~a~více</label>",
        "A-1~· 38~m² s~terasou~· 4~890~000~Kč</option>",
        "Souhlasím s~<a ",
        ">podmínkami a~cenou 5~%</a>",
        "Více v~<a ",
        "Děkujeme a~ozveme se do 24~hodin.</h2>",
    ],
)  # fmt: skip
def test_texts_of_the_project_have_no_break_spaces(page, text):
    assert text.replace("~", NB) in page()


def test_another_language_has_rules_of_its_own(page):
    assert f"We have a 5{NB}day week." in page("/f/riverside/en")


def test_mistakes_are_listed_with_no_break_spaces(page, visitor):
    page()
    refused = html.unescape(visitor.post_form({"name": "Jan"}, language="cs").get_data(as_text=True))

    assert f'<a href="#q-email">E-mail i{NB}pro půdorysy</a>' in refused


def test_what_is_sent_and_kept_has_plain_spaces(page, visitor, stored):
    shown = dict(
        re.findall(r'<input type="hidden" name="(form_version|words_7)" value="([0-9a-f]+)">', page())
    )
    values = re.findall(r'name="rooms" value="([^"]+)"', page())
    visitor.send({**PERSON, "rooms": values, "consent_7": "true"}, language="cs", **shown)

    (lead,) = stored()

    assert values == ["2+kk s balkonem", "4 a více"]
    assert lead.current.payload["preferencerooms"] == "2+kk s balkonem|4 a více"
    assert [(each.given, each.wording) for each in lead.consents] == [
        (True, "Souhlasím s [podmínkami a cenou 5 %](https://www.riverside.example/p)")
    ]
    assert visitor.send(PERSON, language="cs").get_json()["message"] == "Děkujeme a ozveme se do 24 hodin."
