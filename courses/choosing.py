"""Form fields in which a course is searched for by code or title, and chosen; they work without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from courses.queries.paths import CourseName, course_names, offered_names

LEAST_INPUTS = 3


class Lines(list[str]):
    """Several lines, which read as lines where one text is asked for."""

    def __str__(self) -> str:
        return "\n".join(self)


class Offered:
    """The courses among which one is chosen: those in effect, and those that were chosen before."""

    def __init__(self) -> None:
        self.left_out: UUID | None = None
        self.kept: Sequence[UUID] = ()
        self._names: list[CourseName] | None = None

    @property
    def names(self) -> list[CourseName]:
        if self._names is None:
            names = {name.course_id: name for name in offered_names() if name.course_id != self.left_out}
            names |= course_names([course for course in self.kept if course not in names])
            self._names = list(names.values())
        return self._names

    def called(self, typed: str) -> CourseName:
        """Return the course that was typed, by its code, its title, or both. Raises ValidationError."""
        wanted = " ".join(typed.split()).casefold()
        spelled = {str(name).casefold(): name for name in self.names}
        by_part = {part.casefold(): name for name in self.names for part in (name.title, name.code)}
        found = spelled.get(wanted) or by_part.get(wanted)
        found = found or by_part.get(wanted.partition("·")[0].strip())
        if found:
            return found
        parts = [name for name in self.names if wanted in str(name).casefold()]
        if len(parts) == 1:
            return parts[0]
        near = parts or [by_part[match] for match in get_close_matches(wanted, by_part, n=3, cutoff=0.5)]
        words = _("No course in effect is called “%(typed)s”.")
        if near:
            words = _("No course in effect is called “%(typed)s”. Is it %(near)s?")
        named = ", ".join(dict.fromkeys(f"“{name}”" for name in near[:3]))
        raise ValidationError(words, params={"typed": typed[:80], "near": named}, code="unknown")


class CourseInput(forms.TextInput):
    """One line with the courses to choose from."""

    template_name = "courses/studio/course_input.html"
    offered: Offered

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return super().get_context(name, value, attrs) | {"offered": self.offered.names}


class CoursesInput(CourseInput):
    """Several such lines, some of them empty."""

    template_name = "courses/studio/courses_input.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        lines = [line for line in (value or []) if line]
        empty = max(LEAST_INPUTS - len(lines), 1)
        context = super().get_context(name, "", attrs)
        described_by = context["widget"]["attrs"].get("aria-describedby", "")
        return context | {"lines": [*lines, *[""] * empty], "described_by": described_by}

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        typed = data.getlist(name) if hasattr(data, "getlist") else data.get(name) or []
        return Lines(typed)

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return id_


class CourseChoiceField(forms.CharField):
    """A course in effect; its clean value is a `CourseName`, or nothing."""

    widget = CourseInput

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=260, **options)
        self._offer()

    def __deepcopy__(self, memo: Any) -> Any:
        copied = super().__deepcopy__(memo)
        copied._offer()
        return copied

    def _offer(self) -> None:
        self.offered = self.widget.offered = Offered()

    def leave_out(self, course_id: UUID, *, kept: Iterable[UUID] = ()) -> None:
        """Offer all but this course; `kept` may stay, in effect or not."""
        self.offered.left_out, self.offered.kept = course_id, list(kept)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        return self.offered.called(typed) if typed else None


class CoursesField(CourseChoiceField):
    """Several courses in effect; its clean value is their ids in the order of their codes."""

    widget = CoursesInput

    def prepare_value(self, value: Any) -> Any:
        if not value or isinstance(value[0], str):
            return Lines(value or [])
        names = course_names(value)
        return Lines(str(names[course]) for course in value if course in names)

    def clean(self, value: Any) -> Any:
        chosen = {}
        for line in value or []:
            if line.strip():
                name = self.offered.called(line[:260])
                chosen[name.code] = name.course_id
        return [chosen[code] for code in sorted(chosen)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return set(initial or []) != set(self.clean(data))
        except ValidationError:
            return True
