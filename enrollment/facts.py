"""What the enrollment room reports."""

from django.utils.translation import gettext_lazy as _

from records.facts import declare

REQUIREMENT_CREATED = declare("enrollment.requirement_created", _("{actor} drafted requirement R-{number}: {sentence}"))
REQUIREMENT_CHANGED = declare("enrollment.requirement_changed", _("{actor} changed requirement R-{number}: {sentence}"))
REQUIREMENT_SWITCHED_ON = declare(
    "enrollment.requirement_switched_on", _("{actor} switched on requirement R-{number} for {people} people")
)
REQUIREMENT_SWITCHED_OFF = declare(
    "enrollment.requirement_switched_off", _("{actor} switched off requirement R-{number}")
)
ASSIGNED = declare("enrollment.assigned", _("Requirement given: {course}. {why}, due {due_on}"))
ASSIGNED_MANY = declare("enrollment.assigned_many", _("{actor} gave requirement R-{number} to {people} people"))
ENDED_MANY = declare("enrollment.ended_many", _("{actor} ended requirement R-{number} for {people} people"))
ASSIGNMENT_MOVED = declare(
    "enrollment.assignment_moved", _("{course} is due on {due_on} now, and its days end at midnight in {zone}")
)
ASSIGNMENT_ENDED = declare("enrollment.assignment_ended", _("Requirement no longer holds: {course}. {why}"))

RETRAINING_ASKED = declare(
    "enrollment.retraining_asked", _("{course}, version {version}, is to be learned by {due_on}"), glyph="soon"
)
RETRAINING_OF_MANY = declare(
    "enrollment.retraining_of_many", _("{people} people are to learn {course}, version {version}, by {due_on}")
)
TASK_ADDED = declare("enrollment.task_added", _("{actor} added the task “{name}”, which asks for {courses}"))
TASK_CHANGED = declare("enrollment.task_changed", _("{actor} changed the task “{name}”: it asks for {courses}"))
TOKEN_CREATED = declare(
    "enrollment.reading_token_created", _("{actor} created a token that reads who is qualified: {token}")
)
TOKEN_REVOKED = declare("enrollment.reading_token_revoked", _("{actor} revoked the token {token}"), glyph="locked")
TOKEN_USED = declare("enrollment.reading_token_used", _("The token {token} was used to ask who is qualified"))
CALENDAR_MADE = declare("enrollment.calendar_made", _("{actor} made a new address for their calendar"))
CALENDAR_ENDED = declare("enrollment.calendar_ended", _("{actor} ended the address of their calendar"))

ENROLLED = declare("enrollment.enrolled", _("Began {course}, version {version}"), glyph="doing")
CANCELLED = declare(
    "enrollment.cancelled", _("Ended before it was completed: {course}, version {version}. {why}"), glyph="todo"
)
REOPENED = declare(
    "enrollment.reopened", _("Goes on again where it was: {course}, version {version}. {why}"), glyph="doing"
)
MOVED = declare(
    "enrollment.moved",
    _("{actor} moved {course} from version {from_version} to {to_version}; {kept} of {total} activities stay done"),
    glyph="doing",
)
OWN_DAY_SET = declare("enrollment.own_day_set", _("{actor} wants to be done with {course} by {own_due_on}"))
OWN_DAY_REMOVED = declare("enrollment.own_day_removed", _("{actor} took back the day for {course}"))
JOIN_ASKED = declare("enrollment.join_asked", _("{actor} asked {asked} to let them take {course}"))
JOIN_GRANTED = declare("enrollment.join_granted", _("{actor} let {name} take {course}"), glyph="done")
JOIN_DECLINED = declare("enrollment.join_declined", _("{actor} did not let {name} take {course}: {words}"))
JOIN_WITHDRAWN = declare("enrollment.join_withdrawn", _("{actor} no longer asks to take {course}"))
ACTIVITY_OPENED = declare("enrollment.activity_opened", _("Opened “{activity}”"), glyph="doing")
ACTIVITY_COMPLETED = declare("enrollment.activity_completed", _("Finished “{activity}”"), glyph="done")
COMPLETED = declare("enrollment.completed", _("Completed: {course}, version {version}"), glyph="done")
REMINDED = declare("enrollment.reminded", _("{actor} reminded {name} of {course}"), glyph="soon")
OVERDUE = declare("enrollment.overdue", _("Overdue: {course} was due {due_on}"), glyph="late")

EXTENDED = declare(
    "enrollment.extended",
    _("{actor} gave {name} more time for {course}: due {due_on} instead of {was_due_on}"),
    glyph="soon",
)
WAIVER_PROPOSED = declare(
    "enrollment.waiver_proposed", _("{actor} proposed to waive {course} for {name} from {first} to {last}")
)
WAIVER_GRANTED = declare(
    "enrollment.waiver_granted", _("{actor} waived {course} for {name} from {first} to {last}"), glyph="waived"
)
WAIVER_RETURNED = declare(
    "enrollment.waiver_returned", _("{actor} returned the proposal to waive {course} for {name}: {words}")
)
WAIVER_WITHDRAWN = declare("enrollment.waiver_withdrawn", _("{actor} withdrew the waiver of {course} for {name}"))
WAIVER_ASKED = declare("enrollment.waiver_asked", _("{actor} asked {asked} for a waiver of {course}"))
WAIVER_READ = declare("enrollment.waiver_read", _("{actor} opened the evidence of a waiver of {course} for {name}"))
EXCEPTION_POLICY_CHANGED = declare(
    "enrollment.exception_policy_changed",
    _("{actor} limited exceptions: {days} days and {times} times more time, waivers of {waiver_days} days"),
)
