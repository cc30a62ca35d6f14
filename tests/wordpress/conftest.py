"""One WordPress and one service for all tests of this folder; `make test-wordpress` runs them."""

import os
import tempfile
from pathlib import Path

import pytest
from form_service import Service
from wordpress_machine import WordPress, missing


@pytest.fixture(scope="session")
def service():
    """The service with its sandbox CRM."""
    with tempfile.TemporaryDirectory(prefix="wordpress-service-") as folder:
        service = Service(Path(folder))
        service.start()
        yield service
        service.close()


@pytest.fixture(scope="session")
def wordpress(service):
    """Debian's WordPress with the plugin, connected to the service."""
    if lacking := missing():
        said = f"no WordPress here: apt-get install {' '.join(lacking)}"
        if os.environ.get("WORDPRESS") == "required":
            pytest.fail(said)
        pytest.skip(said)
    with tempfile.TemporaryDirectory(prefix="wordpress-") as folder:
        site = WordPress(Path(folder), service=service.url)
        try:
            site.start()
            site.configure(address=service.url, project="riverside")
            yield site
        finally:
            site.stop()
        assert site.complaints() == []


@pytest.fixture
def open_page(chromium):
    """Open pages; what their console says in red is kept in `complaints`."""
    contexts = []

    def open_(url, **options):
        contexts.append(chromium.new_context(locale="cs-CZ", **options))
        page = contexts[-1].new_page()
        page.set_default_timeout(20_000)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
