"""Keeps project files beside the server, whatever goes wrong meanwhile."""

import logging
import threading
from datetime import UTC, datetime

import pytest
from memory_versions import MemoryVersions

from realpad_form.adapters.sidecar_files import LastGoodFiles
from realpad_form.domain.project import ProjectVersion
from realpad_form.domain.publishing import FolderContents, FolderFile
from realpad_form.services import project_versions
from realpad_form.services.project_versions import VersionKeeper

VERSION = ProjectVersion(
    slug="riverside", text="name: Riverside\n", adopted_at=datetime(2026, 3, 1, tzinfo=UTC)
)
CONTENTS = FolderContents(
    good={"riverside": VERSION},
    files={"riverside": FolderFile(hash=VERSION.hash, written_at=VERSION.adopted_at)},
)


@pytest.fixture
def shared():
    return MemoryVersions(lambda: datetime.now(UTC))


@pytest.fixture
def local(tmp_path):
    return LastGoodFiles(tmp_path / "last-good")


def test_outage_is_told_once_and_what_was_missed_is_kept_when_it_is_over(shared, local, caplog):
    keeper = VersionKeeper(lambda: CONTENTS, lambda: shared, local)
    shared.is_away = True
    with caplog.at_level(logging.INFO):
        for _ in range(4):
            keeper.run_once()
        assert local.get("riverside").text == VERSION.text
        shared.is_away = False
        keeper.run_once()

    told = [record.message for record in caplog.records]
    assert told == [
        "project files cannot be kept in the database: the database is away",
        "project files are kept in the database again",
    ]
    assert shared.latest("riverside") == [VERSION]


def test_what_is_kept_costs_nothing_any_more(shared, local):
    keeper = VersionKeeper(lambda: CONTENTS, lambda: shared, local)
    keeper.run_once()
    keeper.run_once()
    asked = shared.asked

    for _ in range(5):
        keeper.run_once()

    assert shared.asked == asked


def test_nothing_ends_the_keeper(shared, local, monkeypatch):
    monkeypatch.setattr(project_versions, "POLL_EVERY_S", 0.01)
    looks = iter([OSError("no disk"), RuntimeError("a bug")])
    kept, stop = threading.Event(), threading.Event()

    def contents():
        for error in looks:
            raise error
        if shared.kept:
            kept.set()
        return CONTENTS

    running = threading.Thread(target=VersionKeeper(contents, lambda: shared, local).run, args=[stop])
    running.start()

    assert kept.wait(10)
    stop.set()
    running.join(10)
    assert not running.is_alive()


def test_folder_that_cannot_be_read_forgets_nothing(shared, local):
    now = {"holds": CONTENTS}
    keeper = VersionKeeper(lambda: now["holds"], lambda: shared, local)
    for holds in (CONTENTS, CONTENTS, FolderContents(is_readable=False), FolderContents(is_readable=False)):
        now["holds"] = holds
        keeper.run_once()
    assert local.slugs() == ["riverside"]

    for _ in range(2):
        now["holds"] = FolderContents()
        keeper.run_once()
    assert local.slugs() == []
    assert shared.latest("riverside") == [VERSION]
