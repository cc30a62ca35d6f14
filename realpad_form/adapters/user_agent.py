"""What this program calls itself in every call that it makes."""

from importlib.metadata import version
from typing import Final

USER_AGENT: Final = f"realpad-form/{version('realpad-form')}"
NAMED: Final = {"User-Agent": USER_AGENT}
"""The header that says so."""
