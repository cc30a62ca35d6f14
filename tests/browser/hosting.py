"""A web site of our own around the form."""

from contextlib import contextmanager
from itertools import count
from threading import Thread

from flask import Flask
from werkzeug.serving import make_server

PAGE = """<!doctype html>
<html lang="cs">
<head><meta charset="utf-8"><title>Byty</title><link rel="icon" href="data:,"></head>
<body><main>{body}</main></body>
</html>"""


class Site:
    """Pages on this machine; `localhost` is another site than the form's 127.0.0.1, but listed as well."""

    def __init__(self):
        self._app = Flask("site")
        self._app.add_url_rule("/<name>", view_func=self._show)
        self._pages = {}
        self._names = count()

    def put(self, body, *, host="localhost", policy=None):
        """Publish a page, under a Content-Security-Policy if one is given, and return its address."""
        name = f"page-{next(self._names)}"
        headers = {"Content-Security-Policy": policy} if policy else {}
        self._pages[name] = PAGE.format(body=body), headers
        return f"http://{host}:{self._port}/{name}"

    def _show(self, name):
        return self._pages[name]

    @contextmanager
    def open(self):
        server = make_server("127.0.0.1", 0, self._app, threaded=True)
        self._port = server.port
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield self
        server.shutdown()
        thread.join()
        server.server_close()
