"""Where `static/` and `templates/` lie: in the wheel, or at the root of a checkout."""

from functools import cache
from pathlib import Path


@cache
def folder() -> Path:
    """Return the folder that holds `static/` and `templates/`."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "_assets"
    return shipped if shipped.is_dir() else package.parent
