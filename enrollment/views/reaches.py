"""How whom a requirement reaches is shown: counts, a page of people, due dates by week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from core.clock import now
from enrollment.choices import Status
from enrollment.models import Requirement, Waiver
from enrollment.permissions import assignments_cared_for_by
from enrollment.queries import Outlook, outlook_of, people_with
from enrollment.queries.exceptions import waivers_in_force
from enrollment.queries.requirements import requirement_counts
from people.models import User

PAGE = 25
COLUMNS = 5
MISSED = frozenset({Status.LATE, Status.EXPIRED})
RESTING = frozenset({Status.PAUSED, Status.WAIVED})


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the chart of due dates, with the numbers that an SVG needs."""

    words: str
    count: int
    state: str  # names its colour
    x: int
    height: int

    @property
    def y(self) -> int:
        return 92 - self.height


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draft would do if it were switched on now."""

    reaches: Sequence[Outlook]
    key: str
    new: Sequence[Outlook]
    missed: int
    columns: Sequence[Column]

    @property
    def people(self) -> int:
        return len(self.reaches)

    @property
    def current(self) -> int:
        return len(self.reaches) - len(self.new)

    @property
    def chart_words(self) -> str:
        """The chart in words, for whoever does not see it."""
        parts = ", ".join(f"{column.words}: {column.count}" for column in self.columns)
        return _("People due by week. {parts}").format(parts=parts)


def preview_of(reaches: Sequence[Outlook], *, key: str, today: date) -> Preview:
    """Return the preview of these reaches, whoever must act first at the top."""
    ordered = sorted(reaches, key=lambda reach: (reach.due_on or date.max, reach.name))
    new = [reach for reach in ordered if not reach.is_current]
    missed = [reach for reach in new if reach.status in MISSED]
    return Preview(ordered, key, new, len(missed), _columns(new, today))


def people_page(people: Sequence[Outlook], number: str | None) -> Page[Outlook]:
    return Paginator(people, PAGE).get_page(number)


def reached_page(found: Requirement, chosen: str, number: str | None) -> tuple[dict[Status, int], Page[Outlook]]:
    """Return how those would stand whom a draft reaches, counted, and a page of them."""
    people = outlook_of(found, at=now())
    listed = [reach for reach in people if not chosen or reach.status == chosen]
    listed.sort(key=lambda reach: (reach.is_current, reach.due_on or date.max, reach.name))
    return counts_of(people), people_page(listed, number)


def holding_page(found: Requirement, chosen: str, number: str | None) -> tuple[dict[Status, int], Page[Outlook]]:
    """Return how those stand who have what is on, counted, and a page of them; the others are not read."""
    at = now()
    counts = requirement_counts([found.pk], at=at)[found.pk]
    count = counts[Status(chosen)] if chosen else sum(counts.values())
    page: Page[Any] = Paginator(range(count), PAGE).get_page(number)
    first = PAGE * (page.number - 1)
    page.object_list = people_with(found, at=at, status=chosen, first=first, most=PAGE)
    return counts, page


@dataclass(frozen=True, slots=True)
class Excepting:
    """What is excepted for somebody on the list, and whether the reader may make an exception."""

    waiver: Waiver | None
    may: bool


def exceptions_of(
    people: Iterable[Outlook], *, requirement: Requirement, by: User, at: datetime
) -> dict[UUID | None, Excepting]:
    """Return the exceptions of the people on a page, by their assignments; two queries."""
    shown = list(people)
    ids = [reach.assignment_id for reach in shown if reach.assignment_id]
    mine = set(assignments_cared_for_by(by, on=at.date()).filter(pk__in=ids).values_list("pk", flat=True))
    waived = {reach.user_id: reach.today for reach in shown if reach.status == Status.WAIVED}
    waivers = waivers_in_force(user_ids=waived, on=min(waived.values())) if waived else {}
    return {
        reach.assignment_id: Excepting(
            waivers.get((reach.user_id, requirement.pk)) if reach.user_id in waived else None,
            reach.assignment_id in mine and reach.status != Status.DONE,
        )
        for reach in shown
    }


def counts_of(people: Sequence[Outlook]) -> dict[Status, int]:
    """Return how many people have each status."""
    counted = Counter(reach.status for reach in people)
    return {status: counted[status] for status in Status}


def sheet(people: Iterable[Outlook]) -> Iterator[list[Any]]:
    """Yield the rows of a download: the same people, reasons, days and states as on the screen."""
    yield [_("Person"), _("Employee number"), _("Site"), _("Why"), _("Since"), _("Due"), _("Status"), _("Valid until")]
    for reach in people:
        yield [
            reach.name,
            reach.employee_number,
            reach.site,
            reach.reason_about,
            reach.since_on.isoformat(),
            reach.due_on.isoformat() if reach.due_on else "",
            reach.status.label,
            reach.valid_until.isoformat() if reach.valid_until else "",
        ]


def _columns(new: Sequence[Outlook], today: date) -> list[Column]:
    """Count due days: those missed, then by week from the first one on, the rest together; last who is away."""
    missed = sum(reach.status in MISSED for reach in new)
    resting = Counter(reach.status for reach in new if reach.status in RESTING)
    asked = [reach.due_on for reach in new if reach.due_on and reach.status not in MISSED | RESTING]
    weeks = Counter(_monday(due) for due in asked)
    room = COLUMNS - bool(missed) - len(resting)
    shown = sorted(weeks)[: room if len(weeks) <= room else room - 1]
    later = sum(count for week, count in weeks.items() if week not in shown)
    counted: list[tuple[str, int, str]] = [(_("overdue"), missed, "late")] if missed else []
    near = today + timedelta(days=7)
    counted += [(_week(week), weeks[week], "soon" if week <= near else "brand") for week in shown]
    if later:
        counted.append((_("later"), later, "brand"))
    counted += [(status.label.lower(), count, status.value) for status, count in sorted(resting.items())]
    most = max((count for _words, count, _state in counted), default=1)
    return [
        Column(words, count, state, 8 + 64 * place, max(2, round(72 * count / most)))
        for place, (words, count, state) in enumerate(counted)
    ]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(monday: date) -> str:
    return date_format(monday, pgettext("day of this year", "j M"))


def people_words(count: int) -> str:
    return ngettext("{count} person", "{count} people", count).format(count=count)


def status_options(counts: Mapping[Status, int]) -> list[tuple[str, str, int]]:
    """Return the states that occur, as filters: value, words, number."""
    return [(status.value, str(status.label), count) for status, count in counts.items() if count]
