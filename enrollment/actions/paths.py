"""Steps of programs that are done elsewhere, and how many courses may be in progress at once."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from courses.queries import outline_of
from enrollment import facts
from enrollment.actions.learning import AlreadyEnded, record_outcome
from enrollment.choices import EnrollmentState, Standpoint
from enrollment.models import Completion, Enrollment, StudyPolicy
from enrollment.queries import progress_of
from enrollment.queries.beginnings import verdicts
from enrollment.rules import Outcome, day_in
from people.models import User
from records.actions import record_fact
from records.facts import SystemActor

PROGRAMS = SystemActor("programs")
POLICY = UUID(int=2)  # what the policy is called in the trail: there is one


class PolicyChangedMeanwhile(Exception):
    """Somebody else changed the policy since it was shown."""


@transaction.atomic
def credit_courses(*, enrollment_id: UUID, at: datetime) -> int:
    """Write that those steps of a program are done whose course the person has completed, and that counts today.

    However it is known that it was completed. Returns how many; doing it again changes nothing. The hash
    of what was signed at the end of the course goes under the signature of the program.
    """
    enrollment = Enrollment.objects.select_related("user").select_for_update(of=("self",)).get(pk=enrollment_id)
    if enrollment.state != EnrollmentState.OPEN:
        return 0
    outline = outline_of(enrollment.version_id)
    progress = progress_of(enrollment.pk)
    open_steps = {
        activity: course
        for activity, course in outline.courses.items()
        if not (activity in progress and progress[activity].is_completed)
    }
    day = day_in(enrollment.user.zone_name, at)
    found = verdicts(enrollment.user_id, set(open_steps.values()), day=day)
    done = {
        activity: verdict.credit.id
        for activity, course in open_steps.items()
        if (verdict := found[course]).standpoint == Standpoint.CURRENT and verdict.credit
    }
    evidence = _evidence(done.values())
    for activity, completion in done.items():
        outcome = Outcome(completed=True, evidence_sha256=evidence.get(str(completion), ""))
        try:
            record_outcome(enrollment=enrollment, activity_id=activity, outcome=outcome, by=PROGRAMS, at=at)
        except AlreadyEnded:  # pragma: no cover - the row is held, so it is open
            return 0
    return len(done)


def _evidence(completion_ids: Collection[UUID | str]) -> dict[str, str]:
    """Return the hash of the record that was signed with each completion, where one was."""
    if not completion_ids:
        return {}
    completions = Completion.objects.filter(pk__in=completion_ids, signature__isnull=False)
    return {str(pk): sha256 for pk, sha256 in completions.values_list("pk", "signature__record_sha256")}


@transaction.atomic
def change_study_policy(*, most_active: int | None, revision: int, reason: str, by: User, at: datetime) -> StudyPolicy:
    """Change how many courses one may have in progress at once; what is in progress stays.

    Raises PolicyChangedMeanwhile.
    """
    kept = StudyPolicy.objects.select_for_update().filter(pk=1).first()
    policy = kept or StudyPolicy()
    if policy.revision != revision:
        raise PolicyChangedMeanwhile(_("Somebody else changed this meanwhile. Look at it again."))
    if policy.most_active == most_active:
        return policy
    record_fact(
        facts.STUDY_POLICY_CHANGED,
        by=by,
        at=at,
        subject_type="study_policy",
        subject_id=POLICY,
        payload={"most": most_active, "before": policy.most_active},
        reason=reason,
    )
    policy.most_active = most_active
    policy.revision, policy.changed_at, policy.changed_by = revision + 1, at, by
    policy.save(force_insert=kept is None)
    return policy
