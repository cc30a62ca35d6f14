"""People at the preview, and a project whose file is published."""

import pytest


@pytest.fixture
def path(folder):
    return folder / "projects" / "riverside.yaml"


@pytest.fixture
def source(path, services):
    text = path.read_text(encoding="utf-8")
    for _ in range(2):  # as the keeper does within seconds
        services.folder_publisher.run_once(services.catalog.contents())
    return text


@pytest.fixture
def marketer(desk):
    return desk("marketer")


@pytest.fixture
def admin(desk):
    return desk("admin")
