"""What the database must promise before Attest works on it in production.

An answer that a learner saw as saved is on disk, and the application can not rewrite the trail. Both
are settings of the server, which no test of the code can see; so web and worker look when they start.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

MUST_BE_ON = ("fsync", "synchronous_commit", "full_page_writes")
_OWNS_TABLES = """
    SELECT rolsuper OR EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)
    FROM pg_roles WHERE rolname = current_user
"""


def unsafe_database() -> list[str]:
    """Return a sentence, with its remedy, for each promise that the database does not keep.

    Raises OperationalError when it does not answer.
    """
    sentences = []
    with connection.cursor() as cursor:
        for name in MUST_BE_ON:
            cursor.execute("SELECT current_setting(%s)", [name])
            if cursor.fetchone()[0] == "off":
                sentences.append(f"PostgreSQL can lose what it has confirmed: {name} is off. Set {name} = on.")
        cursor.execute(_OWNS_TABLES)
        if cursor.fetchone()[0]:
            sentences.append(
                "The role of DATABASE_URL owns the tables, so it could rewrite the trail. Give DATABASE_URL a role "
                "of its own and set DATABASE_OWNER_URL to the owner's, for `migrate` alone."
            )
    return sentences


def refuse_unsafe_database() -> None:
    """Stop the start in production when the database does not keep its promises.

    A database that is away is no reason: `/readyz/` looks again. Raises ImproperlyConfigured.
    """
    if not settings.PRODUCTION:
        return
    try:
        sentences = unsafe_database()
    except OperationalError:
        return
    finally:
        connection.close()
    if sentences:
        raise ImproperlyConfigured(" ".join(sentences))
