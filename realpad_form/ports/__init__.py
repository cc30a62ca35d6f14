"""What the services ask of the outside world, with the promises each side keeps."""

from realpad_form.ports.alerts import AlertLog, Notifier
from realpad_form.ports.captcha import Captcha, Verdict
from realpad_form.ports.crm import Credential, CrmGateway
from realpad_form.ports.figures import By, FigureQuery, Tally
from realpad_form.ports.inbox import Cursor, Digest, Digests, InboxQuery, LeadIndex, Page, Undigested
from realpad_form.ports.leads import (
    Claim,
    IntakeLog,
    LeadFilter,
    LeadLog,
    NewLead,
    OperatorLog,
    Receipt,
    ReconcileLog,
    RelayLog,
    ReportLog,
    Spool,
    Standing,
)
from realpad_form.ports.metrics import MetricStore
from realpad_form.ports.people import (
    AuditLimit,
    AuditLog,
    IdentityProvider,
    KeyCeremony,
    PasswordHasher,
    Roster,
    Sessions,
    Throttle,
)
from realpad_form.ports.projects import LocalVersions, ProjectVersions
from realpad_form.ports.restores import Restores, Tombstones

__all__ = [
    "AlertLog",
    "AuditLimit",
    "AuditLog",
    "By",
    "Captcha",
    "Claim",
    "Credential",
    "CrmGateway",
    "Cursor",
    "Digest",
    "Digests",
    "FigureQuery",
    "IdentityProvider",
    "InboxQuery",
    "IntakeLog",
    "KeyCeremony",
    "LeadFilter",
    "LeadIndex",
    "LeadLog",
    "LocalVersions",
    "MetricStore",
    "NewLead",
    "Notifier",
    "OperatorLog",
    "Page",
    "PasswordHasher",
    "ProjectVersions",
    "Receipt",
    "ReconcileLog",
    "RelayLog",
    "ReportLog",
    "Restores",
    "Roster",
    "Sessions",
    "Spool",
    "Standing",
    "Tally",
    "Throttle",
    "Tombstones",
    "Undigested",
    "Verdict",
]
