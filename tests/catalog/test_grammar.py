import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from realpad_form.catalog import samples_folder
from realpad_form.catalog.checks import check as cross_check
from realpad_form.catalog.grammar import load
from realpad_form.catalog.yaml_source import parse
from realpad_form.domain.text import LANGUAGES


def test_minimal_file_has_no_problems(check, minimal):
    assert check(minimal) == []


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("langauges: [cs]", "langauges: unknown key; did you mean `languages`?"),
        ("realpad: {credentials: riverside, project: 1, refferal: 2}",
         "realpad.refferal: unknown key; did you mean `referral`?"),
        ("theme: {margin: 1px}",
         "theme.margin: unknown key; write accent, text, background, border, dark, page, radius, padding, "
         "frame_radius, font_file, font, density or mode"),
        ("theme: {dark: {accnt: '#fff'}}", "theme.dark.accnt: unknown key; did you mean `accent`?"),
        ("theme: {dark: {text: red}}",
         'theme.dark.text: "red" is not allowed here; write a colour, e.g. "#0b5fff"'),
        ("theme: {padding: 12}", 'theme.padding: a text belongs here; put it in quotes: "12"'),
        ("theme: {font_file: ../brand.woff2}",
         'theme.font_file: "../brand.woff2" is not allowed here; write the name of a file beside this one, '
         "e.g. brand.woff2"),
        ("closed: {}", "closed.message: is missing; write what visitors read instead of the form, "
         "e.g. message: {en: Sold out}"),
        ("thank_you: {contact: {phone: '12'}}",
         "thank_you.contact.name: is missing; write who will call, e.g. name: Jana Malá"),
        ("thank_you: {link: {label: Brochure, url: /a.pdf}}",
         "thank_you.link.url: write a whole address, e.g. https://www.example.com/thanks"),
        ("theme: {font: \"'Arial'\"}",
         "theme.font: \"'Arial'\" is not allowed here; "
         "write names of fonts with commas between them, without quotes, e.g. Georgia, serif"),
        ("theme: {font: 'Arial;}body{display:none'}",
         'theme.font: "Arial;}body{display:none" is not allowed here; '
         "write names of fonts with commas between them, without quotes, e.g. Georgia, serif"),
        ("theme: {density: tight}",
         'theme.density: "tight" is not allowed here; write comfortable or compact'),
        ("fallback: {phone: 420777123456}",
         'fallback.phone: a text belongs here; put it in quotes: "420777123456"'),
        ("notify: {to: ['prodej@riverside.example,', 'a,b@riverside.example', 'a@b.cz;c@d.cz']}",
         "notify.to[1]: write an e-mail address, e.g. sales@example.com"),
        ("fallback: {phone: 'javascript:alert(12345)'}",
         'fallback.phone: write a phone number in digits, e.g. "+420 777 123 456"'),
        ("fallback: {phone: '+ (12) 34'}",
         'fallback.phone: write a phone number in digits, e.g. "+420 777 123 456"'),
        ("version: true", "version: write version: 1"),
        ("version: 1.0", "version: write version: 1"),
        ("version: 2", "version: 2 is not allowed here; write 1"),
        (f"version: {10**28}", f"version: {10**28} is not allowed here; write 1"),
        ("realpad: {credentials: a, project: 1, campaign: '  '}",
         "realpad.campaign: a text is empty; write some words or leave it out"),
        ("realpad: {credentials: a, project: 1, tags: [web, ' ']}",
         "realpad.tags[1]: a text is empty; write some words or leave it out"),
        ("thank_you: {message: {cs: Děkujeme, ozveme se., en: Thank you}}",
         "thank_you.message.ozveme se.: a text with a comma inside { } needs quotes, "
         'e.g. {cs: "Ano, prosím", en: …}'),
        ("theme: {radius: ٣px}", 'theme.radius: "٣px" is not allowed here; write a length, e.g. 8px'),
        ("limits: {per_address: ٠/minute}",
         "limits.per_address: a limit is written 5/minute or 5/minute;30/hour (second, minute, hour, day)"),
        (f"realpad: {{credentials: a, project: {10**18}}}",
         f"realpad.project: {10**18} is too large; write at most {10**18 - 1}"),
        (f"realpad: {{credentials: a, project: 1, salesman: {10**18}, referral: 1}}",
         f"realpad.salesman: {10**18} is too large; write at most {10**18 - 1}"),
        (f"realpad: {{credentials: a, project: 1, referral: {10**18}}}",
         f"realpad.referral: {10**18} is too large; write at most {10**18 - 1}"),
        (f"consents: [{{id: {10**18}, label: a}}]",
         f"consents[0].id: {10**18} is too large; write at most {10**18 - 1}"),
        (f"realpad: {{credentials: a, project: 1, tags: [{'x' * 201}]}}",
         "realpad.tags[0]: the text is longer than 200 characters; shorten it"),
        ("realpad: {credentials: a, project: 1, tags: [' web ']}",
         "realpad.tags[0]: ' web ' has white space or invisible characters that the form never keeps; "
         "write 'web'"),
        ("theme: {radius: 0.5}", 'theme.radius: a text belongs here; put it in quotes: "0.5"'),
        ("notice: true", 'notice: a text belongs here; put it in quotes: "true"'),
        ("notice: [a]", "notice: write a text, or one per language, e.g. {cs: Ano, en: 'Yes'}"),
        ("notice: {cz: a}", f"notice: no language 'cz'; write one of {', '.join(LANGUAGES)}"),
        ("notice: {cs: 5}", 'notice.cs: a text belongs here; put it in quotes: "5"'),
        ("notice: '[zásady](http://a.example)'",
         "notice: a link is written [label](https://…), without spaces in the address"),
        ("theme: {accent: blue}",
         'theme.accent: "blue" is not allowed here; write a colour, e.g. "#0b5fff"'),
        ("theme: {mode: night}", 'theme.mode: "night" is not allowed here; write auto, light or dark'),
        ("currency: Kč",
         'currency: "Kč" is not allowed here; write a currency as three capital letters, e.g. CZK'),
        ("consents: {id: 1}", 'consents: {"id": 1} is no list; write one, e.g. [a, b]'),
        ("consents: [{id: x, label: a}]",
         'consents[0].id: "x" is not a whole number; write digits without quotes, e.g. 12'),
        ("consents: [{id: 0, label: a}]", "consents[0].id: 0 is too small; write a number above 0"),
        ("consents: [{id: 1, label: a, required: yes}]",
         'consents[0].required: "yes" is neither true nor false; write one of them, without quotes'),
        ("consents: [{id: 1, lable: a}]", "consents[0].lable: unknown key; did you mean `label`?"),
        ("consents: [{label: a}]",
         "consents[0].id: is missing; write Realpad's number of the consent, e.g. 39268430"),
        ("thank_you: Děkujeme", 'thank_you: "Děkujeme" stands where keys belong; write them as key: value'),
        ("thank_you: {redirect: www.example.com}",
         "thank_you.redirect: write a whole address, e.g. https://www.example.com/thanks"),
        ('thank_you: {redirect: "https://a.example;sandbox/"}',
         "thank_you.redirect: write a whole address, e.g. https://www.example.com/thanks"),
        ('thank_you: {redirect: "https://a.example,b/"}',
         "thank_you.redirect: write a whole address, e.g. https://www.example.com/thanks"),
        ("limits: {per_address: 5 a minute}",
         "limits.per_address: a limit is written 5/minute or 5/minute;30/hour (second, minute, hour, day)"),
        ("capture: {attributes: {Gclid: gclid}}",
         'capture.attributes.Gclid: "Gclid" is not allowed here; '
         "write lower-case letters, digits and _, e.g. customer_has_pets"),
        ("capture: {note: [utm source]}",
         "capture.note[0]: write the name of a parameter of the page's address, e.g. utm_source"),
        ("captcha: 5",
         "captcha: 5 is not allowed here; write altcha, turnstile, hcaptcha, recaptcha, friendly or none"),
        ("keep_draft: no",
         'keep_draft: "no" is neither true nor false; write one of them, without quotes'),
    ],
)  # fmt: skip
def test_part_that_breaks_the_grammar_is_told_in_plain_words(check, minimal, line, problem):
    key = line.split(":")[0]
    lines = [old for old in minimal.splitlines() if not old.startswith(f"{key}:")]

    problems = check("\n".join([line, *lines]))

    assert f"1: {problem}" in problems


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ("name", '"name" stands where keys belong; write e.g. `- field: name`'),
        ("{field: budget}", '.field: "budget" is not a field; '
         "write name, surname, full_name, email, phone, project, rooms, price_max, unit, note"),
        ("{attribute: customer_a, type: bool, label: A}", '.type: "bool" is not an attribute type; '
         "write boolean, string, integer, decimal, date, single_select, multi_select"),
        ("{attribute: customer_a, label: A}",
         ".type: is missing; write boolean, string, integer, decimal, date, single_select or multi_select"),
        ("{attribute: customer_a, type: boolean}",
         ".label: is missing; write the question, e.g. label: {cs: …, en: …}"),
        ("{attribute: login, type: boolean, label: A}",
         ".attribute: 'login' is Realpad's own parameter; a custom attribute is called e.g. customer_login"),
        ("{field: phone, attribute: customer_a}",
         ".attribute: unknown key; write label, help, required, show_if, width, field or prefix"),
        ("{field: rooms}", ".options: is missing; write the choices, e.g. [1+kk, 2+kk]"),
        ("{field: rooms, options: []}", ".options: is empty; write the choices, e.g. [1+kk, 2+kk]"),
        ("{field: rooms, options: [1+kk, 1.5]}", '.options[1]: a text belongs here; put it in quotes: "1.5"'),
        ("{field: rooms, options: [1+kk, 1+kk]}", ".options: '1+kk' stands here twice; leave one out"),
        ("{field: unit, known: [A, 'A  1']}",
         ".known[1]: 'A  1' has white space or invisible characters that the form never keeps; write 'A 1'"),
        ('{field: rooms, options: ["a\\u200b"]}',
         ".options[0]: 'a\\u200b' has white space or invisible characters that the form never keeps; "
         "write 'a'"),
        ('{field: rooms, options: ["e\\u0301", "\\u00e9"]}',
         ".options[0]: 'e\u0301' is not in Unicode's form NFC, in which the form keeps texts; write 'é'"),
        ("{field: rooms, options: [1+kk, ' ']}",
         ".options[1]: a text is empty; write some words or leave it out"),
        ("{attribute: customer_a, type: integer, label: A, min: -1}",
         ".min: -1 is too small; write at least 0"),
        (f"{{attribute: customer_a, type: integer, label: A, min: {10**15}}}",
         f".min: {10**15} is too large; write at most {10**15 - 1}"),
        (f"{{attribute: customer_a, type: decimal, label: A, max: {10**15}}}",
         f".max: {10**15} has more than 15 digits, which the form does not read; write fewer"),
        ("{attribute: customer_a, type: decimal, label: A, min: -1.000000000000005}",
         ".min: -1.000000000000005 has more than 15 digits, which the form does not read; write fewer"),
        ("{field: rooms, options: [1+kk, 2|3]}",
         ".options[1]: value '2|3' has a '|'; Realpad would make two values of it"),
        ("{attribute: customer_a, type: multi_select, label: A, options: ['4,7']}",
         ".options[0]: value '4,7' has a ','; Realpad would make two values of it"),
        ("{field: price_max, options: ['4000000']}",
         '.options[0]: "4000000" is not a whole number; write digits without quotes, e.g. 12'),
        ("{field: price_max, options: [1], min: 1}",
         ": write either options, or min, max and step for a number box"),
        ("{field: price_max, min: 5, max: 5}",
         ".max: 5 is not above min 5; write a larger max or a smaller min"),
        ("{field: price_max, min: 5, max: 9, step: 5}",
         ".step: 5 is more than from min to max; write a smaller step"),
        ("{attribute: customer_a, type: decimal, label: A, min: 1.5, max: 0.5}",
         ".max: 0.5 is not above min 1.5; write a larger max or a smaller min"),
        ("{field: note, max_length: 99999}", ".max_length: 99999 is too large; write at most 20000"),
        ("{field: note, show_if: {}}",
         ".show_if: is empty; write a question and its answer, e.g. {customer_has_pets: true}"),
        ("{field: note, show_if: {email: {}}}",
         ".show_if.email: write not, or min and max, e.g. {min: 5000000} or {not: investice}"),
        ("{field: note, show_if: {email: {nott: a}}}",
         ".show_if.email.nott: unknown key; did you mean `not`?"),
        ("{section: ''}", ".section: a text is empty; write some words or leave the key out"),
        ("{section: Details, colapsed: true}", ".colapsed: unknown key; did you mean `collapsed`?"),
        ("{field: price_max, min: 5, slider: true}", ": a slider needs min and max"),
        ("{field: unit, visible: car}", '.visible: "car" is not allowed here; write true, false or card'),
        ("{field: unit, known: [{label: A}]}",
         ".known[0].id: is missing; write the name of the unit, e.g. id: A-101"),
        ("{field: unit, known: [{id: A, prize: 1}]}", ".known[0].prize: unknown key; did you mean `price`?"),
        ("{attribute: customer_a, type: single_select, label: A, options: [a], none: true}",
         ".none: true is not allowed here; write false, or a text for the empty choice"),
        ("{attribute: customer_a, type: date, label: A, min: tomorrow}",
         '.min: "tomorrow" is not allowed here; write a day, e.g. 2026-12-24, or today, or today+14'),
        ("{attribute: customer_a, type: date, label: A, min: 2026-02-30}",
         ".min: 2026-02-30 is no day of the calendar; write e.g. 2026-12-24"),
        ("{attribute: customer_a, type: date, label: A, min: today+9, max: today+2}",
         ": max today+2 is before min today+9; no day is left to choose"),
    ],
)  # fmt: skip
def test_question_that_breaks_the_grammar_is_told_in_plain_words(check, minimal, question, problem):
    problems = check(f"{minimal}  - {question}\n")

    where = "10: fields[2]" if problem[0] in ".:" else "10: fields[2]: "
    assert problems == [where + problem]


@pytest.mark.parametrize(
    "origin",
    [
        r"https://a.example\n", r"https://a.exa\tmple", "https://a.example ", "https://a b.example",
        "https://a.example:", "https://a.example:0", "https://a.example:70000", "https://a.example/",
        "https://A.example", "https://me@a.example", "http://a.example", "http://*.localhost", "null",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(check, minimal, origin):
    assert check(minimal.replace("https://www.riverside.example", f'"{origin}"')) == [
        "5: origins[0]: an origin is written https://www.example.com or https://*.example.com, without a path"
    ]


@pytest.mark.parametrize(
    "origin",
    ["https://*.a.example:8443", "https://localhost", "http://127.0.0.1:8000", "http://localhost:*"],
)
def test_origin_may_have_a_port(check, minimal, origin):
    assert check(minimal.replace("https://www.riverside.example", f'"{origin}"')) == []


def test_text_after_a_hash_without_quotes_is_told_as_missing(check, minimal):
    problems = check(f"{minimal}theme:\n  accent: #0b5fff\n")

    assert problems == [
        "11: theme.accent: a value is missing; write one, in quotes if it starts with #, or leave the key out"
    ]


def test_missing_key_is_told_at_the_line_of_the_part_that_lacks_it(check, minimal):
    problems = check(minimal.replace("project: 39264441", "referral: 1"))

    assert problems == [
        "6: realpad.project: is missing; write Realpad's number of the project, e.g. 39264441"
    ]


def test_list_instead_of_keys_is_told_once(check):
    assert check("[a, b]\n") == ['1: ["a", "b"] stands where keys belong; write them as key: value']


def test_name_cannot_be_left_to_the_visitor(check, minimal):
    problems = check(minimal.replace("full_name", "full_name\n    required: false"))

    assert problems == ["9: fields[0].required: false is not allowed here; write true"]


SAMPLES = [parse(path.read_bytes()).value for path in sorted(samples_folder().glob("*.yaml"))]
JUNK = st.sampled_from(
    [
        None,
        True,
        0,
        -1,
        10**29,
        "",
        "x",
        "a|b,c",
        "🏠" * 300,
        [],
        {},
        [[]],
        {"": None},
        [{}],
        {"cs": 1},
        {"field": []},
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_wrong_value_anywhere_makes_it_crash_or_speak_pydantic(data):
    value = copy.deepcopy(data.draw(st.sampled_from(SAMPLES)))
    here = value
    while True:
        steps = sorted(here) if isinstance(here, dict) else range(len(here))
        step = data.draw(st.sampled_from(list(steps)))
        if not isinstance(here[step], dict | list) or not here[step] or data.draw(st.booleans()):
            break
        here = here[step]
    here[step] = data.draw(JUNK)

    findings = [*load(value)[1], *cross_check(value, stem="riverside")]

    assert not any("Input should" in finding.what or "valid" in finding.what for finding in findings)
    assert not any(finding.what.detail for finding in findings)


@pytest.mark.parametrize(
    "pattern",
    ["{ip.__class__}", "{ip[0]}", "{ip!r}", "{ip:>9}", "{ip:{page}}", "{0}", "{}", "{secret}", "{ip", "ip}"],
)
def test_placeholder_that_is_not_one_of_ours_as_it_stands_is_refused(check, minimal, pattern):
    told = "placeholders are {ip} {page} {time} {project} {language} {form_version}"
    text = minimal.replace("project: 39264441}", f'project: 39264441, consent_source: "{pattern}"}}')

    assert check(text) == [f"6: realpad.consent_source: {told}"]
