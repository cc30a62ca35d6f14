"""An answer given on the command line."""

from typing import Any

import click


class FieldValue(click.ParamType[tuple[str, str]]):
    """`field=value`."""

    name = "field=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return field and value."""
        field, sign, text = str(value).partition("=")
        if not sign or not field:
            self.fail(f"{value!r} is not field=value", param, ctx)
        return field, text
