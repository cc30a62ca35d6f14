"""What people who sign in need."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from realpad_form.adapters.passwords import ArgonHasher, leaked_passwords
from realpad_form.adapters.sql import SqlLeadIndex, SqlLeadNotes, SqlSavedFilters, SqlThrottle
from realpad_form.adapters.vault import Vault
from realpad_form.config.parsers import has_host_name
from realpad_form.domain.errors import DraftsBusyError
from realpad_form.domain.lead import LeadRecord
from realpad_form.domain.password import PasswordRules
from realpad_form.domain.search import InboxQuery, WholeValue
from realpad_form.domain.text import wordings
from realpad_form.domain.throttling import BrowserMarks, CallSlots
from realpad_form.forms import possible_numbers
from realpad_form.forms.messages import AnswerError, _
from realpad_form.forms.readers import read_email
from realpad_form.ports import LeadIndex, SavedFilters
from realpad_form.services.accounts import Accounts, PasswordLinks
from realpad_form.services.bulk import Bulk
from realpad_form.services.lead_actions import Erasure, LeadActions
from realpad_form.services.lookup import CrmLookup
from realpad_form.services.masking import MaskedSearch, Reveals
from realpad_form.services.oidc_sign_in import OidcSignIn
from realpad_form.services.passkeys import Passkeys
from realpad_form.services.people import People
from realpad_form.services.privacy import PrivacyRequests
from realpad_form.services.privacy_places import OtherPlaces
from realpad_form.services.retention import RetentionRun
from realpad_form.services.sign_in import SignIn
from realpad_form.services.signing import Tickets
from realpad_form.wiring.core import Core

REALPAD_AT_ONCE: Final = 3
"""How many pages may wait for Realpad; of 16 threads that leaves most to the forms."""

DRAFTS_AT_ONCE: Final = 2
"""How many drafts are checked at once; the worst one takes two seconds of a processor."""

DRAFTS_WAITING: Final = 4
DRAFT_WAIT_S: Final = 3.0
"""How many more may wait, and how long: one person's editor asks for several things at once."""

WORKBOOKS_AT_ONCE: Final = 2

NEITHER: Final = _("Write an e-mail or a phone number, e.g. +420 777 123 456.")
_ALMOST_EMAIL: Final = re.compile(r"[^@\s<>,;:]+@[^@\s<>,;:]+")

OTHERS: Final = 50
"""How many other leads of a person a request names."""


@dataclass(frozen=True)
class ForDesk(Core):
    """What people who sign in need."""

    # Leads: found, shown, acted on

    @cached_property
    def index(self) -> LeadIndex:
        """Finds leads for people."""
        return SqlLeadIndex(self.database, self._vault)

    @cached_property
    def saved_filters(self) -> SavedFilters:
        """Keeps the filters that people save."""
        return SqlSavedFilters(self.database)

    @cached_property
    def search_vault(self) -> Vault:
        """Seals what is typed into the inbox's search; its derived keys have no other use."""
        return Vault(self.settings.secret_key)

    @cached_property
    def masked_search(self) -> MaskedSearch:
        """Lets people who see leads masked search."""
        return MaskedSearch(self.audit, self._phones)

    def _phones(self, text: str) -> frozenset[str]:
        """Return the numbers that a text is in any country that a project takes numbers of."""
        projects = self.catalog.projects().values()
        regions = {region for each in projects for region in each.phone_regions}
        return possible_numbers(text, regions=regions or {"CZ", "SK"})

    @cached_property
    def reveals(self) -> Reveals:
        """Shows leads to people who see them masked."""
        return Reveals(self.audit)

    @cached_property
    def lookup(self) -> CrmLookup:
        """Shows what Realpad's list holds near a lead."""
        return CrmLookup(
            self.readings,
            self._project_names,
            late=timedelta(seconds=self.settings.reconcile_after_s),
        )

    @cached_property
    def retention(self) -> RetentionRun:
        """Erases leads that were kept for as long as their project file says."""
        projects, clear = self.catalog.projects, self.lead_actions.clear_journal
        return RetentionRun(projects, self.log, self.log, self.audit, clear)

    @cached_property
    def lead_actions(self) -> LeadActions:
        """Acts on leads on behalf of a person."""
        return LeadActions(
            log=self.log,
            notes=SqlLeadNotes(self.database, self._vault),
            audit=self.audit,
            projects=self.lead_projects,
            accounts=self.realpad_accounts,
            crm=self.crm,
            credential=self.credential,
            empty_journal=self.database.clear_journal,
        )

    @cached_property
    def bulk(self) -> Bulk:
        """Does the same with many leads."""
        return Bulk(self.log, self.lead_actions)

    @cached_property
    def erasure(self) -> Erasure:
        """Forgets people."""
        return Erasure(self.log, self.intake)

    def read_contact(self, text: str) -> list[str]:
        """Return an e-mail as leads keep it; or a phone, in each country that it may be of.

        An e-mail that no form would take may be one of another system's: it is looked for as it is.

        Raises: AnswerError.
        """
        if "@" not in text:
            if numbers := sorted(self._phones(text)):
                return numbers
            raise AnswerError(NEITHER)
        try:
            return [read_email(text)]
        except AnswerError:
            if _ALMOST_EMAIL.fullmatch(text.strip()):
                return [text.strip()]
            raise

    def _others_of(self, record: LeadRecord) -> list[UUID]:
        """Return the leads with an e-mail or phone of a lead, as far as they are indexed."""
        answers = [revision.answers for revision in record.revisions]
        found = set[UUID]()
        for each in answers:
            email, phone = (str(each.get(key) or "") for key in ("email", "phone"))
            whole = WholeValue(email=email, phones=frozenset({phone} - {""}))
            if whole.words:
                page = self.index.page(InboxQuery(whole=whole), limit=OTHERS)
                found |= {other.lead.id for other in page.records}
        return sorted(found - {record.lead.id})

    @cached_property
    def privacy(self) -> PrivacyRequests:
        """Carries out what people ask for about their data."""
        return PrivacyRequests(
            requests=self.privacy_log,
            file=self.privacy_file,
            actions=self.lead_actions,
            places=OtherPlaces(
                webhooks=self.webhook_log,
                audit=self.audit,
                requests=self.privacy_log,
                projects=self.catalog.projects,
                others=self._others_of,
                lanes=self.log.lanes,
                accounts=self.realpad_accounts,
                secrets=self.settings.secret_key,
            ),
            audit=self.audit,
            spool=self.spool,
            secrets=self.settings.secret_key,
        )

    # How much may hold up pages at once

    @cached_property
    def realpad_call_slots(self) -> CallSlots:
        """How many pages may wait for Realpad at once; the relay's calls are not among them."""
        return CallSlots(REALPAD_AT_ONCE)

    @cached_property
    def workbook_slots(self) -> CallSlots:
        """How many workbooks may be built at once: each takes a thread until it is whole."""
        return CallSlots(WORKBOOKS_AT_ONCE)

    @cached_property
    def privacy_slots(self) -> CallSlots:
        """How many pages may look for a person in all leads at once."""
        return CallSlots(1)

    @cached_property
    def draft_slots(self) -> CallSlots:
        """How many drafts of project files are checked at once."""
        return CallSlots(DRAFTS_AT_ONCE, busy=DraftsBusyError, waiting=DRAFTS_WAITING, wait_s=DRAFT_WAIT_S)

    # People: who they are, how they come in, what they did

    @cached_property
    def people(self) -> People:
        """Looks after people."""
        return People(self.roster, self.sessions, self.tickets, self.audit)

    @cached_property
    def accounts(self) -> Accounts:
        """What people do to their own accounts."""
        return Accounts(self.sign_in, self.tickets, PasswordRules(leaked_passwords(), self._names))

    @cached_property
    def password_links(self) -> PasswordLinks | None:
        """Mails links to set passwords with; None without a mail server or an address of our own."""
        if self.mailer is None or self.settings.public_url is None:
            return None
        return PasswordLinks(self.sign_in, self.tickets, self.mailer, self.settings.public_url)

    def _names(self) -> Iterator[str]:
        """Yield what this deployment and its projects are called, which no password may be made of."""
        yield urlsplit(self.settings.public_url or "").hostname or ""
        yield from self.settings.credentials
        for slug, project in self.catalog.projects().items():
            yield from (slug, project.realpad.credentials, *wordings(project.name))

    @cached_property
    def sign_in(self) -> SignIn:
        """Lets people in."""
        browsers = BrowserMarks(self.settings.secret_key)
        throttle = SqlThrottle(self.database, browsers.digest_of_counter)
        return SignIn(self.roster, self.sessions, throttle, self.audit, ArgonHasher(), browsers)

    @cached_property
    def passkeys(self) -> Passkeys | None:
        """Lets people in by passkeys; None without a host name of our own, which they are bound to."""
        public_url = self.settings.public_url
        if public_url is None or not has_host_name(public_url):
            return None
        # Loading it takes a fifth of a second, which relays can do without.
        from realpad_form.adapters.passkeys import WebAuthn

        return Passkeys(WebAuthn(public_url), self.sign_in, self.tickets)

    @cached_property
    def oidc_sign_in(self) -> OidcSignIn | None:
        """Lets people in whom their company's OpenID provider knows; None if there is none."""
        if not self.settings.oidc:
            return None
        from realpad_form.adapters.oidc import OpenIdProvider  # as slow to load

        client, back = self.settings.oidc, f"{self.settings.public_url}/sign-in/elsewhere/back"
        provider = OpenIdProvider(client.issuer, client.client_id, client.secret, back, acr=client.acr)
        return OidcSignIn(provider, self.sign_in, self.tickets, client.replaces_passkey)

    @cached_property
    def tickets(self) -> Tickets:
        """Tickets that are good once and for a while: links to set a password, challenges."""
        return Tickets(self.sessions, self.settings.secret_key)
