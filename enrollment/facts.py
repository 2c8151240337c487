"""What the enrollment room reports."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from records.facts import Counted, declare

REQUIREMENT_CREATED = declare("enrollment.requirement_created", _("{actor} drafted requirement R-{number}: {sentence}"))
REQUIREMENT_CHANGED = declare("enrollment.requirement_changed", _("{actor} changed requirement R-{number}: {sentence}"))
REQUIREMENT_REWORDED = declare(
    "enrollment.requirement_reworded",
    Counted(
        "people",
        lambda count: ngettext(
            "{actor} changed requirement R-{number} in force, for {people} person: {sentence}",
            "{actor} changed requirement R-{number} in force, for {people} people: {sentence}",
            count,
        ),
    ),
)
REQUIREMENT_SWITCHED_ON = declare(
    "enrollment.requirement_switched_on",
    Counted(
        "people",
        lambda count: ngettext(
            "{actor} switched on requirement R-{number} for {people} person",
            "{actor} switched on requirement R-{number} for {people} people",
            count,
        ),
    ),
)
REQUIREMENT_SWITCHED_OFF = declare(
    "enrollment.requirement_switched_off", _("{actor} switched off requirement R-{number}")
)
REQUIREMENT_REMOVED = declare(
    "enrollment.requirement_removed", _("{actor} removed the draft of requirement R-{number}: {sentence}")
)
CELL_SET = declare("enrollment.cell_set", _("{actor} set R-{number}, {course}, for {job_role} from {since} on"))
CELL_TAKEN_AWAY = declare(
    "enrollment.cell_taken_away", _("{actor} took R-{number}, {course}, away from {job_role} from {since} on")
)
ASSIGNED = declare("enrollment.assigned", _("Requirement given: {course}. {why}, due {due_on}"))
ASSIGNED_MANY = declare(
    "enrollment.assigned_many",
    Counted(
        "people",
        lambda count: ngettext(
            "{actor} gave requirement R-{number} to {people} person",
            "{actor} gave requirement R-{number} to {people} people",
            count,
        ),
    ),
)
ENDED_MANY = declare(
    "enrollment.ended_many",
    Counted(
        "people",
        lambda count: ngettext(
            "{actor} ended requirement R-{number} for {people} person",
            "{actor} ended requirement R-{number} for {people} people",
            count,
        ),
    ),
)
ASSIGNMENT_MOVED = declare(
    "enrollment.assignment_moved", _("{course} is due on {due_on} now, and its days end at midnight in {zone}")
)
ASSIGNMENT_ENDED = declare("enrollment.assignment_ended", _("Requirement no longer holds: {course}. {why}"))

RETRAINING_ASKED = declare(
    "enrollment.retraining_asked", _("{course}, version {version}, is to be learned by {due_on}"), glyph="soon"
)
RETRAINING_OF_MANY = declare(
    "enrollment.retraining_of_many",
    Counted(
        "people",
        lambda count: ngettext(
            "{people} person is to learn {course}, version {version}, by {due_on}",
            "{people} people are to learn {course}, version {version}, by {due_on}",
            count,
        ),
    ),
)
TASK_ADDED = declare("enrollment.task_added", _("{actor} added the task “{name}”, which asks for {courses}"))
TASK_CHANGED = declare("enrollment.task_changed", _("{actor} changed the task “{name}”: it asks for {courses}"))
TASK_LEADS = declare(
    "enrollment.task_leads",
    _("{actor} said of which courses only who is qualified for “{name}” leads sessions: {courses}"),
)
RECORD_CLASS_ADDED = declare(
    "enrollment.record_class_added", _("{actor} added the record class “{name}”. Kept: {period}. Signed: {signed}")
)
RECORD_CLASS_CHANGED = declare(
    "enrollment.record_class_changed", _("{actor} changed the record class “{name}”. Kept: {period}. Signed: {signed}")
)
RECORD_CLASS_COURSES = declare(
    "enrollment.record_class_courses", _("{actor} said which trainings the record class “{name}” is of: {courses}")
)
RECORDS_FETCHED = declare(
    "enrollment.records_fetched",
    Counted(
        "records",
        lambda count: ngettext(
            "{actor} downloaded {records} record of the class “{name}”",
            "{actor} downloaded {records} records of the class “{name}”",
            count,
        ),
    ),
)
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
LADDER_CHANGED = declare(
    "enrollment.ladder_changed", _("{actor} changed the ladder of messages for {kind}. {before} became: {after}")
)
HISTORY_BROUGHT = declare("enrollment.history_brought", _("{actor} brought the list of completions {file}"))
HISTORY_READ = declare("enrollment.history_read", _("{actor} named the columns of {file}"))
HISTORY_CHECKED = declare(
    "enrollment.history_checked", _("{file} was checked: {new} completions are new, {known} known, {error} in error")
)
HISTORY_FAILED = declare("enrollment.history_failed", _("{file} could not be read: {words}"))
HISTORY_BEGUN = declare("enrollment.history_begun", _("{actor} let the completions of {file} be loaded"))
HISTORY_PART_LOADED = declare(
    "enrollment.history_part_loaded", _("{rows} completions were loaded from {file}, lines {first} to {last}")
)
HISTORY_LOADED = declare("enrollment.history_loaded", _("{file} was loaded: {new} completions are new"))
HISTORY_DISCARDED = declare("enrollment.history_discarded", _("{actor} discarded the list of completions {file}"))
HISTORY_ERRORS_FETCHED = declare("enrollment.history_errors_fetched", _("{actor} downloaded the errors of {file}"))
COMPLETION_IMPORTED = declare(
    "enrollment.completion_imported",
    _("Imported from {file}, line {line}: completed {course}, version {version}, on {on}"),
    glyph="done",
)

CLAIMED = declare("enrollment.claimed", _("{actor} says they learned {course} elsewhere: {provider}, {on}"))
CLAIM_VERIFIED = declare(
    "enrollment.claim_verified", _("{actor} verified that {name} learned {course} elsewhere"), glyph="done"
)
CLAIM_RETURNED = declare("enrollment.claim_returned", _("{actor} returned the proof of {course} to {name}: {words}"))
CLAIM_WITHDRAWN = declare("enrollment.claim_withdrawn", _("{actor} took the proof of {course} back"))
CLAIM_READ = declare("enrollment.claim_read", _("{actor} opened the proof of {course} for {name}"))
COMPLETED_ELSEWHERE = declare(
    "enrollment.completed_elsewhere", _("Learned elsewhere: {course}, version {version}, on {on}"), glyph="done"
)

SESSION_DRAFTED = declare("enrollment.session_drafted", _("{actor} wrote down a session of {course} on {on}"))
SESSION_SIGNED = declare("enrollment.session_signed", _("{actor} signed for a session of {course} on {on}"))
SESSION_CONFIRMED = declare(
    "enrollment.session_confirmed",
    Counted(
        "people",
        lambda count: ngettext(
            "{actor} confirmed the session of {course} on {on} for {people} person",
            "{actor} confirmed the session of {course} on {on} for {people} people",
            count,
        ),
    ),
)
SESSION_RETURNED = declare(
    "enrollment.session_returned", _("{actor} returned the session of {course} on {on}: {words}")
)
SESSION_DISCARDED = declare("enrollment.session_discarded", _("{actor} discarded the session of {course} on {on}"))
SESSION_SHEET_READ = declare("enrollment.session_sheet_read", _("{actor} opened the sign-in sheet of {course} on {on}"))
COMPLETED_IN_SESSION = declare(
    "enrollment.completed_in_session",
    _("Recorded by {recorder}, confirmed by {actor}: {course}, version {version}, on {on}"),
    glyph="done",
)

SESSION_PLANNED = declare("enrollment.session_planned", _("{actor} planned a session of {course}: {when}"))
PLAN_CHANGED = declare("enrollment.plan_changed", _("{actor} changed the session of {course} on {on}. {changes}"))
PLAN_CANCELLED = declare("enrollment.plan_cancelled", _("{actor} cancelled the session of {course} on {on}: {words}"))
PLAN_HELD = declare("enrollment.plan_held", _("{actor} wrote down who came to the session of {course} on {on}"))
SEAT_TAKEN = declare("enrollment.seat_taken", _("{actor} took a seat: {course} on {on}"))
SEAT_AWAITED = declare("enrollment.seat_awaited", _("{actor} waits for a seat: {course} on {on}"))
SEAT_GIVEN = declare("enrollment.seat_given", _("{actor} gave {name} a seat: {course} on {on}"))
SEAT_ASKED_FOR = declare("enrollment.seat_asked_for", _("{actor} put {name} on the waiting list: {course} on {on}"))
SEAT_MOVED_UP = declare("enrollment.seat_moved_up", _("{name} moved up from the waiting list: {course} on {on}"))
SEAT_GIVEN_UP = declare("enrollment.seat_given_up", _("{actor} gave up their seat: {course} on {on}"))
WAITING_ENDED = declare("enrollment.waiting_ended", _("{actor} waits no longer for a seat: {course} on {on}"))
SEAT_REMOVED = declare("enrollment.seat_removed", _("{actor} took {name} off the session of {course} on {on}: {words}"))

EQUIVALENCE_ADDED = declare(
    "enrollment.equivalence_added",
    _("{actor} let {course}, from version {number} on, count as {counts_as} from {first}"),
)
EQUIVALENCE_ENDED = declare(
    "enrollment.equivalence_ended", _("{actor} let {course} count as {counts_as} only for days before {day}")
)

STUDY_POLICY_CHANGED = declare(
    "enrollment.study_policy_changed", _("{actor} capped the courses in progress at once: {most} instead of {before}")
)
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
