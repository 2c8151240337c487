"""The one place where Attest reads the time. Only doors (views, tasks, commands) call it."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return this instant in UTC."""
    return datetime.now(UTC)
