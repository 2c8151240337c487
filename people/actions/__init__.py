"""Every write about people, with its fact."""

from people.actions.access import accept_accountability, grant_role, prove_identity, revoke_role
from people.actions.accounts import (
    add_person,
    change_person,
    change_preferences,
    deactivate_person,
    send_password_link,
)
from people.actions.credentials import (
    SIGN_IN,
    SIGNING,
    SecretAnswer,
    change_password,
    note_right_secret,
    note_second_factor_changed,
    note_signed_in,
    note_signed_out,
    note_wrong_secret,
    try_secret,
    unlock_account,
)
from people.actions.organisation import (
    add_attribute,
    add_department,
    add_group,
    add_job_role,
    add_site,
    set_calendar,
)
from people.actions.periods import join_group, leave_group, return_from_leave, set_attribute, take_leave
from people.actions.positions import end_position, take_position
from people.actions.reporting import NotAllowed

__all__ = [
    "SIGNING",
    "SIGN_IN",
    "NotAllowed",
    "SecretAnswer",
    "accept_accountability",
    "add_attribute",
    "add_department",
    "add_group",
    "add_job_role",
    "add_person",
    "add_site",
    "change_password",
    "change_person",
    "change_preferences",
    "deactivate_person",
    "end_position",
    "grant_role",
    "join_group",
    "leave_group",
    "note_right_secret",
    "note_second_factor_changed",
    "note_signed_in",
    "note_signed_out",
    "note_wrong_secret",
    "prove_identity",
    "return_from_leave",
    "revoke_role",
    "send_password_link",
    "set_attribute",
    "set_calendar",
    "take_leave",
    "take_position",
    "try_secret",
    "unlock_account",
]
