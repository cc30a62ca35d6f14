"""What runs in the background: relay, reconciliation, alerts, the index for search, the evidence."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial

from realpad_form.adapters.notifiers import MailNotifier, WebhookNotifier
from realpad_form.adapters.sidecar_files import EvidenceFile
from realpad_form.adapters.sql import SqlEvidenceChain, SqlIndexQueue, SqlSummaryLog
from realpad_form.adapters.webhooks import HttpWebhookGateway
from realpad_form.domain.lead import Route
from realpad_form.domain.publishing import FolderState
from realpad_form.forms import AlertWriter, SummaryMailWriter, chat_message, confirmation, notification
from realpad_form.ports import Notifier
from realpad_form.services.alerts import Alerts, ConflictWatch, RecipientLanguages, SpoolWatch
from realpad_form.services.credentials import Credentials
from realpad_form.services.evidence import EvidenceKeeper
from realpad_form.services.indexer import Indexer
from realpad_form.services.lead_actions import revocations_in
from realpad_form.services.notices import Notices
from realpad_form.services.reconcile import Reconcile
from realpad_form.services.relay import Relay
from realpad_form.services.restores import RestoreWatch
from realpad_form.services.summaries import WeeklySummaries
from realpad_form.services.webhooks import TIMEOUT_S as WEBHOOK_TIMEOUT_S
from realpad_form.services.webhooks import WebhookSender
from realpad_form.wiring.core import Core


@dataclass(frozen=True)
class ForDelivery(Core):
    """What runs in the background."""

    @cached_property
    def relay(self) -> Relay:
        """Hands due leads to Realpad."""
        return Relay(
            self.log, self.crm, self.pairs, self._policy, self.reconcile, self.restore_watch, self.metrics
        )

    @cached_property
    def restore_watch(self) -> RestoreWatch:
        """Keeps relays from sending what a restored copy does not know to have been sent."""
        return RestoreWatch(
            self.restores,
            self.readings,
            self.after_restore,
            self.intake.take_in,
            late_s=self.settings.reconcile_after_s,
        )

    @cached_property
    def reconcile(self) -> Reconcile:
        """Asks Realpad's list about leads that are unknown."""
        return Reconcile(
            self.readings,
            apart_s=self.settings.reconcile_after_s,
            names=self._project_names,
            alerts=self.alert_log,
            routes=self._routes,
        )

    @cached_property
    def alerts(self) -> Alerts:
        """Tells people what only they can fix."""
        return Alerts(
            self.log,
            self.alert_log,
            self.lane_keys,
            self.catalog.problems,
            list(self._notifiers()),
            SpoolWatch(self.spool, socket.gethostname()) if self.spool else None,
            stranded=self.credentials.stranded,
            restored=self.restores.state,
            webhooks=self.webhooks.troubles,
            metrics=self.metrics,
            process=f"{socket.gethostname()}, data key {self._vault.key_id or 'not set'}",
            conflicts=ConflictWatch(self._conflicts, socket.gethostname()),
            schedules=self.publication_scheduler.failed,
        )

    def _notifiers(self) -> Iterator[Notifier]:
        """Yield whom alerts go to: each address by itself, since each may have another language."""
        settings = self.settings
        words, language = AlertWriter(settings.public_url), settings.alert_language
        language_of = RecipientLanguages(self.roster, language).of
        if self.mailer:
            for address in settings.alert_to:
                yield MailNotifier(self.mailer, address, words=words, language_of=language_of)
        if settings.alert_webhook:
            yield WebhookNotifier(settings.alert_webhook, words=words, language=language)

    def _conflicts(self) -> dict[str, int]:
        """Return which version is served of each project that a person has to decide about."""
        published = self.published_projects.current()
        states = self.catalog.contents().states.items()
        return {
            slug: published[slug].newest.number
            for slug, state in states
            if state is FolderState.CONFLICT and slug in published
        }

    @cached_property
    def weekly_summaries(self) -> WeeklySummaries:
        """Mails people what the week before brought."""
        settings = self.settings
        return WeeklySummaries(
            log=SqlSummaryLog(self.database),
            roster=self.roster,
            leads=self.log,
            statistics=self.statistics,
            projects=self.catalog.projects,
            mailer=self.mailer,
            write=SummaryMailWriter(settings.public_url).mail,
            language=settings.alert_language,
        )

    def _routes(self) -> dict[str, Route]:
        """Return where each project's file sends leads today."""
        names = {slug: project.realpad.credentials for slug, project in self.catalog.projects().items()}
        accounts = self.realpad_accounts
        return {slug: Route(credential=name, account=accounts.get(name, "")) for slug, name in names.items()}

    @cached_property
    def credentials(self) -> Credentials:
        """Shows and resumes lanes."""
        return Credentials(self.log, self.lane_keys, self.catalog.projects, pace_s=self.settings.relay_pace_s)

    @cached_property
    def webhook_sender(self) -> WebhookSender:
        """Tells other systems what becomes of leads."""
        gateway = HttpWebhookGateway(WEBHOOK_TIMEOUT_S, self.settings.webhook_allow)
        public_url = self.settings.public_url
        inbox = f"{public_url}/inbox/" if public_url else None
        notices = Notices(
            projects=self.catalog.projects,
            mailer=self.mailer,
            gateway=gateway,
            notification=notification,
            chat_message=chat_message,
            confirmation=confirmation,
            inbox=inbox,
        )
        return WebhookSender(
            self.webhook_log,
            self.log,
            gateway,
            self.webhook_endpoints,
            inbox,
            self.metrics,
            notices,
            revoked=partial(revocations_in, self.audit),
        )

    @cached_property
    def indexer(self) -> Indexer:
        """Makes leads findable and counts them."""
        return Indexer(SqlIndexQueue(self.database, self._vault))

    @cached_property
    def evidence(self) -> EvidenceKeeper:
        """Chains consents and the audit log, and checks the chain."""
        recorded = EvidenceFile(self.settings.data / "evidence.jsonl")
        return EvidenceKeeper(SqlEvidenceChain(self.database), recorded)
