from functools import lru_cache
from uuid import UUID

from django.apps import AppConfig

import core.wording  # noqa: F401  # before any form is made: each takes its words when it is


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        """Read an id that comes again and again, such as that of a site, once."""
        import django.db.backends.postgresql.base  # noqa: F401  # registers its own reading, so it comes first
        from psycopg2.extensions import new_type, register_type

        known = lru_cache(maxsize=10_000)(UUID)
        register_type(new_type((2950,), "UUID", lambda value, _cursor: value and known(value)))
