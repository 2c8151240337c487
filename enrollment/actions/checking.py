"""The nightly check: every standing computed again from the facts, and compared with what is kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from core.sql import rows
from enrollment.actions.standing import COLUMNS, HOLD, forget_standings, restand, row_of
from enrollment.models import Requirement, StandingCheck
from enrollment.queries.obligations import asked_by, given_where, obligations_of

EXAMPLES = 20
_PLAIN = ("rounds_done", "is_extended", "is_moved")
_KEPT = f"""
    SELECT {", ".join(name if name in _PLAIN else f"{name}::text" for name in COLUMNS)}
    FROM enrollment_standing WHERE user_id = ANY (%s::uuid[])
"""
_NEXT_PEOPLE = "SELECT id FROM people_user WHERE id > %s ORDER BY id LIMIT %s"


@dataclass(frozen=True, slots=True)
class Difference:
    """A standing that was not as the facts say."""

    assignment_id: str
    kept: tuple[Any, ...] | None
    computed: tuple[Any, ...] | None


def check_standings(*, after: UUID, most: int) -> tuple[int, list[Difference], UUID | None]:
    """Compute again how the next people stand, in the order of their ids, and put right what differs.

    Looks at so many people of those after an id. Returns how many standings were looked at, what
    differed, and where to go on: nothing at the end. What somebody is changing at this moment is no
    difference: whatever differs is looked at again with its assignments held.
    """
    people = [str(user) for (user,) in rows(_NEXT_PEOPLE, [str(after), most])]
    if not people:
        return 0, [], None
    computed = _computed(people)
    kept = _kept(people)
    suspects = {key for key in computed.keys() | kept.keys() if computed.get(key) != kept.get(key)}
    differences = _put_right({_user_of(computed.get(key) or kept[key]) for key in suspects}) if suspects else []
    return len(computed), differences, UUID(people[-1])


@transaction.atomic
def _put_right(user_ids: Collection[str]) -> list[Difference]:
    """Look at some people again, with their assignments held, and write what is true."""
    ids = sorted(user_ids)
    with connection.cursor() as cursor:
        cursor.execute(HOLD.format(condition="a.user_id = ANY (%(users)s::uuid[])"), {"users": ids})
    computed, kept = _computed(ids), _kept(ids)
    differing = [key for key in sorted(computed.keys() | kept.keys()) if computed.get(key) != kept.get(key)]
    forget_standings(UUID(key) for key in differing if key not in computed)
    restand(user_ids=[UUID(each) for each in ids])
    return [Difference(key, kept.get(key), computed.get(key)) for key in differing]


def _computed(user_ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    given = given_where("a.user_id = ANY (%(users)s::uuid[])", {"users": list(user_ids)})
    requirements = Requirement.objects.in_bulk({each.requirement_id for each in given})
    states = obligations_of(given, asked_by(requirements.values()))
    return {each.assignment_id: _spelled(row_of(each, state)) for each, state in states}


def _kept(user_ids: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    return {row[0]: row for row in rows(_KEPT, [list(user_ids)])}


def _spelled(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a row as `_KEPT` reads it: everything but numbers and yes or no as text."""
    return tuple(each.isoformat() if isinstance(each, date) else each for each in row)


def _user_of(row: tuple[Any, ...]) -> str:
    return str(row[COLUMNS.index("user_id")])


def begin_check(*, at: datetime) -> StandingCheck:
    """Note that a check has begun."""
    return StandingCheck.objects.create(started_at=at)


def go_on_checking(*, check: StandingCheck, after: UUID, most: int) -> UUID | None:
    """Check the next people, note what was found, and return where to go on: nothing at the end."""
    checked, differences, last = check_standings(after=after, most=most)
    check.checked += checked
    check.differences += len(differences)
    room = EXAMPLES - len(check.examples)
    check.examples += [
        {"assignment": each.assignment_id, "kept": each.kept, "computed": each.computed} for each in differences[:room]
    ]
    check.save(update_fields=["checked", "differences", "examples"])
    return last


def end_check(*, check: StandingCheck, at: datetime) -> None:
    """Note that a check has come to its end."""
    check.finished_at = at
    check.save(update_fields=["finished_at"])
