"""How answers to “is this person qualified?” are shown: on the screen and as a file, in the same words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from enrollment.queries import Qualification
from enrollment.queries.qualifications import CourseVerdict
from enrollment.rules.questions import Question
from people.models import User


@dataclass(frozen=True, slots=True)
class Answer:
    """One person, and whether they are qualified."""

    person: User
    qualification: Qualification

    @property
    def is_qualified(self) -> bool:
        return self.qualification.is_qualified

    @property
    def words(self) -> str:
        return _("Qualified") if self.is_qualified else _("Not qualified")

    @property
    def courses(self) -> Sequence[CourseVerdict]:
        return self.qualification.courses


def answers_of(people: Iterable[User], found: Mapping[UUID, Qualification]) -> list[Answer]:
    """Return the answers in the order of the people."""
    return [Answer(person, found[person.pk]) for person in people]


def sheet(answers: Sequence[Answer], question: Question) -> Iterator[list[Any]]:
    """Yield the rows of a download: the same people, answers and sentences as on the screen."""
    titles = [each.title for each in answers[0].courses] if answers else []
    yield [_("Person"), _("Employee number"), _("Day"), _("As known on"), _("Qualified"), *titles]
    known = question.known_at.isoformat(timespec="minutes") if question.known_at else _("now")
    for each in answers:
        day = each.qualification.day.isoformat()
        sentences = [course.verdict.sentence for course in each.courses]
        yield [each.person.name, each.person.employee_number, day, known, each.words, *sentences]
