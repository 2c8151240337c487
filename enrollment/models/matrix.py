"""The training matrix: which job role has which requirement, from which day on; and changes of it."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from core.constraints import both_or_neither
from core.models import Row
from enrollment.models.requirements import Requirement
from people.models import JobRole, User


class MatrixCell(Row):
    """That the people of a job role have a requirement, from one day until another; half-open.

    An empty period is a cell that was taken back before it began. Days are those of each person's site.
    """

    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="cells")
    job_role = models.ForeignKey(JobRole, on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField()
    valid_until = models.DateField(null=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="matrix_cell_ends_after_it_begins",
            ),
            ExclusionConstraint(
                name="matrix_cell_one_at_a_time",
                expressions=[
                    ("requirement", RangeOperators.EQUAL),
                    ("job_role", RangeOperators.EQUAL),
                    (Func("valid_from", "valid_until", function="daterange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]


class MatrixChange(Row):
    """Cells that somebody wants to set or take away: shown with its effect first, then put in force with a reason."""

    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    items = models.JSONField()  # as enrollment.rules.matrix.CellChange reads them
    source = models.CharField(max_length=200, blank=True)  # the name of the file that it was read from
    refused = models.JSONField(default=list)  # lines of the file that could not be read, in words
    created_at = models.DateTimeField()
    reason = models.CharField(max_length=300, blank=True)
    in_force_at = models.DateTimeField(null=True)
    in_force_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            both_or_neither("in_force_at", "in_force_by", name="matrix_change_put_in_force_by_somebody"),
            models.CheckConstraint(
                condition=Q(in_force_at__isnull=True) | ~Q(reason=""), name="matrix_change_has_a_reason"
            ),
        ]
