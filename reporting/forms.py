"""What people type on the pages of this room."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import DayField
from reporting.queries.trail import TrailFilters, is_id, verbs_known


class TrailForm(forms.Form):
    """What is looked for in the trail."""

    q = forms.CharField(required=False, max_length=100, label=_("Search the trail"))
    who = forms.CharField(required=False, max_length=100, label=_("By whom"))
    what = forms.ChoiceField(required=False, label=_("What"))
    since = DayField(required=False, label=_("From"))
    until = DayField(required=False, label=_("Until"))
    person = forms.CharField(required=False, max_length=36, widget=forms.HiddenInput)
    subject = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)
    signed = forms.BooleanField(required=False, label=_("With a signature"))
    reasoned = forms.BooleanField(required=False, label=_("With a reason"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.auto_id = "trail-%s"
        self.fields["what"].choices = [("", _("Anything")), *verbs_known()]  # type: ignore[attr-defined]

    def clean_person(self) -> str:
        person: str = self.cleaned_data["person"]
        return person if not person or is_id(person) else "00000000-0000-0000-0000-000000000000"

    def filters(self) -> TrailFilters:
        """Return what was understood; a field that was not counts as empty."""
        self.is_valid()
        names = set(TrailFilters.__dataclass_fields__)
        return TrailFilters(**{name: value for name, value in self.cleaned_data.items() if name in names and value})
