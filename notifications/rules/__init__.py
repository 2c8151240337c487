"""Pure decisions about messages: how they reach somebody, when they may go out, and when to stop trying."""

from notifications.rules.hours import Calendar, Policy, digest_at, digest_goes, goes_out_at, is_quiet, may_go_out
from notifications.rules.trying import FIRST_PAUSE, MAX_TRIES, SENDING_AT_MOST, next_try_at
from notifications.rules.ways import Plan, plan, push_at, way_of

__all__ = [
    "FIRST_PAUSE",
    "MAX_TRIES",
    "SENDING_AT_MOST",
    "Calendar",
    "Plan",
    "Policy",
    "digest_at",
    "digest_goes",
    "goes_out_at",
    "is_quiet",
    "may_go_out",
    "next_try_at",
    "plan",
    "push_at",
    "way_of",
]
