"""What the server makes of the minified loader: it knows itself, and speaks every language of the form."""

import json
import re
from importlib.metadata import version

import pytest

from realpad_form.config import folder as shipped
from realpad_form.domain.text import LANGUAGES
from realpad_form.web import create_app
from realpad_form.web.assets import HOST, LOADER, Assets, filled_in, in_every_language

ENGLISH = b'{en:["The form could not be loaded.","Open the form on its own page"]}'
PLACES = [b'"{version}"', b'"{languages}"', b'"{address}"', b'"{host}"']


def host_script(client):
    """Return what the loader imports, from the address that it has in it."""
    [path] = re.findall(r'"(static/\w+/built/host\.js)"', client.get("/embed.js").get_data(as_text=True))
    answer = client.get(f"/{path}")
    assert "immutable" in answer.headers["Cache-Control"]
    return answer.get_data(as_text=True)


def spoken(script):
    """Return what a script says, by language."""
    [literal] = re.findall(r"=(\{cs:\[.+?\]\})", script)
    return json.loads(re.sub(r"(\w+):\[", r'"\1":[', literal))


def test_what_the_loader_says_is_in_every_language_of_the_form(client):
    texts = spoken(host_script(client))

    assert set(texts) == set(LANGUAGES)
    assert texts["cs"] == ["Formulář se nepodařilo načíst.", "Otevřít formulář na samostatné stránce"]
    assert texts["en"] == ["The form could not be loaded.", "Open the form on its own page"]
    assert len(set(map(tuple, texts.values()))) == len(texts)


def test_the_loader_knows_its_version_its_languages_and_its_address(make_services):
    address = "https://forms.example.com"

    sent = create_app(make_services(PUBLIC_URL=address)).test_client().get("/embed.js").get_data(as_text=True)

    assert f'version="{version("realpad-form")}"' in sent
    assert f'"{" ".join(LANGUAGES)}"' in sent
    assert f'"{address}/embed.js"' in sent
    assert not any(place.decode() in sent for place in PLACES)


def test_a_loader_without_a_public_address_finds_its_own(client):
    assert '{src:""}' in client.get("/embed.js").get_data(as_text=True)


def test_nothing_else_of_the_minified_scripts_changes():
    built = shipped() / "static"
    before, after = (built / HOST).read_bytes().split(ENGLISH)
    loader = (built / LOADER).read_bytes()

    sent = in_every_language((built / HOST).read_bytes())

    assert (sent.startswith(before), sent.endswith(after)) == (True, True)
    assert filled_in(loader, {"version": "{version}"}) == loader


@pytest.mark.parametrize("script", [b"", b'{en:["Enquiry form"]}', ENGLISH * 2])
def test_a_script_without_its_english_texts_is_not_served(tmp_path, script):
    put(tmp_path, host=script, loader=b"".join(PLACES))

    with pytest.raises(RuntimeError, match="run make assets"):
        Assets(tmp_path)


@pytest.mark.parametrize("missing", PLACES)
def test_a_loader_without_a_place_for_what_the_server_knows_is_not_served(tmp_path, missing):
    put(tmp_path, host=ENGLISH, loader=b"".join(place for place in PLACES if place != missing))

    with pytest.raises(RuntimeError, match="run make assets"):
        Assets(tmp_path)


def put(folder, *, host, loader):
    (folder / "static/built").mkdir(parents=True)
    (folder / "static" / HOST).write_bytes(host)
    (folder / "static" / LOADER).write_bytes(loader)


def test_both_addresses_of_the_loader_give_the_same_bytes(client):
    version = re.search(r"/static/(\w+)/", client.get("/f/riverside").get_data(as_text=True))[1]

    named = client.get(f"/static/{version}/{LOADER}")

    assert named.data == client.get("/embed.js").data


def test_every_static_file_has_the_type_of_its_suffix_and_none_is_a_page(client):
    types = {
        ".css": "text/css",
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".ts": "application/typescript",
    }
    static = shipped() / "static"
    files = [path for path in static.rglob("*") if path.is_file() and path.parent.name != "sandbox"]

    found = {path: client.get(f"/static/x/{path.relative_to(static)}") for path in files}

    assert len(found) > 20
    for path, answer in found.items():
        assert (answer.status_code, answer.mimetype) == (200, types.get(path.suffix, "text/plain")), path


def test_nothing_of_the_sandbox_is_handed_out(client):
    for path in (shipped() / "static" / "sandbox").iterdir():
        assert client.get(f"/static/x/sandbox/{path.name}").status_code == 404, path
