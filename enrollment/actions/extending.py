"""More time for what is due now, and the policy that limits exceptions."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from core.reasons import is_reason
from enrollment import facts, notices
from enrollment.actions.standing import restand
from enrollment.actions.telling import course_path, tell
from enrollment.models import Assignment, ExceptionPolicy, Extension
from enrollment.permissions import administered_among
from enrollment.queries.exceptions import DueNow, due_now, policy_limits
from enrollment.rules import short_day
from enrollment.rules.exceptions import Limits, why_no_more_time, why_not_until
from people.models import User
from records.actions import record_fact

POLICY = UUID(int=1)  # what the policy is called in the trail: there is one


class ExtensionRefused(Exception):
    """No more time can be given, or not until that day; the words say why, and who can do more."""


class PolicyChangedMeanwhile(Exception):
    """Somebody else changed the policy since it was shown."""


@transaction.atomic
def extend(*, assignment: Assignment, was_due_on: date, due_on: date, reason: str, by: User, at: datetime) -> Extension:
    """Give a person more time for what is due now, and tell them. The same asked twice is given once.

    `was_due_on` is the day that was shown. The caller has checked that `by` may do it for this person.
    Raises ExtensionRefused, in words.
    """
    if not is_reason(reason):
        raise ExtensionRefused(_("Say why in at least two words."))
    Assignment.objects.select_for_update(no_key=True).get(pk=assignment.pk)
    [now_due] = due_now(Assignment.objects.filter(pk=assignment.pk), at=at)
    if now_due.due.due_on != was_due_on:
        twin = Extension.objects.filter(assignment=assignment, was_due_on=was_due_on, granted_by=by).last()
        if twin is not None and (twin.due_on, twin.reason) == (due_on, reason.strip()):
            return twin
    _check(now_due, was_due_on=was_due_on, due_on=due_on, by=by, at=at)
    locked, title = now_due.assignment, now_due.title
    extension = Extension(
        id=new_id(),
        assignment=locked,
        user_id=locked.user_id,
        was_due_on=was_due_on,
        due_on=due_on,
        reason=reason.strip(),
        granted_at=at,
        granted_by=by,
    )
    record_fact(
        facts.EXTENDED,
        by=by,
        at=at,
        subject_type="assignment",
        subject_id=locked.pk,
        person_id=locked.user_id,
        payload={"name": locked.user.name, "course": title, "was_due_on": was_due_on, "due_on": due_on},
        reason=extension.reason,
    )
    extension.save(force_insert=True)
    restand(assignment_ids=[locked.pk])
    duty = notices.Duty(title, locked.because, now_due.with_more_time(due_on).due_on or due_on, now_due.due.today)
    tell(
        locked.user,
        partial(notices.more_time, duty, was_due_on=was_due_on, name=by.name, reason=extension.reason),
        once=f"extended:{extension.pk}",
        path=course_path(locked.course_id),
        at=at,
    )
    return extension


def _check(now_due: DueNow, *, was_due_on: date, due_on: date, by: User, at: datetime) -> None:
    """Raise ExtensionRefused unless this person may be given time until that day, by this one."""
    person = now_due.assignment.user
    if now_due.assignment.ended_at is not None:
        raise ExtensionRefused(_("This is no longer required of {name}.").format(name=person.name))
    if person.pk == by.pk:
        raise ExtensionRefused(_("Nobody gives more time to themselves."))
    limits, may_go_beyond = policy_limits(), bool(administered_among(by, [person.pk], on=at.date()))
    refusal = why_no_more_time(now_due.due, limits, may_go_beyond=may_go_beyond)
    if not refusal and now_due.due.due_on != was_due_on:
        words = _("It was changed in the meantime: it is due on {day} now. Look again.")
        refusal = words.format(day=short_day(now_due.due.due_on or was_due_on))
    refusal = refusal or why_not_until(now_due.due, due_on, limits, may_go_beyond=may_go_beyond)
    if refusal:
        raise ExtensionRefused(refusal)


@transaction.atomic
def change_exception_policy(*, limits: Limits, revision: int, reason: str, by: User, at: datetime) -> ExceptionPolicy:
    """Change how far exceptions may go from now on; what was granted stays. Raises PolicyChangedMeanwhile."""
    kept = ExceptionPolicy.objects.select_for_update().filter(pk=1).first()
    policy = kept or ExceptionPolicy()
    if policy.revision != revision:
        raise PolicyChangedMeanwhile(_("Somebody else changed these limits meanwhile. Look at them again."))
    if policy.limits == limits:
        return policy
    told: dict[str, Any] = {
        "days": limits.longest_extension_days,
        "times": limits.most_extensions,
        "waiver_days": limits.longest_waiver_days,
    }
    record_fact(
        facts.EXCEPTION_POLICY_CHANGED,
        by=by,
        at=at,
        subject_type="exception_policy",
        subject_id=POLICY,
        payload=told,
        reason=reason,
    )
    policy.longest_extension_days, policy.most_extensions = limits.longest_extension_days, limits.most_extensions
    policy.longest_waiver_days = limits.longest_waiver_days
    policy.revision, policy.changed_at, policy.changed_by = revision + 1, at, by
    policy.save(force_insert=kept is None)
    return policy
