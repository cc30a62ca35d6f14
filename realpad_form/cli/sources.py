"""The other systems that may post leads, from a terminal."""

from dataclasses import asdict

import click

from realpad_form.cli.console import print_json, print_table
from realpad_form.cli.open import open_services
from realpad_form.services.sources import source_reports


@click.group()
def sources() -> None:
    """Show the other systems that may post leads."""


@sources.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List sources, their projects, and whether a key is set.

    Keys are never shown.
    """
    services = open_services()
    reports = source_reports(services.catalog.projects(), keyed=services.settings.source_keys)
    if as_json:
        print_json([asdict(report) for report in reports])
        return
    rows = [
        [each.name, each.projects, "set" if each.has_key else "not set", each.problem] for each in reports
    ]
    print_table(("SOURCE", "PROJECTS", "KEY", "PROBLEM"), rows)
