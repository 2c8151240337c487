"""System checks of a deployment: the two roles of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

ONE_ROLE = Error(
    "DATABASE_URL and DATABASE_OWNER_URL name the same role, so the application could rewrite the trail.",
    hint="Create a role for the application, and set DATABASE_URL to it.",
    id="attest.E001",
)
NO_OWNER = Error(
    "DATABASE_OWNER_URL is not set, so the tables would belong to the application's role.",
    hint="Set it to the URL of the database as the owner of the tables, for `migrate` alone.",
    id="attest.E002",
)


@register(Tags.security, deploy=True)
def roles_are_two(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Refuse one database role for owner and application."""
    owner = settings.DATABASES.get("owner")
    if owner and owner["USER"] == settings.DATABASES["default"]["USER"]:
        return [ONE_ROLE]
    return []


@register(Tags.database)
def owner_migrates(app_configs: Any, databases: Sequence[str] | None = None, **options: Any) -> list[CheckMessage]:
    """Refuse to migrate a production database as the application's role; `migrate` runs this check."""
    if not settings.PRODUCTION or not databases:
        return []
    return roles_are_two(app_configs) if "owner" in settings.DATABASES else [NO_OWNER]
