"""What the services ask of the outside world, with the promises each side keeps."""

from realpad_form.ports.alerts import AlertLog, Notifier
from realpad_form.ports.captcha import Captcha, Verdict
from realpad_form.ports.crm import Credential, CrmGateway
from realpad_form.ports.leads import Claim, LeadFilter, LeadLog, Receipt, Spool, Spooled, Standing

__all__ = [
    "AlertLog",
    "Captcha",
    "Claim",
    "Credential",
    "CrmGateway",
    "LeadFilter",
    "LeadLog",
    "Notifier",
    "Receipt",
    "Spool",
    "Spooled",
    "Standing",
    "Verdict",
]
