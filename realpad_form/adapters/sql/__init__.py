"""The lead log in SQL, on SQLite or PostgreSQL."""

from realpad_form.adapters.sql.alert_log import SqlAlertLog
from realpad_form.adapters.sql.database import Database
from realpad_form.adapters.sql.lead_log import SqlLeadLog
from realpad_form.adapters.sql.upgrade import is_current, upgrade

__all__ = ["Database", "SqlAlertLog", "SqlLeadLog", "is_current", "upgrade"]
