"""What the environment says: settings, and where the shipped files lie."""

from functools import cache
from pathlib import Path

from realpad_form.config.settings import CAPTCHAS, Provenance, Settings

__all__ = ["CAPTCHAS", "Provenance", "Settings", "folder"]


@cache
def folder() -> Path:
    """Return the folder that holds `static/` and `templates/`: in the wheel, or the root of a checkout."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "_assets"
    return shipped if shipped.is_dir() else package.parent
