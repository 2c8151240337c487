"""What the courses room reports.

Every payload has `course_id`, `version_id` (where there is one), `code`, `course` (the title) and
`version` (the label). Higher rooms follow VERSION_EFFECTIVE and VERSION_RETIRED.
"""

from django.utils.translation import gettext_lazy as _

from records.facts import declare

COURSE_CREATED = declare("courses.course_created", _("{actor} created the course {code}, {course}"))
JOINING_CHANGED = declare("courses.joining_changed", _("{actor} changed who may begin {course}: {who}"))
VERSION_STARTED = declare("courses.version_started", _("{actor} began version {version} of {course}"))
VERSION_EDITED = declare("courses.version_edited", _("{actor} changed the details of {course} {version}"))
MODULE_ADDED = declare("courses.module_added", _("{actor} added the module “{part}” to {course} {version}"))
MODULE_EDITED = declare("courses.module_edited", _("{actor} changed the module “{part}” of {course} {version}"))
MODULE_MOVED = declare("courses.module_moved", _("{actor} moved the module “{part}” in {course} {version}"))
MODULE_REMOVED = declare("courses.module_removed", _("{actor} removed the module “{part}” from {course} {version}"))
ACTIVITY_ADDED = declare("courses.activity_added", _("{actor} added “{part}” to {course} {version}"))
ACTIVITY_EDITED = declare("courses.activity_edited", _("{actor} changed “{part}” in {course} {version}"))
ACTIVITY_MOVED = declare("courses.activity_moved", _("{actor} moved “{part}” in {course} {version}"))
ACTIVITY_REMOVED = declare("courses.activity_removed", _("{actor} removed “{part}” from {course} {version}"))
REMOVAL_UNDONE = declare("courses.removal_undone", _("{actor} brought “{part}” back into {course} {version}"))
ASSET_STORED = declare("courses.asset_stored", _("{actor} uploaded {name}"))

VERSION_SUBMITTED = declare(
    "courses.version_submitted", _("{actor} submitted {course} {version} for review"), glyph="doing"
)
VERSION_RETURNED = declare(
    "courses.version_returned", _("{actor} returned {course} {version} to its author"), glyph="soon"
)
VERSION_APPROVED = declare(
    "courses.version_approved", _("{actor} approved {course} {version}, effective {effective_on}"), glyph="done"
)
# Payload beside the usual: previous_version_id (or null), effective_on, and retraining: "keep" or
# "repeat", what people who completed an earlier version are asked to do.
VERSION_EFFECTIVE = declare("courses.version_effective", _("{course} {version} is effective"), glyph="done")
VERSION_SUPERSEDED = declare(
    "courses.version_superseded", _("{course} {version} was superseded by {successor}"), glyph="expired"
)
VERSION_RETIRED = declare("courses.version_retired", _("{actor} retired {course} {version}"), glyph="locked")
