"""Pure decisions: due dates, validity, how someone stands, what is open and why."""

from enrollment.rules.audiences import Audience, Post, admitted_since, missing_from, post_at, role_since
from enrollment.rules.days import add_months, long_day, short_day
from enrollment.rules.reasons import reason_about, reason_sentence, requirement_sentence
from enrollment.rules.reminders import StepsDue, deadline, may_send, steps_due
from enrollment.rules.sequence import Lock, Outcome, Step, locks, outstanding
from enrollment.rules.standing import (
    DUE_SOON,
    RENEWAL_WINDOW,
    due_on,
    may_renew,
    status_of,
    valid_until,
)
from records.rules import day_in

__all__ = [
    "DUE_SOON",
    "RENEWAL_WINDOW",
    "Audience",
    "Lock",
    "Outcome",
    "Post",
    "Step",
    "StepsDue",
    "add_months",
    "admitted_since",
    "day_in",
    "deadline",
    "due_on",
    "locks",
    "long_day",
    "may_renew",
    "may_send",
    "missing_from",
    "outstanding",
    "post_at",
    "reason_about",
    "reason_sentence",
    "requirement_sentence",
    "role_since",
    "short_day",
    "status_of",
    "steps_due",
    "valid_until",
]
