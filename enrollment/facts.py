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
ASSIGNMENT_MOVED = declare("enrollment.assignment_moved", _("Due days of {course} now end at midnight in {zone}"))
ASSIGNMENT_ENDED = declare("enrollment.assignment_ended", _("Requirement no longer holds: {course}. {why}"))

CALENDAR_MADE = declare("enrollment.calendar_made", _("{actor} made a new address for their calendar"))
CALENDAR_ENDED = declare("enrollment.calendar_ended", _("{actor} ended the address of their calendar"))

ENROLLED = declare("enrollment.enrolled", _("Began {course}, version {version}"), glyph="doing")
ACTIVITY_OPENED = declare("enrollment.activity_opened", _("Opened “{activity}”"), glyph="doing")
ACTIVITY_COMPLETED = declare("enrollment.activity_completed", _("Finished “{activity}”"), glyph="done")
COMPLETED = declare("enrollment.completed", _("Completed: {course}, version {version}"), glyph="done")
REMINDED = declare("enrollment.reminded", _("{actor} reminded {name} of {course}"), glyph="soon")
OVERDUE = declare("enrollment.overdue", _("Overdue: {course} was due {due_on}"), glyph="late")
