"""Which course counts as another: added and ended by an administrator, with a reason; standings follow in a job."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.actions import ask_for_job
from core.ids import new_id
from core.reasons import is_reason
from core.sql import rows
from courses.models import Course
from enrollment import facts
from enrollment.actions.standing import restand
from enrollment.models import Equivalence
from enrollment.queries.equivalences import requirements_asking_for
from enrollment.rules.elsewhere import why_not_ended, why_not_equivalent
from people.models import User
from records.actions import record_fact
from records.facts import FactKind

RESTAND_JOB = "enrollment.stand_with_equivalence"
A_PART = 1000
_NEXT_PEOPLE = """
    SELECT DISTINCT user_id FROM enrollment_assignment
    WHERE ended_at IS NULL AND requirement_id = ANY (%s::uuid[]) AND user_id > %s ORDER BY user_id LIMIT %s
"""


class EquivalenceRefused(Exception):
    """The equivalence can not be added or ended; the words say why."""


@transaction.atomic
def add_equivalence(
    *,
    course: Course,
    counts_as: Course,
    valid_from: date,
    reason: str,
    by: User,
    at: datetime,
    from_number: int = 1,
    valid_until: date | None = None,
    id: UUID | None = None,
) -> Equivalence:
    """Let completing a course, from a version on, count as completing another; a job lets standings follow.

    It is of completions on days from `valid_from` until, but not on, `valid_until`. Raises
    EquivalenceRefused.
    """
    list(Course.objects.select_for_update(no_key=True).filter(pk=course.pk))
    if not is_reason(reason):
        raise EquivalenceRefused(_("Say why in at least two words."))
    refusal = why_not_equivalent(
        is_same=course.pk == counts_as.pk,
        is_there=Equivalence.objects.filter(course=course, counts_as=counts_as, ended_at__isnull=True).exists(),
        valid_from=valid_from,
        valid_until=valid_until,
    )
    if not refusal and not course.versions.filter(number=from_number).exists():
        refusal = _("This course has no such version.")
    if refusal:
        raise EquivalenceRefused(refusal)
    made = Equivalence(
        id=id or new_id(),
        course=course,
        from_number=from_number,
        counts_as=counts_as,
        valid_from=valid_from,
        valid_until=valid_until,
        reason=reason.strip(),
        added_at=at,
        added_by=by,
    )
    _say(facts.EQUIVALENCE_ADDED, made, by=by, at=at, reason=made.reason, day=valid_until)
    made.save(force_insert=True)
    _let_standings_follow(made, by=by, at=at)
    return made


@transaction.atomic
def end_equivalence(*, equivalence: Equivalence, ended_on: date, reason: str, by: User, at: datetime) -> Equivalence:
    """Let completions from a day on count no longer as the other course; a job lets standings follow.

    What was completed before goes on counting; with its first day, nothing ever did. Raises
    EquivalenceRefused.
    """
    related = ("course", "counts_as")
    locked = Equivalence.objects.select_for_update(of=("self",), no_key=True).select_related(*related)
    found = locked.get(pk=equivalence.pk)
    if found.ended_at is not None:
        raise EquivalenceRefused(_("It was ended already."))
    if not is_reason(reason):
        raise EquivalenceRefused(_("Say why in at least two words."))
    refusal = why_not_ended(ended_on=ended_on, valid_from=found.valid_from, valid_until=found.valid_until)
    if refusal:
        raise EquivalenceRefused(refusal)
    _say(facts.EQUIVALENCE_ENDED, found, by=by, at=at, reason=reason, day=ended_on)
    found.ended_at, found.ended_by, found.ended_on, found.ended_because = at, by, ended_on, reason.strip()
    found.save(update_fields=["ended_at", "ended_by", "ended_on", "ended_because"])
    _let_standings_follow(found, by=by, at=at)
    return found


@transaction.atomic
def stand_with_equivalence(*, equivalence: Equivalence, after: UUID, most: int = A_PART) -> tuple[int, UUID | None]:
    """Compute again how the next people stand of whom the other course is asked, in the order of their ids.

    Returns how many standings changed, and where to go on: nothing at the end. Their assignments are
    held, so a completion that is being written at this moment is seen, or sees the equivalence.
    """
    asking = requirements_asking_for(equivalence.counts_as_id)
    people = [user for (user,) in rows(_NEXT_PEOPLE, [[str(each) for each in asking], str(after), most])]
    if not people:
        return 0, None
    changed = restand(user_ids=people, requirement_ids=asking)
    return changed, people[-1]


def _let_standings_follow(equivalence: Equivalence, *, by: User, at: datetime) -> None:
    title = _("{course} counts as {other}").format(course=equivalence.course.code, other=equivalence.counts_as.code)
    ask_for_job(kind=RESTAND_JOB, owner_id=by.pk, title=title, arguments={"equivalence": equivalence.pk}, at=at)


def _say(kind: FactKind, equivalence: Equivalence, *, by: User, at: datetime, reason: str, day: date | None) -> None:
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="equivalence",
        subject_id=equivalence.pk,
        payload={
            "course": equivalence.course.code,
            "number": equivalence.from_number,
            "counts_as": equivalence.counts_as.code,
            "first": equivalence.valid_from,
            "day": day,
        },
        reason=reason,
    )
