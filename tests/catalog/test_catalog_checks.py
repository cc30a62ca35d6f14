import pytest

NAMES = "no name is asked for; add `- field: name` and `- field: surname`, or `- field: full_name`"


def test_slug_is_the_name_of_the_file(check, minimal):
    problems = check(minimal.replace("project: riverside", "project: hilltop"))

    assert problems == [
        "2: project: the file is named riverside.yaml; write project: riverside, or rename the file"
    ]


@pytest.mark.parametrize(
    ("questions", "problem"),
    [
        ("[{field: email}]", f"7: fields: {NAMES}"),
        ("[{field: name}, {field: email}]",
         "7: fields[0]: Realpad demands the surname too; add `- field: surname`"),
        ("[{field: surname}, {field: email}]",
         "7: fields[0]: Realpad demands the name too; add `- field: name`"),
        ("[{field: full_name}, {field: name}, {field: email}]",
         "7: fields[1]: full_name asks for the name already; leave one out"),
        ("[{field: full_name}]",
         "7: fields: no way to answer is asked for; add `- field: email` or `- field: phone`"),
        ("[{field: full_name}, {field: email}, {field: email}]",
         '7: fields[2]: "email" stands here a second time; leave one out'),
    ],
)  # fmt: skip
def test_questions_together_ask_what_realpad_demands(check, minimal, questions, problem):
    top = minimal.split("fields:")[0]

    assert check(f"{top}fields: {questions}\n") == [problem]


def test_attribute_is_asked_for_once(check, minimal):
    pets = "  - {attribute: customer_has_pets, type: boolean, label: Pets}\n"

    assert check(minimal + pets + pets) == [
        '11: fields[3]: "customer_has_pets" stands here a second time; leave one out'
    ]


def test_consent_is_asked_for_once(check, minimal):
    problems = check(f"{minimal}consents:\n  - {{id: 5, label: A}}\n  - {{id: 5, label: B}}\n")

    assert problems == ["12: consents[1].id: 5 stands here a second time; leave one out"]


@pytest.mark.parametrize("name", ["email", "unit", "unit_id", "campaign", "consent_5", "hp_url"])
def test_captured_parameter_is_no_part_of_the_form(check, minimal, name):
    problems = check(
        f"{minimal}capture:\n  attributes:\n    customer_a: {name}\n  note: [utm_source, {name}]\n"
    )

    what = f'"{name}" is a part of the form itself; capture another parameter'
    assert problems == [f"12: capture.attributes.customer_a: {what}", f"13: capture.note[1]: {what}"]


def test_attribute_is_asked_for_or_captured(check, minimal):
    pets = "  - {attribute: customer_pet, type: string, label: Pet}\n"

    assert check(f"{minimal}{pets}capture:\n  attributes: {{customer_pet: pet}}\n") == [
        "12: capture.attributes.customer_pet: customer_pet is asked for in fields[2] already; "
        "capture into another attribute, or do not ask"
    ]


LONG = [f"{number}{'x' * 197}" for number in range(100, 126)]


@pytest.mark.parametrize(
    ("part", "place"),
    [
        (f"realpad: {{credentials: riverside, project: 1, tags: {LONG}}}", "6: realpad.tags"),
        (f"  - {{field: rooms, options: {LONG}}}", "10: fields[2].options"),
        (f"  - {{attribute: customer_a, type: multi_select, label: A, options: {LONG}}}",
         "10: fields[2].options"),
    ],
    ids=["tags", "rooms", "multi_select"],
)  # fmt: skip
def test_list_fits_into_one_text_of_realpad(check, minimal, part, place):
    old = "realpad: {credentials: riverside, project: 39264441}"
    text = minimal.replace(old, part) if part.startswith("realpad") else f"{minimal}{part}\n"

    assert check(text) == [
        f"{place}: together 5225 characters, Realpad takes 5000; write fewer or shorter values"
    ]


def test_consents_fit_into_one_text_of_realpad(check, minimal):
    boxes = ", ".join(f"{{id: {10**17 + number}, label: A}}" for number in range(264))

    assert check(f"{minimal}consents: [{boxes}]\n") == [
        "10: consents: together 5015 characters, Realpad takes 5000; write fewer or shorter values"
    ]


def test_unit_has_a_name_that_is_sent_as_one(check, minimal):
    units = [f"A-{'1' * 98}", f"A-{'1' * 99}"]

    assert check(f"{minimal}  - {{field: unit, known: {units}}}\n") == [
        "10: fields[2].known[1]: longer than 100 characters, so it is never sent as a unit; shorten it"
    ]


def test_options_of_which_one_is_sent_may_be_long_together(check, minimal):
    assert check(f"{minimal}  - {{field: rooms, multiple: false, options: {LONG}}}\n") == []


def test_campaign_is_no_address(check, minimal):
    assert check(f"{minimal}capture: {{campaign: page}}\n") == [
        "10: capture.campaign: a campaign is a parameter of the page's address; "
        "write its name, e.g. utm_campaign"
    ]


def test_phone_region_is_a_country(check, minimal):
    assert check(f"{minimal}phone_regions: [CZ, UK]\n") == [
        '10: phone_regions[1]: "UK" is no country; write its ISO 3166 code, e.g. CZ or GB'
    ]


def test_missing_translations_are_a_warning_that_names_them(check, minimal):
    text = minimal.replace("[cs]", "[cs, en, uk]").replace("name: Riverside", "name: {en: Riverside}")

    assert check(text) == [
        "3: warning: name: no text in cs, uk; visitors in these languages read another one"
    ]


def test_subject_of_a_mail_is_translated_like_its_text(check, minimal):
    text = minimal.replace("[cs]", "[cs, en]")
    confirm = "confirm:\n  subject: {cs: Děkujeme}\n  message: {cs: Zavoláme.}\n"
    lacks = "no text in en; visitors in these languages read another one"

    assert check(text + confirm) == [
        f"11: warning: confirm.subject: {lacks}",
        f"12: warning: confirm.message: {lacks}",
    ]


def test_unreadable_colours_are_warnings_that_suggest_others(check, minimal):
    theme = 'theme:\n  accent: "#ffe680"\n  mode: light\n  text: "#999"\n'

    assert check(minimal + theme) == [
        "11: warning: theme.accent: buttons stand out from a light page by 1.2:1, 3:1 is needed; "
        'write e.g. "#a39352"',
        "13: warning: theme.text: text stands out from the page by 2.8:1, 4.5:1 is needed; "
        'write e.g. "#747474"',
    ]


def test_colours_are_looked_at_however_wrong_the_theme_is(check, minimal):
    theme = 'theme: {accent: red, text: "#999", border: 5, mode: night}\n'

    assert [problem for problem in check(minimal + theme) if "warning" in problem] == [
        "10: warning: theme.text: text stands out from the page by 2.8:1, 4.5:1 is needed; "
        'write e.g. "#747474"',
    ]


def test_grammar_and_rules_between_parts_are_told_at_once(check, minimal):
    problems = check(
        minimal.replace("languages: [cs]", "languages: [cz]").replace("field: email", "field: note")
    )

    assert [problem.split(":")[:2] for problem in problems] == [["4", " languages[0]"], ["7", " fields"]]


def test_a_file_that_is_named_and_not_there_is_a_warning(check, minimal, tmp_path):
    text = (
        f"{minimal}theme: {{font_file: brand.woff2}}\nthank_you: {{contact: {{name: Jana, photo: a.webp}}}}\n"
    )

    assert check(text) == [
        "10: warning: theme.font_file: there is no brand.woff2 of at most 60 kB beside this file; "
        "the form does without it",
        "11: warning: thank_you.contact.photo: there is no a.webp of at most 100 kB beside this file; "
        "the form does without it",
    ]
    (tmp_path / "brand.woff2").write_bytes(b"x" * 60_000)
    (tmp_path / "a.webp").write_bytes(b"x" * 100_000)
    assert check(text) == []


@pytest.mark.parametrize(
    ("theme", "warning"),
    [
        ("{background: transparent}", "background: the colour behind the form is not known; "
         'write it as page: "#rrggbb", to be checked against'),
        ('{background: transparent, page: "#fff"}', None),
        ('{background: transparent, page: "#777"}', "page: errors stand out from the page by"),
        ('{dark: {background: "#777777"}}', "dark.background: errors stand out from the dark page by"),
        ('{dark: {background: "#000", text: "#333"}}', "dark.text: text stands out from the dark page by"),
        ('{dark: {accent: "#222222"}}', "dark.accent: buttons stand out from the dark page by"),
        ('{dark: {border: "#222222"}}', "dark.border: edges of boxes stand out from the dark page by"),
    ],
)  # fmt: skip
def test_contrast_is_measured_on_what_is_behind_the_form(check, minimal, theme, warning):
    problems = check(f"{minimal}theme: {theme}\n")

    if warning is None:
        assert problems == []
    else:
        assert any(f"theme.{warning}" in problem for problem in problems), problems


def test_sections_alone_ask_nothing(check, minimal):
    text = minimal.partition("fields:")[0] + "fields:\n  - section: Details\n"

    assert any("no name is asked for" in problem for problem in check(text))


def test_a_last_day_that_is_past_is_a_warning(check, minimal):
    asked = "{attribute: customer_day, type: date, label: Day, min: today, max: 2020-01-01}"

    assert check(f"{minimal}  - {asked}\n") == [
        "10: warning: fields[2].max: this day is past, so no day is left to choose; write a later one"
    ]


def test_a_unit_is_known_once(check, minimal):
    assert check(f"{minimal}  - {{field: unit, known: [A, {{id: A, price: 5}}]}}\n") == [
        "10: fields[2].known: 'A' stands here twice; leave one out"
    ]


def test_consents_of_a_company_page_are_a_warning(check, minimal, tmp_path):
    (tmp_path / "jantar.yaml").touch()
    text = f"{minimal}  - {{field: project, options: [jantar]}}\nconsents:\n  - {{id: 7, label: Ano}}\n"

    assert check(text) == [
        "11: warning: consents: a company page asks for the consents of the chosen project, not for these; "
        "leave them out"
    ]


def test_a_parameter_that_the_loader_keeps_to_the_page_is_a_warning(check, minimal):
    assert check(f"{minimal}capture: {{note: [unit_type]}}\n") == [
        '10: warning: capture.note[0]: embed.js leaves what begins with unit_ to the page, so "unit_type" is '
        "captured where the form stands alone only"
    ]


def test_a_mail_that_no_visitor_would_get_is_a_warning(check, minimal):
    confirm = "confirm: {subject: Thanks, message: We will call.}\n"
    by_phone = minimal.replace("field: email", "field: phone")

    assert check(minimal + confirm) == []
    assert check(f"{minimal}captcha: none\n{confirm}") == [
        "11: warning: confirm: no mail is sent without a solved captcha, and captcha is none; "
        "choose one, e.g. altcha"
    ]
    assert check(by_phone + confirm) == [
        "10: warning: confirm: no mail can be sent, since the form asks for no e-mail address; "
        "add `- field: email`"
    ]


@pytest.mark.parametrize(
    ("notices", "problem"),
    [
        ("notify: {to: []}", '10: notify.to: is empty; list who gets a mail for each lead, e.g. '
         "[prodej@riverside.example]"),
        ("notify: {to: [prodej]}", None),
        ("notify: {when: delivered}", "10: notify: names nobody; write to, slack or teams, e.g. to: "
         "[prodej@riverside.example]"),
        ("notify: {slack: 'https://hooks.slack.com/services/canary'}", "10: notify.slack: write a name, e.g. "
         "sales; the address is a secret and belongs in the settings"),
        ("notify: {teams: ['https://teams.example/canary']}", "10: notify.teams: write a name, e.g. "
         "sales; the address is a secret and belongs in the settings"),
        ("notify: {teams: Sales}", "10: notify.teams: \"Sales\" is not allowed here; write lower-case "
         "letters, digits and dashes, e.g. riverside-2"),
        ("notify: {to: [a@b.example, a@b.example]}", None),
        ("confirm: {subject: Thanks}", "10: confirm.message: is missing; write the text of the mail to the "
         "visitor, e.g. message: {cs: …, en: …}"),
    ],
)  # fmt: skip
def test_mails_need_addresses_and_words(check, minimal, notices, problem):
    problems = check(f"{minimal}{notices}\n")

    assert len(problems) == 1
    assert problem in (None, problems[0])
