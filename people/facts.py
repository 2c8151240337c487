"""What the people room reports."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from records.facts import Counted, declare

PERSON_ADDED = declare("people.person_added", _("{actor} added {name}"))
PERSON_CHANGED = declare("people.person_changed", _("{actor} changed the details of {name}"))
PERSON_DEACTIVATED = declare("people.person_deactivated", _("{actor} closed the account of {name}"), glyph="locked")
POSITION_CHANGED = declare("people.position_changed", _("Position of {name}: {job_role}, {site}, from {valid_from}"))
POSITION_CORRECTED = declare(
    "people.position_corrected", _("{actor} corrected the position of {name} from {valid_from}: {job_role}, {site}")
)
POSITION_ENDED = declare("people.position_ended", _("Position of {name} as {job_role}, {site}, ends on {last_day}"))
LEAVE_TAKEN = declare("people.leave_taken", _("{name} is on leave from {valid_from} until {valid_until}"))
LEAVE_ENDS = declare("people.leave_ends", _("{name} is back from leave on {back_on}"))
LEAVE_WITHDRAWN = declare(
    "people.leave_withdrawn", _("{actor} took back the leave of {name} from {valid_from} until {valid_until}")
)
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
    POSITION_CORRECTED,
    POSITION_ENDED,
    LEAVE_TAKEN,
    LEAVE_ENDS,
    LEAVE_WITHDRAWN,
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

# Lists of people. Those with an owner name them in `person_id`: they are told.
IMPORT_BROUGHT = declare("people.import_brought", _("{actor} brought a list of people: {file}"))
IMPORT_ASKED = declare("people.import_asked", _("{actor} let the list {file} be checked"))
IMPORT_CHECKED = declare("people.import_checked", _("The list {file} was checked: {leaving} of {rows} would leave"))
IMPORT_STOPPED = declare(
    "people.import_stopped",
    Counted(
        "leaving",
        lambda count: ngettext(
            "The list {file} was stopped: {leaving} account would be closed",
            "The list {file} was stopped: {leaving} accounts would be closed",
            count,
        ),
    ),
    glyph="late",
)
IMPORT_FAILED = declare("people.import_failed", _("The list {file} could not be taken: {words}"), glyph="late")
IMPORT_BEGUN = declare("people.import_begun", _("{actor} let the list {file} be applied"))
IMPORT_VERIFIED = declare("people.import_verified", _("Nothing had changed since the list {file} was checked"))
IMPORT_WRITTEN = declare("people.import_written", _("{rows} rows of the list {file} were written"))
IMPORT_APPLIED = declare("people.import_applied", _("The list {file} was applied"), glyph="done")
IMPORT_DISCARDED = declare("people.import_discarded", _("{actor} discarded the list {file}"))
IMPORT_REJECTS_FETCHED = declare(
    "people.import_rejects_fetched", _("{actor} downloaded the rejected rows of the list {file}")
)
MAPPING_SAVED = declare("people.mapping_saved", _("{actor} saved how lists are read: {name}"))
TOKEN_CREATED = declare("people.import_token_created", _("{actor} created a token for lists of people: {token}"))
TOKEN_REVOKED = declare("people.import_token_revoked", _("{actor} revoked the token {token}"), glyph="locked")
TOKEN_USED = declare("people.import_token_used", _("A list of people came with the token {token}"))
IMPORT_POLICY_CHANGED = declare(
    "people.import_policy_changed", _("{actor} lets at most {percent} % of the accounts leave by a list unconfirmed")
)
