"""What a change of somebody's work would ask of them, and why it is refused, shown while it is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import partial, reduce
from typing import Any
from uuid import UUID

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.clock import now
from core.days import why_no_day
from core.ids import ids_in
from core.views import requires
from enrollment.queries.changes import Supposed, changes_of_person, noon_at
from enrollment.queries.effects import effect_of
from enrollment.rules import History, Post, day_in
from enrollment.rules import supposing as suppose
from people.models import Attribute, Department, Group, JobRole, Position, Site, User
from people.permissions import administered_by, administrator
from people.queries.periods import held_values, said_anew, why_no_value, why_not_joined
from people.queries.placing import (
    NOBODY_NAMED,
    Place,
    person_named,
    why_not_corrected,
    why_not_ended,
    why_not_taken,
)
from people.requests import PersonRequest

_MANAGERS = ("manager", "second_manager")


@dataclass(slots=True)
class _Typed:
    """What is typed so far: what somebody's history would be, since when; and what is refused, by field."""

    today: date  # of which the form shows what is held
    supposed: Supposed | None = None  # nothing while a part is missing or can not be read
    begins: datetime | None = None  # nothing for now
    refusals: dict[str, str] = field(default_factory=dict)

    def suppose(self, supposed: Supposed, *, on: date | None = None, zone: str = "UTC") -> None:
        self.supposed, self.begins = supposed, noon_at(on, zone) if on else None


@requires(administrator)
@require_safe
def effect_on_person(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Say what a person would gain, lose and keep with what is typed, or beside each field why it is refused.

    Nothing while it is half typed. `of` names the change, and the other fields are those of its form.
    """
    at = now()
    today = day_in(request.user.zone_name, at)
    person = get_object_or_404(administered_by(request.user, on=today), pk=person_id)
    read = _READ.get(request.GET.get("of", ""), _main_position)
    typed = _Typed(today)
    read(person, request.GET, typed)
    effect = None
    if typed.supposed and not typed.refusals:
        begins = typed.begins or at
        effect = effect_of(changes_of_person(person_id=person.pk, supposed=typed.supposed, begins=begins, at=at))
    fields = [name for name in request.GET if name not in ("of", "csrfmiddlewaretoken")]
    says = [(name, typed.refusals.get(name, "")) for name in fields]
    context = {"effect": effect, "says": says, "is_refused": bool(typed.refusals)}
    return render(request, "enrollment/_position_effect.html", context)


def _main_position(person: User, given: QueryDict, typed: _Typed) -> None:
    post, since = _post(given), _day(given, "valid_from")
    if since:
        typed.refusals = _refusals(person, given, since=since, is_primary=True)
    if post:
        typed.suppose(partial(suppose.with_main_post, post=post), on=post.valid_from, zone=post.zone)


def _second_position(person: User, given: QueryDict, typed: _Typed) -> None:
    post, since, last_day = _post(given), _day(given, "valid_from"), _day(given, "last_day")
    until = last_day + timedelta(days=1) if last_day else None
    if since and (until is None or since < until):
        typed.refusals = _refusals(person, given, since=since, until=until, is_primary=False)
        if post:
            beside = replace(post, valid_until=until)
            typed.suppose(partial(suppose.with_post_beside, post=beside), on=since, zone=post.zone)


def _corrected_position(person: User, given: QueryDict, typed: _Typed) -> None:
    found = _position(person, given)
    if found is None:
        return
    post = _post(given, since=found.valid_from)
    managers = {}
    for name in _MANAGERS:
        held = getattr(found, name)
        is_kept = held is not None and given.get(name, "").strip() == held.email  # who left may stay there
        managers[name] = held if is_kept else _manager(given, name, typed.refusals)
    place = Place(post.site, post.department, post.job_role) if post else None
    typed.refusals = {**why_not_corrected(found, place, **managers), **typed.refusals}
    if post:
        supposed = partial(suppose.with_post_instead, held=_post_of(found), post=post)
        typed.suppose(supposed, on=found.valid_from, zone=post.zone)


def _ended_position(person: User, given: QueryDict, typed: _Typed) -> None:
    found, last_day = _position(person, given), _day(given, "last_day")
    if found and last_day:
        typed.refusals = why_not_ended(found, last_day)
        until, held = last_day + timedelta(days=1), _post_of(found)
        typed.suppose(partial(suppose.with_post_until, held=held, until=until), on=until, zone=found.site.time_zone)


def _closed_account(person: User, given: QueryDict, typed: _Typed) -> None:
    typed.suppose(suppose.without_posts)  # at once, whatever the last day was


def _attributes(person: User, given: QueryDict, typed: _Typed) -> None:
    since = _day(given, "valid_from")
    if since is None:
        return
    names = {attribute: attribute.field_name for attribute in Attribute.objects.order_by("name")}
    said = [(attribute, given.get(name, "").strip()) for attribute, name in names.items() if name in given]
    steps: list[Supposed] = []
    for attribute, value in said_anew(said, held_values(person, typed.today)):
        if words := why_no_value(person, attribute, value, since):
            typed.refusals[names[attribute]] = words
        steps.append(partial(suppose.with_attribute, attribute=attribute.pk, value=value, since=since))
    typed.suppose(partial(_in_turn, steps=steps), on=since, zone=person.zone_name)


def _joined_group(person: User, given: QueryDict, typed: _Typed) -> None:
    group, since = _one(Group, given, "group"), _day(given, "valid_from")
    if group and since:
        if words := why_not_joined(person, group, since):
            typed.refusals["group"] = words
        typed.suppose(partial(suppose.with_group, group=group.pk, since=since), on=since, zone=person.zone_name)


def _left_group(person: User, given: QueryDict, typed: _Typed) -> None:
    found, until = _row(person.memberships, given, "membership"), _day(given, "valid_until")
    if found and until:
        supposed = partial(suppose.without_group, group=found.group_id, since=found.valid_from, until=until)
        typed.suppose(supposed, on=until, zone=person.zone_name)


_READ: Mapping[str, Callable[[User, QueryDict, _Typed], None]] = {
    "position": _main_position,
    "second": _second_position,
    "correction": _corrected_position,
    "end": _ended_position,
    "closing": _closed_account,
    "attributes": _attributes,
    "joining": _joined_group,
    "leaving": _left_group,
}


def _refusals(
    person: User, given: QueryDict, *, since: date, is_primary: bool, until: date | None = None
) -> dict[str, str]:
    """Return what is refused about a new position, as far as it is typed."""
    unknown: dict[str, str] = {}
    managers = {name: _manager(given, name, unknown) for name in _MANAGERS}
    ids = [next(iter(ids_in([given.get(name, "")])), None) for name in ("site", "department", "job_role")]
    place = Place(*ids) if all(ids) else None  # type: ignore[arg-type]
    refused = why_not_taken(person, place, **managers, valid_from=since, valid_until=until, is_primary=is_primary)
    return {**refused, **unknown}


def _manager(given: QueryDict, name: str, unknown: dict[str, str]) -> User | None:
    found = person_named(given.get(name, ""))
    if found is None and given.get(name, "").strip():
        unknown[name] = str(NOBODY_NAMED)
    return found


def _post(given: QueryDict, *, since: date | None = None) -> Post | None:
    """Return the position that is typed; nothing where a part is missing or can not be read."""
    role, department, site = (_one(each, given, name) for each, name in _PLACES)
    since = since or _day(given, "valid_from")
    if role is None or department is None or site is None or since is None:
        return None
    employment = given.get("employment_type", "") or "employee"
    return Post(role.pk, site.pk, department.pk, since, None, site.time_zone, employment)


_PLACES: tuple[tuple[Any, str], ...] = ((JobRole, "job_role"), (Department, "department"), (Site, "site"))


def _post_of(position: Position) -> Post:
    """Return a position as the rules see it."""
    return Post(
        position.job_role_id,
        position.site_id,
        position.department_id,
        position.valid_from,
        position.valid_until,
        position.site.time_zone,
        position.employment_type,
        position.is_primary,
    )


def _position(person: User, given: QueryDict) -> Position | None:
    related = ("user", "site", "manager", "second_manager")
    found: Position | None = _row(person.positions.select_related(*related), given, "position")
    return found


def _one(model: Any, given: QueryDict, name: str) -> Any:
    return _row(model.objects, given, name)


def _row(rows: Any, given: QueryDict, name: str) -> Any:
    ids = ids_in([given.get(name, "")])
    return rows.filter(pk__in=ids).first() if ids else None


def _day(given: QueryDict, name: str) -> date | None:
    """Return a day that is typed, and can be meant."""
    try:
        day = date.fromisoformat(given.get(name, ""))
    except ValueError:
        return None
    return None if why_no_day(day) else day


def _in_turn(history: History, steps: list[Supposed]) -> History:
    return reduce(lambda before, step: step(before), steps, history)
