"""A person's account: added, changed, closed; and their own settings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from core.jobs import enqueue
from people import facts
from people.actions.reporting import NotAllowed, report_about
from people.models import User
from records.facts import Actor

DETAILS = frozenset({"name", "email", "employee_number", "language", "hired_on", "left_on"})
PREFERENCES = frozenset({"theme", "time_zone", "language", "shortcuts_on"})


@transaction.atomic
def add_person(
    *,
    by: Actor,
    at: datetime,
    name: str,
    email: str,
    employee_number: str,
    password: str | None = None,
    password_hash: str | None = None,
    hired_on: date | None = None,
    language: str = "en",
) -> User:
    """Add a person with an account. Without a password they set one by the link of `send_password_link`.

    `password_hash` serves the bulk loading of demo people, who share one password.
    """
    person = User(
        id=new_id(),
        name=name,
        email=email.strip().lower(),
        employee_number=employee_number,
        hired_on=hired_on,
        language=language,
        created_at=at,
        password=password_hash or make_password(password),
    )
    report_about(person, facts.PERSON_ADDED, by=by, at=at)
    person.save(force_insert=True)
    return person


@transaction.atomic
def change_person(*, person: User, by: Actor, at: datetime, reason: str, **changes: Any) -> User:
    """Change name, e-mail, employee number, language or dates of employment, with a reason."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    _refuse_unknown(changes, DETAILS)
    for field, value in changes.items():
        setattr(locked, field, value)
    report_about(locked, facts.PERSON_CHANGED, by=by, at=at, reason=reason, changed=sorted(changes))
    locked.save(update_fields=list(changes))
    return locked


@transaction.atomic
def deactivate_person(*, person: User, by: Actor, at: datetime, left_on: date, reason: str) -> User:
    """Close an account: its sessions end with the next request, its records stay.

    Doing it again changes nothing. Raises NotAllowed for one's own account.
    """
    if by.actor_id == person.pk:
        raise NotAllowed(_("Nobody closes their own account. Ask another administrator."))
    locked = User.objects.select_for_update().get(pk=person.pk)
    if not locked.is_active:
        return locked
    report_about(locked, facts.PERSON_DEACTIVATED, by=by, at=at, reason=reason)
    locked.is_active = False
    locked.left_on = left_on
    locked.save(update_fields=["is_active", "left_on"])
    return locked


@transaction.atomic
def change_preferences(*, person: User, at: datetime, **changes: Any) -> User:
    """Change one's own theme, time zone, language or shortcuts; what is the same is no change."""
    _refuse_unknown(changes, PREFERENCES)
    locked = User.objects.select_for_update().get(pk=person.pk)
    changed = [field for field, value in changes.items() if getattr(locked, field) != value]
    if not changed:
        return locked
    for field in changed:
        setattr(locked, field, changes[field])
    report_about(locked, facts.PREFERENCES_CHANGED, by=locked, at=at, changed=sorted(changed))
    locked.save(update_fields=changed)
    return locked


@transaction.atomic
def send_password_link(*, person: User, by: Actor, at: datetime) -> None:
    """Let a person have an e-mail with a link under which they alone set their password.

    Nobody else ever sees or sets it (21 CFR 11.200(a)(2)). Raises NotAllowed for a closed account.
    """
    if not person.is_active:
        raise NotAllowed(_("This account is closed, so there is no password to set."))
    report_about(person, facts.PASSWORD_LINK_SENT, by=by, at=at)
    enqueue("people.send_password_link", person_id=str(person.pk))


def _refuse_unknown(changes: dict[str, Any], known: frozenset[str]) -> None:
    unknown = set(changes) - known
    if unknown:
        raise ValueError(f"not to be changed here: {', '.join(sorted(unknown))}")
