"""What an approver is about to decide about those who completed an older version, as it comes in an address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from core.forms import DayField
from courses.choices import Retraining
from courses.queries.versions import RETRAINING
from people.models import Department, JobRole, Site


class RetrainingForm(forms.Form):
    """Who learns a version again, and by when; nothing said is nobody.

    Its fields are called as those of the decision itself, so that a decision is shown while it is made.
    """

    effective_on = DayField(required=False)
    retraining = forms.ChoiceField(choices=Retraining, required=False)
    retraining_within_days = forms.IntegerField(min_value=0, max_value=365, required=False)
    retraining_up_to = forms.TypedChoiceField(coerce=int, empty_value=None, required=False)
    departments = forms.ModelMultipleChoiceField(Department.objects.order_by("name"), required=False)
    sites = forms.ModelMultipleChoiceField(Site.objects.order_by("name"), required=False)
    job_roles = forms.ModelMultipleChoiceField(JobRole.objects.order_by("name"), required=False)

    def __init__(self, *args: Any, today: date, earlier: Mapping[int, str], **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)
        numbers = [("", ""), *((number, label) for number, label in earlier.items())]
        self.fields["retraining_up_to"].choices = numbers  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Leave out what is not asked where nobody learns it again, and what is wrong about it."""
        cleaned = super().clean() or {}
        if cleaned.get("retraining") != Retraining.REPEAT and "retraining" not in self.errors:
            for name in RETRAINING[1:]:
                self.errors.pop(name, None)
                cleaned.pop(name, None)
        if (day := cleaned.get("effective_on")) and day < self.today:
            self.add_error("effective_on", "past")
        return cleaned
