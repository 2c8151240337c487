"""A list of old completions: the file, and which column says what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.columns import COLUMN, ColumnsForm
from enrollment.choices import HistoryField
from enrollment.models import CompletionImport
from enrollment.rules.histories import DAYS, NEEDED
from people.rules.import_rows import order_choices
from people.uploads import ACCEPTED, Cells, Sheet, UploadRefused, column_values, examine

WHO = (HistoryField.NUMBER.value, HistoryField.EMAIL.value)


class HistoryForm(forms.Form):
    """A file with old completions; what it really is decides its content."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or XLSX with headings in the first row: at most 50 MB and 200,000 rows."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
        allow_empty_file=True,  # refused below, with words that say what to do
    )
    sheet: Sheet

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        try:
            self.sheet = examine(cast(Any, file.file))
        except UploadRefused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal
        return file


class HistoryColumnsForm(ColumnsForm):
    """Which column says what, and in which order dates are written."""

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
