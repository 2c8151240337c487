"""Enumerations of the enrollment room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """How a person stands with a requirement: the fixed states of every list, PDF and export."""

    TODO = "todo", _("Not started")
    DOING = "doing", _("In progress")
    SOON = "soon", _("Due soon")
    LATE = "late", _("Overdue")
    DONE = "done", _("Completed")
    EXPIRED = "expired", _("Expired")


# The order in which they ask for attention.
BY_URGENCY = (Status.LATE, Status.EXPIRED, Status.SOON, Status.DOING, Status.TODO, Status.DONE)


class RequirementState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ON = "on", _("On")
    OFF = "off", _("Off")


class EnrollmentState(models.TextChoices):
    OPEN = "open", _("Open")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")


class ProgressState(models.TextChoices):
    OPENED = "opened", _("In progress")
    COMPLETED = "completed", _("Completed")


class ReminderStep(models.TextChoices):
    """The ladder of reminders."""

    WEEK_BEFORE = "week_before", _("7 days before")
    DAY_BEFORE = "day_before", _("1 day before")
    OVERDUE = "overdue", _("Overdue")
    MANAGER_OVERDUE = "manager_overdue", _("Overdue, to the manager")


class CountedFrom(models.TextChoices):
    ROLE = "role", _("entering the role")
    HIRE = "hire", _("being hired")
    SWITCH_ON = "switch_on", _("the day it is switched on")
