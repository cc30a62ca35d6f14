"""Project files: read, checked, and kept up to date while the program runs."""

from realpad_form.catalog.catalog import (
    Catalog,
    Good,
    project_files,
    read_draft,
    read_project,
    read_version,
    samples_folder,
    starters,
    write_project,
)
from realpad_form.catalog.schema import json_schema

__all__ = [
    "Catalog",
    "Good",
    "json_schema",
    "project_files",
    "read_draft",
    "read_project",
    "read_version",
    "samples_folder",
    "starters",
    "write_project",
]
