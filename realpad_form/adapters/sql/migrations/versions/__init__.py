"""One module per migration; applied ones are never changed.

While machines are updated one by one, older versions work on the same database, and go on writing rows
as they know them. So a migration only adds: tables, columns that may be null or have a server default,
indexes that are not unique. One that cannot keep to this opens a new era, the first digit of its number
(0999 → 1000): older versions then refuse to start.
"""
