"""Lets `python -m realpad_form` be the command."""

from realpad_form.cli import main

if __name__ == "__main__":
    main(prog_name="realpad-form")
