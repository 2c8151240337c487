"""Tables of the enrollment room."""

from enrollment.models.assignments import Assignment, CalendarFeed, RetrainingDue, Standing, StandingCheck
from enrollment.models.elsewhere import Claim, Equivalence, RecordedSession
from enrollment.models.exceptions import ExceptionBatch, ExceptionPolicy, Extension, Waiver
from enrollment.models.histories import CompletionImport, CompletionImportRow
from enrollment.models.joining import JoinRequest
from enrollment.models.ladder import Ladder, LadderStep, ReminderSent, WeeklySummary
from enrollment.models.learning import Completion, Enrollment, Place, Playback, Progress
from enrollment.models.matrix import MatrixCell, MatrixChange
from enrollment.models.planned import Meeting, PlannedSession, Seat
from enrollment.models.policies import StudyPolicy
from enrollment.models.requirements import Requirement, RequirementTerms, everyone
from enrollment.models.retention import ClassedCourse, RecordClass
from enrollment.models.tasks import LedCourse, ReadingToken, Task, TaskCourse

__all__ = [
    "Assignment",
    "CalendarFeed",
    "Claim",
    "ClassedCourse",
    "Completion",
    "CompletionImport",
    "CompletionImportRow",
    "Enrollment",
    "Equivalence",
    "ExceptionBatch",
    "ExceptionPolicy",
    "Extension",
    "JoinRequest",
    "Ladder",
    "LadderStep",
    "LedCourse",
    "MatrixCell",
    "MatrixChange",
    "Meeting",
    "Place",
    "PlannedSession",
    "Playback",
    "Progress",
    "ReadingToken",
    "RecordClass",
    "RecordedSession",
    "ReminderSent",
    "Requirement",
    "RequirementTerms",
    "RetrainingDue",
    "Seat",
    "Standing",
    "StandingCheck",
    "StudyPolicy",
    "Task",
    "TaskCourse",
    "Waiver",
    "WeeklySummary",
    "everyone",
]
