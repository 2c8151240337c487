"""A list of old completions: which column says what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.columns import COLUMN, ColumnsForm
from enrollment.choices import HistoryField
from enrollment.models import CompletionImport
from enrollment.rules.histories import DAYS, NEEDED
from people.rules.import_rows import order_choices
from people.uploads import Cells, column_values

WHO = (HistoryField.NUMBER.value, HistoryField.EMAIL.value)


class HistoryColumnsForm(ColumnsForm):
    """Which column says what, and in which order dates are written."""

    not_called_optional = tuple(COLUMN + key for key in WHO)
    date_order = forms.ChoiceField(label=gettext_lazy("Dates are written as"), widget=forms.RadioSelect)

    def __init__(
        self, *args: Any, run: CompletionImport, sample: Sequence[Cells], chosen: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        samples = {heading: column_values(sample, place) for place, heading in enumerate(run.headings)}
        labels = {field.value: field.label for field in HistoryField}
        self.ask_for_columns(labels, headings=run.headings, samples=samples, chosen=chosen, required=NEEDED)
        days = [value for key in DAYS for value in samples.get(chosen.get(key, ""), ())]
        guessed, orders = order_choices(days)
        cast(Any, self.fields["date_order"]).choices = orders
        self.initial.setdefault("date_order", run.date_order if run.columns else guessed)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not any(cleaned.get(COLUMN + key) for key in WHO):
            self.add_error(COLUMN + WHO[0], _("Name at least one column that says who it is: a number or an address."))
        return cleaned
