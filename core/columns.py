"""Naming the columns of a file: which heading says what, guessed from how it is spelled, and chosen by a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _

COLUMN = "column-"
SHOWN_LETTERS = 40


def plain_heading(heading: str) -> str:
    """Return a heading without capitals, accents, spaces and marks, so that spellings of it are equal."""
    spread = unicodedata.normalize("NFKD", heading.casefold())
    return "".join(letter for letter in spread if letter.isalnum())


def spellings_in(text: str) -> dict[str, list[str]]:
    """Return the plain headings by field out of lines such as `email: email mail`; a line that is indented goes on."""
    return {field: found.split() for field, found in re.findall(r"^(\w+):((?:.|\n )*)", text, re.MULTILINE)}


def matching_columns(headings: Sequence[str], spellings: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return, for each field of which a heading speaks, that heading.

    Of several, the one whose spelling stands first for the field, then the first in the file. Each serves once.
    """
    found: dict[str, str] = {}
    plain = [(plain_heading(heading), heading) for heading in headings]
    for key, known in spellings.items():
        fitting = [each for each in plain if each[0] in known and each[1] not in found.values()]
        if fitting:
            found[key] = min(fitting, key=lambda each: known.index(each[0]))[1]
    return found


class ColumnsForm(forms.Form):
    """Which column of a file says what; each serves one field."""

    keys: Sequence[str] = ()

    def ask_for_columns(
        self,
        labels: Mapping[str, Any],
        *,
        headings: Sequence[str],
        samples: Mapping[str, Iterable[str]],
        chosen: Mapping[str, str],
        required: Collection[str],
    ) -> None:
        """Add a choice of a heading for each field; `samples` are the first values below each heading."""
        self.keys = list(labels)
        choices = [("", _("Not in the file")), *((heading, heading) for heading in headings)]
        for key, label in labels.items():
            self.fields[COLUMN + key] = forms.ChoiceField(
                label=label,
                choices=choices,
                required=key in required,
                initial=chosen.get(key, ""),
                help_text=_example(samples.get(chosen.get(key, ""), ())),
            )

    def column_fields(self) -> list[Any]:
        """Return the fields that name columns."""
        return [self[COLUMN + key] for key in self.keys]

    def other_fields(self) -> list[Any]:
        """Return the others."""
        return [self[name] for name in self.base_fields]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        taken: dict[str, str] = {}
        for key in self.keys:
            heading = cleaned.get(COLUMN + key)
            if heading and heading in taken:
                words = _("This column is read as “{field}” already.")
                self.add_error(COLUMN + key, words.format(field=self.fields[COLUMN + taken[heading]].label))
            elif heading:
                taken[heading] = key
        return cleaned

    @property
    def columns(self) -> dict[str, str]:
        """The chosen headings by field."""
        return {key: self.cleaned_data[COLUMN + key] for key in self.keys if self.cleaned_data[COLUMN + key]}


def _example(values: Iterable[str]) -> str:
    found = next((value for value in values if value), "")
    return _("For example: {value}").format(value=found[:SHOWN_LETTERS]) if found else ""
