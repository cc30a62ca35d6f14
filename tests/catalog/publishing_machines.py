"""Machines on one database, each with its own folder of project files, and processes that start there."""

import os
from datetime import UTC, datetime

from realpad_form.adapters.sidecar_files import LastGoodFiles, PublishedFiles
from realpad_form.adapters.sql import SqlAuditLog, SqlProjectVersions, SqlPublications
from realpad_form.catalog import Catalog, read_draft, write_project
from realpad_form.catalog.catalog import POLL_EVERY_S
from realpad_form.domain.errors import StorageUnavailableError
from realpad_form.services.project_versions import LastGoodVersions, VersionKeeper
from realpad_form.services.publishing import FolderPublisher, PublishedProjects, Publisher


class Process:
    """One process on a machine, whose time goes by in `run`."""

    def __init__(self, machine):
        self.machine, self.now = machine, 100.0
        shared = lambda: machine.publications  # noqa: E731
        self.published = PublishedProjects(shared, machine.local_published)
        versions = lambda: machine.versions  # noqa: E731
        self.catalog = Catalog(
            machine.folder,
            kept=LastGoodVersions(versions, machine.local),
            published=self.published.current,
            clock=lambda: self.now,
            pause=lambda _: None,
        )
        publisher = FolderPublisher(shared, self.published, machine.write_project, machine.local_published)
        self.keeper = VersionKeeper(self.catalog.contents, versions, machine.local, publisher.run_once)

    def run(self, looks=4):
        for _ in range(looks):
            self.now += POLL_EVERY_S
            if not machine_is_away(self.machine):
                self.published.refresh()
            self.keeper.run_once()
        self.now += POLL_EVERY_S
        return self

    @property
    def name(self):
        return self.catalog.get("riverside").name

    @property
    def state(self):
        return self.catalog.contents().states["riverside"]

    def publisher(self):
        return Publisher(
            publications=self.machine.publications, published=self.published, folder=self.catalog,
            read=read_draft, write=self.machine.write_project,
        )  # fmt: skip


def machine_is_away(machine):
    return isinstance(machine.publications, Away)


class Away:
    """A database that does not answer."""

    def __getattr__(self, name):
        def refuse(*args, **kwargs):
            raise StorageUnavailableError("the database is away")

        return refuse


class Machine:
    def __init__(self, place, database, *, writes):
        self.folder, self.writes = place / "projects", writes
        self.folder.mkdir(parents=True)
        self.local = LastGoodFiles(place / "data" / "last-good")
        self.local_published = PublishedFiles(place / "data" / "published.json")
        self.publications, self.versions = SqlPublications(database), SqlProjectVersions(database)
        self.audit = SqlAuditLog(database)

    @property
    def file(self):
        return self.folder / "riverside.yaml"

    def write(self, text, *, at=None):
        self.file.write_text(text, encoding="utf-8")
        written_s = (at or datetime.now(UTC)).timestamp()
        os.utime(self.file, (written_s, written_s))

    def write_project(self, publication, replaces):
        return self.writes and write_project(self.folder, publication.version, replaces=replaces)

    def start(self):
        return Process(self)

    def history(self):
        return [(each.number, str(each.origin), each.note) for each in self.publications.history("riverside")]
