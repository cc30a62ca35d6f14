"""What several parts need: projects, the database with the lead log, Realpad, and the public form."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from realpad_form.adapters.captcha import make_captchas
from realpad_form.adapters.mail import Mailer
from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.adapters.sidecar_files import CallFile, LastGoodFiles, PublishedFiles, TombstoneFile
from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.sql import (
    Copied,
    Database,
    SqlAlertLog,
    SqlAuditLog,
    SqlLeadLog,
    SqlMetricStore,
    SqlPrivacyLog,
    SqlProjectVersions,
    SqlPublications,
    SqlResealing,
    SqlRestores,
    SqlRoster,
    SqlScheduledPublications,
    SqlSessions,
    SqlTally,
    SqlWebhookLog,
    copy_database,
    is_current,
    upgrade,
)
from realpad_form.adapters.vault import Vault
from realpad_form.catalog import Catalog, read_draft, read_version, write_project
from realpad_form.config import Settings
from realpad_form.domain.errors import (
    CredentialNotFoundError,
    DataKeyError,
    SettingsError,
    StorageUnavailableError,
)
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.project import NoticeListener, Webhook
from realpad_form.domain.publishing import Publication
from realpad_form.domain.restored import Sign
from realpad_form.domain.text import wordings
from realpad_form.forms import Tokens
from realpad_form.ports import (
    AlertLog,
    AuditLog,
    Captcha,
    Credential,
    CrmGateway,
    LeadLog,
    LocalPublished,
    LocalVersions,
    PrivacyLog,
    ProjectVersions,
    Publications,
    Roster,
    Sessions,
    Tombstones,
    WebhookLog,
)
from realpad_form.services.alerts import Incidents
from realpad_form.services.intake import Intake
from realpad_form.services.lead_actions import LeadProjects
from realpad_form.services.metrics import Metrics
from realpad_form.services.project_versions import LastGoodVersions, VersionKeeper
from realpad_form.services.publishing import FolderPublisher, PublishedProjects, Publisher
from realpad_form.services.reconcile import Readings
from realpad_form.services.relay import RelayPolicy, account_of, lane_key
from realpad_form.services.restores import AfterRestore
from realpad_form.services.scheduling import PublicationScheduler
from realpad_form.services.statistics import Statistics
from realpad_form.services.webhook_endpoints import Endpoints
from realpad_form.services.webhooks import Webhooks

logger = logging.getLogger(__name__)

DATABASE_WAIT_S: Final = 5.0
"""How long anyone waits for the database: well below the 10 s after which a browser tries again."""


@dataclass(frozen=True)
class Core:
    """What several parts need; each thing is made when first asked for."""

    settings: Settings

    # Projects

    @cached_property
    def catalog(self) -> Catalog:
        """The loaded projects."""
        kept = LastGoodVersions(lambda: self.project_versions, self._local_versions)
        return Catalog(self.settings.projects, kept=kept, published=self.published_projects.current)

    @cached_property
    def published_projects(self) -> PublishedProjects:
        """What is published, as this process knows it."""
        return PublishedProjects(lambda: self.publications, self._local_published)

    @cached_property
    def publications(self) -> Publications:
        """Which text of each project went live when, and by whom."""
        return SqlPublications(self.database)

    @cached_property
    def publisher(self) -> Publisher:
        """Makes versions of projects live."""
        return Publisher(
            publications=self.publications,
            published=self.published_projects,
            folder=self.catalog,
            read=read_draft,
            write=self._write_project,
        )

    @cached_property
    def publication_scheduler(self) -> PublicationScheduler:
        """Makes versions live at a time."""
        schedules = SqlScheduledPublications(self.database)
        return PublicationScheduler(schedules=schedules, publisher=self.publisher, roster=self.roster)

    def _write_project(self, publication: Publication, replaces: str) -> bool:
        folder = self.settings.projects
        return self.settings.write_projects and write_project(folder, publication.version, replaces=replaces)

    @cached_property
    def _local_published(self) -> LocalPublished:
        return PublishedFiles(self.settings.data / "published.json")

    @cached_property
    def project_versions(self) -> ProjectVersions:
        """Every good version of every project file."""
        return SqlProjectVersions(self.database)

    @cached_property
    def _local_versions(self) -> LocalVersions:
        return LastGoodFiles(self.settings.data / "last-good")

    @cached_property
    def version_keeper(self) -> VersionKeeper:
        """Keeps the good versions of project files."""
        publish = self.folder_publisher.run_once
        return VersionKeeper(
            self.catalog.contents, lambda: self.project_versions, self._local_versions, publish
        )

    @cached_property
    def folder_publisher(self) -> FolderPublisher:
        """Publishes what somebody writes into the folder, and writes into it what was published elsewhere."""
        return FolderPublisher(
            lambda: self.publications, self.published_projects, self._write_project, self._local_published
        )

    def _project_names(self) -> dict[str, set[str]]:
        """Return what Realpad's projects may be called there, by their number: what the files call them."""
        names: dict[str, set[str]] = {}
        for project in self.catalog.projects().values():
            names.setdefault(str(project.realpad.project), set()).update(wordings(project.name))
        return names

    # The database and the lead log

    @cached_property
    def database(self) -> Database:
        """The database of the lead log."""
        return Database(self.settings.database_url, wait_s=DATABASE_WAIT_S)

    @cached_property
    def log(self) -> LeadLog:
        """The lead log."""
        retry_for = timedelta(hours=self.settings.retry_for_h)
        return SqlLeadLog(
            self.database,
            self._vault,
            retry_for=retry_for,
            restores=self.restores,
            tombstones=self._tombstones,
            listeners=self._listeners_of_projects,
        )

    def _listeners_of_projects(self) -> dict[str, Sequence[Webhook | NoticeListener]]:
        """Return who hears of the leads of each project, where there is anybody."""
        projects = self.catalog.projects().items()
        return {slug: project.listeners for slug, project in projects if project.listeners}

    @cached_property
    def webhook_log(self) -> WebhookLog:
        """What other systems are told of leads."""
        return SqlWebhookLog(self.database)

    @cached_property
    def webhook_endpoints(self) -> Endpoints:
        """The endpoints of the project files."""
        settings = self.settings
        return Endpoints(
            self.catalog.projects,
            settings.webhook_secrets,
            settings.webhook_allow,
            has_mail=settings.smtp_url is not None,
            chats=settings.chat_addresses,
        )

    @cached_property
    def mailer(self) -> Mailer | None:
        """Sends mail; None without a mail server."""
        settings = self.settings
        return Mailer(settings.smtp_url, public_url=settings.public_url) if settings.smtp_url else None

    @cached_property
    def webhooks(self) -> Webhooks:
        """Shows what other systems were told, and tells it again."""
        return Webhooks(self.webhook_log, self.webhook_endpoints)

    @cached_property
    def _vault(self) -> Vault:
        return Vault(self.settings.data_key)

    @property
    def data_key_ids(self) -> tuple[str, ...]:
        """The names of the data keys that are set, which tell nothing about them."""
        return self._vault.key_ids

    @cached_property
    def resealing(self) -> SqlResealing:
        """Seals what is stored anew with the first data key."""
        return SqlResealing(self.database, self._vault)

    @cached_property
    def lead_projects(self) -> LeadProjects:
        """Finds the projects of leads, also of those whose file is gone."""
        return LeadProjects(self.catalog.projects, self.project_versions, read_version)

    @cached_property
    def metrics(self) -> Metrics:
        """Counts for whoever watches the service."""
        return Metrics(SqlMetricStore(self.database))

    @cached_property
    def alert_log(self) -> AlertLog:
        """What people have to hear of."""
        return SqlAlertLog(self.database)

    # The life of the database, and what a restored copy of it must not bring back

    @property
    def is_schema_current(self) -> bool:
        """Whether the database has every migration of this version. Raises: StorageUnavailableError."""
        return is_current(self.database)

    def prepare(self) -> None:
        """Bring the database to the current schema, making it if it is not there; notice a restored copy."""
        self.restores.observe()
        upgrade(self.database)
        self.restores.notice()
        self.after_restore.run_once()

    def copy_database(self, url: str, *, progress_of: Callable[[Sequence[int]], Iterator[int]]) -> Copied:
        """Copy the database into an empty one, and let this one refuse all changes from then on.

        Raises: SettingsError, CopyFailedError, StorageUnavailableError; then both are as they were.
        """
        target = Database(url, wait_s=DATABASE_WAIT_S)
        if exposure := target.exposure:
            logger.warning("%s", exposure)
        self.restores.observe()
        try:
            return copy_database(self.database, target, restores=self.restores, progress_of=progress_of)
        finally:
            target.dispose()

    def reopen_database(self) -> None:
        """Use a database again that was copied to another one, as the old copy that it is by now.

        Raises: SettingsError, if it was not; StorageUnavailableError.
        """
        self.restores.observe()
        with self.database.transaction() as connection:
            if not self.database.is_moved(connection):
                raise SettingsError(["this database was not copied to another one"])
            self.database.allow_writes(connection)
            upgrade(self.database)
            self.restores.doubt(Sign.PERSON)

    def check_data_keys(self) -> None:
        """Compare the data keys with the stored leads when a process starts, and log what is wrong."""
        try:
            for damage in self.log.check_data_keys():
                logger.error("%s", damage)
        except DataKeyError as error:
            logger.error("no lead is taken until REALPAD_FORM_DATA_KEY is right: %s", error)
        except StorageUnavailableError as error:
            logger.warning("the data keys could not be compared with the stored leads yet: %s", error)

    @cached_property
    def restores(self) -> SqlRestores:
        """Knows whether the lead log is a restored copy."""
        call_file = CallFile(self.settings.data / "calls.json")
        return SqlRestores(self.database, self._vault, call_file, keys=lambda: self.pairs)

    @cached_property
    def after_restore(self) -> AfterRestore:
        """Erases and takes away again what a restored copy brought back."""
        return AfterRestore(
            self.restores,
            self._tombstones,
            self.log,
            self.roster,
            self.sessions,
            self.audit,
            self.database.clear_journal,
            self.privacy_log,
            self.privacy_file,
        )

    @cached_property
    def privacy_log(self) -> PrivacyLog:
        """What people asked for about their data."""
        return SqlPrivacyLog(self.database)

    @cached_property
    def privacy_file(self) -> Tombstones:
        """The same outside the database, as ids and keyed hashes."""
        return TombstoneFile(self.settings.data / "privacy-requests.jsonl")

    @cached_property
    def _tombstones(self) -> TombstoneFile:
        return TombstoneFile(self.settings.data / "tombstones.jsonl")

    @cached_property
    def roster(self) -> Roster:
        """Who may sign in."""
        return SqlRoster(self.database, self._tombstones)

    @cached_property
    def sessions(self) -> Sessions:
        """Who is signed in."""
        return SqlSessions(self.database)

    @cached_property
    def audit(self) -> AuditLog:
        """What people did."""
        return SqlAuditLog(self.database)

    def close(self) -> None:
        """Close the database, if anybody used it."""
        if "database" in vars(self):
            self.database.dispose()

    # Realpad and the accounts there

    @cached_property
    def crm(self) -> CrmGateway:
        """The client of Realpad's API."""
        return RealpadGateway(self.settings.realpad_url, timeout_s=self.settings.timeout_s)

    def credential(self, name: str) -> Credential:
        """Return a configured login pair. Raises: CredentialNotFoundError."""
        try:
            return self.settings.credentials[name]
        except KeyError:
            raise CredentialNotFoundError(name) from None

    @cached_property
    def realpad_accounts(self) -> dict[str, str]:
        """What the account of each configured credential pair is known by, by name; slow on purpose."""
        pairs = self.settings.credentials
        return {name: account_of(pair, self.settings.realpad_url) for name, pair in pairs.items()}

    @cached_property
    def lane_keys(self) -> dict[str, LaneKey]:
        """The lane of each configured credential pair, by name."""
        pairs = self.settings.credentials
        return {name: lane_key(pair, self.settings.realpad_url) for name, pair in pairs.items()}

    @cached_property
    def pairs(self) -> dict[LaneKey, Credential]:
        """The configured credential pairs, by lane."""
        return {key: self.settings.credentials[name] for name, key in self.lane_keys.items()}

    @cached_property
    def _policy(self) -> RelayPolicy:
        return RelayPolicy(
            timeout_s=self.settings.timeout_s,
            concurrency=self.settings.relay_concurrency,
            pace_s=self.settings.relay_pace_s,
        )

    @cached_property
    def readings(self) -> Readings:
        """Reads the lists that Realpad keeps of our leads."""
        policy = self._policy
        return Readings(self.log, self.crm, self.pairs, pace_s=policy.pace_s, lease_s=policy.lease_s)

    # The public form

    @cached_property
    def intake(self) -> Intake:
        """Takes submissions."""
        return Intake(
            self.log,
            self.spool,
            accounts=self.realpad_accounts,
            require_data_keys=self.log.require_data_keys,
            redo_after_restore=self.after_restore.redo_for_spooled,
            metrics=self.metrics,
        )

    @cached_property
    def spool(self) -> FileSpool | None:
        """Where leads wait while the database cannot take them; None to refuse them."""
        folder = self.settings.spool
        return FileSpool(folder, self._vault) if folder else None

    @cached_property
    def tokens(self) -> Tokens:
        """Signs and reads the tokens of the public form."""
        return Tokens(self.settings.secret_key)

    @cached_property
    def captchas(self) -> Mapping[str, Captcha]:
        """What tells people from programs, by the name that project files use."""
        settings = self.settings
        host = urlsplit(settings.public_url or "").hostname
        return make_captchas(
            settings.secret_key, settings.captcha_keys, host=host, report=self.incidents.unsure_captcha
        )

    @cached_property
    def incidents(self) -> Incidents:
        """Notes what goes wrong for visitors."""
        return Incidents(self.alert_log)

    @cached_property
    def statistics(self) -> Statistics:
        """Counts what visitors do, and tells what came of it."""
        return Statistics(SqlTally(self.database))
