"""What holds for a person for a time: leave, attributes and membership of groups."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from people import facts
from people.actions.reporting import NotAllowed, report_about
from people.models import Attribute, AttributeValue, Group, Leave, Membership, User
from people.queries.periods import overlapping, why_no_value, why_not_joined
from records.facts import Actor


@transaction.atomic
def take_leave(
    *, person: User, valid_from: date, valid_until: date | None, reason: str, by: Actor, at: datetime
) -> Leave:
    """Note that a person is away from a day until they are back. Raises NotAllowed when they are away then already."""
    locked = User.objects.select_for_update().get(pk=person.pk)
    if overlapping(locked.leaves.in_force(), valid_from, valid_until).exists():
        raise NotAllowed(_("A leave on some of these days is noted already."))
    leave = Leave(user=locked, valid_from=valid_from, valid_until=valid_until, reason=reason, noted_at=at)
    days = {"valid_from": valid_from, "valid_until": valid_until}
    report_about(locked, facts.LEAVE_TAKEN, by=by, at=at, reason=reason, **days)
    leave.save(force_insert=True)
    return leave


@transaction.atomic
def return_from_leave(*, leave: Leave, back_on: date, by: Actor, at: datetime, reason: str = "") -> Leave:
    """Let a leave end, so that the person is back on a day; what was noted before stays known as it was then.

    Returns the leave as it is noted now. A day that is noted already is no change. Raises NotAllowed for a day
    before it has begun, and for a leave that was changed meanwhile.
    """
    person, locked = _locked(leave)
    if back_on <= locked.valid_from:
        raise NotAllowed(_("They are back after the leave has begun."))
    others = person.leaves.in_force().exclude(pk=locked.pk)
    if overlapping(others, locked.valid_from, back_on).exists():
        raise NotAllowed(_("Another leave begins before that day."))
    if back_on == locked.valid_until:
        return locked
    report_about(person, facts.LEAVE_ENDS, by=by, at=at, reason=reason, back_on=back_on)
    noted_at = _supersede(locked, at)
    fresh = Leave(
        user=person, valid_from=locked.valid_from, valid_until=back_on, reason=locked.reason, noted_at=noted_at
    )
    fresh.save(force_insert=True)
    return fresh


@transaction.atomic
def withdraw_leave(*, leave: Leave, reason: str, by: Actor, at: datetime) -> None:
    """Take back a leave that was noted by mistake: it never was, and until now it was known.

    Raises NotAllowed for a leave that was changed meanwhile.
    """
    person, locked = _locked(leave)
    days = {"valid_from": locked.valid_from, "valid_until": locked.valid_until}
    report_about(person, facts.LEAVE_WITHDRAWN, by=by, at=at, reason=reason, **days)
    _supersede(locked, at)


def _locked(leave: Leave) -> tuple[User, Leave]:
    """Return a leave and whose it is, so that nobody else changes either."""
    person = User.objects.select_for_update().get(pk=leave.user_id)
    locked = Leave.objects.get(pk=leave.pk)
    if locked.superseded_at is not None:
        raise NotAllowed(_("This leave was changed or taken back meanwhile. Look at what is noted now."))
    return person, locked


def _supersede(leave: Leave, at: datetime) -> datetime:
    """Let a row hold no longer from an instant on, and return it; clocks may differ, so never before it was noted."""
    leave.superseded_at = max(at, leave.noted_at)
    leave.save(update_fields=["superseded_at"])
    return leave.superseded_at


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
    if refusal := why_no_value(locked, attribute, value, valid_from):
        raise NotAllowed(refusal)
    held: AttributeValue | None = locked.attribute_values.filter(attribute=attribute).held_on(valid_from).first()
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
    if refusal := why_not_joined(locked, group, valid_from):
        raise NotAllowed(refusal, field="group")
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
