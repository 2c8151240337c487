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

__all__ = [
    "Conditions",
    "EvidenceField",
    "GrantForm",
    "LimitsForm",
    "MoreTimeForm",
    "ReasonForm",
    "ReminderForm",
    "RequirementForm",
    "ReturnWaiverForm",
    "WaiverForm",
    "WhyField",
    "WhyForm",
]
