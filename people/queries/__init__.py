"""Named reads of the people room."""

from people.queries.people import (
    administrators_at,
    below,
    coordinators_of,
    has_accepted_accountability,
    has_signed_since,
    in_force_until,
    is_proofed,
    leavers_at,
    lock_state,
    manager_of,
    matching,
    report_ids,
    reports_of,
    reports_to,
    second_manager_of,
    with_position,
)

__all__ = [
    "administrators_at",
    "below",
    "coordinators_of",
    "has_accepted_accountability",
    "has_signed_since",
    "in_force_until",
    "is_proofed",
    "leavers_at",
    "lock_state",
    "manager_of",
    "matching",
    "report_ids",
    "reports_of",
    "reports_to",
    "second_manager_of",
    "with_position",
]
