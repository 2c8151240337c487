"""What people are told when a secret was wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext, ngettext

from people.rules import LockState, tries_left


def refused_words(state: LockState, *, at: datetime) -> str:
    """Say that user ID or password is wrong, with the tries that are left, or that the account is locked."""
    if state.is_locked(at=at):
        return locked_words(state.locked_until, at=at)
    left = tries_left(state)
    words = ngettext(
        "User ID or password is wrong. %(left)s try is left.",
        "User ID or password is wrong. %(left)s tries are left.",
        left,
    )
    return words % {"left": left}


def locked_words(until: datetime | None, *, at: datetime) -> str:
    """Say that an account is locked, until when, and what to do."""
    if until is None:
        return gettext("The account is locked. An administrator can unlock it.")
    minutes = max(1, -(-(until - at) // timedelta(minutes=1)))
    words = ngettext(
        "The account is locked after 5 wrong passwords, until %(moment)s UTC (in %(minutes)s minute). "
        "The security contact was told. An administrator can unlock it earlier.",
        "The account is locked after 5 wrong passwords, until %(moment)s UTC (in %(minutes)s minutes). "
        "The security contact was told. An administrator can unlock it earlier.",
        minutes,
    )
    return words % {"moment": until.astimezone(UTC).strftime("%H:%M"), "minutes": minutes}
