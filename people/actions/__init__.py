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
from people.actions.organisation import add_department, add_job_role, add_site
from people.actions.positions import take_position
from people.actions.reporting import NotAllowed

__all__ = [
    "SIGNING",
    "SIGN_IN",
    "NotAllowed",
    "SecretAnswer",
    "accept_accountability",
    "add_department",
    "add_job_role",
    "add_person",
    "add_site",
    "change_password",
    "change_person",
    "change_preferences",
    "deactivate_person",
    "grant_role",
    "note_right_secret",
    "note_second_factor_changed",
    "note_signed_in",
    "note_signed_out",
    "note_wrong_secret",
    "prove_identity",
    "revoke_role",
    "send_password_link",
    "take_position",
    "try_secret",
    "unlock_account",
]
