"""What people type about a record class."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from core.forms import DayField, unused_name
from courses.choices import VersionState
from courses.models import Course
from enrollment.choices import KeptFrom, SignedBy
from enrollment.forms.courses import offer_courses
from enrollment.forms.exceptions import WhyField
from enrollment.models import RecordClass
from enrollment.queries.retention import course_ids_of, seen_key, terms_of
from enrollment.rules.retention import MOST_YEARS, why_not_kept_for
from enrollment.rules.retention_presets import Preset

WAS_IN_FORCE = (VersionState.EFFECTIVE, VersionState.SUPERSEDED, VersionState.RETIRED)


class RecordClassForm(forms.Form):
    """A record class: its period, who signs, what it rests on, and its trainings. Also the first one has a reason."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("It stands on every record of the class, such as “HIPAA training”."),
        error_messages={"required": _("Give the class a name.")},
    )
    kept_from = forms.ChoiceField(
        label=_("Years are counted from"),
        choices=KeptFrom.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose from when the years are counted.")},
    )
    years = forms.IntegerField(
        label=_("Years"),
        required=False,
        min_value=1,
        max_value=MOST_YEARS,
        help_text=_(
            "For a product its life, as your organisation defines it: never less than 2 years are counted from its "
            "last release."
        ),
    )
    released_on = DayField(
        label=_("Last released on"),
        required=False,
        help_text=_("Only where the years are counted from it. Empty while the product is still released."),
    )
    signed = forms.ChoiceField(
        label=_("Who must sign each record"),
        choices=SignedBy.choices,
        widget=forms.RadioSelect,
        initial=SignedBy.NOBODY,
        help_text=_(
            "What is taken here is always signed by the learner. With “the learner”, nothing else counts: no list, "
            "no proof, no session."
        ),
        error_messages={"required": _("Choose who signs.")},
    )
    source = forms.CharField(
        label=_("Rests on"),
        required=False,
        max_length=200,
        help_text=_("The law, standard or rule of the house behind it."),
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Such as what its records have to show."),
    )
    courses = forms.ModelMultipleChoiceField(
        Course.objects.none(),
        label=_("Trainings in it"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Retired ones too: their records are kept as long."),
    )
    reason = WhyField(label=_("Reason"), error_messages={"required": _("Say why in at least two words.")})
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    not_called_optional = ("years",)
    is_looked_at_again = False

    def __init__(
        self,
        asked: Any = None,
        *,
        today: date,
        record_class: RecordClass | None = None,
        preset: Preset | None = None,
    ) -> None:
        """Show a class as it is now, or the beginning of one, as a preset has it."""
        super().__init__(asked, initial=_shown(record_class, preset))
        self._class, self._today = record_class, today
        if record_class is None:
            del self.fields["seen"]
        listed = Course.objects.filter(versions__state__in=WAS_IN_FORCE).distinct()
        offer_courses([self.fields["courses"]], listed.values_list("pk", flat=True))

    def look_again(self) -> None:
        """Keep what was typed, for the class as it is by now: saved once more it takes the place of that."""
        assert self._class is not None
        self._class.refresh_from_db()
        self.is_looked_at_again = True
        typed: QueryDict = self.data.copy()  # type: ignore[attr-defined]
        typed["seen"] = _shown(self._class, None)["seen"]
        self.data = typed

    def clean_name(self) -> str:
        others = RecordClass.objects.exclude(pk=self._class.pk) if self._class else RecordClass.objects.all()
        return unused_name(self.cleaned_data["name"], others, _("There is a record class of this name already."))

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        if "kept_from" in typed and not {"years", "released_on"} & set(self.errors):
            field, words = why_not_kept_for(
                typed["kept_from"], typed.get("years"), typed.get("released_on"), on=self._today
            )
            if words:
                self.add_error(field, words)
        return typed


def _shown(record_class: RecordClass | None, preset: Preset | None) -> dict[str, Any]:
    if record_class is not None:
        terms, courses = terms_of(record_class), course_ids_of(record_class)
        return {**terms, "courses": courses, "seen": seen_key(terms, courses)}
    if preset is not None:
        return {
            "name": str(preset.name),
            "kept_from": preset.kept_from,
            "years": preset.years,
            "source": preset.source,
            "notes": str(preset.notes),
        }
    return {}
