"""Every write of the enrollment room, by noun."""

from enrollment.actions.asking import ask_for_waiver
from enrollment.actions.assigning import assign_to, end_assignments, follow_person, settle_requirement
from enrollment.actions.completing import NotReady, complete_enrollment
from enrollment.actions.extending import (
    ExtensionRefused,
    PolicyChangedMeanwhile,
    change_exception_policy,
    extend,
)
from enrollment.actions.learning import (
    AlreadyEnded,
    LockedActivity,
    MayNotBegin,
    enroll,
    open_activity,
    record_outcome,
)
from enrollment.actions.paths import change_study_policy, credit_courses
from enrollment.actions.reminding import AlreadyReminded, NothingToRemind, remind, take_reminder_steps
from enrollment.actions.requirements import (
    ChangedMeanwhile,
    NotADraft,
    NotOn,
    ReachChanged,
    ReasonMissing,
    change_requirement,
    draft_requirement,
    switch_off_requirement,
    switch_on_requirement,
)
from enrollment.actions.waiving import (
    WaiverRefused,
    grant_waiver,
    propose_waiver,
    return_waiver,
    withdraw_waiver,
)

__all__ = [
    "AlreadyEnded",
    "AlreadyReminded",
    "ChangedMeanwhile",
    "ExtensionRefused",
    "LockedActivity",
    "MayNotBegin",
    "NotADraft",
    "NotOn",
    "NotReady",
    "NothingToRemind",
    "PolicyChangedMeanwhile",
    "ReachChanged",
    "ReasonMissing",
    "WaiverRefused",
    "ask_for_waiver",
    "assign_to",
    "change_exception_policy",
    "change_requirement",
    "change_study_policy",
    "complete_enrollment",
    "credit_courses",
    "draft_requirement",
    "end_assignments",
    "enroll",
    "extend",
    "follow_person",
    "grant_waiver",
    "open_activity",
    "propose_waiver",
    "record_outcome",
    "remind",
    "return_waiver",
    "settle_requirement",
    "switch_off_requirement",
    "switch_on_requirement",
    "take_reminder_steps",
    "withdraw_waiver",
]
