"""Who may begin a course by themselves: a rule about the course, whatever its version."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from courses import facts
from courses.choices import Joining
from courses.models import Course
from records.actions import record_fact
from records.facts import Actor


class JoiningChanged(Exception):
    """Somebody else changed it since it was shown."""


@transaction.atomic
def change_joining(
    *, course: Course, joining: Joining, by: Actor, at: datetime, reason: str, expected: str = ""
) -> Course:
    """Change who may begin a course; whoever has begun it goes on. What is the same already is not written.

    `expected` is what was shown. Raises JoiningChanged.
    """
    locked = Course.objects.select_for_update().get(pk=course.pk)
    if locked.joining == joining:
        return locked
    if expected and expected != locked.joining:
        raise JoiningChanged(_("Somebody has changed this in the meantime. Look again, then save."))
    newest = locked.versions.order_by("-number").first()
    record_fact(
        facts.JOINING_CHANGED,
        by=by,
        at=at,
        subject_type="course",
        subject_id=locked.pk,
        payload={
            "course_id": locked.pk,
            "code": locked.code,
            "course": newest.title if newest else locked.code,
            "who": str(joining.label),
            "was": locked.joining,
        },
        reason=reason,
    )
    locked.joining = joining
    locked.save(update_fields=["joining"])
    return locked
