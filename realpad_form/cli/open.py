"""Opens the services that a command works with; importing them takes most of a second."""

import os
import pwd
from typing import TYPE_CHECKING

import click

from realpad_form.config import Settings

if TYPE_CHECKING:
    from realpad_form.wiring import Services


def open_services() -> "Services":
    """Return services on the settings of the environment, closed when the command ends.

    What the command does stands in the audit log with the system's user. Raises: SettingsError.
    """
    from realpad_form.adapters.sql.audit import command_user
    from realpad_form.wiring import Services

    services = Services(Settings.load())
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"number {os.getuid()}"  # a container may have no name for it
    context, nobody_yet = click.get_current_context(), command_user.set(user)
    context.call_on_close(services.close)
    context.call_on_close(lambda: command_user.reset(nobody_yet))
    return services


def open_ready() -> "Services":
    """Return services whose database is there and current. Raises: SettingsError, StorageUnavailableError."""
    services = open_services()
    services.prepare()
    return services
