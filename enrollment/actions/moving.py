"""Going on with a newer version of a course: an explicit choice, that stays in the trail."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from core.reasons import is_reason
from enrollment import facts, notices
from enrollment.actions.standing import restand
from enrollment.actions.telling import course_path, tell
from enrollment.choices import EnrollmentState, ProgressState
from enrollment.models import Enrollment, Progress
from enrollment.queries.moving import MovePlan, move_plan
from people.models import User
from records.actions import record_fact
from records.facts import Actor


class MoveRefused(Exception):
    """The enrollment can not go on with another version; the words say why."""


@transaction.atomic
def move_to_effective(
    *, enrollment: Enrollment, by: Actor, at: datetime, reason: str = "", expected: str = ""
) -> Enrollment:
    """Let somebody go on with the version in effect, and return the enrollment with which they do.

    What they have done and is unchanged stays done; the rest is to be done. The old enrollment ends as
    moved, and stays with all that belongs to it. Doing it again answers with the one that is there.
    Somebody else gives a reason. `expected` is the label of the version that was shown. Raises
    MoveRefused.
    """
    User.objects.select_for_update(no_key=True).get(pk=enrollment.user_id)
    held = Enrollment.objects.select_for_update(of=("self",)).select_related("user", "course")
    locked = held.get(pk=enrollment.pk)
    if locked.state == EnrollmentState.MOVED:
        return locked.moved_to
    if by.actor_id != locked.user_id and not is_reason(reason):
        raise MoveRefused(_("Say why in at least two words."))
    if locked.state != EnrollmentState.OPEN:
        raise MoveRefused(_("This training has ended, so there is nothing to go on with."))
    plan = move_plan(locked)
    if plan is None:
        raise MoveRefused(_("There is no newer version in effect; it goes on as it is."))
    if expected and expected != plan.after.label:
        raise MoveRefused(_("Another version has taken effect since this was shown. Look again."))
    return _move(locked, plan, by=by, at=at, reason=reason)


def _move(locked: Enrollment, plan: MovePlan, *, by: Actor, at: datetime, reason: str) -> Enrollment:
    moved = Enrollment(
        id=new_id(),
        user=locked.user,
        course=locked.course,
        version_id=plan.after.version_id,
        assignment_id=locked.assignment_id,
        own_due_on=locked.own_due_on,
        moved_from=locked,
        enrolled_at=at,
    )
    record_fact(
        facts.MOVED,
        by=by,
        at=at,
        subject_type="enrollment",
        subject_id=moved.pk,
        person_id=locked.user_id,
        payload={
            "course": plan.after.title,
            "code": plan.after.code,
            "from_version": plan.before.label,
            "to_version": plan.after.label,
            "from_enrollment": locked.pk,
            "kept": plan.kept,
            "total": plan.total,
        },
        reason=reason,
    )
    locked.state, locked.ended_at = EnrollmentState.MOVED, at
    locked.save(update_fields=["state", "ended_at"])
    moved.save(force_insert=True)
    was = {each.activity_id: each for each in Progress.objects.filter(enrollment=locked)}
    Progress.objects.bulk_create(
        Progress(
            enrollment=moved,
            activity_id=activity,
            state=ProgressState.COMPLETED,
            opened_at=was[earlier].opened_at,
            completed_at=was[earlier].completed_at,
            score=was[earlier].score,
            max_score=was[earlier].max_score,
            evidence_sha256=was[earlier].evidence_sha256,
        )
        for activity, earlier in plan.carried.kept.items()
    )
    restand(user_ids=[locked.user_id])
    if by.actor_id != locked.user_id and locked.user.is_active:
        wording = partial(
            notices.moved,
            course=plan.after.title,
            version=plan.after.label,
            kept=plan.kept,
            left=len(plan.carried.left),
            name=by.actor_name,
            reason=reason.strip(),
        )
        tell(locked.user, wording, once=f"moved:{moved.pk}", path=course_path(locked.course_id), at=at)
    return moved
