"""Asking to take a course that is not open to everyone."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from core.constraints import both_or_neither, one_of
from core.models import Row
from courses.models import Course
from enrollment.choices import JoinState
from enrollment.models.learning import Enrollment
from people.models import User


class JoinRequest(Row):
    """That somebody asks to take a course: in their words, decided by somebody else, or taken back.

    What was granted has the enrollment that began by it. What was decided stays (a trigger).
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="join_requests")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    words = models.CharField(max_length=300, blank=True)
    wished_on = models.DateField(null=True)  # the day by which they want to be done
    state = models.CharField(max_length=10, choices=JoinState, default=JoinState.ASKED)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decision = models.CharField(max_length=300, blank=True)
    withdrawn_at = models.DateTimeField(null=True)
    enrollment = models.ForeignKey(Enrollment, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            one_of("state", JoinState, name="join_state_known"),
            models.UniqueConstraint(
                fields=["user", "course"], condition=Q(state=JoinState.ASKED), name="join_asked_once"
            ),
            both_or_neither("decided_at", "decided_by", name="join_decided_by_somebody"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("user")), name="join_decided_by_another"
            ),
            models.CheckConstraint(
                condition=Q(state=JoinState.ASKED, decided_at__isnull=True, withdrawn_at__isnull=True)
                | Q(state=JoinState.WITHDRAWN, decided_at__isnull=True, withdrawn_at__isnull=False)
                | Q(
                    state__in=[JoinState.GRANTED, JoinState.DECLINED],
                    decided_at__isnull=False,
                    withdrawn_at__isnull=True,
                ),
                name="join_state_dated",
            ),
            models.CheckConstraint(
                condition=Q(state=JoinState.GRANTED, enrollment__isnull=False)
                | (~Q(state=JoinState.GRANTED) & Q(enrollment__isnull=True)),
                name="join_granted_begins",
            ),
            models.CheckConstraint(
                condition=~Q(state=JoinState.DECLINED) | ~Q(decision=""), name="join_declined_with_words"
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state=JoinState.ASKED), name="join_waiting"),
            models.Index(fields=["user", "-asked_at"], name="join_of_user"),
        ]
