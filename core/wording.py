"""What every form says of a value that cannot be taken: what is wrong, and what would be right.

Django keeps these words in its classes, so they are changed there, once, when the house starts. A field
with words of its own keeps them.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core import validators
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

SAID: dict[type[forms.Field | models.Field[Any, Any]], dict[str, Any]] = {
    forms.Field: {"required": _("This is empty. Fill it in.")},
    forms.IntegerField: {"invalid": _("Give a whole number.")},
    forms.FloatField: {"invalid": _("Give a number.")},
    forms.DecimalField: {"invalid": _("Give a number.")},
    forms.DateField: {"invalid": _("Give a day that exists, such as 2026-11-03.")},
    forms.TimeField: {"invalid": _("Give a time, such as 16:30.")},
    forms.DateTimeField: {"invalid": _("Give a day and a time, such as 2026-11-03 16:30.")},
    forms.UUIDField: {"invalid": _("That is not offered. Choose from the list.")},
    models.UUIDField: {"invalid": _("That is not offered. Choose from the list.")},  # said where a row is chosen
    forms.ChoiceField: {
        "required": _("Nothing is chosen yet. Choose one."),
        "invalid_choice": _("That is not offered. Choose from the list."),
    },
    forms.MultipleChoiceField: {
        "required": _("Nothing is chosen yet. Choose at least one."),
        "invalid_choice": _("That is not offered. Choose from the list."),
        "invalid_list": _("That is not offered. Choose from the list."),
    },
    forms.ModelChoiceField: {
        "required": _("Nothing is chosen yet. Choose one."),
        "invalid_choice": _("That is not offered. Choose from the list."),
    },
    forms.ModelMultipleChoiceField: {
        "required": _("Nothing is chosen yet. Choose at least one."),
        "invalid_list": _("That is not offered. Choose from the list."),
        "invalid_choice": _("That is not offered. Choose from the list."),
        "invalid_pk_value": _("That is not offered. Choose from the list."),
    },
    forms.FileField: {
        "required": _("No file is chosen yet. Choose one."),
        "missing": _("No file arrived. Choose it again."),
        "empty": _("That file is empty. Choose another one."),
    },
    forms.BooleanField: {"required": _("Tick this to go on.")},
}
LIMITS: dict[type[validators.BaseValidator], Any] = {
    validators.MinValueValidator: _("At least %(limit_value)s."),
    validators.MaxValueValidator: _("At most %(limit_value)s."),
    validators.MinLengthValidator: ngettext_lazy(
        "At least %(limit_value)d character; this has %(show_value)d.",
        "At least %(limit_value)d characters; this has %(show_value)d.",
        "limit_value",
    ),
    validators.MaxLengthValidator: ngettext_lazy(
        "At most %(limit_value)d character; this has %(show_value)d.",
        "At most %(limit_value)d characters; this has %(show_value)d.",
        "limit_value",
    ),
}

for kind, words in SAID.items():
    kind.default_error_messages = {**kind.__dict__.get("default_error_messages", {}), **words}
for limit, message in LIMITS.items():
    limit.message = message
