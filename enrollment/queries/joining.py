"""Who asks to take what, who decides, and how a course may be begun by one person."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from core.sql import rows
from courses.choices import Joining
from courses.models import Course
from courses.queries.paths import asks_in_effect
from courses.rules import asked_in_all
from enrollment.choices import JoinState
from enrollment.models import JoinRequest, Standing
from people.models import User


@dataclass(frozen=True, slots=True)
class Door:
    """How one person comes into a course: by themselves, by asking, or because it is required."""

    joining: Joining
    is_required: bool
    waiting: JoinRequest | None
    last: JoinRequest | None  # that was decided or taken back

    @property
    def may_ask(self) -> bool:
        return self.joining == Joining.APPROVAL and not self.is_required and self.waiting is None


_IS_A_STEP = """
    SELECT EXISTS (SELECT FROM enrollment_enrollment e JOIN courses_module m ON m.version_id = e.version_id
        JOIN courses_activity a ON a.module_id = m.id
        WHERE e.user_id = %(user)s AND e.state = 'open' AND a.settings->>'course_id' = %(course)s)
"""
_ON_THE_WAY = """
    SELECT takes_id FROM enrollment_standing WHERE user_id = %(user)s
    UNION SELECT course_id FROM enrollment_enrollment WHERE user_id = %(user)s AND state = 'open'
"""


def is_asked_on_the_way(user_id: UUID, course_id: UUID) -> bool:
    """Say whether a person needs a course for a program that they take, or before what is required of them.

    Also where one course asks for the next: all that has to be completed on the way is asked.
    """
    values = {"user": str(user_id), "course": str(course_id)}
    [(is_step,)] = rows(_IS_A_STEP, values)
    if is_step:
        return True
    begun = {course for (course,) in rows(_ON_THE_WAY, values)}
    return course_id in asked_in_all(begun, asks_in_effect())


def door_of(course: Course, user: User, *, is_required: bool | None = None) -> Door:
    """Return how somebody may begin a course; nothing is read where everyone may."""
    joining = Joining(course.joining)
    if joining == Joining.OPEN:
        return Door(joining, bool(is_required), None, None)
    if is_required is None:
        is_required = Standing.objects.filter(Q(course=course) | Q(takes=course), user=user).exists()
    is_required = is_required or is_asked_on_the_way(user.pk, course.pk)
    asked = list(
        JoinRequest.objects.filter(user=user, course=course).select_related("decided_by").order_by("-asked_at")[:2]
    )
    waiting = next((each for each in asked if each.state == JoinState.ASKED), None)
    last = next((each for each in asked if each.state != JoinState.ASKED), None)
    return Door(joining, is_required, waiting, last)


def requests_with(requests: QuerySet[JoinRequest]) -> QuerySet[JoinRequest]:
    """Add to these requests what a list of them shows; those that wait the longest first, then the latest."""
    return requests.select_related("user", "course", "decided_by").order_by("-asked_at", "pk")


def waiting_of(user: User) -> list[JoinRequest]:
    """Return what somebody has asked to take and is not decided; one query."""
    return list(JoinRequest.objects.filter(user=user, state=JoinState.ASKED).order_by("asked_at"))
