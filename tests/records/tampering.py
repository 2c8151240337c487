"""Changing records behind the application's back, as somebody with the superuser's rights could."""

from __future__ import annotations

from django.db import connections

from tests import services


def tamper(table: str, assignment: str) -> None:
    """Change every row of a protected table of the committed test database, triggers put out of the way."""
    database = str(connections["default"].settings_dict["NAME"])
    services.superuser().psql(
        f"BEGIN; ALTER TABLE {table} DISABLE TRIGGER ALL; UPDATE {table} SET {assignment}; "
        f"ALTER TABLE {table} ENABLE TRIGGER ALL; COMMIT;",
        database=database,
    )
