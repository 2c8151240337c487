"""Lists of people that were brought in: their files, how their columns are read, what each row became."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from core.constraints import both_or_neither, one_of
from core.models import Row
from people.choices import DateOrder, ImportSource, ImportState, RowKind


class Reading(Row):
    """How a list is read and taken: its columns by field, its dates, and what it may do."""

    columns = models.JSONField(default=dict)  # field → heading
    date_order = models.CharField(max_length=3, choices=DateOrder, default=DateOrder.YEAR_FIRST)
    is_complete = models.BooleanField(default=False)  # who is not in it leaves
    creates = models.BooleanField(default=False)  # unknown sites, departments and job roles are created
    new_site_zone = models.CharField(max_length=64, default="UTC")
    new_site_country = models.CharField(max_length=2, blank=True)
    sends_links = models.BooleanField(default=False)  # new people get a link to set their password

    class Meta:
        abstract = True

    READING = ("columns", "date_order", "is_complete", "creates", "new_site_zone", "new_site_country", "sends_links")

    @property
    def reading(self) -> dict[str, object]:
        """All of it, to be given to another row."""
        return {name: getattr(self, name) for name in self.READING}


class ImportMapping(Reading):
    """A way of reading lists that has a name, for the next file with the same headings."""

    name = models.CharField(max_length=80, unique=True)
    headings = ArrayField(models.CharField(max_length=200))  # of the file that it was made for
    saved_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [one_of("date_order", DateOrder, name="import_mapping_date_order_known")]

    def __str__(self) -> str:
        return self.name


class ImportToken(Row):
    """A secret with which another system sends lists; only its hash is kept."""

    name = models.CharField(max_length=80)
    token_sha256 = models.CharField(max_length=64, unique=True)
    mapping = models.ForeignKey(ImportMapping, on_delete=models.PROTECT, related_name="tokens")
    created_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey("people.User", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [both_or_neither("revoked_at", "revoked_by", name="import_token_revoked_by_somebody")]

    def __str__(self) -> str:
        return self.name


class ImportPolicy(models.Model):
    """The one row that says how many people may leave by an import before somebody has to confirm it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    most_leaving_percent = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(5))

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="import_policy_once"),
            models.CheckConstraint(
                condition=Q(most_leaving_percent__gte=0, most_leaving_percent__lte=100), name="import_policy_percent"
            ),
        ]


class PeopleImport(Reading):
    """One list of people: where it came from, how far it is, what it would do and what it did."""

    file_name = models.CharField(max_length=140)
    storage_key = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    headings = ArrayField(models.CharField(max_length=200))
    source = models.CharField(max_length=8, choices=ImportSource)
    owner = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    token = models.ForeignKey(ImportToken, on_delete=models.PROTECT, null=True, related_name="imports")
    applies_itself = models.BooleanField(default=False)  # nobody looks at it first, unless it stops
    state = models.CharField(max_length=12, choices=ImportState, default=ImportState.MAPPING)
    job = models.ForeignKey("core.Job", on_delete=models.PROTECT, null=True, related_name="+")
    counts_on = models.DateField(null=True)  # the day for which it was checked
    row_count = models.PositiveIntegerField(null=True)
    planned = models.JSONField(default=dict)  # how many rows of each kind, as checked
    made = models.JSONField(default=dict)  # and as applied
    before = models.JSONField(default=dict)  # as checked the time before, where that was different
    new_places = models.JSONField(default=list)
    plan_sha256 = models.CharField(max_length=64, blank=True)
    open_accounts = models.PositiveIntegerField(null=True)
    confirmed_leaving = models.PositiveIntegerField(null=True)
    words = models.CharField(max_length=300, blank=True)  # why it failed
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True)  # that nothing had changed since, when it began to be applied
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            one_of("source", ImportSource, name="import_source_known"),
            one_of("state", ImportState, name="import_state_known"),
            one_of("date_order", DateOrder, name="import_date_order_known"),
            models.CheckConstraint(
                condition=Q(state=ImportState.APPLIED, applied_at__isnull=False)
                | (~Q(state=ImportState.APPLIED) & Q(applied_at__isnull=True)),
                name="import_applied_at_when_applied",
            ),
        ]
        indexes = [models.Index(fields=["-created_at"], name="import_newest")]

    @property
    def leaving(self) -> int:
        """How many accounts it would close."""
        return int(self.planned.get(RowKind.LEFT, 0)) + int(self.planned.get(RowKind.MISSING, 0))


class ImportRow(models.Model):
    """What becomes of one row of a list, or of who is missing from it; written when the list is checked."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(PeopleImport, on_delete=models.CASCADE, db_index=False, related_name="rows")
    line = models.PositiveIntegerField(null=True)
    number = models.CharField(max_length=40)
    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=12, choices=RowKind)
    changes = models.JSONField(default=list)  # of (field, old, new)
    reason = models.TextField(blank=True)
    target = models.JSONField(default=dict)  # what is written
    fingerprint = models.CharField(max_length=32, blank=True)  # of the person as checked
    turn = models.PositiveIntegerField(default=0)
    is_done = models.BooleanField(default=False)

    class Meta:
        constraints = [one_of("kind", RowKind, name="import_row_kind_known")]
        indexes = [
            models.Index(fields=["run", "kind", "id"], name="import_row_of_kind"),
            models.Index(fields=["run", "turn", "id"], condition=Q(is_done=False), name="import_row_waiting"),
        ]
