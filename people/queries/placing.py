"""Whether somebody may hold a position: asked while it is typed, and again when it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.models import Position, User
from people.queries.people import reports_to_within

NOBODY_NAMED = gettext_lazy("Nobody with an open account has this address or number.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a position is, and as what."""

    site_id: UUID
    department_id: UUID
    job_role_id: UUID

    @property
    def columns(self) -> dict[str, Any]:
        return {"site": self.site_id, "department": self.department_id, "job_role": self.job_role_id}


def person_named(typed: str) -> User | None:
    """Return who has an open account and this e-mail address or employee number; nobody for no words."""
    words = typed.strip()
    if not words or "\x00" in words:  # which no text in the database has
        return None
    return User.objects.by_address(words).first() or User.objects.filter(is_active=True, employee_number=words).first()


def why_not_taken(
    person: User,
    place: Place | None,
    *,
    manager: User | None,
    second_manager: User | None,
    valid_from: date,
    valid_until: date | None,
    is_primary: bool,
) -> dict[str, str]:
    """Say why somebody can not take a position, by the field that is wrong; nothing where they can.

    `place` is left out while it is not known.
    """
    refusals = _why_not_under(person, manager, second_manager, since=valid_from, until=valid_until)
    if is_primary and (words := why_no_position_from(person, valid_from)):
        refusals["valid_from"] = words
    elif place is not None:
        same = held_from(person, valid_from).filter(**place.columns)
        if valid_until is not None:
            same = same.filter(valid_from__lt=valid_until)
        if (same.exclude(pk__in=ended_by(person, valid_from).values("pk")) if is_primary else same).exists():
            refusals["job_role"] = _("They hold this position then already.")
    return refusals


def why_not_corrected(
    position: Position, place: Place | None, *, manager: User | None, second_manager: User | None
) -> dict[str, str]:
    """Say why a position can not have been another one, by the field that is wrong; nothing where it can."""
    since, until = position.valid_from, position.valid_until
    refusals = _why_not_under(position.user, manager, second_manager, since=since, until=until)
    if place is not None:
        same = held_from(position.user, since).filter(**place.columns).exclude(pk=position.pk)
        if (same if until is None else same.filter(valid_from__lt=until)).exists():
            refusals["job_role"] = _("They hold this position then already.")
    return refusals


def why_not_ended(position: Position, last_day: date) -> dict[str, str]:
    """Say why a position can not end after a day, by the field that is wrong; nothing where it can."""
    ends = last_day + timedelta(days=1)
    if ends <= position.valid_from or (position.valid_until is not None and position.valid_until < ends):
        return {"last_day": _("Choose a day on which the position is held.")}
    return {}


def why_no_position_from(person: User, day: date) -> str:
    """Say which primary position begins on a day or later, so that none can begin on that day; nothing for none."""
    later = held_from(person, day).filter(is_primary=True, valid_from__gte=day)
    last = later.select_related("job_role", "site").order_by("-valid_from").first()
    if last is None:
        return ""
    words = _(
        "They are {job_role}, {site}, from {day} on already. Choose a day after that one; if that position is "
        "wrong, correct it."
    )
    begins = date_format(last.valid_from, "j M Y")
    return words.format(job_role=last.job_role.name, site=last.site.name, day=begins)


def held_from(person: User, day: date) -> QuerySet[Position]:
    """Return the positions that somebody holds on a day or later."""
    return person.positions.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day))


def ended_by(person: User, day: date) -> QuerySet[Position]:
    """Return the primary position that ends when another one begins on a day."""
    return held_from(person, day).filter(is_primary=True, valid_from__lt=day)


def _why_not_under(
    person: User, manager: User | None, second_manager: User | None, *, since: date, until: date | None
) -> dict[str, str]:
    refusals = {}
    for field, each in (("manager", manager), ("second_manager", second_manager)):
        if words := _why_no_manager(person, each, since=since, until=until):
            refusals[field] = words
    if manager is not None and manager == second_manager:
        refusals["second_manager"] = _("The second manager is somebody else than the first.")
    return refusals


def _why_no_manager(person: User, manager: User | None, *, since: date, until: date | None) -> str:
    if manager is None:
        return ""
    if manager.pk == person.pk:
        return _("Nobody is their own manager.")
    if not reports_to_within(manager, person, since=since, until=until):
        return ""
    words = _("%(manager)s reports to %(person)s, so they cannot be their manager.")
    return words % {"manager": manager.name, "person": person.name}
