"""For several people at once: open again what had ended, and go on with the version in effect."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.actions.moving import MoveRefused, move_to_effective
from enrollment.actions.reopening import ReopenRefused, reopen_enrollment
from enrollment.actions.several import Effect, Several, register
from enrollment.choices import EnrollmentState, ExceptionKind
from enrollment.models import Enrollment, ExceptionBatch
from enrollment.permissions import enrollments_led_by, people_led_by
from enrollment.queries.moving import move_plans
from enrollment.queries.reopening import why_not_reopened_of
from people.models import User

NONE_SHOWN = "-"  # no version: for whoever had none to move to when it was shown, a later one is another


class _OfEnrollments(Several):
    """What is done to enrollments."""

    refusals = (MoveRefused, ReopenRefused)

    def people(self, by: User, *, on: date) -> Any:
        return people_led_by(by, on=on)

    def allowed(self, by: User, ids: Collection[UUID], *, on: date) -> list[UUID]:
        found = enrollments_led_by(by, on=on).filter(pk__in=ids)
        return list(found.order_by("user__name", "pk").values_list("pk", flat=True))

    def hold(self, ids: Collection[UUID]) -> None:
        people = Enrollment.objects.filter(pk__in=ids).values("user")
        list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk").values_list("pk"))
        list(Enrollment.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))

    def found(self, batch: ExceptionBatch, ids: Collection[UUID], *, at: datetime) -> dict[UUID, tuple[str, str, Any]]:
        return {each.pk: (each.user.name, each.version.title, each) for each in self._rows(batch, ids, at=at)}

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        return dict(Enrollment.objects.filter(pk__in=ids).values_list("pk", "user__name"))

    def _rows(self, batch: ExceptionBatch, ids: Collection[UUID], *, at: datetime) -> list[Enrollment]:
        found = enrollments_led_by(batch.owner, on=at.date()).filter(pk__in=ids)
        return list(found.select_related("user", "version").order_by("user__name", "pk"))


def _last_of(of: Mapping[UUID, UUID], state: EnrollmentState) -> dict[UUID, UUID]:
    """Return the last enrollment of each person in their course, if it is in this state."""
    found = Enrollment.objects.filter(user__in=of, course__in=set(of.values())).order_by("enrolled_at", "pk")
    last = {
        user: (pk, is_in)
        for pk, user, course, is_in in found.values_list("pk", "user", "course", "state")
        if of[user] == course
    }
    return {user: pk for user, (pk, is_in) in last.items() if is_in == state}


@register
class Reopening(_OfEnrollments):
    """What had ended before it was completed is open again."""

    kind = ExceptionKind.REOPEN

    def subjects(self, of: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
        return _last_of(of, EnrollmentState.CANCELLED)

    def nothing(self, name: str) -> str:
        return _("Nothing of {name} has ended there before it was completed.").format(name=name)

    def effects(self, batch: ExceptionBatch, terms: dict[str, Any], *, at: datetime) -> list[Effect]:
        found = self._rows(batch, batch.subject_ids, at=at)
        refusals = why_not_reopened_of(found)
        return [
            Effect(
                each.pk,
                each.user.name,
                each.version.title,
                refusals[each.pk],
                _("goes on with version {label}").format(label=each.version.label),
                told=[each.state, refusals[each.pk]],
            )
            for each in found
        ]

    def do(self, batch: ExceptionBatch, thing: Enrollment, *, at: datetime) -> str:
        reopen_enrollment(enrollment=thing, by=batch.owner, at=at, reason=batch.terms["reason"])
        return thing.version.label


@register
class Moving(_OfEnrollments):
    """What is open on an older version goes on with the one in effect."""

    kind = ExceptionKind.MOVE

    def subjects(self, of: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
        return _last_of(of, EnrollmentState.OPEN)

    def nothing(self, name: str) -> str:
        return _("{name} has not begun it, or has completed it.").format(name=name)

    def effects(self, batch: ExceptionBatch, terms: dict[str, Any], *, at: datetime) -> list[Effect]:
        found = self._rows(batch, batch.subject_ids, at=at)
        plans, effects = move_plans(found), []
        for each in found:
            plan, refusal, words = plans.get(each.pk), "", ""
            if plan is None and each.state == EnrollmentState.OPEN:
                refusal = _("{name} takes the newest version already.").format(name=each.user.name)
            elif plan is None:
                refusal = _("{name} has nothing open any more.").format(name=each.user.name)
            else:
                stays = ngettext(
                    "{kept} of {total} activity stays done", "{kept} of {total} activities stay done", plan.total
                )
                words = _("from version {before} to {after}; {stays}").format(
                    before=plan.before.label,
                    after=plan.after.label,
                    stays=stays.format(kept=plan.kept, total=plan.total),
                )
            told = [plan.before.label, plan.after.label, plan.kept] if plan else None
            label = plan.after.label if plan else ""
            effects.append(
                Effect(each.pk, each.user.name, each.version.title, refusal, words, told=told, expected=label)
            )
        return effects

    def do(self, batch: ExceptionBatch, thing: Enrollment, *, at: datetime) -> str:
        shown = batch.terms["shown"].get(str(thing.pk))
        expected = NONE_SHOWN if shown == "" else shown or ""  # nothing was noted before there was a version to hold to
        reason = batch.terms["reason"]
        moved = move_to_effective(enrollment=thing, by=batch.owner, at=at, reason=reason, expected=expected)
        return moved.version.label
