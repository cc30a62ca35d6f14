"""Puts the application together."""

from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter, RequestRedirect

from realpad_form.config import folder
from realpad_form.domain.text import LANGUAGES
from realpad_form.web import embed, errors, form, intake, ops, submit
from realpad_form.web.assets import Assets
from realpad_form.web.context import Deps, offer
from realpad_form.web.desk import add_desk
from realpad_form.web.headers import CommonHeaders
from realpad_form.web.limits import make_quotas
from realpad_form.web.pages import Pages
from realpad_form.wiring import Services

BODY_BYTES: Final = 64 * 1024

PUBLIC: Final[tuple[Blueprint, ...]] = (
    form.bp,
    form.script_bp,
    submit.bp,
    intake.bp,
    embed.bp,
    ops.bp,
)
"""What is open to everybody, beside the desk."""


class SlugConverter(BaseConverter):
    """A project's slug in a path; unlike Werkzeug's own string it takes no `..`, NUL or dot."""

    regex = r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?"


class LanguageConverter(BaseConverter):
    """A language that the form speaks; any other is a 404 before a view runs."""

    regex = "|".join(LANGUAGES)


class _App(Flask):
    def log_exception(self, exc_info: Any) -> None:
        """Log an unexpected error by its route: the path itself may be a secret, as that of a link is."""
        route = request.url_rule.rule if request.url_rule else "no route"
        self.logger.error("%s %s broke", request.method, route, exc_info=exc_info)

    def raise_routing_exception(self, request: Request) -> NoReturn:
        """Lead to a path's other spelling on the host where the browser is, whatever the Host header says."""
        if isinstance(request.routing_exception, RequestRedirect):
            url = urlsplit(request.routing_exception.new_url)
            request.routing_exception.new_url = url._replace(scheme="", netloc="").geturl()
        super().raise_routing_exception(request)


def create_app(services: Services) -> Flask:
    """Return the web application on top of ready services; only the desk sets a cookie."""
    services.check_data_keys()
    app = _App(__name__, static_folder=None, template_folder=str(folder() / "templates"))
    app.debug = False  # whatever FLASK_DEBUG says, which would raise faults past our answers
    app.config.update(MAX_CONTENT_LENGTH=BODY_BYTES)
    app.json.sort_keys = app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.converters.update(slug=SlugConverter, language=LanguageConverter)
    public_url = app.jinja_env.globals["public_url"] = services.settings.public_url
    static = Assets(folder(), public_url=public_url)
    pages = Pages(app, static, public_url=public_url)
    quotas = make_quotas(services.settings.limits_url)
    offer(app, Deps(services=services, pages=pages, assets=static, quotas=quotas))
    for blueprint in PUBLIC:
        app.register_blueprint(blueprint)
    add_desk(app, services, public=PUBLIC)
    errors.register(app)
    # As many X-Forwarded-For entries are believed as there are proxies of ours, and none by default.
    if hops := services.settings.trusted_proxy_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
    app.wsgi_app = CommonHeaders(app.wsgi_app, public_url=public_url)  # type: ignore[method-assign]
    return app
