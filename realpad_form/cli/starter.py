"""The folder that a new installation starts from."""

import json
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from realpad_form.catalog import json_schema, samples_folder

ENV: Final = """\
# Settings of realpad-form; docs/configuration.md tells them all.

# Signs tokens and sessions. A comma list rotates it: the first signs.
REALPAD_FORM_SECRET_KEY={secret_key}

# Encrypts personal data in the database. Keep a copy elsewhere: without it the leads are lost.
REALPAD_FORM_DATA_KEY={data_key}

# Opens /metrics, and the details of /readyz, to who sends it as a bearer token.
REALPAD_FORM_METRICS_TOKEN={metrics_token}

# Where the world reaches this service.
# REALPAD_FORM_PUBLIC_URL=https://forms.example.com

# Everybody who signs in needs a passkey, which a password alone does not replace. It needs the address above.
# REALPAD_FORM_REQUIRE_PASSKEY=yes

# The login pair that project files call `riverside`, from Realpad's support.
# REALPAD_FORM_CREDENTIALS_RIVERSIDE_LOGIN=
# REALPAD_FORM_CREDENTIALS_RIVERSIDE_PASSWORD=
"""


def write(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Write what is missing and yield every path with whether it is new; nothing is overwritten."""
    (folder / "projects").mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir(mode=0o700, exist_ok=True)
    sample = samples_folder() / "riverside.yaml"
    schema = json.dumps(json_schema(), ensure_ascii=False, indent=2) + "\n"
    env = ENV.format(secret_key=_fresh(), data_key=_fresh(), metrics_token=_fresh())
    yield _write(folder / ".env", env, mode=0o600)
    yield _write(folder / "projects" / "riverside.yaml", sample.read_text(encoding="utf-8"))
    yield _write(folder / "projects" / "project.schema.json", schema)


def copy_samples(folder: Path) -> None:
    """Copy every sample project into a folder."""
    shutil.copytree(
        samples_folder(), folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.py", "__pycache__")
    )


def _write(path: Path, text: str, mode: int = 0o644) -> tuple[Path, bool]:
    """Write a file unless there is one, and return its path and whether it is new."""
    try:
        with path.open("x", encoding="utf-8") as file:
            path.chmod(mode)
            file.write(text)
    except FileExistsError:
        return path, False
    return path, True


def _fresh() -> str:
    """Return a fresh secret of 32 random bytes."""
    return secrets.token_urlsafe(32)
