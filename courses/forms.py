"""What authors and approvers type, parsed and checked."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from courses.choices import UploadKind
from courses.models import Activity
from courses.uploads import ACCEPT_ATTRIBUTE, ACCEPTED_WORDS, Upload, UploadRefused, examine


class UploadField(forms.FileField):
    """A file that is recognised by its content; its clean value is a `courses.uploads.Upload`."""

    def __init__(self, *, kind: UploadKind, **options: Any) -> None:
        options.setdefault("help_text", ACCEPTED_WORDS[kind])
        options.setdefault("required", False)
        self.kind = kind
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": ACCEPT_ATTRIBUTE[self.kind]}

    def clean(self, data: Any, initial: Any = None) -> Upload | None:
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return None
        try:
            return examine(file, name=file.name or "", kind=self.kind)
        except UploadRefused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal


class ActivityForm(forms.Form):
    """Title and minutes of an activity; each kind adds what it keeps and says so in `values`."""

    title = forms.CharField(label=_("Title"), max_length=200)
    minutes = forms.IntegerField(
        label=_("Minutes"), min_value=1, max_value=600, help_text=_("What a learner needs, as a whole number.")
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    own_fields: ClassVar[tuple[str, ...]] = ()  # what this kind adds, in the order of the page

    def __init__(self, *args: Any, activity: Activity, **kwargs: Any) -> None:
        self.activity = activity
        kwargs.setdefault("initial", {**self.initial_of(activity), **(kwargs.pop("initial", None) or {})})
        super().__init__(*args, **kwargs)

    @classmethod
    def initial_of(cls, activity: Activity) -> dict[str, Any]:
        """Return what stands in the form before anything is typed."""
        return {"title": activity.title, "minutes": activity.minutes}

    def values(self) -> dict[str, Any]:
        """Return what the kind's `change` takes over: only files that were chosen, all other fields."""
        own = {name: self.cleaned_data[name] for name in self.own_fields}
        return {name: value for name, value in own.items() if value is not None or not self._is_upload(name)}

    def _is_upload(self, name: str) -> bool:
        return isinstance(self.fields[name], UploadField)
