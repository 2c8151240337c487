"""What holds for a person for a time: leave, attributes and membership of groups."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from people import facts
from people.actions.reporting import NotAllowed, report_about
from people.models import Attribute, AttributeValue, Group, Leave, Membership, User
from records.facts import Actor


@transaction.atomic
def take_leave(
    *, person: User, valid_from: date, valid_until: date | None, reason: str, by: Actor, at: datetime
) -> Leave:
    """Note that a person is away from a day until they are back. Raises NotAllowed when they are away then already."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    if _overlapping(locked.leaves, valid_from, valid_until).exists():
        raise NotAllowed(_("A leave on some of these days is noted already."))
    leave = Leave(user=locked, valid_from=valid_from, valid_until=valid_until, reason=reason)
    days = {"valid_from": valid_from, "valid_until": valid_until}
    report_about(locked, facts.LEAVE_TAKEN, by=by, at=at, reason=reason, **days)
    leave.save(force_insert=True)
    return leave


@transaction.atomic
def return_from_leave(*, leave: Leave, back_on: date, by: Actor, at: datetime, reason: str = "") -> Leave:
    """Let a leave end, so that the person is back on a day. Raises NotAllowed for a day before it has begun."""
    person = User.objects.select_for_update().get(pk=leave.user_id)
    locked = Leave.objects.get(pk=leave.pk)
    if back_on <= locked.valid_from:
        raise NotAllowed(_("They are back after the leave has begun."))
    others = person.leaves.exclude(pk=locked.pk)
    if _overlapping(others, locked.valid_from, back_on).exists():
        raise NotAllowed(_("Another leave begins before that day."))
    report_about(person, facts.LEAVE_ENDS, by=by, at=at, reason=reason, back_on=back_on)
    locked.valid_until = back_on
    locked.save(update_fields=["valid_until"])
    return locked


@transaction.atomic
def withdraw_leave(*, leave: Leave, reason: str, by: Actor, at: datetime) -> None:
    """Take back a leave that was noted by mistake: it never was. What it said stays in the trail."""
    person = User.objects.select_for_update().get(pk=leave.user_id)
    locked = Leave.objects.get(pk=leave.pk)
    days = {"valid_from": locked.valid_from, "valid_until": locked.valid_until}
    report_about(person, facts.LEAVE_WITHDRAWN, by=by, at=at, reason=reason, **days)
    locked.delete()


@transaction.atomic
def set_attribute(
    *, person: User, attribute: Attribute, value: str, valid_from: date, by: Actor, at: datetime
) -> AttributeValue | None:
    """Let an attribute say something about a person from a day on; what it said before ends then.

    An empty value ends it and nothing follows. What it says already is no change. Raises NotAllowed
    for a value that is none of its options, and when something later is known already.
    """
    locked = User.objects.select_for_update().get(pk=person.pk)
    value = value.strip()
    if value and attribute.options and value not in attribute.options:
        words = _("{value} is none of the options of {attribute}: {options}.")
        options = ", ".join(attribute.options)
        raise NotAllowed(words.format(value=value, attribute=attribute.name, options=options))
    of_both = locked.attribute_values.filter(attribute=attribute)
    if of_both.filter(valid_from__gt=valid_from).exists():
        raise NotAllowed(_("A later value of {attribute} is known already.").format(attribute=attribute.name))
    held: AttributeValue | None = of_both.held_on(valid_from).first()
    if (held.value if held else "") == value:
        return held
    told: dict[str, Any] = {"attribute": attribute.name, "value": value or None, "valid_from": valid_from}
    report_about(locked, facts.ATTRIBUTE_SET, by=by, at=at, **told)
    if held is not None and held.valid_from == valid_from:
        held.delete()  # corrected on its first day; the trail keeps what it said
    elif held is not None:
        held.valid_until = valid_from
        held.save(update_fields=["valid_until"])
    if not value:
        return None
    fresh = AttributeValue(user=locked, attribute=attribute, value=value, valid_from=valid_from)
    fresh.save(force_insert=True)
    return fresh


@transaction.atomic
def join_group(*, person: User, group: Group, valid_from: date, by: Actor, at: datetime) -> Membership:
    """Let a person belong to a group from a day on. Raises NotAllowed when they do from then on already."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    held = _overlapping(locked.memberships.filter(group=group), valid_from, None).first()
    if held is not None:
        raise NotAllowed(_("{name} belongs to {group} then already.").format(name=locked.name, group=group.name))
    membership = Membership(user=locked, group=group, valid_from=valid_from)
    report_about(locked, facts.GROUP_JOINED, by=by, at=at, group=group.name, valid_from=valid_from)
    membership.save(force_insert=True)
    return membership


@transaction.atomic
def leave_group(*, membership: Membership, valid_until: date, by: Actor, at: datetime) -> None:
    """Let a person belong to a group no longer from a day on; from its first day on, they never did."""
    person = User.objects.select_for_update().get(pk=membership.user_id)
    locked = Membership.objects.select_related("group").get(pk=membership.pk)
    report_about(person, facts.GROUP_LEFT, by=by, at=at, group=locked.group.name, valid_until=valid_until)
    if valid_until <= locked.valid_from:
        locked.delete()
        return
    locked.valid_until = valid_until
    locked.save(update_fields=["valid_until"])


def _overlapping(periods: Any, valid_from: date, valid_until: date | None) -> Any:
    """Keep the periods that share a day with this one."""
    found = periods.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from))
    return found if valid_until is None else found.filter(valid_from__lt=valid_until)
