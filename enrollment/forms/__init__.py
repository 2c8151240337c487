"""What people type about requirements, reminders, more time and waivers."""

from enrollment.forms.batches import ForAllForm, PeopleListForm, RequireForm
from enrollment.forms.conditions import Conditions
from enrollment.forms.exceptions import (
    EvidenceField,
    LimitsForm,
    MoreTimeForm,
    ReturnWaiverForm,
    WaiverForm,
    WhyField,
    WhyForm,
    WordsForm,
)
from enrollment.forms.joining import AskToJoinForm, DeclineForm, OwnDayForm
from enrollment.forms.requirements import ReasonForm, ReminderForm, RequirementForm
from enrollment.forms.tasks import QualifiedForm, RevokeForm, TaskForm, TokenForm

__all__ = [
    "AskToJoinForm",
    "Conditions",
    "DeclineForm",
    "EvidenceField",
    "ForAllForm",
    "LimitsForm",
    "MoreTimeForm",
    "OwnDayForm",
    "PeopleListForm",
    "QualifiedForm",
    "ReasonForm",
    "ReminderForm",
    "RequireForm",
    "RequirementForm",
    "ReturnWaiverForm",
    "RevokeForm",
    "TaskForm",
    "TokenForm",
    "WaiverForm",
    "WhyField",
    "WhyForm",
    "WordsForm",
]
