import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from realpad_form.adapters.realpad.scrub import LIMIT_CHARS, MASK, scrub

SECRET = "pä\"s'<s>&w+o/r d\\😀"


SPELLINGS = {
    "as it is": str,
    "upper case": str.upper,
    "percent": quote,
    "percent, all reserved": lambda s: quote(s, safe=""),
    "percent, every byte": lambda s: "".join(f"%{byte:02X}" for byte in s.encode()),
    "percent twice": lambda s: quote(quote(s)),
    "percent in lower case": lambda s: quote(s).lower(),
    "form": quote_plus,
    "html": html.escape,
    "html twice": lambda s: html.escape(html.escape(s)),
    "html, decimal": lambda s: "".join(f"&#{ord(c)};" for c in s),
    "html, hexadecimal": lambda s: "".join(f"&#x{ord(c):X};" for c in s),
    "html, named": lambda s: s.replace("+", "&plus;").replace("'", "&apos;"),
    "json": lambda s: json.dumps(s)[1:-1],
    "json, utf-8": lambda s: json.dumps(s, ensure_ascii=False)[1:-1].replace("/", "\\/"),
    "json twice": lambda s: json.dumps(json.dumps(s))[3:-3],
    "python": lambda s: repr(s)[1:-1],
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_secret_is_found_in_every_spelling(spell):
    assert scrub(f"wrong password {spell(SECRET)}!", ["login", SECRET]) == f"wrong password {MASK}!"


def test_invisible_characters_do_not_hide_a_secret():
    assert scrub("se\x00cr\u200bet", ["secret"]) == MASK


@pytest.mark.parametrize("gap", ["\t", "\r", "\n", "\x1c", "\u2028", " "])
def test_secret_with_a_gap_is_found_spelled_out_and_as_shown(gap):
    secret = f"se{gap}cret"

    assert scrub(f"{quote(secret)}, {secret}", [secret]) == f"{MASK}, {MASK}"


def test_words_stay_without_control_characters():
    text = scrub("Parameter missing:\r\n\tsurname\x1b[31m\u202e \ud800end", [""])

    assert text == "Parameter missing:   surname[31m end"


def test_long_text_is_cut():
    assert len(scrub("x" * 99_999, ["y"])) == LIMIT_CHARS


@pytest.mark.parametrize("escape", ["\\", "%25", "&amp;", "&#0", "s\\", "%", "&"])
def test_a_long_answer_of_escapes_is_scrubbed_in_no_time(escape):
    began = time.monotonic()

    scrub(escape * (64 * 1024 // len(escape)), ["riverside", "riverside-Secret9", "a\\b"])

    assert time.monotonic() - began < 5


@given(st.text(min_size=3), st.text(), st.text())
def test_secret_never_survives(secret, before, after):
    text = scrub(f"{before}{quote(secret, errors='replace')}{secret}{after}", [secret])

    assert text.isprintable()
    visible = scrub(secret, [])
    assert len(visible) < 3 or visible in MASK or visible not in text.replace(MASK, "")
