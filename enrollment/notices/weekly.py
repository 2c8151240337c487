"""What a manager hears once a week, when something in the team needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrollment.rules import long_day
from notifications.choices import Audience
from notifications.wording import Line, Notice, declare
from notifications.wording import Wording as Words

WEEK = declare(
    "enrollment.week",
    label=gettext_lazy("Your team this week"),
    purpose=gettext_lazy("Tells a manager on Monday what needs them: overdue, due within a week, waivers asked for."),
    audience=Audience.MANAGER,
    fields={
        "summary": gettext_lazy("2 overdue, 1 due within 7 days"),
        "day": gettext_lazy("Monday 23 November 2026"),
        "more": gettext_lazy("4 more stand on the page of your team."),
    },
    wording=Words(
        gettext_lazy("Your team this week: {summary}"),
        gettext_lazy("As of {day}.\n\n{more}"),
        gettext_lazy("Open your team"),
    ),
)


@dataclass(frozen=True, slots=True)
class Week:
    """What a week comes to: how much of each, and how much of it stands in no line."""

    day: date
    overdue: int
    due: int
    asked: int
    more: int = 0

    @property
    def summary(self) -> str:
        parts = [
            _("{count} overdue").format(count=self.overdue) if self.overdue else "",
            _("{count} due within 7 days").format(count=self.due) if self.due else "",
            ngettext("{count} waiver asked for", "{count} waivers asked for", self.asked).format(count=self.asked)
            if self.asked
            else "",
        ]
        return ", ".join(part for part in parts if part)


def week(about: Week, lines: tuple[Line, ...]) -> Notice:
    """Tell a manager what needs them this week, line by line."""
    words = ngettext(
        "{count} more stands on the page of your team.", "{count} more stand on the page of your team.", about.more
    )
    more = words.format(count=about.more) if about.more else ""
    fields = {"summary": about.summary, "day": long_day(about.day), "more": more}
    return Notice(WEEK, fields, glyph="late" if about.overdue else "soon", lines=lines)
