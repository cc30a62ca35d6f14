"""The Flask application: routes, security headers, errors as statuses."""

from realpad_form.web.app import create_app

__all__ = ["create_app"]
