"""Who is told of leads by the project files, and which of them can be told with the settings of today."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from realpad_form.domain.alert import AlertCode, AlertDetail
from realpad_form.domain.project import NoticeListener, Project, Webhook
from realpad_form.domain.receiver import AllowedHosts
from realpad_form.domain.webhook import EndpointKey, WebhookEndpoint, fingerprint_of


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointProblem:
    """Why nothing is sent to an endpoint, and what to do about it."""

    key: EndpointKey
    detail: AlertDetail

    @property
    def text(self) -> str:
        """The same as a sentence in English."""
        return str(self.detail)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The endpoints of all project files, with the secrets of the settings."""

    projects: Callable[[], Mapping[str, Project]]  # as they are when asked
    secrets: Mapping[str, Sequence[bytes]] = field(repr=False)  # by name
    allowed: AllowedHosts
    has_mail: bool = False  # whether there is a mail server
    chats: Mapping[str, str] = field(default_factory=dict, repr=False)  # addresses, by `slack:sales`

    def callable(self) -> dict[EndpointKey, WebhookEndpoint]:
        """Return the endpoints that can be called; messages for the others wait."""
        found = {
            key: WebhookEndpoint(
                key=key, url=webhook.url, payload=webhook.payload, secrets=tuple(self.secrets[key.name])
            )
            for key, webhook in self._webhooks()
            if self.secrets.get(key.name) and self.allowed.refusal(webhook.url) is None
        }
        for key, url in self._notices():
            address = self.chats.get(url, "")
            if self.has_mail if key.is_mail else address and self.allowed.refusal(address) is None:
                # With another address it is another lane.
                shown = f"{url}#{fingerprint_of(address)[:8]}" if key.is_chat else url
                found[key] = WebhookEndpoint(key=key, url=shown, payload="ids", secrets=(), address=address)
        return found

    def named(self) -> frozenset[EndpointKey]:
        """Return the endpoints that project files name, callable or not."""
        projects = self.projects().items()
        return frozenset(
            EndpointKey(slug, each.name) for slug, project in projects for each in project.listeners
        )

    def problems(self) -> Iterator[EndpointProblem]:
        """Yield why some cannot be called."""
        for key, url in self._notices():
            if key.is_mail and not self.has_mail:
                yield EndpointProblem(key=key, detail=AlertDetail(AlertCode.MAIL_UNSET))
            elif key.is_chat and url not in self.chats:
                kind, _, name = url.partition(":")
                yield _unset(key, f"{kind.upper()}_{_upper(name)}_URL")
            elif key.is_chat:
                yield from self._refusals(key, self.chats[url])
        for key, webhook in self._webhooks():
            if not self.secrets.get(key.name):
                yield _unset(key, f"WEBHOOK_{_upper(key.name)}_SECRET")
            yield from self._refusals(key, webhook.url)

    def _refusals(self, key: EndpointKey, url: str) -> Iterator[EndpointProblem]:
        """Yield why a URL is not called, which is not quoted: it may hold a secret."""
        if why := self.allowed.refusal(url):
            yield EndpointProblem(key=key, detail=AlertDetail.of(AlertCode.NOT_CALLED, why=why))

    def _webhooks(self) -> Iterator[tuple[EndpointKey, Webhook]]:
        for slug, project in self.projects().items():
            for webhook in project.webhooks:
                yield EndpointKey(slug, webhook.name), webhook

    def _notices(self) -> Iterator[tuple[EndpointKey, str]]:
        for slug, project in self.projects().items():
            for listener in project.listeners:
                if isinstance(listener, NoticeListener):
                    yield EndpointKey(slug, listener.name), listener.url


def _upper(name: str) -> str:
    """Return a name of project files as the settings have it."""
    return name.upper().replace("-", "_")


def _unset(key: EndpointKey, setting: str) -> EndpointProblem:
    return EndpointProblem(key=key, detail=AlertDetail.of(AlertCode.UNSET, setting=setting))
