"""Whether somebody may begin a course now: what has to be completed first, and how many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.choices import Status
from enrollment.rules.terms import DUE_SOON

PRESSING = frozenset({Status.LATE, Status.EXPIRED, Status.SOON})


def is_pressing(status: Status, *, due_on: date | None, today: date) -> bool:
    """Say whether something may be begun whatever the cap: it is overdue, or due within 7 days.

    A cap must never make anybody miss a due day.
    """
    if status in (Status.WAIVED, Status.PAUSED):
        return False
    return status in PRESSING or (due_on is not None and due_on - today <= DUE_SOON)


def missing_words(titles: Sequence[str]) -> str:
    """Say what has to be completed first: "Opens when you complete “A” and “B”"."""
    return _("Opens when you complete {courses}").format(courses=_listed(titles, last=_("and")))


def waiting_words(titles: Sequence[str]) -> str:
    """Say when the next course may be begun: "Next, when you finish one of “A” or “B”"."""
    if len(titles) == 1:
        return _("Next, when you finish {course}").format(course=_listed(titles, last=""))
    return _("Next, when you finish one of {courses}").format(courses=_listed(titles, last=_("or")))


def cap_words(most: int) -> str:
    """Say the cap and its exception."""
    words = ngettext(
        "At most {most} course at once. What is overdue or due within 7 days may always be begun.",
        "At most {most} courses at once. What is overdue or due within 7 days may always be begun.",
        most,
    )
    return words.format(most=most)


def _listed(titles: Sequence[str], *, last: str) -> str:
    quoted = [f"“{title}”" for title in titles]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} {last} {quoted[-1]}"


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why a course can not be begun now, in words, and what is the way out."""

    words: str
    is_cap: bool  # else something has to be completed first
    most: int | None = None

    @property
    def rule(self) -> str:
        """The cap in words, where that is what hinders."""
        return cap_words(self.most) if self.most is not None else ""


def why_not_begin(
    *, missing: Sequence[str], most: int | None, active: Sequence[str], is_pressing: bool
) -> Hindrance | None:
    """Say why somebody may not begin a course; nothing when they may.

    `missing` are the titles of courses to complete first, `most` the cap or nothing, `active` the titles
    of what is in progress. What has to be completed first is said first: it holds for pressing ones too.
    """
    if missing:
        return Hindrance(missing_words(missing), is_cap=False)
    if most is not None and len(active) >= most and not is_pressing:
        return Hindrance(waiting_words(active), is_cap=True, most=most)
    return None
