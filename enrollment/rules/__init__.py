"""Pure decisions: due dates, validity, how someone stands, what is open and why."""

from enrollment.rules.days import add_months, day_at, long_day, short_day
from enrollment.rules.reasons import reason_about, reason_sentence
from enrollment.rules.sequence import Lock, Outcome, Step, locks, outstanding
from enrollment.rules.standing import (
    DUE_SOON,
    RENEWAL_WINDOW,
    due_on,
    may_renew,
    status_of,
    valid_until,
)

__all__ = [
    "DUE_SOON",
    "RENEWAL_WINDOW",
    "Lock",
    "Outcome",
    "Step",
    "add_months",
    "day_at",
    "due_on",
    "locks",
    "long_day",
    "may_renew",
    "outstanding",
    "reason_about",
    "reason_sentence",
    "short_day",
    "status_of",
    "valid_until",
]
