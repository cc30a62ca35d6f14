"""The command line: one module per group of commands."""

from realpad_form.cli.main import main

__all__ = ["main"]
