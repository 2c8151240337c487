"""Who may have to be told something: for whom a step of the ladder is reached that nobody has taken yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from core.sql import rows
from enrollment.choices import Anchor, RequirementState, Why
from enrollment.models import Requirement
from enrollment.queries.ladders import Ladders, ladders_in_force
from enrollment.queries.standings import STATUS_SQL
from enrollment.rules import CATCH_UP, LadderStep, Milestones, StepsDue, day_in, steps_due

ONE_DAY = timedelta(days=1)
BEHIND, AHEAD = timedelta(hours=12), timedelta(hours=14)  # of UTC, the last clock on Earth and the first


@dataclass(frozen=True, slots=True)
class Remindable:
    """Somebody's requirement as the ladder sees it."""

    assignment_id: UUID
    why: Why
    today: date
    due_on: date
    late_on: date
    window_on: date | None
    ends_on: date | None
    zone: str
    assigned_at: datetime
    already: frozenset[tuple[date, str]]  # the days and names of the steps that were taken

    @property
    def days(self) -> Milestones:
        """The days on which steps hang."""
        return Milestones(self.due_on, self.late_on, day_in(self.zone, self.assigned_at), self.window_on, self.ends_on)

    @property
    def is_renewal(self) -> bool:
        """Whether the day is the end of an earlier completion."""
        return self.why != Why.FIRST

    def steps(self, ladders: Ladders) -> StepsDue:
        """Return the steps to take today."""
        return steps_due(ladders[self.why], self.days, today=self.today, already=self.already)


# On which day a step goes out, and which day it speaks of: as `enrollment.rules.ladder.Milestones` says it.
_DAY = """CASE p.anchor WHEN 'due' THEN s.due_on + p.days WHEN 'late' THEN s.late_on + p.days - 1
    WHEN 'window' THEN s.window_on + p.days ELSE s.valid_until + p.days END"""
_UNTAKEN = """NOT EXISTS (SELECT FROM {taken} r
    WHERE r.assignment_id = s.assignment_id AND r.due_on = {about} AND r.step = p.key)"""
_ABOUT = "CASE WHEN p.anchor IN ('window', 'expiry') THEN s.valid_until ELSE s.due_on END"
_TODAY = "CROSS JOIN LATERAL (SELECT (%(at)s AT TIME ZONE s.zone)::date AS today) AS d"
# The day is compared with the clock of a site only where it may differ from that of others. Each of the days
# has an index that holds all that is asked for here.
_NEAR = f"""
    SELECT s.assignment_id FROM enrollment_standing s JOIN step p ON p.why = s.why AND p.anchor = ANY ({{anchors}})
    CROSS JOIN LATERAL (SELECT {{day}} AS day) AS g
    WHERE {{hangs_on}} BETWEEN %({{name}}_from)s AND %({{name}}_until)s
        AND g.day BETWEEN %(longest_past)s AND %(last_today)s
        AND (g.day <= %(first_today)s OR g.day <= (%(at)s AT TIME ZONE s.zone)::date)
        AND {_UNTAKEN.format(taken="{taken}", about="{about}")}
"""
_NEAR_DUE = _NEAR.format(
    anchors="'{due,late}'",
    day="CASE p.anchor WHEN 'due' THEN s.due_on + p.days ELSE s.late_on + p.days - 1 END",
    hangs_on="s.due_on",
    name="due",
    about="s.due_on",
    taken="taken",
)
_OF_THE_END = {"about": "s.valid_until", "taken": "enrollment_remindersent"}
_NEAR_WINDOW = _NEAR.format(
    anchors="'{window}'", day="s.window_on + p.days", hangs_on="s.window_on", name="opens", **_OF_THE_END
)
_NEAR_END = _NEAR.format(
    anchors="'{expiry}'", day="s.valid_until + p.days", hangs_on="s.valid_until", name="ends", **_OF_THE_END
)
# Where two requirements ask for the same course, the earlier due date speaks. Who is on leave or has a
# waiver is left alone.
_SPEAKS = f"""
    {STATUS_SQL} NOT IN ('paused', 'waived') AND s.due_on IS NOT NULL
    AND NOT EXISTS (SELECT FROM enrollment_standing o WHERE o.user_id = s.user_id AND o.course_id = s.course_id
        AND (o.due_on, o.assignment_id) < (s.due_on, s.assignment_id))
"""
# First whoever has a day near (an index for each of the days), or was given lately what was due long ago;
# of them, whoever a step is reached for, counted from the day on which they were given it.
_REACHED = f"""
    WITH step AS MATERIALIZED (
        SELECT * FROM unnest(%(whys)s::text[], %(keys)s::text[], %(anchors)s::text[], %(days)s::int[],
            %(before)s::boolean[]) AS t (why, key, anchor, days, is_before)
    ), taken AS MATERIALIZED (
        SELECT assignment_id, due_on, step FROM enrollment_remindersent
        WHERE due_on BETWEEN %(due_from)s AND %(due_until)s
    ), near AS MATERIALIZED (
        {_NEAR_DUE} UNION {_NEAR_WINDOW} UNION {_NEAR_END}
        UNION SELECT s.assignment_id FROM enrollment_assignment a
            JOIN enrollment_standing s ON s.assignment_id = a.id
            WHERE a.ended_at IS NULL AND a.assigned_at > %(given_from)s
                AND least(s.due_on, s.valid_until) < %(yesterday)s
    )
    SELECT DISTINCT s.assignment_id FROM near n
    JOIN enrollment_standing s ON s.assignment_id = n.assignment_id
    JOIN enrollment_assignment a ON a.id = s.assignment_id
    JOIN people_user u ON u.id = s.user_id AND u.is_active JOIN step p ON p.why = s.why
    {_TODAY}
    CROSS JOIN LATERAL (SELECT (a.assigned_at AT TIME ZONE s.zone)::date AS assigned_on, {_DAY} AS day) AS g
    WHERE CASE WHEN p.is_before THEN g.day ELSE greatest(g.day, g.assigned_on + p.days) END
            BETWEEN d.today - %(catch_up)s AND d.today
        AND g.day IS NOT NULL AND (g.day > g.assigned_on OR NOT p.is_before)
        AND {_UNTAKEN.format(taken="enrollment_remindersent", about=_ABOUT)} AND {_SPEAKS}
"""
_ONE = f"""
    SELECT s.assignment_id, s.why, d.today, s.due_on, s.late_on, s.window_on, s.valid_until, s.zone, a.assigned_at,
        ARRAY (SELECT r.due_on || ' ' || r.step FROM enrollment_remindersent r
            WHERE r.assignment_id = s.assignment_id AND r.due_on IN (s.due_on, s.valid_until))
    FROM enrollment_standing s JOIN enrollment_assignment a ON a.id = s.assignment_id
    JOIN people_user u ON u.id = s.user_id AND u.is_active {_TODAY}
    WHERE s.assignment_id = %(assignment)s AND {_SPEAKS}
"""


def remindable(*, at: datetime) -> list[UUID]:
    """Return the assignments for which a step is reached that nobody has taken.

    As many queries for a million as for one.
    """
    ladders = ladders_in_force()
    steps = [(why, step) for why in Why for step in ladders[why]]
    return [pk for (pk,) in rows(_REACHED, _bounds(steps, at=at))] if steps else []


def remindable_now(assignment_id: UUID, *, at: datetime) -> Remindable | None:
    """Return how one assignment stands at this moment; nothing when it has ended, or nothing is due."""
    for row in rows(_ONE, {"at": at, "assignment": str(assignment_id)}):
        pairs = (each.split(" ", 1) for each in row[9])
        values = [row[0], Why(row[1]), *row[2:9], frozenset((date.fromisoformat(on), key) for on, key in pairs)]
        return Remindable(*values)
    return None


def _bounds(steps: list[tuple[Why, LadderStep]], *, at: datetime) -> dict[str, Any]:
    """Return the steps as columns, and between which days a sweep has to look for each kind of day."""
    grace = Requirement.objects.filter(state=RequirementState.ON).aggregate(most=Max("grace_days"))["most"] or 0
    first, last = (at.astimezone(UTC) - BEHIND).date(), (at.astimezone(UTC) + AHEAD).date()
    found: dict[str, Any] = {
        "at": at,
        "catch_up": CATCH_UP.days,
        "whys": [why.value for why, _step in steps],
        "keys": [step.key for _why, step in steps],
        "anchors": [step.anchor.value for _why, step in steps],
        "days": [step.days for _why, step in steps],
        "before": [step.is_before for _why, step in steps],
        "first_today": first,
        "last_today": last,
        "longest_past": first - CATCH_UP,
        "yesterday": first - ONE_DAY,
    }
    kinds = {"due": (Anchor.DUE, Anchor.LATE), "opens": (Anchor.WINDOW,), "ends": (Anchor.EXPIRY,)}
    for name, anchors in kinds.items():
        away = [step.days for _why, step in steps if step.anchor in anchors]
        longest = max(away, default=0) + (grace if name == "due" else 0)
        found[f"{name}_from"] = first - CATCH_UP - timedelta(days=longest)
        found[f"{name}_until"] = last - timedelta(days=min(away, default=0))
    after = max((step.days for _why, step in steps if not step.is_before), default=0)
    found["given_from"] = at - CATCH_UP - ONE_DAY - timedelta(days=after)
    return found
