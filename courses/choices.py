"""Enumerations of the courses room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class VersionState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    EFFECTIVE = "effective", _("Effective")
    SUPERSEDED = "superseded", _("Superseded")
    RETIRED = "retired", _("Retired")


# From each state, the states that may follow; the database holds the same table in a trigger.
TRANSITIONS: dict[VersionState, frozenset[VersionState]] = {
    VersionState.DRAFT: frozenset({VersionState.IN_REVIEW}),
    VersionState.IN_REVIEW: frozenset({VersionState.DRAFT, VersionState.APPROVED}),
    VersionState.APPROVED: frozenset({VersionState.EFFECTIVE, VersionState.RETIRED}),
    VersionState.EFFECTIVE: frozenset({VersionState.SUPERSEDED, VersionState.RETIRED}),
    VersionState.SUPERSEDED: frozenset(),
    VersionState.RETIRED: frozenset(),
}

# How a state looks beside its word: one of the nine marks of the component library.
GLYPHS: dict[VersionState, str] = {
    VersionState.DRAFT: "todo",
    VersionState.IN_REVIEW: "doing",
    VersionState.APPROVED: "soon",
    VersionState.EFFECTIVE: "done",
    VersionState.SUPERSEDED: "expired",
    VersionState.RETIRED: "locked",
}


class Retraining(models.TextChoices):
    """What a new version asks of people who completed an earlier one; the approver decides."""

    KEEP = "keep", _("Keep their completion")
    REPEAT = "repeat", _("Complete the new version")


RETRAINING_WITHIN_DAYS = 30  # of taking effect, where nothing else is said


class Joining(models.TextChoices):
    """Who may begin a course by themselves."""

    OPEN = "open", _("Everyone")
    APPROVAL = "approval", _("Whoever their manager lets")
    REQUIRED = "required", _("Only those of whom it is required")


class UploadKind(models.TextChoices):
    """What a file may be that somebody uploads for an activity."""

    IMAGE = "image", _("Picture")
    VIDEO = "video", _("Video")
    CAPTIONS = "captions", _("Captions")
    DOCUMENT = "document", _("Document")


class CompletedBy(models.TextChoices):
    """How an activity of a kind comes to be completed."""

    READING = "reading", _("going on to the next")
    OPENING = "opening", _("opening its file")
    WATCHING = "watching", _("watching enough of it")
    COURSE = "course", _("completing the course that it asks for")
    ITSELF = "itself", _("what its own page reports")
