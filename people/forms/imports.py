"""Lists of people: how its columns are read, what confirms it, and what lets it come by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.columns import COLUMN, ColumnsForm
from people.choices import ImportField
from people.forms.people import LongSelect, time_zones
from people.models import ImportMapping, PeopleImport
from people.rules.import_rows import DAYS, PARTS_OF_NAME, order_choices
from people.uploads import Cells, column_values


class ReadingForm(ColumnsForm):
    """Which column says what, in which order dates are written, and what the list may do."""

    date_order = forms.ChoiceField(label=gettext_lazy("Dates are written as"), widget=forms.RadioSelect)
    is_complete = forms.ChoiceField(
        label=gettext_lazy("This file is"),
        choices=[
            ("some", gettext_lazy("Only these people: nobody else is touched")),
            ("all", gettext_lazy("The complete list: who has an account and is not in it leaves")),
        ],
        widget=forms.RadioSelect,
    )
    creates = forms.BooleanField(
        label=gettext_lazy("Create sites, departments and job roles that are not known"),
        required=False,
        help_text=gettext_lazy("Otherwise rows that name one are rejected. You see which before anything is created."),
    )
    new_site_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone of new sites"), choices=time_zones, widget=LongSelect
    )
    new_site_country = forms.CharField(
        label=gettext_lazy("Country of new sites"),
        required=False,
        max_length=2,
        help_text=gettext_lazy("Two letters, such as CH or US."),
    )
    sends_links = forms.BooleanField(label=gettext_lazy("Send new people a link to set their password"), required=False)
    save_as = forms.CharField(
        label=gettext_lazy("Save this mapping as"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("It is suggested for the next file with the same headings, and can be used by a feed."),
    )

    def __init__(
        self,
        *args: Any,
        run: PeopleImport,
        sample: Sequence[Cells],
        attributes: Mapping[str, tuple[str, tuple[str, ...]]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        self.initial["is_complete"] = "all" if self.initial.get("is_complete") else "some"
        columns: Mapping[str, str] = self.initial.get("columns", {})
        labels: dict[str, Any] = {field.value: field.label for field in ImportField}
        labels |= {key: name for key, (name, _options) in attributes.items()}
        samples = {heading: column_values(sample, place) for place, heading in enumerate(run.headings)}
        self.ask_for_columns(
            labels, headings=run.headings, samples=samples, chosen=columns, required=[ImportField.NUMBER]
        )
        days = [value for key in DAYS for value in samples.get(columns.get(key, ""), ())]
        self.guessed_order, orders = order_choices(days)
        cast(Any, self.fields["date_order"]).choices = orders
        self.initial.setdefault("date_order", self.guessed_order)

    def clean_is_complete(self) -> bool:
        return bool(self.cleaned_data["is_complete"] == "all")

    def clean_new_site_country(self) -> str:
        country: str = self.cleaned_data["new_site_country"].upper()
        if country and (len(country) != 2 or not country.isalpha()):
            raise ValidationError(_("Two letters, such as CH or US."), code="country")
        return country

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        parts = [COLUMN + key for key in PARTS_OF_NAME]
        if not cleaned.get(COLUMN + ImportField.NAME) and any(cleaned.get(part) for part in parts):
            for part in parts:  # else half a name would be taken for the whole
                if part not in self.errors and not cleaned.get(part):
                    self.add_error(part, _("Choose this column too, or neither."))
        if cleaned.get("creates") and not cleaned.get("new_site_country") and "new_site_country" not in self.errors:
            self.add_error("new_site_country", _("Say in which country new sites are."))
        return cleaned

    def reading(self) -> dict[str, Any]:
        """Return what was chosen, as `read_import` takes it."""
        others = {name: self.cleaned_data[name] for name in PeopleImport.READING if name != "columns"}
        return {"columns": self.columns, **others}


class ConfirmForm(forms.Form):
    """How many accounts are closed, typed by whoever takes the responsibility."""

    typed = forms.IntegerField(label=gettext_lazy("Number of accounts to be closed"), required=False, min_value=0)


class RowsForm(forms.Form):
    """The filter of the rows, as it stands in the address."""

    q = forms.CharField(required=False, strip=True, max_length=100)
    kind = forms.CharField(required=False, max_length=12)


class TokenForm(forms.Form):
    """A token of another system."""

    name = forms.CharField(
        label=gettext_lazy("What uses it"), max_length=80, help_text=gettext_lazy("Such as the HR system.")
    )
    mapping = forms.ModelChoiceField(
        ImportMapping.objects.order_by("name"), label=gettext_lazy("Its lists are read as"), empty_label=None
    )


class PolicyForm(forms.Form):
    """How many people may leave by a list before somebody confirms it."""

    most_leaving_percent = forms.DecimalField(
        label=gettext_lazy("Percent of the open accounts"),
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text=gettext_lazy("When a list would close more of them, it waits until an administrator types how many."),
    )
