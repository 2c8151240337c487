"""Tables of the enrollment room."""

from enrollment.models.assignments import Assignment, CalendarFeed, ReminderSent, RetrainingDue, Standing, StandingCheck
from enrollment.models.exceptions import ExceptionBatch, ExceptionPolicy, Extension, Waiver
from enrollment.models.joining import JoinRequest
from enrollment.models.learning import Completion, Enrollment, Place, Playback, Progress
from enrollment.models.requirements import Requirement, RequirementTerms, everyone
from enrollment.models.tasks import ReadingToken, Task, TaskCourse

__all__ = [
    "Assignment",
    "CalendarFeed",
    "Completion",
    "Enrollment",
    "ExceptionBatch",
    "ExceptionPolicy",
    "Extension",
    "JoinRequest",
    "Place",
    "Playback",
    "Progress",
    "ReadingToken",
    "ReminderSent",
    "Requirement",
    "RequirementTerms",
    "RetrainingDue",
    "Standing",
    "StandingCheck",
    "Task",
    "TaskCourse",
    "Waiver",
    "everyone",
]
