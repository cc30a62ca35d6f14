"""What a worker of `serve` loads: the web application behind what reads requests whole."""

from realpad_form.web import wsgi
from realpad_form.web.app import BODY_BYTES
from realpad_form.web.buffering import RequestBuffering
from realpad_form.web.context import deps
from realpad_form.web.desk.preview.draft import DRAFT_BYTES
from realpad_form.web.headers import common_headers


def make_application(*, threads: int, is_alone: bool) -> RequestBuffering:
    """Return the application on the settings of the environment, for a number of threads.

    `is_alone` says that this worker has no others beside it. Raises: SettingsError.
    """
    app = wsgi.make_lone_application() if is_alone else wsgi.make_application()
    with app.app_context():
        public_url = deps().services.settings.public_url
    return RequestBuffering(
        app,
        threads=threads,
        limit_bytes=BODY_BYTES,
        larger={"/preview/": DRAFT_BYTES},
        headers=common_headers(public_url),
    )
