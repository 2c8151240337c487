"""What the organisation has decided about learning in general: one row, changed by an administrator."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from people.models import User


class StudyPolicy(models.Model):
    """How many courses one person may have in progress at once; no row, or no number, means no cap."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    most_active = models.PositiveSmallIntegerField(null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)  # counts the changes
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="study_policy_is_one"),
            models.CheckConstraint(
                condition=Q(most_active__isnull=True) | Q(most_active__gte=1, most_active__lte=99),
                name="study_policy_lets_one_begin",
            ),
        ]
