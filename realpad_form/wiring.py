"""Settings → services: the only place that picks adapters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit

from realpad_form.adapters.captcha import make_captchas
from realpad_form.adapters.notifiers import MailNotifier, WebhookNotifier
from realpad_form.adapters.realpad import RealpadGateway
from realpad_form.adapters.spool import FileSpool
from realpad_form.adapters.sql import Database, SqlAlertLog, SqlLeadLog, upgrade
from realpad_form.adapters.vault import Vault
from realpad_form.catalog import Catalog
from realpad_form.config import Settings
from realpad_form.domain.errors import CredentialNotFoundError
from realpad_form.domain.lane import LaneKey
from realpad_form.domain.text import wordings
from realpad_form.forms import Tokens
from realpad_form.ports import AlertLog, Captcha, Credential, CrmGateway, LeadLog, Notifier, Spool
from realpad_form.services.alerts import Alerts, Incidents
from realpad_form.services.credentials import Credentials
from realpad_form.services.erasure import Erasure
from realpad_form.services.inbox import Inbox
from realpad_form.services.intake import Intake
from realpad_form.services.reconcile import Reconcile
from realpad_form.services.relay import Relay, RelayPolicy, lane_key

DATABASE_WAIT_S: Final = 5.0
"""How long anyone waits for the database: well below the 10 s after which a browser tries again."""


@dataclass(frozen=True)
class Services:
    """Everything an entry point may ask for; each part is made when first asked for."""

    settings: Settings

    @cached_property
    def catalog(self) -> Catalog:
        """The loaded projects."""
        return Catalog(self.settings.projects)

    @cached_property
    def database(self) -> Database:
        """The database of the lead log."""
        return Database(self.settings.database_url, wait_s=DATABASE_WAIT_S)

    @cached_property
    def log(self) -> LeadLog:
        """The lead log."""
        retry_for = timedelta(hours=self.settings.retry_for_h)
        return SqlLeadLog(self.database, self._vault, retry_for=retry_for)

    @cached_property
    def crm(self) -> CrmGateway:
        """The way to Realpad."""
        return RealpadGateway(self.settings.realpad_url, timeout_s=self.settings.timeout_s)

    @cached_property
    def tokens(self) -> Tokens:
        """Signs and reads the tokens of the public form."""
        return Tokens(self.settings.secret_key)

    @cached_property
    def intake(self) -> Intake:
        """Takes submissions."""
        return Intake(self.log, self.spool)

    @cached_property
    def spool(self) -> Spool | None:
        """Where leads wait while the database cannot take them; None to refuse them."""
        folder = self.settings.spool
        return FileSpool(folder, self._vault) if folder else None

    @cached_property
    def _vault(self) -> Vault:
        return Vault(self.settings.data_key)

    @cached_property
    def inbox(self) -> Inbox:
        """Moves leads on behalf of a person."""
        return Inbox(self.log)

    @cached_property
    def erasure(self) -> Erasure:
        """Forgets people."""
        return Erasure(self.log)

    @cached_property
    def credentials(self) -> Credentials:
        """Shows and resumes lanes."""
        return Credentials(self.log, self.lane_keys, self.catalog.projects)

    @cached_property
    def lane_keys(self) -> dict[str, LaneKey]:
        """The lane of each configured credential pair, by name."""
        pairs = self.settings.credentials
        return {name: lane_key(pair, self.settings.realpad_url) for name, pair in pairs.items()}

    @cached_property
    def relay(self) -> Relay:
        """Hands due leads to Realpad."""
        policy = RelayPolicy(
            timeout_s=self.settings.timeout_s,
            concurrency=self.settings.relay_concurrency,
            pace_s=self.settings.relay_pace_s,
        )
        return Relay(self.log, self.crm, self.pairs, policy, self.reconcile)

    @cached_property
    def reconcile(self) -> Reconcile:
        """Asks Realpad's list about leads that are unknown."""
        return Reconcile(
            self.log,
            self.crm,
            self.pairs,
            self._project_names,
            apart_s=self.settings.reconcile_after_s,
            pace_s=self.settings.relay_pace_s,
            alerts=self.alert_log,
        )

    @cached_property
    def alert_log(self) -> AlertLog:
        """What people have to hear of."""
        return SqlAlertLog(self.database)

    @cached_property
    def incidents(self) -> Incidents:
        """Notes what goes wrong for visitors."""
        return Incidents(self.alert_log)

    @cached_property
    def alerts(self) -> Alerts:
        """Tells people what only they can mend."""
        return Alerts(
            self.log, self.alert_log, self.lane_keys, self.catalog.problems, list(self._notifiers())
        )

    def _notifiers(self) -> Iterator[Notifier]:
        inbox = f"{self.settings.public_url}/inbox/" if self.settings.public_url else None
        if self.settings.smtp_url:
            yield MailNotifier(self.settings.smtp_url, self.settings.alert_to, inbox=inbox)
        if self.settings.alert_webhook:
            yield WebhookNotifier(self.settings.alert_webhook, inbox=inbox)

    @cached_property
    def pairs(self) -> dict[LaneKey, Credential]:
        """The configured credential pairs, by lane."""
        return {key: self.settings.credentials[name] for name, key in self.lane_keys.items()}

    def _project_names(self) -> dict[str, set[str]]:
        """Return what Realpad's projects may be called there, by their number: what the files call them."""
        names: dict[str, set[str]] = {}
        for project in self.catalog.projects().values():
            names.setdefault(str(project.realpad.project), set()).update(wordings(project.name))
        return names

    @cached_property
    def captchas(self) -> Mapping[str, Captcha]:
        """What tells people from programs, by the name that project files use."""
        settings = self.settings
        host = urlsplit(settings.public_url or "").hostname
        return make_captchas(
            settings.secret_key, settings.captcha_keys, host=host, report=self.incidents.unsure_captcha
        )

    def credential(self, name: str) -> Credential:
        """Return a configured login pair. Raises: CredentialNotFoundError."""
        try:
            return self.settings.credentials[name]
        except KeyError:
            raise CredentialNotFoundError(name) from None

    def prepare(self) -> None:
        """Bring the database to the current schema, making it if it is not there."""
        upgrade(self.database)
