"""Lets `python -m realpad_form` be the command."""

from realpad_form.cli import main

main(prog_name="realpad-form")
