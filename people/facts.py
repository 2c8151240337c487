"""What the people room reports."""

from django.utils.translation import gettext_lazy as _

from records.facts import declare

PERSON_ADDED = declare("people.person_added", _("{actor} added {name}"))
PERSON_CHANGED = declare("people.person_changed", _("{actor} changed the details of {name}"))
PERSON_DEACTIVATED = declare("people.person_deactivated", _("{actor} closed the account of {name}"), glyph="locked")
POSITION_CHANGED = declare("people.position_changed", _("Position of {name}: {job_role}, {site}, from {valid_from}"))
POSITION_ENDED = declare("people.position_ended", _("Position of {name} as {job_role}, {site}, ends on {last_day}"))
LEAVE_TAKEN = declare("people.leave_taken", _("{name} is on leave from {valid_from} until {valid_until}"))
LEAVE_ENDS = declare("people.leave_ends", _("{name} is back from leave on {back_on}"))
ATTRIBUTE_SET = declare("people.attribute_set", _("{attribute} of {name}: {value}, from {valid_from}"))
GROUP_JOINED = declare("people.group_joined", _("{name} belongs to {group} from {valid_from}"))
GROUP_LEFT = declare("people.group_left", _("{name} belongs to {group} no longer from {valid_until}"))
ROLE_GRANTED = declare("people.role_granted", _("{actor} granted the role {role} to {name}"))
ROLE_REVOKED = declare("people.role_revoked", _("{actor} took the role {role} from {name}"))
IDENTITY_PROVED = declare("people.identity_proved", _("{actor} verified the identity of {name}: {method}"))
WORK_CHANGED = (
    PERSON_ADDED,
    PERSON_CHANGED,
    PERSON_DEACTIVATED,
    POSITION_CHANGED,
    POSITION_ENDED,
    LEAVE_TAKEN,
    LEAVE_ENDS,
    ATTRIBUTE_SET,
    GROUP_JOINED,
    GROUP_LEFT,
)  # what may change what is required of someone
ORGANISATION_CHANGED = declare("people.organisation_changed", _("{actor} changed the organisation: {what}"))
PREFERENCES_CHANGED = declare("people.preferences_changed", _("{actor} changed their own settings"))

SIGNED_IN = declare("people.signed_in", _("{actor} signed in"))
SIGNED_OUT = declare("people.signed_out", _("{actor} signed out"))
SECRET_WRONG = declare("people.secret_wrong", _("Wrong password for {name} at {purpose}"), glyph="soon")
ACCOUNT_LOCKED = declare("people.account_locked", _("The account of {name} was locked"), glyph="late")
ACCOUNT_UNLOCKED = declare("people.account_unlocked", _("{actor} unlocked the account of {name}"))
PASSWORD_LINK_SENT = declare("people.password_link_sent", _("{actor} let {name} have a link to set a password"))
PASSWORD_CHANGED = declare("people.password_changed", _("The password of {name} was changed"))
SECOND_FACTOR_CHANGED = declare("people.second_factor_changed", _("The second factor of {name} was changed: {what}"))
