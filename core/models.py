"""Tables that every room may use: they hold no noun of learning and no foreign key to a room."""

from __future__ import annotations

from django.db import models

from core.choices import JobState
from core.constraints import one_of
from core.ids import new_id


class Row(models.Model):
    """A row with an id that is made before it is written."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True


class Job(Row):
    """Long work that someone waits for: what it is, how far it is, what came out."""

    kind = models.CharField(max_length=80)
    owner_id = models.UUIDField()
    title = models.CharField(max_length=200)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=JobState, default=JobState.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", JobState, name="job_state_known"),
            models.CheckConstraint(condition=models.Q(percent__lte=100), name="job_percent_at_most_100"),
            models.CheckConstraint(
                condition=models.Q(state__in=JobState.ended(), finished_at__isnull=False)
                | (~models.Q(state__in=JobState.ended()) & models.Q(finished_at__isnull=True)),
                name="job_finished_at_when_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["owner_id", "-created_at"], name="job_of_owner"),
            models.Index(
                fields=["claimed_at"],
                condition=models.Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
                name="job_open",
            ),
        ]


class StoredReply(models.Model):
    """The answer given to a request with an idempotency key, to be given again for the same key."""

    owner_id = models.UUIDField()
    key = models.CharField(max_length=80)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner_id", "key"], name="stored_reply_once_per_key")]
        indexes = [models.Index(fields=["created_at"], name="stored_reply_age")]


class Heartbeat(models.Model):
    """When a background process last said that it is alive; read by `doctor` and `/readyz/`."""

    name = models.CharField(max_length=40, primary_key=True)
    beaten_at = models.DateTimeField()
