"""What the server makes of the minified loader: it speaks every language of the form."""

import json
import re

import pytest

from realpad_form.config import folder as shipped
from realpad_form.domain.text import LANGUAGES
from realpad_form.web.assets import LOADER, Assets, in_every_language

ENGLISH = b'{en:["Enquiry form","Close"]}'


def spoken(script):
    """Return what the loader says, by language."""
    [literal] = re.findall(r"=(\{cs:\[.+?\]\})", script)
    return json.loads(re.sub(r"(\w+):\[", r'"\1":[', literal))


def test_the_loader_speaks_every_language_of_the_form(client):
    texts = spoken(client.get("/embed.js").get_data(as_text=True))

    assert set(texts) == set(LANGUAGES)
    assert texts["cs"] == ["Poptávkový formulář", "Zavřít"]
    assert texts["en"] == ["Enquiry form", "Close"]
    assert texts["uk"] == ["Форма запиту", "Закрити"]


def test_nothing_else_of_the_minified_loader_changes():
    minified = (shipped() / "static" / LOADER).read_bytes()
    before, after = minified.split(ENGLISH)

    sent = in_every_language(minified)

    assert sent.startswith(before)
    assert sent.endswith(after)


@pytest.mark.parametrize("script", [b"", b'{en:["Enquiry form"]}', ENGLISH * 2])
def test_a_loader_without_its_english_texts_is_not_served(tmp_path, script):
    (tmp_path / "static" / "built").mkdir(parents=True)
    (tmp_path / "static" / LOADER).write_bytes(script)

    with pytest.raises(RuntimeError, match="run make assets"):
        Assets(tmp_path)


def test_both_addresses_of_the_loader_give_the_same_bytes(client):
    version = re.search(r"/static/(\w+)/", client.get("/f/riverside").get_data(as_text=True))[1]

    named = client.get(f"/static/{version}/{LOADER}")

    assert named.data == client.get("/embed.js").data


def test_every_static_file_has_the_type_of_its_suffix_and_none_is_a_page(client):
    types = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    static = shipped() / "static"
    files = [path for path in static.rglob("*") if path.is_file() and path.parent.name != "sandbox"]

    found = {path: client.get(f"/static/x/{path.relative_to(static)}") for path in files}

    assert len(found) > 20
    for path, answer in found.items():
        assert (answer.status_code, answer.mimetype) == (200, types.get(path.suffix, "text/plain")), path


def test_nothing_of_the_sandbox_is_handed_out(client):
    for path in (shipped() / "static" / "sandbox").iterdir():
        assert client.get(f"/static/x/sandbox/{path.name}").status_code == 404, path
