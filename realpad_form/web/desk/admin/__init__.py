"""Pages of administrators: people, the audit log, the settings."""
