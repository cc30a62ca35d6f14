"""What the services ask of the outside world, with the promises each side keeps."""

from realpad_form.ports.alerts import AlertLog, Notifier
from realpad_form.ports.captcha import Captcha
from realpad_form.ports.crm import Credential, CrmGateway
from realpad_form.ports.inbox import IndexEntry, IndexQueue, IndexTask, LeadIndex
from realpad_form.ports.leads import (
    Claim,
    IntakeLog,
    LeadFilter,
    LeadLog,
    NewLead,
    OperatorLog,
    ReconcileLog,
    RelayLog,
    ReportLog,
    Spool,
    Standing,
)
from realpad_form.ports.metrics import MetricStore, Tally
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
    "Captcha",
    "Claim",
    "Credential",
    "CrmGateway",
    "IdentityProvider",
    "IndexEntry",
    "IndexQueue",
    "IndexTask",
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
    "PasswordHasher",
    "ProjectVersions",
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
]
