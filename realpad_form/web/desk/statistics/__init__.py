"""Statistics for marketers: visits, leads and what became of them, by day and by campaign."""
