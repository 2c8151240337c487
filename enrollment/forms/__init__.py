"""What people type about requirements, reminders, more time and waivers."""

from enrollment.forms.conditions import Conditions
from enrollment.forms.exceptions import (
    EvidenceField,
    GrantForm,
    LimitsForm,
    MoreTimeForm,
    ReturnWaiverForm,
    WaiverForm,
    WhyField,
    WhyForm,
)
from enrollment.forms.requirements import ReasonForm, ReminderForm, RequirementForm
from enrollment.forms.tasks import QualifiedForm, RevokeForm, TaskForm, TokenForm

__all__ = [
    "Conditions",
    "EvidenceField",
    "GrantForm",
    "LimitsForm",
    "MoreTimeForm",
    "QualifiedForm",
    "ReasonForm",
    "ReminderForm",
    "RequirementForm",
    "ReturnWaiverForm",
    "RevokeForm",
    "TaskForm",
    "TokenForm",
    "WaiverForm",
    "WhyField",
    "WhyForm",
]
