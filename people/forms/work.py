"""What is noted about a person's work beside the main position, and about groups and calendars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.forms import DayField, ReasonField, unused_name
from people.forms.people import PositionForm, initial_of
from people.models import Attribute, Department, Group, Position, User
from people.rules.calendars import MOST_LINES, read_holidays, read_names

WEEKDAYS = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]


class SecondPositionForm(PositionForm):
    """A position beside the main one."""

    last_day = DayField(label=gettext_lazy("Last day"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("valid_from"), cleaned.get("last_day")
        if first and last and last < first:
            self.add_error("last_day", _("The last day is not before the first."))
        return cleaned


class CorrectPositionForm(PositionForm):
    """What a position should have said. Its first day stays."""

    valid_from = None  # type: ignore[assignment]
    reason = ReasonField()

    def __init__(self, *args: Any, position: Position, **kwargs: Any) -> None:
        super().__init__(*args, initial=initial_of(position), **kwargs)
        self.position = position

    def clean_manager(self) -> User | None:
        """Return who is named; whoever stood there stays, though they may have left meanwhile."""
        return self._kept(self.position.manager, "manager") or super().clean_manager()

    def clean_second_manager(self) -> User | None:
        return self._kept(self.position.second_manager, "second_manager") or super().clean_second_manager()

    def _kept(self, held: User | None, name: str) -> User | None:
        return held if held and self.cleaned_data[name].strip() == self.initial[name] else None


class EndPositionForm(forms.Form):
    last_day = DayField(label=gettext_lazy("Last day"))
    reason = ReasonField()


class LeaveForm(forms.Form):
    """That somebody is away for long."""

    valid_from = DayField(label=gettext_lazy("First day away"))
    valid_until = DayField(
        label=gettext_lazy("First day back"),
        required=False,
        help_text=gettext_lazy("Leave it out while it is not known."),
    )
    reason = ReasonField()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, back = cleaned.get("valid_from"), cleaned.get("valid_until")
        if first and back and back <= first:
            self.add_error("valid_until", _("They are back after the leave has begun."))
        return cleaned


class ReturnForm(forms.Form):
    back_on = DayField(label=gettext_lazy("First day back"))


class WithdrawLeaveForm(forms.Form):
    reason = ReasonField()


class AttributesForm(forms.Form):
    """What every attribute says about a person from a day on."""

    valid_from = DayField(label=gettext_lazy("From"))

    def __init__(self, *args: Any, attributes: Sequence[Attribute], held: dict[UUID, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.attributes = {attribute.field_name: attribute for attribute in attributes}
        for name, attribute in self.attributes.items():
            value = held.get(attribute.pk, "")
            if attribute.options:
                options = [*attribute.options, *([value] if value and value not in attribute.options else [])]
                choices = [("", _("Not set")), *((option, option) for option in options)]
                field: forms.Field = forms.ChoiceField(choices=choices, required=False)
            else:
                field = forms.CharField(max_length=120, required=False)
            field.label, field.initial = attribute.name, value
            self.fields[name] = field
        self.order_fields([*self.attributes, "valid_from"])

    def said(self) -> list[tuple[Attribute, str]]:
        """Return each attribute with what was typed."""
        return [(attribute, self.cleaned_data[name].strip()) for name, attribute in self.attributes.items()]


class JoinGroupForm(forms.Form):
    group = forms.ModelChoiceField(Group.objects.order_by("name"), label=gettext_lazy("Group"), empty_label=None)
    valid_from = DayField(label=gettext_lazy("From"))


class LeaveGroupForm(forms.Form):
    valid_until = DayField(label=gettext_lazy("First day without it"))


class MembersForm(forms.Form):
    """People who join a group, as a pasted list."""

    people = forms.CharField(
        label=gettext_lazy("Employee numbers or e-mail addresses"),
        help_text=gettext_lazy("One a line, or separated by commas."),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=60_000,
    )
    valid_from = DayField(label=gettext_lazy("From"))
    found: list[tuple[int, User]]

    def clean_people(self) -> str:
        text: str = self.cleaned_data["people"]
        named = read_names(text)
        if len(named) > MOST_LINES:
            raise ValidationError(_("Paste at most {count} people at once.").format(count=MOST_LINES))
        known = _people_named(word for _line, word in named)
        lost = [
            _("Line {number}: nobody with an open account has “{word}”.").format(number=number, word=word[:80])
            for number, word in named
            if word.lower() not in known
        ]
        if lost:
            raise ValidationError(lost)
        self.found = list({known[word.lower()].pk: (number, known[word.lower()]) for number, word in named}.values())
        return text


def _people_named(words: Iterable[str]) -> dict[str, User]:
    """Return who has an open account and one of these numbers or addresses, by it without capitals; in one query."""
    wanted = list(words)
    addresses = [word.lower() for word in wanted]
    people = User.objects.filter(is_active=True)
    found = people.filter(employee_number__in=wanted) | people.filter(email__in={*wanted, *addresses})
    by_word = {person.email.lower(): person for person in found}
    return by_word | {person.employee_number.lower(): person for person in found}


class CalendarForm(forms.Form):
    """On which days a site does not work."""

    free_weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days without work"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    holidays = forms.CharField(
        label=gettext_lazy("Holidays"),
        required=False,
        help_text=gettext_lazy("One a line: the day and then its name, such as “2026-12-25 Christmas Day”."),
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        max_length=60_000,
    )

    def clean_free_weekdays(self) -> list[int]:
        days: list[int] = self.cleaned_data["free_weekdays"]
        if len(days) == len(WEEKDAYS):
            raise ValidationError(_("On one day at least there is work."), code="never")
        return days

    def clean_holidays(self) -> dict[date, str]:
        days, faults = read_holidays(self.cleaned_data["holidays"])
        if faults:
            raise ValidationError(faults[:10])
        return days


class RenameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())


class ChangeDepartmentForm(RenameForm):
    parent = forms.ModelChoiceField(
        Department.objects.order_by("name"),
        label=gettext_lazy("Part of"),
        required=False,
        empty_label=gettext_lazy("Nothing, it is at the top"),
    )


class NewAttributeForm(forms.Form):
    """Something that an administrator wants to know about people."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    options = forms.CharField(
        label=gettext_lazy("Options"),
        required=False,
        help_text=gettext_lazy("One a line; without any it takes any text. They can not be changed later."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=6000,
    )

    def clean_name(self) -> str:
        return unused_name(self.cleaned_data["name"], Attribute.objects.all())

    def clean_options(self) -> list[str]:
        options = list(dict.fromkeys(" ".join(line.split()) for line in self.cleaned_data["options"].splitlines()))
        if any(len(option) > 120 for option in options):
            raise ValidationError(_("An option has at most {count} characters.").format(count=120))
        return [option for option in options if option]


class NewGroupForm(RenameForm):
    """A named list of people."""

    def clean_name(self) -> str:
        return unused_name(self.cleaned_data["name"], Group.objects.all())


def day_after(last_day: date | None) -> date | None:
    """Return the day from which something with this last day does not hold any more."""
    return last_day + timedelta(days=1) if last_day else None
