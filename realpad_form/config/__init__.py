"""What the environment says: settings, and where the shipped files lie."""

from realpad_form.config.assets import folder
from realpad_form.config.settings import CAPTCHAS, Settings

__all__ = ["CAPTCHAS", "Settings", "folder"]
