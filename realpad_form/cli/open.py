"""Opens the services that a command works with."""

import click

from realpad_form.config import Settings
from realpad_form.wiring import Services


def open_services() -> Services:
    """Return services on the settings of the environment, closed when the command ends.

    Raises: SettingsError.
    """
    services = Services(Settings.load())
    click.get_current_context().call_on_close(services.close)
    return services


def open_ready() -> Services:
    """Return services whose database is there and current. Raises: SettingsError, StorageUnavailableError."""
    services = open_services()
    services.prepare()
    return services
