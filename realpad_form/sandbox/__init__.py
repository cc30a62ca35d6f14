"""A simulated Realpad CRM, for demos, tests and training; as strict as the documents allow."""

from realpad_form.sandbox.app import create_app
from realpad_form.sandbox.server import Server, serve, start
from realpad_form.sandbox.tenant import CrmAccount, Tenant

__all__ = ["CrmAccount", "Server", "Tenant", "create_app", "serve", "start"]
