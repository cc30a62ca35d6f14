"""The wheel holds everything: installed elsewhere, it makes its database and serves a form."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

SERVE = """
import re
from realpad_form.adapters.passwords import leaked_passwords
from realpad_form.cli.projects import copy_samples
from realpad_form.config import Settings, folder
from realpad_form.web import create_app
from realpad_form.wiring import Services
from realpad_form.web.wordpress import plugin_archive
from pathlib import Path

assert len(plugin_archive()) > 100_000
assert folder().name == "_assets", folder()
assert len(leaked_passwords()) > 9_000
copy_samples(Path("projects"))
services = Services(Settings.load({"REALPAD_FORM_SECRET_KEY": "s" * 32}))
services.prepare()
client = create_app(services).test_client()
page = client.get("/f/riverside").get_data(as_text=True)
paths = ["/embed.js", "/readyz", *re.findall(r'(?:href|src)="(/static/[^"]+)"', page)]
answers = {path: client.get(path).status_code for path in paths}
assert len(paths) > 2 and set(answers.values()) == {200}, answers
"""


def test_a_form_is_served_from_the_installed_wheel(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")

    env = {k: v for k, v in os.environ.items() if not k.startswith("REALPAD_FORM_")}
    result = subprocess.run(
        [sys.executable, "-c", SERVE],
        cwd=tmp_path,
        env={**env, "PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
    )

    assert result.returncode == 0, result.stderr
