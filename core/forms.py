"""How forms look everywhere: label above, hint and error below, classes by the kind of control."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import BoundField, CharField, DateField, Widget, widgets
from django.forms.renderers import TemplatesSetting
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.days import why_no_day
from core.reasons import is_reason

CHECKS = (widgets.CheckboxInput, widgets.RadioSelect, widgets.CheckboxSelectMultiple)
CLASSES: list[tuple[tuple[type[Widget], ...], str]] = [
    (CHECKS, "form-check-input"),
    ((widgets.Select, widgets.SelectMultiple), "form-select"),
    ((widgets.Input, widgets.Textarea), "form-control"),
]


class AttestBoundField(BoundField):
    """A field whose control carries the class of the component library beside its own."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        widget = widget or self.field.widget
        built: dict[str, Any] = super().build_widget_attrs(attrs, widget)
        if not widget.is_hidden:
            own = built.get("class") or widget.attrs.get("class") or ""
            built["class"] = f"{class_of(widget)} {own}".strip()
            # Libraries repeat a label as a placeholder, which vanishes as soon as one types.
            if str(widget.attrs.get("placeholder", "")).lower() in str(self.label).lower():
                built["placeholder"] = False
        return built

    @property
    def is_check(self) -> bool:
        """Whether this is one box to tick, whose label stands beside it."""
        return isinstance(self.field.widget, widgets.CheckboxInput)

    @property
    def is_optional(self) -> bool:
        """Whether its label says so: not in a form of filters, nor where a form says `not_called_optional`.

        Such as each of two fields of which one is needed, or a choice of which one is made already.
        """
        is_needed = self.field.required or self.name in getattr(self.form, "not_called_optional", ())
        return not is_needed and not getattr(self.form, "asks_for_nothing", False)


class AttestFormRenderer(TemplatesSetting):
    """Templates of forms from templates/django/forms/, for our forms and for those of libraries."""

    bound_field_class = AttestBoundField


class DayField(DateField):
    """A calendar day that somebody can mean, in the browser's own control for days."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", widgets.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        super().__init__(**options)

    def validate(self, value: date | None) -> None:
        super().validate(value)
        refusal = why_no_day(value) if value else ""
        if refusal:
            raise ValidationError(refusal, code="day")


class ReasonField(CharField):
    """Why something is done; it stands in the trail, so it says something. At most 300 characters."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("Reason"))
        options.setdefault("help_text", _("Kept in the trail with your name. At least two words."))
        super().__init__(max_length=300, **options)

    def validate(self, value: str) -> None:
        super().validate(value)
        if value and not is_reason(value):
            raise ValidationError(_("Say why in at least two words."), code="reason")


def unused_name(typed: str, among: QuerySet[Any], taken: str | Promise = "") -> str:
    """Return a name as it was meant. Raises ValidationError, in the words `taken`, where one of these rows has it."""
    name = " ".join(typed.split())
    if among.filter(name__iexact=name).exists():
        raise ValidationError(str(taken or _("There is one of this name already.")), code="taken")
    return name


def class_of(widget: Widget) -> str:
    """Return the class of a control."""
    return next((name for kinds, name in CLASSES if isinstance(widget, kinds)), "")
