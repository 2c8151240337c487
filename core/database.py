"""The two roles of the database: the owner, who migrates, and the application, who works."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def application_role() -> str:
    """Return the name of the role that Attest works as."""
    return str(settings.DATABASES["default"]["USER"])


def grant_to_application(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Give the application's role its rights on all tables, present and future, and nothing more.

    Raises RuntimeError, with what to do, when the role is missing.
    """
    role = application_role()
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            raise RuntimeError(
                f'The role "{role}" of DATABASE_URL does not exist. Create it: CREATE ROLE {role} LOGIN;'
            )
        cursor.execute("SELECT current_user = %s", [role])
        if cursor.fetchone()[0]:
            return  # one role for both: `manage.py check --deploy` refuses this in production
    name = schema_editor.quote_name(role)
    schema_editor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
    schema_editor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
    schema_editor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")
    schema_editor.execute("REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM " + name)
    schema_editor.execute(
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name}"
    )
    schema_editor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {name}")


FACT_COLUMNS = (
    "kind, verb, occurred_at, actor_id, actor_name, actor_roles, subject_type, subject_id, person_id, "
    "payload, reason, signature_id, request_id, app_version"
)


def restrict_trail(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Leave the application's role only SELECT on the trail, and INSERT on the columns of a fact."""
    role = application_role()
    name = schema_editor.quote_name(role)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user = %s", [role])
        if cursor.fetchone()[0]:
            return
    schema_editor.execute(f"REVOKE ALL ON records_event FROM {name}")
    schema_editor.execute(f"GRANT SELECT, INSERT ({FACT_COLUMNS}) ON records_event TO {name}")
