"""Enumerations of the enrollment room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    """How a person stands with a requirement: the fixed states of every list, PDF and export."""

    TODO = "todo", _("Not started")
    DOING = "doing", _("In progress")
    SOON = "soon", _("Due soon")
    LATE = "late", _("Overdue")
    DONE = "done", _("Completed")
    EXPIRED = "expired", _("Expired")
    PAUSED = "paused", _("On leave")
    WAIVED = "waived", _("Waived")


# The order in which they ask for attention.
BY_URGENCY = (
    Status.LATE,
    Status.EXPIRED,
    Status.SOON,
    Status.DOING,
    Status.TODO,
    Status.PAUSED,
    Status.WAIVED,
    Status.DONE,
)


class RequirementState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    ON = "on", _("On")
    OFF = "off", _("Off")
    REMOVED = "removed", _("Removed")  # as a draft: it never held for anyone, and nobody sees it any more


class EnrollmentState(models.TextChoices):
    OPEN = "open", _("Open")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    MOVED = "moved", _("Moved to a newer version")


class ProgressState(models.TextChoices):
    OPENED = "opened", _("In progress")
    COMPLETED = "completed", _("Completed")


class Anchor(models.TextChoices):
    """On which day of an obligation a step of the ladder of messages hangs."""

    WINDOW = "window", _("the day from which it may be renewed")
    EXPIRY = "expiry", _("the last day on which a completion counts")
    DUE = "due", _("the due day")
    LATE = "late", _("being overdue")


# What stands beside the steps of the ladder: that a person was told what they were given.
ASSIGNED_STEP = "assigned"


class CountedFrom(models.TextChoices):
    """From which day the time allowed is counted."""

    ROLE = "role", _("entering the role")
    HIRE = "hire", _("being hired")
    POSITION = "position", _("the beginning of the position")
    SWITCH_ON = "switch_on", _("the day it is switched on")
    VERSION = "version", _("the day the version takes effect")
    FIXED = "fixed", _("a fixed day")


class Renewal(models.TextChoices):
    """When something completed has to be completed again."""

    COURSE = "course", _("as often as the training says")
    ONCE = "once", _("never again")
    COMPLETION = "completion", _("counted from the completion")
    EXPIRY = "expiry", _("counted from the end before")
    CALENDAR = "calendar", _("on a day of the year")


class WaiverState(models.TextChoices):
    PROPOSED = "proposed", _("Proposed")
    GRANTED = "granted", _("Granted")
    RETURNED = "returned", _("Returned")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Standpoint(models.TextChoices):
    """What one course of a task comes to on a day."""

    CURRENT = "current", _("Current")
    EXEMPT = "exempt", _("Waived")
    OUTDATED = "outdated", _("Older version")
    EXPIRED = "expired", _("Expired")
    NEVER = "never", _("Not completed")

    @property
    def glyph(self) -> str:
        """The state whose sign and colour it has."""
        return {"current": "done", "exempt": "waived", "never": "todo"}.get(self.value, "expired")


class KeptFrom(models.TextChoices):
    """From when the years are counted that a training record is kept at least."""

    COMPLETED = "completed", _("the day of completion")
    IN_FORCE = "in_force", _("the day of completion, or the last day its version was in force, if that is later")
    LEFT = "left", _("the end of employment")
    RELEASED = "released", _("the last release of the product")
    FOREVER = "forever", _("no end: it is kept for ever")


class SignedBy(models.TextChoices):
    """Who must have signed a training record, at least."""

    NOBODY = "nobody", _("nobody has to")
    SOMEBODY = "somebody", _("somebody: the learner, or who verified or recorded it")
    LEARNER = "learner", _("the learner")


class CompletionSource(models.TextChoices):
    """How it is known that something was completed."""

    TAKEN = "taken", _("Taken here")
    IMPORTED = "imported", _("Imported")
    EXTERNAL = "external", _("External, verified")
    PROXY = "proxy", _("Entered for somebody")


class HistoryField(models.TextChoices):
    """What a list of old completions can say."""

    NUMBER = "employee_number", _("Employee number")
    EMAIL = "email", _("E-mail")
    COURSE = "course", _("Course code")
    VERSION = "version", _("Version")
    COMPLETED = "completed_on", _("Completed on")
    UNTIL = "valid_until", _("Valid until")
    SCORE = "score", _("Score")
    MOST = "max_score", _("Maximum score")
    REFERENCE = "reference", _("Reference to the paper record")


class HistoryRowKind(models.TextChoices):
    """What becomes of one row of a list of old completions."""

    NEW = "new", _("New")
    KNOWN = "known", _("Known already")
    ERROR = "error", _("In error")


class ClaimState(models.TextChoices):
    """How far it is that somebody says they learned a course elsewhere."""

    WAITING = "waiting", _("Waits for a decision")
    VERIFIED = "verified", _("Verified")
    RETURNED = "returned", _("Returned")
    WITHDRAWN = "withdrawn", _("Taken back")


class SessionState(models.TextChoices):
    """How far a session is: its completions exist after the second signature, and not before."""

    DRAFT = "draft", _("Not signed yet")
    SIGNED = "signed", _("Signed by one")
    CONFIRMED = "confirmed", _("Confirmed")
    RETURNED = "returned", _("Returned")
    DISCARDED = "discarded", _("Discarded")


class PlannedState(models.TextChoices):
    """How far a session with a date is."""

    PLANNED = "planned", _("Planned")
    CANCELLED = "cancelled", _("Cancelled")
    HELD = "held", _("Held")


class SeatState(models.TextChoices):
    """How it stands with somebody's seat in a planned session."""

    TAKEN = "taken", _("Has a seat")
    WAITING = "waiting", _("On the waiting list")
    GIVEN_UP = "given_up", _("Given up")
    REMOVED = "removed", _("Removed")


class ExceptionKind(models.TextChoices):
    """What may be done for several people at once."""

    EXTEND = "extend", _("More time")
    WAIVE = "waive", _("Waiver")
    ASSIGN = "assign", _("Training required")
    REVOKE = "revoke", _("Certificates revoked")
    REOPEN = "reopen", _("Training re-opened")
    MOVE = "move", _("Moved to the version in effect")


class JoinState(models.TextChoices):
    """How it stands with somebody who asks to take a course."""

    ASKED = "asked", _("Waiting")
    GRANTED = "granted", _("Granted")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Why(models.TextChoices):
    """What a due day comes from."""

    FIRST = "first", _("the first time")
    RENEWAL = "renewal", _("the end of a completion")
    RETRAINING = "retraining", _("a new version")


class AudienceField(models.TextChoices):
    """What an audience may ask about a person; nothing else reaches the database."""

    JOB_ROLE = "job_role", _("job role")
    DEPARTMENT = "department", _("department")
    SITE = "site", _("site")
    EMPLOYMENT = "employment", _("employment")
    ATTRIBUTE = "attribute", _("attribute")
    HIRED = "hired", _("first day of work")
    GROUP = "group", _("group")
    PERSON = "person", _("person")
    MANAGES = "manages", _("manages people")
    AUTHOR = "author", _("author of")
    MATRIX = "matrix", _("training matrix")


LEADS_SESSIONS = "leads_sessions"  # in the session of whoever leads sessions with a date, whatever their role
