"""Lists of old completions that were brought in: their files, and what each row became."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.constraints import both_or_neither, one_of
from core.models import Row
from courses.models import CourseVersion
from enrollment.choices import HistoryRowKind
from people.choices import DateOrder, ImportState
from people.models import User


class CompletionImport(Row):
    """One list of old completions: where it came from, how it is read, how far it is, what it did."""

    file_name = models.CharField(max_length=140)
    storage_key = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    headings = ArrayField(models.CharField(max_length=200))
    columns = models.JSONField(default=dict)  # field → heading
    date_order = models.CharField(max_length=3, choices=DateOrder, default=DateOrder.YEAR_FIRST)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=ImportState, default=ImportState.MAPPING)
    job = models.ForeignKey("core.Job", on_delete=models.PROTECT, null=True, related_name="+")
    row_count = models.PositiveIntegerField(null=True)
    planned = models.JSONField(default=dict)  # how many rows of each kind, as checked
    made = models.JSONField(default=dict)  # and as loaded
    words = models.CharField(max_length=300, blank=True)  # why it failed
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    loaded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("state", ImportState, name="history_state_known"),
            one_of("date_order", DateOrder, name="history_date_order_known"),
            models.CheckConstraint(
                condition=Q(state=ImportState.APPLIED, loaded_at__isnull=False)
                | (~Q(state=ImportState.APPLIED) & Q(loaded_at__isnull=True)),
                name="history_loaded_at_when_loaded",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at"], name="history_newest"),
            models.Index(fields=["sha256"], name="history_of_file"),
        ]

    def __str__(self) -> str:
        return self.file_name


class CompletionImportRow(models.Model):
    """What becomes of one row of a list of old completions; written when it is checked."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(CompletionImport, on_delete=models.CASCADE, db_index=False, related_name="rows")
    line = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=HistoryRowKind)
    person = models.CharField(max_length=254)  # as the file names them: a number, or an address
    course_code = models.CharField(max_length=40)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    version = models.ForeignKey(CourseVersion, on_delete=models.PROTECT, null=True, db_index=False, related_name="+")
    completed_on = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    max_score = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    reference = models.CharField(max_length=120, blank=True)
    words = models.TextField(blank=True)  # why it is in error, or what was taken as said
    is_done = models.BooleanField(default=False)

    class Meta:
        constraints = [
            one_of("kind", HistoryRowKind, name="history_row_kind_known"),
            models.CheckConstraint(
                condition=Q(kind=HistoryRowKind.ERROR)
                | Q(user__isnull=False, version__isnull=False, completed_on__isnull=False),
                name="history_row_whole",
            ),
            both_or_neither("score", "max_score", name="history_row_score_whole"),
        ]
        indexes = [
            models.Index(fields=["run", "kind", "line"], name="history_row_of_kind"),
            models.Index(fields=["run", "id"], condition=Q(is_done=False), name="history_row_waiting"),
        ]
