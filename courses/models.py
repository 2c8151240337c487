"""What can be learned: course, version, module, activity, and the files they show."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

from core.constraints import both_or_neither, one_of
from core.ids import new_id
from core.models import Row
from courses.choices import GLYPHS, RETRAINING_WITHIN_DAYS, Joining, Retraining, VersionState
from people.models import User
from records.rules import day_in


class Course(Row):
    """One training through all its versions."""

    code = models.CharField(max_length=40, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    joining = models.CharField(max_length=10, choices=Joining, default=Joining.OPEN, db_default="open")

    class Meta:
        constraints = [one_of("joining", Joining, name="course_joining_known")]

    def __str__(self) -> str:
        return self.code


class CourseVersion(Row):
    """One version of a course; frozen, by a trigger too, once it has left the draft state."""

    course = models.ForeignKey(Course, on_delete=models.PROTECT, db_index=False, related_name="versions")
    number = models.PositiveIntegerField()
    label = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    language = models.CharField(max_length=10, default="en")
    objectives = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    topics = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    prerequisites = ArrayField(models.UUIDField(), default=list, db_default=[], blank=True)  # courses to complete first
    references = models.JSONField(default=list, blank=True)  # [{"clause": …, "title": …}]
    validity_months = models.PositiveSmallIntegerField(null=True, blank=True)
    change_summary = models.TextField(blank=True)
    state = models.CharField(max_length=12, choices=VersionState, default=VersionState.DRAFT)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    next_review_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=1)  # counts saves of the version and of all its parts
    details_revision = models.PositiveIntegerField(default=1)  # in which its own fields last changed
    minutes = models.PositiveSmallIntegerField(default=0)  # the sum over its activities, set at submission
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    returned_note = models.TextField(blank=True)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    effective_on = models.DateField(null=True)
    effective_zone = models.CharField(max_length=64, default="UTC", db_default="UTC")  # where that day begins
    retraining = models.CharField(max_length=8, choices=Retraining, default=Retraining.KEEP)
    retraining_within_days = models.PositiveSmallIntegerField(  # of taking effect
        default=RETRAINING_WITHIN_DAYS, db_default=RETRAINING_WITHIN_DAYS
    )
    retraining_up_to = models.PositiveIntegerField(null=True)  # who completed this number or an older one; else any
    retraining_of = models.JSONField(default=dict, db_default={}, blank=True)  # {"departments": [ids], "sites": …}
    ended_at = models.DateTimeField(null=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    search = SearchVectorField(null=True, editable=False)  # kept by a trigger

    class Meta:
        constraints = [
            one_of("state", VersionState, name="version_state_known"),
            one_of("retraining", Retraining, name="version_retraining_known"),
            models.UniqueConstraint(fields=["course", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["course", "label"], name="version_label_once"),
            models.UniqueConstraint(
                fields=["course"], condition=Q(state=VersionState.EFFECTIVE), name="version_one_effective"
            ),
            models.UniqueConstraint(
                fields=["course"],
                condition=Q(state__in=[VersionState.DRAFT, VersionState.IN_REVIEW]),
                name="version_one_in_work",
            ),
            both_or_neither("submitted_at", "submitted_by", name="version_submitted_by_somebody"),
            both_or_neither("approved_at", "approved_by", name="version_approved_by_somebody"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("submitted_by")),
                name="version_approver_is_not_author",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[VersionState.DRAFT, VersionState.IN_REVIEW])
                | (Q(approved_at__isnull=False, effective_on__isnull=False) & ~Q(content_sha256="")),
                name="version_approved_is_dated_and_hashed",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="version_has_title"),
        ]
        indexes = [
            GinIndex(fields=["search"], name="version_search", condition=Q(state=VersionState.EFFECTIVE)),
            models.Index(fields=["effective_on"], condition=Q(state=VersionState.APPROVED), name="version_upcoming"),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.label}"

    def has_come(self, at: datetime) -> bool:
        """Say whether the day on which it takes effect has begun where its approver is."""
        return self.effective_on is not None and self.effective_on <= day_in(self.effective_zone, at)

    @property
    def glyph(self) -> str:
        """The mark of its state, one of the nine of `core.components.states`."""
        return GLYPHS[VersionState(self.state)]


class Contributor(models.Model):
    """Who wrote on a version: none of them may approve it."""

    version = models.ForeignKey(CourseVersion, on_delete=models.CASCADE, db_index=False, related_name="contributors")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    first_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "user"], name="contributor_once")]


class Module(Row):
    """A part of a version with one objective."""

    version = models.ForeignKey(CourseVersion, on_delete=models.CASCADE, db_index=False, related_name="modules")
    lineage = models.UUIDField(default=new_id)  # the same in every version that it was copied to
    revision = models.PositiveIntegerField(default=1)  # of the version, in which this last changed
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    objective = models.CharField(max_length=300, blank=True)
    needed = models.PositiveSmallIntegerField(null=True, blank=True)  # any so many of its activities; else all

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "position"],
                name="module_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(needed__isnull=True) | Q(needed__gte=1), name="module_needs_one"),
        ]

    def __str__(self) -> str:
        return self.title


class Asset(Row):
    """A file under the hash of its bytes; shown only to those who may open what shows it."""

    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size_bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage_key = models.CharField(max_length=120)
    details = models.JSONField(default=dict, blank=True)  # a film's duration_seconds, a picture's width and height
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")


class Activity(Row):
    """One thing to do in a module; its kind says how it is edited, shown and completed."""

    module = models.ForeignKey(Module, on_delete=models.CASCADE, db_index=False, related_name="activities")
    lineage = models.UUIDField(default=new_id)  # the same in every version that it was copied to
    revision = models.PositiveIntegerField(default=1)  # of the version, in which this last changed
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    minutes = models.PositiveSmallIntegerField(default=1)
    body = models.TextField(blank=True)  # a page's Markdown
    settings = models.JSONField(default=dict, blank=True)  # what the kind keeps, see its folder
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    captions = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    poster = models.ForeignKey(Asset, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["module", "position"],
                name="activity_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=~Q(title=""), name="activity_has_title"),
        ]

    def __str__(self) -> str:
        return self.title
