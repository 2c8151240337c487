"""Whether something may be noted of a person from a day on: asked while it is typed, and again when it is saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from people.models import Attribute, AttributeValue, Group, User


def why_not_joined(person: User, group: Group, valid_from: date) -> str:
    """Say why a person can not belong to a group from a day on; nothing when they can."""
    if overlapping(person.memberships.filter(group=group), valid_from, None).exists():
        return _("{name} belongs to {group} then already.").format(name=person.name, group=group.name)
    return ""


def held_values(person: User, on: date) -> dict[UUID, str]:
    """Return what the attributes say about a person on a day."""
    held = AttributeValue.objects.filter(user=person).held_on(on)
    return dict(held.values_list("attribute_id", "value"))


def said_anew(said: Iterable[tuple[Attribute, str]], held: Mapping[UUID, str]) -> list[tuple[Attribute, str]]:
    """Return which attributes a form says another value of than the held one that it showed."""
    return [(attribute, value) for attribute, value in said if value != held.get(attribute.pk, "")]


def why_no_value(person: User, attribute: Attribute, value: str, valid_from: date) -> str:
    """Say why an attribute can not say something about a person from a day on; nothing when it can."""
    if value and attribute.options and value not in attribute.options:
        words = _("{value} is none of the options of {attribute}: {options}.")
        return words.format(value=value, attribute=attribute.name, options=", ".join(attribute.options))
    if person.attribute_values.filter(attribute=attribute, valid_from__gt=valid_from).exists():
        return _("A later value of {attribute} is known already.").format(attribute=attribute.name)
    return ""


def overlapping(periods: Any, valid_from: date, valid_until: date | None) -> Any:
    """Keep the periods that share a day with this one."""
    found = periods.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from))
    return found if valid_until is None else found.filter(valid_from__lt=valid_until)
