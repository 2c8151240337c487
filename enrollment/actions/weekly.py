"""Managers hear once a week what needs them, and nothing when nothing does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment import notices
from enrollment.actions.telling import tell
from enrollment.models import WeeklySummary
from enrollment.queries.weekly import Needed, needed_of
from enrollment.rules import short_day
from enrollment.rules.weekly import MOST_LINES, monday_of
from notifications.queries import readers
from notifications.wording import Line, Notice
from people.models import User

_CLAIM = """
    INSERT INTO enrollment_weeklysummary (manager_id, week_on, told_at, lines)
    VALUES (%s, %s, %s, 0) ON CONFLICT (manager_id, week_on) DO NOTHING
"""


@transaction.atomic
def tell_week(*, manager_id: UUID, at: datetime) -> bool:
    """Tell a manager what needs them this week; say whether there was anything.

    The week is claimed, looked at and told in one transaction, so it is told once whoever comes first,
    and a crash leaves nothing out. On a day off nothing happens: the next working day is early enough.
    """
    calendar = readers([manager_id], at=at)[manager_id].calendar
    today = calendar.day(at)
    if not calendar.works_on(today) or not _claim(manager_id, monday_of(today), at=at):
        return False
    manager = User.objects.get(pk=manager_id)
    needed = needed_of(manager, at=at, on=today)
    if not needed or not manager.is_active:
        return False
    WeeklySummary.objects.filter(manager=manager, week_on=monday_of(today)).update(lines=len(needed))
    once = f"week:{manager_id}:{monday_of(today)}"
    return tell(manager, lambda: _words(needed, today=today), once=once, path=reverse("reporting:team"), at=at)


def _claim(manager_id: UUID, monday: date, *, at: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [manager_id, monday, at])
        return bool(cursor.rowcount)


def _words(needed: Sequence[Needed], *, today: date) -> Notice:
    asked = sum(each.status is None for each in needed)
    overdue = sum(each.is_overdue for each in needed)
    about = notices.Week(today, overdue, len(needed) - overdue - asked, asked, more=max(len(needed) - MOST_LINES, 0))
    return notices.week(about, tuple(_line(each) for each in needed[:MOST_LINES]))


def _line(each: Needed) -> Line:
    """Say one line, with what can be done about it in one click each."""
    record = reverse("reporting:person", args=[each.user_id]) + f"#c-{each.course_id}"
    if each.status is None:
        words = _("{name} asks for a waiver of {course}: {words}")
        propose = (_("Propose a waiver"), reverse("enrollment:propose_waiver", args=[each.assignment_id]))
        return Line(words.format(name=each.name, course=each.course, words=each.words), (propose, (_("Open"), record)))
    if each.ended_on:
        words, day = _("{name}: {course}, expired on {day}"), each.ended_on
    else:
        words = _("{name}: {course}, was due on {day}") if each.is_overdue else _("{name}: {course}, due on {day}")
        day = each.due_on or date.max
    links = (
        (_("More time"), reverse("enrollment:extend", args=[each.assignment_id])),
        (_("Remind"), reverse("enrollment:remind", args=[each.assignment_id])),
        (_("Open"), record),
    )
    return Line(words.format(name=each.name, course=each.course, day=short_day(day)), links)
