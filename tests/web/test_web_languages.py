"""Adding a language is adding one file: here a seventh, in a copy of the tree."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HUNGARIAN = """\
msgid ""
msgstr ""
"Language: hu\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "First name"
msgstr "Keresztnév"

msgid "Enter your first name."
msgstr "Kérjük, adja meg a keresztnevét."

msgid "Please shorten this by %(count)d character."
msgid_plural "Please shorten this by %(count)d characters."
msgstr[0] "Kérjük, rövidítse %(count)d karakterrel."
msgstr[1] "Kérjük, rövidítse %(count)d karakterrel."

msgid "The form could not be loaded."
msgstr "Az űrlapot nem sikerült betölteni."

msgid "Open the form on its own page"
msgstr "Az űrlap megnyitása külön oldalon"

msgid "Close"
msgstr "Bezárás"
"""
PROJECT = """\
version: 1
project: riverside
name: {hu: Folyópart}
languages: [hu]
origins: [https://www.riverside.example]
realpad: {credentials: riverside, project: 39264441}
fields: [{field: name}, {field: surname}, {field: email}, {field: note, max_length: 10}]
captcha: none
"""
VISIT = """
import json
import re
from realpad_form.config import Settings, folder
from realpad_form.web import create_app
from realpad_form.wiring import Services

services = Services(Settings.load({"REALPAD_FORM_SECRET_KEY": "s" * 32}))
services.prepare()
client = create_app(services).test_client()
form = client.get("/f/riverside/hu")
token = client.get("/f/riverside/session").get_json()["token"]
answers = {"token": token, "language": "hu", "note": "x" * 15}
errors = client.post("/f/riverside/leads", json=answers).get_json()["errors"]
loader = client.get("/embed.js").get_data(as_text=True)
[host] = re.findall(r'"(static/[^"]+/host[.]js)"', loader)
host = client.get("/" + host).get_data(as_text=True)
print(json.dumps({"form": form.get_data(as_text=True), "errors": errors, "loader": loader, "host": host}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """What a visitor of a Hungarian form is sent."""
    folder = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "realpad_form", folder / "realpad_form", ignore=shutil.ignore_patterns("*.pyc"))
    shutil.copytree(ROOT / "static", folder / "static")
    shutil.copytree(ROOT / "templates", folder / "templates")
    (folder / "realpad_form/forms/locale/hu.po").write_text(HUNGARIAN, encoding="utf-8")
    (folder / "projects").mkdir()
    (folder / "projects" / "riverside.yaml").write_text(PROJECT, encoding="utf-8")
    return json.loads(run(VISIT, folder))


def run(script, folder):
    """Return what a script prints that imports the package from a folder and works there."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("REALPAD_FORM_")}
    command = [sys.executable, "-c", script]
    result = subprocess.run(
        command, cwd=folder, env={**env, "PYTHONPATH": str(folder)}, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_form_speaks_a_language_whose_file_was_added(seen):
    assert '<html lang="hu"' in seen["form"]
    assert "Keresztnév" in seen["form"]


def test_errors_are_in_the_added_language(seen):
    assert seen["errors"]["name"] == ["Kérjük, adja meg a keresztnevét."]
    assert seen["errors"]["note"] == ["Kérjük, rövidítse 5 karakterrel."]


def test_the_loader_speaks_the_added_language(seen):
    assert re.search(r'"[a-z ]*\bhu\b[a-z ]*"', seen["loader"])
    assert 'hu:["Az űrlapot nem sikerült betölteni.","Az űrlap megnyitása külön oldalon"]' in seen["host"]
    assert '"close": "Bezárás"' in seen["form"]


def test_what_the_added_language_lacks_is_english(seen):
    assert "Last name" in seen["form"]
