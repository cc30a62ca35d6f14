"""A simulated Realpad CRM, for demos, tests and training; as strict as the documents allow."""

from realpad_form.sandbox.app import Server, create_app, serve, start
from realpad_form.sandbox.crm import CrmAccount, Tenant

__all__ = ["CrmAccount", "Server", "Tenant", "create_app", "serve", "start"]
