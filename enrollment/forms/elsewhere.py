"""What people type about training that was not taken here, and about courses that count as others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.forms import DayField
from courses.models import Course
from enrollment.forms.exceptions import EvidenceField, WhyField
from enrollment.models.elsewhere import MOST_IN_A_SESSION
from enrollment.queries import course_titles
from enrollment.queries.leading import leading
from enrollment.rules import day_in
from enrollment.rules.elsewhere import why_not_led, why_not_on
from people.models import User

MOST_BOXES = 60


class ProofField(EvidenceField):
    """A file that must be there."""

    def __init__(self, **options: Any) -> None:
        label = options.pop("label", None)
        super().__init__(**options)
        self.required, self.label = True, label or self.label


class CourseField(forms.ModelChoiceField):
    """One of the courses that were ever in effect, by title and code."""

    def __init__(self, **options: Any) -> None:
        self.titles: dict[UUID, str] = {}
        super().__init__(Course.objects.none(), empty_label=gettext_lazy("Choose a course"), **options)

    states: Sequence[str] = ("effective", "superseded", "retired")

    def offer(self) -> None:
        """Read the courses anew."""
        offered = Course.objects.filter(versions__state__in=self.states).distinct()
        self.queryset = offered
        self.titles = course_titles(list(offered.values_list("pk", flat=True)))
        ordered = sorted(offered, key=lambda course: (self.titles[course.pk].casefold(), course.code))
        self.choices = [
            ("", _("Choose a course")),
            *((str(each.pk), self.label_from_instance(each)) for each in ordered),
        ]

    def label_from_instance(self, obj: Course) -> str:
        return f"{self.titles.get(obj.pk, obj.code)} ({obj.code})"


class ClaimForm(forms.Form):
    """Which course was learned elsewhere, when, with whom, and a file that proves it."""

    course = CourseField(label=gettext_lazy("As which course it should count"))
    completed_on = DayField(label=gettext_lazy("Completed on"))
    provider = forms.CharField(
        label=gettext_lazy("Provider"),
        max_length=150,
        help_text=gettext_lazy("Who held the training, such as a school, a hospital or an earlier employer."),
    )
    valid_until = DayField(
        label=gettext_lazy("Last day on which it counts"),
        required=False,
        help_text=gettext_lazy("Where the proof says one. Otherwise it counts as long as the course says."),
    )
    words = forms.CharField(
        label=gettext_lazy("What the verifier should know"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    proof = ProofField(
        help_text=gettext_lazy(
            "PDF, at most 20 MB; PNG or JPEG, at most 10 MB. Only who decides, auditors and you may open it."
        )
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        self.today = today
        super().__init__(*args, **kwargs)
        self.fields["course"].offer()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        on = cleaned.get("completed_on")
        if on is not None:
            if refusal := why_not_on(on, today=self.today):
                self.add_error("completed_on", refusal)
            elif refusal := why_not_on(on, today=self.today, valid_until=cleaned.get("valid_until")):
                self.add_error("valid_until", refusal)
        return _choose_again(self, cleaned, "proof")


class LedForm(forms.Form):
    """Who leads a session: in words, or by their employee number."""

    trainer = forms.CharField(
        label=gettext_lazy("Led by"),
        max_length=150,
        required=False,
        help_text=gettext_lazy("Who holds the session, such as a trainer from outside."),
    )
    trainer_number = forms.CharField(
        label=gettext_lazy("Or their employee number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy(
            "Where only qualified people lead sessions of the course. The name then comes by itself."
        ),
    )

    known: QuerySet[User]  # of whose numbers the writer may know; everybody else's look as if nobody had them

    def __init__(self, *args: Any, asked_at: datetime, zone: str, **kwargs: Any) -> None:
        self.asked_at, self.zone = asked_at, zone
        super().__init__(*args, **kwargs)

    def _find_trainer(
        self,
        cleaned: dict[str, Any],
        *,
        course: Course | None,
        on: date | None,
        zone: str = "",
        is_planned: bool = False,
    ) -> None:
        """Find who leads it: one of those whom the writer knows, or somebody who is qualified to.

        `on` is a day in the zone of the writer, or in another one.
        """
        number = cleaned.get("trainer_number")
        led_by = cleaned["led_by"] = User.objects.filter(employee_number=number).first() if number else None
        if not course or not on:
            return
        asked = leading(course_id=course.pk, led_by=led_by, on=on, zone=zone or self.zone, at=self.asked_at)
        if number and not asked.tasks and not (led_by and self.known.filter(pk=led_by.pk).exists()):
            self.add_error("trainer_number", _("Nobody has this number: {numbers}.").format(numbers=number))
        elif refusal := why_not_led(
            tasks=asked.tasks,
            who=number or "",
            lacking=asked.lacking if led_by else asked.tasks,
            on=on,
            is_planned=is_planned,
        ):
            self.add_error("trainer_number", refusal)
        elif not number and not cleaned.get("trainer"):
            self.add_error("trainer", _("Say who led it."))


class PeopleForm(forms.Form):
    """Some people: ticked, or named by their employee numbers."""

    people = forms.MultipleChoiceField(
        label=gettext_lazy("People of yours"), required=False, widget=forms.CheckboxSelectMultiple
    )
    numbers = forms.CharField(
        label=gettext_lazy("Employee numbers"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One on each line, or with commas between them."),
    )

    def __init__(self, *args: Any, team: Sequence[User], known: QuerySet[User], **kwargs: Any) -> None:
        """`team` can be ticked; the numbers of the `known` can be typed."""
        self.known = known
        super().__init__(*args, **kwargs)
        if team:
            self.fields["people"].choices = [  # type: ignore[attr-defined]
                (str(each.pk), f"{each.name}, {each.employee_number}") for each in team
            ]
        else:
            del self.fields["people"]

    def _gather_people(self, cleaned: dict[str, Any]) -> None:
        numbers = {each for each in re.split(r"[\s,;]+", cleaned.get("numbers", "")) if each}
        found = dict(self.known.filter(employee_number__in=numbers).values_list("employee_number", "pk"))
        unknown = sorted(numbers - found.keys())
        if unknown:
            words = ngettext("Nobody has this number: {numbers}.", "Nobody has these numbers: {numbers}.", len(unknown))
            self.add_error("numbers", words.format(numbers=", ".join(unknown[:10])))
        ids = {UUID(each) for each in cleaned.get("people", ())} | set(found.values())
        if not ids and "numbers" not in self.errors and "people" not in self.errors:
            self.add_error("numbers", _("Choose at least one person, or type their numbers."))
        if len(ids) > MOST_IN_A_SESSION:
            words = _("At most {count} people in one session.")
            self.add_error("numbers", words.format(count=MOST_IN_A_SESSION))
        cleaned["user_ids"] = sorted(ids)


class SessionForm(LedForm, PeopleForm):
    """A session: the course, the day, who led it, the sign-in sheet, and the people."""

    not_called_optional = ("trainer", "trainer_number", "people", "numbers")
    field_order = ("course", "held_on", "trainer", "trainer_number", "place", "sheet", "people", "numbers")
    course = CourseField(label=gettext_lazy("Course"))
    held_on = DayField(label=gettext_lazy("Day"))
    place = forms.CharField(label=gettext_lazy("Place"), max_length=120, required=False)
    sheet = ProofField(
        label=gettext_lazy("Sign-in sheet"),
        help_text=gettext_lazy("A scan or a photo: PDF, at most 20 MB; PNG or JPEG, at most 10 MB."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].offer()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._gather_people(cleaned)
        on = cleaned.get("held_on")
        if on is not None and (refusal := why_not_on(on, today=day_in(self.zone, self.asked_at))):
            self.add_error("held_on", refusal)
        else:
            self._find_trainer(cleaned, course=cleaned.get("course"), on=on)
        return _choose_again(self, cleaned, "sheet")


class ReturnForm(forms.Form):
    """Why something is returned."""

    words = WhyField(
        label=gettext_lazy("What speaks against it"),
        help_text=gettext_lazy("Goes to who sent it, and stands in the record. At least two words."),
    )


class EquivalenceForm(forms.Form):
    """Which course counts as which other, from which version on, for which days, and why."""

    course = CourseField(label=gettext_lazy("Who completed"))
    from_number = forms.IntegerField(
        label=gettext_lazy("From version number"),
        min_value=1,
        max_value=9999,
        initial=1,
        help_text=gettext_lazy("1 is the first version of the course. Completions of older versions do not count."),
    )
    counts_as = CourseField(label=gettext_lazy("Has completed"))
    first_on = DayField(
        label=gettext_lazy("Completed from"),
        help_text=gettext_lazy("The first day whose completions count. It may be in the past."),
    )
    last_on = DayField(
        label=gettext_lazy("Completed until"),
        required=False,
        help_text=gettext_lazy("The last such day; empty for no end."),
    )
    reason = WhyField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("course", "counts_as"):
            self.fields[name].offer()  # type: ignore[attr-defined]

    @property
    def valid_until(self) -> date | None:
        last: date | None = self.cleaned_data["last_on"]
        return last + timedelta(days=1) if last else None


class EndEquivalenceForm(forms.Form):
    """From which day on completions count no longer as the other course, and why."""

    ended_on = DayField(
        label=gettext_lazy("First day whose completions no longer count"),
        help_text=gettext_lazy("What was completed before goes on counting. With its first day, nothing ever did."),
    )
    reason = WhyField()


def _choose_again(form: forms.Form, cleaned: dict[str, Any], name: str) -> dict[str, Any]:
    """Ask for a file again where something else is wrong: a browser does not keep it."""
    if form.errors and cleaned.get(name):
        form.add_error(name, ValidationError(_("Choose the file again: a browser does not keep it."), code="again"))
    return cleaned
