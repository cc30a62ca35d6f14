"""The lead log, people and what they did in SQL, on SQLite or PostgreSQL.

Modules are cut by subject:

- leads: `lead_log` keeps the promises of its port, with `leads`, `intake`, `relay`, `lanes`, `reconcile`;
  `notes` of people about them
- restored copies: `restores` notices one, `restored_leads` puts its leads in doubt
- what other systems are told: `outbox`, `webhooks`
- proof of the evidence: `evidence`
- what people read: `search`, `statistics`, `alerts`, `summaries`; who they are and what they did: `people`,
  `audit`; `privacy`, what people asked for about their data
- `project_versions`, the texts of project files and which of them were published; `schedules`, which will be
- encryption: `transaction`, which compares the data keys first, and `resealing`
- storage: `schema` and `schema_people`, `upgrade`, `copying`, `transaction`, `probing`, `database` with
  `sqlite` and `postgresql`
"""

from realpad_form.adapters.sql.alerts import SqlAlertLog
from realpad_form.adapters.sql.audit import SqlAuditLog
from realpad_form.adapters.sql.copying import Copied, copy_database
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.evidence import SqlEvidenceChain
from realpad_form.adapters.sql.lead_log import SqlLeadLog
from realpad_form.adapters.sql.notes import SqlLeadNotes
from realpad_form.adapters.sql.people import SqlRoster, SqlSavedFilters, SqlSessions, SqlThrottle
from realpad_form.adapters.sql.privacy import SqlPrivacyLog
from realpad_form.adapters.sql.project_versions import SqlProjectVersions, SqlPublications
from realpad_form.adapters.sql.resealing import SqlResealing
from realpad_form.adapters.sql.restores import SqlRestores
from realpad_form.adapters.sql.schedules import SqlScheduledPublications
from realpad_form.adapters.sql.search import SqlIndexQueue, SqlLeadIndex
from realpad_form.adapters.sql.statistics import SqlMetricStore, SqlTally
from realpad_form.adapters.sql.summaries import SqlSummaryLog
from realpad_form.adapters.sql.upgrade import is_current, is_new, upgrade
from realpad_form.adapters.sql.webhooks import SqlWebhookLog

__all__ = [
    "Copied",
    "Database",
    "SqlAlertLog",
    "SqlAuditLog",
    "SqlEvidenceChain",
    "SqlIndexQueue",
    "SqlLeadIndex",
    "SqlLeadLog",
    "SqlLeadNotes",
    "SqlMetricStore",
    "SqlPrivacyLog",
    "SqlProjectVersions",
    "SqlPublications",
    "SqlResealing",
    "SqlRestores",
    "SqlRoster",
    "SqlSavedFilters",
    "SqlScheduledPublications",
    "SqlSessions",
    "SqlSummaryLog",
    "SqlTally",
    "SqlThrottle",
    "SqlWebhookLog",
    "copy_database",
    "is_current",
    "is_new",
    "upgrade",
]
