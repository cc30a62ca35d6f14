"""Puts the application together."""

from typing import Any, Final, NoReturn
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Request, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import RequestRedirect

from realpad_form.config import folder
from realpad_form.web import assets, embed, errors, form, oembed, ops, seen, session, submit
from realpad_form.web.context import Deps, offer
from realpad_form.web.desk import add_desk
from realpad_form.web.headers import CommonHeaders
from realpad_form.web.limits import make_quotas
from realpad_form.web.pages import Pages
from realpad_form.web.routing import LanguageConverter, SlugConverter
from realpad_form.wiring import Services

BODY_BYTES: Final = 64 * 1024

PUBLIC: Final[tuple[Blueprint, ...]] = (
    form.bp,
    session.bp,
    submit.bp,
    embed.bp,
    oembed.bp,
    ops.bp,
    seen.bp,
)
"""What is open to everybody, beside the desk."""


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
    services.look_at_data_keys()
    app = _App(__name__, static_folder=None, template_folder=str(folder() / "templates"))
    app.debug = False  # whatever FLASK_DEBUG says, which would raise faults past our answers
    app.config.update(MAX_CONTENT_LENGTH=BODY_BYTES)
    app.json.sort_keys = app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.url_map.converters.update(slug=SlugConverter, language=LanguageConverter)
    public_url = app.jinja_env.globals["public_url"] = services.settings.public_url
    static = assets.Assets(folder())
    pages = Pages(app, static, public_url=public_url)
    quotas = make_quotas(app, services.settings.limits_url)
    offer(app, Deps(services=services, pages=pages, assets=static, quotas=quotas))
    for blueprint in PUBLIC:
        app.register_blueprint(blueprint)
    add_desk(app, services, public=PUBLIC)
    errors.register(app)
    _trust_proxies(app, services.settings.trusted_proxy_hops)
    app.wsgi_app = CommonHeaders(app.wsgi_app, public_url=public_url)  # type: ignore[method-assign]
    return app


def _trust_proxies(app: Flask, hops: int) -> None:
    """Believe as many X-Forwarded-For entries as there are proxies of ours, and none by default."""
    if hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]
