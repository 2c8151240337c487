"""That requirements hold for people, how they stand with them, and what they were told of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from core.constraints import both_or_neither, in_order, one_of
from core.models import Row
from courses.models import Course, CourseVersion
from enrollment.choices import Status, Why
from enrollment.models.requirements import Requirement
from people.models import User


class Assignment(Row):
    """That a requirement holds for a person: since when, why, and due when (a day at their site)."""

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="assignments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="assignments")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    since_on = models.DateField()
    because = models.JSONField()  # what `enrollment.rules.reason_sentence` says in words
    due_on = models.DateField()
    zone = models.CharField(max_length=64)
    assigned_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["requirement", "user"], condition=Q(ended_at__isnull=True), name="assignment_once_while_open"
            ),
            in_order("assigned_at", "ended_at", name="assignment_ends_after_it_begins"),
        ]
        indexes = [
            models.Index(fields=["user", "course"], name="assignment_of_user"),
            models.Index(fields=["assigned_at"], condition=Q(ended_at__isnull=True), name="assignment_recent"),
        ]


class Standing(models.Model):
    """How a person stands with a requirement, for every day to come: what `obligation_of` makes of the facts.

    Kept for reading, one row for each open assignment, written in the transaction of the fact that
    changes it. It holds nothing that could not be computed again, so it is not in the trail, and its
    references are not checked by the database. `statuses[n]` holds from `days[n]` on.
    """

    assignment = models.OneToOneField(
        Assignment, on_delete=models.CASCADE, db_constraint=False, primary_key=True, related_name="standing"
    )
    requirement = models.ForeignKey(
        Requirement, on_delete=models.DO_NOTHING, db_constraint=False, related_name="standings"
    )
    user = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="standings"
    )
    course = models.ForeignKey(Course, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    takes = models.ForeignKey(  # the course to take next: the required one, or a refresher in its turn
        Course, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    zone = models.CharField(max_length=64)
    days = ArrayField(models.DateField())
    statuses = ArrayField(models.CharField(max_length=8, choices=Status))
    rounds_done = models.PositiveSmallIntegerField()
    completion = models.ForeignKey(
        "Completion", on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, null=True, related_name="+"
    )
    completed_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    due_on = models.DateField(null=True)
    late_on = models.DateField(null=True)
    window_on = models.DateField(null=True)
    why = models.CharField(max_length=12, choices=Why)
    is_extended = models.BooleanField()
    is_moved = models.BooleanField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(days__len__gt=0) & Q(days__len=F("statuses__len")), name="standing_days_have_statuses"
            ),
            one_of("why", Why, name="standing_why_known"),
            both_or_neither("completion", "completed_on", name="standing_completion_dated"),
        ]
        indexes = [
            models.Index(fields=["user", "course"], name="standing_of_user"),
            # These three hold all that the sweep of reminders asks for.
            models.Index(fields=["due_on"], include=["assignment", "why", "late_on", "zone"], name="standing_due"),
            models.Index(
                fields=["valid_until"],
                include=["assignment", "why", "zone"],
                condition=Q(valid_until__isnull=False),
                name="standing_ending",
            ),
            models.Index(
                fields=["window_on"],
                include=["assignment", "why", "valid_until", "zone"],
                condition=Q(window_on__isnull=False),
                name="standing_opening",
            ),
        ]


class StandingCheck(models.Model):
    """That every standing was computed again, and what was not as it should be: nothing, if all is well."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    checked = models.PositiveIntegerField(default=0)
    differences = models.PositiveIntegerField(default=0)
    examples = models.JSONField(default=list)  # the first of them: assignment, what was kept, what it is

    class Meta:
        constraints = [in_order("started_at", "finished_at", name="check_ends_after_it_begins")]


class RetrainingDue(Row):
    """That a person trained on an older version must be trained on this one by a day. Append-only."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="+")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, related_name="+")
    effective_on = models.DateField()
    due_on = models.DateField()
    asked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "version"], name="retraining_once"),
            models.CheckConstraint(condition=Q(due_on__gte=F("effective_on")), name="retraining_due_after_effective"),
        ]
        indexes = [models.Index(fields=["user", "course"], name="retraining_of_user")]


class CalendarFeed(Row):
    """That a person's due days can be read under a secret address; of the secret only its hash is kept."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="calendar_feed")
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
