"""A person's work beside the main position: others, leave, attributes and groups."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.clock import now
from core.views import requires
from people import actions
from people.actions import NotAllowed
from people.forms.work import (
    AttributesForm,
    CorrectPositionForm,
    EndPositionForm,
    JoinGroupForm,
    LeaveForm,
    LeaveGroupForm,
    ReturnForm,
    SecondPositionForm,
    WithdrawLeaveForm,
    day_after,
)
from people.models import Attribute, Leave, Position, User
from people.permissions import administered_sites, administrator
from people.queries.periods import held_values, said_anew
from people.requests import PersonRequest
from people.views.deciding import decide, either, find, typed


@either
@requires(administrator)
def add_position(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Let a person hold another position beside the main one."""
    found = find(request, person_id)
    sites = administered_sites(request.user)
    form = SecondPositionForm(typed(request), sites=sites, initial={"valid_from": timezone.localdate()})

    def act(given: dict[str, Any]) -> None:
        valid_until = day_after(given.pop("last_day"))
        actions.take_position(
            person=found, by=request.user, at=now(), is_primary=False, valid_until=valid_until, **given
        )

    return decide(
        request,
        found,
        form,
        act=act,
        title=_("Add a second position"),
        lead=_("It stands beside the main one. What it asks for is required, too."),
        button=_("Add the position"),
        done=_("The position is added."),
        effect={"of": "second"},
    )


@either
@requires(administrator)
def correct_position(request: PersonRequest, person_id: UUID, position_id: UUID) -> HttpResponse:
    """Put right what was typed wrong about a position that is held, or begins later."""
    found = find(request, person_id)
    sites, positions = administered_sites(request.user), _held_or_later(found)
    position = get_object_or_404(positions if sites is None else positions.filter(site__in=sites), pk=position_id)
    form = CorrectPositionForm(typed(request), sites=sites, position=position)

    def act(given: dict[str, Any]) -> None:
        actions.correct_position(position=position, by=request.user, at=now(), **given)

    words = {"first": date_format(position.valid_from, "j M Y")}
    return decide(
        request,
        found,
        form,
        act=act,
        title=_("Correct a position"),
        lead=_("It counts from %(first)s on as it stands here. For somebody who moved, change the position.") % words,
        button=_("Correct it"),
        done=_("The position is corrected. What it said before stays in the trail."),
        effect={"of": "correction", "position": position.pk},
    )


@either
@requires(administrator)
def end_position(request: PersonRequest, person_id: UUID, position_id: UUID) -> HttpResponse:
    """Let a position end after a day."""
    found = find(request, person_id)
    position = get_object_or_404(_held_or_later(found), pk=position_id)
    words = {"job_role": position.job_role, "site": position.site}
    return decide(
        request,
        found,
        EndPositionForm(typed(request), initial={"last_day": timezone.localdate()}),
        act=lambda given: actions.end_position(position=position, by=request.user, at=now(), **given),
        title=_("End a position"),
        lead=_("%(job_role)s, %(site)s. What follows from it is required no longer.") % words,
        button=_("End the position"),
        done=_("The position ends on that day."),
        effect={"of": "end", "position": position.pk},
    )


@either
@requires(administrator)
def take_leave(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Note that a person is away for long."""
    found = find(request, person_id)
    form = LeaveForm(typed(request), initial={"valid_from": timezone.localdate()})
    return decide(
        request,
        found,
        form,
        act=lambda given: actions.take_leave(person=found, by=request.user, at=now(), **given),
        title=_("Note a leave"),
        lead=_("Such as a parental leave. What is required of them waits until they are back."),
        button=_("Note the leave"),
        done=_("The leave is noted."),
    )


@either
@requires(administrator)
def return_from_leave(request: PersonRequest, person_id: UUID, leave_id: UUID) -> HttpResponse:
    """Note when a person is back from leave."""
    found = find(request, person_id)
    leave = _leave_of(request, found, leave_id)
    initial = {"back_on": leave.valid_until or timezone.localdate()}
    return decide(
        request,
        found,
        ReturnForm(typed(request), initial=initial),
        act=lambda given: actions.return_from_leave(leave=leave, by=request.user, at=now(), **given),
        title=_("Back from leave"),
        button=_("Save"),
        done=_("The return is noted."),
    )


@either
@requires(administrator)
def withdraw_leave(request: PersonRequest, person_id: UUID, leave_id: UUID) -> HttpResponse:
    """Take back a leave that was noted by mistake."""
    found = find(request, person_id)
    leave = _leave_of(request, found, leave_id)
    words = {"first": date_format(leave.valid_from, "j M Y")}
    return decide(
        request,
        found,
        WithdrawLeaveForm(typed(request)),
        act=lambda given: actions.withdraw_leave(leave=leave, by=request.user, at=now(), **given),
        title=_("Noted by mistake"),
        lead=_("The leave from %(first)s on never was. Days move back to where they were without it.") % words,
        button=_("Take the leave back"),
        done=_("The leave is taken back. What it said stays in the trail."),
        is_danger=True,
    )


@either
@requires(administrator)
def set_attributes(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Say what the attributes of the organisation are for a person, from a day on."""
    found = find(request, person_id)
    today = timezone.localdate()
    attributes, held = list(Attribute.objects.order_by("name")), held_values(found, today)
    form = AttributesForm(typed(request), attributes=attributes, held=held, initial={"valid_from": today})

    def act(given: dict[str, Any]) -> None:
        with transaction.atomic():
            for attribute, value in said_anew(form.said(), held):
                try:
                    actions.set_attribute(
                        person=found,
                        attribute=attribute,
                        value=value,
                        valid_from=given["valid_from"],
                        by=request.user,
                        at=now(),
                    )
                except NotAllowed as refusal:
                    form.add_error(attribute.field_name, str(refusal))
                    raise NotAllowed(_("Nothing was saved.")) from refusal

    return decide(
        request,
        found,
        form,
        act=act,
        title=_("Attributes"),
        lead=_("What is left empty says nothing from that day on."),
        button=_("Save"),
        done=_("The attributes are saved."),
        effect={"of": "attributes"},
    )


@either
@requires(administrator)
def join_group(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Let a person belong to a group."""
    found = find(request, person_id)
    form = JoinGroupForm(typed(request), initial={"valid_from": timezone.localdate()})
    return decide(
        request,
        found,
        form,
        act=lambda given: actions.join_group(person=found, by=request.user, at=now(), **given),
        title=_("Add to a group"),
        button=_("Add"),
        done=_("They belong to the group."),
        effect={"of": "joining"},
    )


@either
@requires(administrator)
def leave_group(request: PersonRequest, person_id: UUID, membership_id: UUID) -> HttpResponse:
    """Let a person belong to a group no longer."""
    found = find(request, person_id)
    today = timezone.localdate()
    held = found.memberships.held_on(today) | found.memberships.filter(valid_from__gt=today)
    membership = get_object_or_404(held.select_related("group"), pk=membership_id)
    return decide(
        request,
        found,
        LeaveGroupForm(typed(request), initial={"valid_until": today}),
        act=lambda given: actions.leave_group(membership=membership, by=request.user, at=now(), **given),
        title=_("Take out of a group"),
        lead=_("%(group)s. That they belonged to it stays on record.") % {"group": membership.group},
        button=_("Take out"),
        done=_("They belong to the group no longer from that day on."),
        effect={"of": "leaving", "membership": membership.pk},
    )


def _held_or_later(found: User) -> QuerySet[Position]:
    today = timezone.localdate()
    held: QuerySet[Position] = found.positions.held_on(today) | found.positions.filter(valid_from__gt=today)
    return held.select_related("job_role", "site", "manager", "second_manager")


def _leave_of(request: PersonRequest, found: User, leave_id: UUID) -> Leave:
    """Return a leave that is noted; what is sent about one that was changed meanwhile is refused in words."""
    leaves = found.leaves.all() if request.method == "POST" else found.leaves.in_force()
    leave: Leave = get_object_or_404(leaves, pk=leave_id)
    return leave
