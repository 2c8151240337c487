"""Enumerations of the tables that every room may use."""

from django.db import models


class JobState(models.TextChoices):
    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Being made"
    DONE = "done", "Ready"
    FAILED = "failed", "Failed"
    CANCELLED = "cancelled", "Cancelled"

    @classmethod
    def ended(cls) -> list["JobState"]:
        """Return the states that a job never leaves."""
        return [cls.DONE, cls.FAILED, cls.CANCELLED]
