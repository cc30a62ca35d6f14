"""Project files to learn from and to start with."""

from pathlib import Path


def samples_folder() -> Path:
    """Return the folder of the sample project files."""
    return Path(__file__).parent
