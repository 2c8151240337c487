"""More time and waivers for several people at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from enrollment.actions.extending import ExtensionRefused, extend
from enrollment.actions.several import Effect, Several, register
from enrollment.actions.waiving import WaiverRefused, propose_waiver, why_not_proposed
from enrollment.choices import ExceptionKind
from enrollment.models import Assignment, ExceptionBatch, Waiver
from enrollment.permissions import administered_among, assignments_cared_for_by, people_led_by
from enrollment.queries.exceptions import DueNow, due_now, policy_limits, waiting_waivers
from enrollment.rules import day_in, short_day
from enrollment.rules.exceptions import Limits, new_day, why_no_more_time, why_not_until, why_not_waived
from people.models import User


class _OfAssignments(Several):
    """What is done to assignments."""

    needs = "requirement"
    refusals = (ExtensionRefused, WaiverRefused)

    def people(self, by: User, *, on: date) -> Any:
        return people_led_by(by, on=on)

    def allowed(self, by: User, ids: Collection[UUID], *, on: date) -> list[UUID]:
        found = assignments_cared_for_by(by, on=on).filter(pk__in=ids)
        return list(found.order_by("user__name", "pk").values_list("pk", flat=True))

    def subjects(self, of: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
        found = Assignment.objects.filter(user__in=of, requirement__in=set(of.values()), ended_at__isnull=True)
        return {
            user: pk
            for pk, user, requirement in found.values_list("pk", "user", "requirement")
            if of[user] == requirement
        }

    def of_assignments(self, assignments: Sequence[Assignment]) -> dict[UUID, UUID]:
        return {each.pk: each.pk for each in assignments}

    def nothing(self, name: str) -> str:
        return _("This is not required of {name} now.").format(name=name)

    def hold(self, ids: Collection[UUID]) -> None:
        # All at once and in the order of `restand`, so that two writers never wait for each other.
        list(Assignment.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))

    def found(self, batch: ExceptionBatch, ids: Collection[UUID], *, at: datetime) -> dict[UUID, tuple[str, str, Any]]:
        allowed = assignments_cared_for_by(batch.owner, on=at.date()).filter(pk__in=ids)
        return {each.assignment.pk: (each.due.name, each.title, each) for each in due_now(allowed, at=at)}

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        return dict(Assignment.objects.filter(pk__in=ids).values_list("pk", "user__name"))

    def _now(self, batch: ExceptionBatch, *, at: datetime) -> list[DueNow]:
        allowed = assignments_cared_for_by(batch.owner, on=at.date()).filter(pk__in=batch.subject_ids)
        return sorted(due_now(allowed, at=at), key=lambda each: (each.due.name, str(each.assignment.pk)))


def _effect(each: DueNow, day: date | None, refusal: str, words: str) -> Effect:
    return Effect(
        each.assignment.pk,
        each.due.name,
        each.title,
        refusal,
        "" if refusal else words,
        each.due.status,
        each.due.due_on,
        [each.due.due_on, None if refusal else day],
        expected=each.due.due_on.isoformat() if each.due.due_on else "",
    )


@register
class MoreTime(_OfAssignments):
    """More time for what is due now."""

    kind = ExceptionKind.EXTEND

    def effects(self, batch: ExceptionBatch, terms: dict[str, Any], *, at: datetime) -> list[Effect]:
        limits, found = policy_limits(), self._now(batch, at=at)
        free = administered_among(batch.owner, [each.assignment.user_id for each in found], on=at.date())
        effects = []
        for each in found:
            day = new_day(each.due, days=terms["days"], until=terms["until"])
            beyond = each.assignment.user_id in free
            refusal = why_no_more_time(each.due, limits, may_go_beyond=beyond)
            refusal = refusal or why_not_until(each.due, day, limits, may_go_beyond=beyond)
            becomes = each.with_more_time(day).due_on
            words = _("due on {day}").format(day=short_day(becomes)) if becomes else ""
            effects.append(_effect(each, becomes, refusal, words))
        return effects

    def do(self, batch: ExceptionBatch, thing: DueNow, *, at: datetime) -> str:
        terms = batch.terms
        until = date.fromisoformat(terms["until"]) if terms["until"] else None
        was = terms["shown"].get(str(thing.assignment.pk))
        given = extend(
            assignment=thing.assignment,
            was_due_on=date.fromisoformat(was) if was else thing.due.counted_from,
            due_on=new_day(thing.due, days=terms["days"], until=until),
            reason=terms["reason"],
            by=batch.owner,
            at=at,
        )
        return given.due_on.isoformat()


@register
class Waivers(_OfAssignments):
    """A waiver proposed for each."""

    kind = ExceptionKind.WAIVE

    def effects(self, batch: ExceptionBatch, terms: dict[str, Any], *, at: datetime) -> list[Effect]:
        found = self._now(batch, at=at)
        limits, waiting = policy_limits(), waiting_waivers([each.assignment.user_id for each in found])
        return [self._effect(batch, each, waiting, terms, limits, at=at) for each in found]

    def _effect(
        self,
        batch: ExceptionBatch,
        each: DueNow,
        waiting: Mapping[tuple[UUID, UUID], Waiver],
        terms: dict[str, Any],
        limits: Limits,
        *,
        at: datetime,
    ) -> Effect:
        """Return what a waiver would do for one of them."""
        assignment = each.assignment
        other = waiting.get((assignment.user_id, assignment.requirement_id))
        days = {"valid_from": terms["valid_from"], "valid_until": terms["valid_until"]}
        refusal = why_not_proposed(assignment, other, reason=terms["reason"], by=batch.owner)
        refusal = refusal or why_not_waived(**days, today=day_in(assignment.zone, at), limits=limits)
        return _effect(each, terms["valid_until"], refusal, _("a waiver is proposed"))

    def do(self, batch: ExceptionBatch, thing: DueNow, *, at: datetime) -> str:
        terms = batch.terms
        waiver = propose_waiver(
            assignment=thing.assignment,
            valid_from=date.fromisoformat(terms["valid_from"]),
            valid_until=date.fromisoformat(terms["valid_until"]),
            reason=terms["reason"],
            evidence=batch.evidence,
            by=batch.owner,
            at=at,
        )
        return str(waiver.pk)
