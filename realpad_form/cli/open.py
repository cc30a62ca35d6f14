"""Opens the services that a command works with."""

from realpad_form.config import Settings
from realpad_form.wiring import Services


def open_services() -> Services:
    """Return services on the settings of the environment. Raises: SettingsError."""
    return Services(Settings.load())


def open_ready() -> Services:
    """Return services whose database is there and current. Raises: SettingsError, StorageUnavailableError."""
    services = open_services()
    services.prepare()
    return services
