"""A leave is kept as it was noted at each instant, by its actions, by the database, and from before it was so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from core.ids import new_id
from people import actions
from people.actions import NotAllowed
from people.models import Leave, User
from records.actions import record_fact
from records.models import Event
from records.triggers import FROZEN, NO_FACT
from tests.enrollment.workplace import MADE, rewrite, write
from tests.factories import BY, make_person

MARCH, JUNE, JULY = date(2026, 3, 1), date(2026, 6, 1), date(2026, 7, 1)


def at(day: int, hour: int = 9) -> datetime:
    """Return an instant of February 2026."""
    return datetime(2026, 2, day, hour, tzinfo=UTC)


def noted(person: User, *, day: int = 1, until: date | None = None) -> Leave:
    return actions.take_leave(
        person=person, valid_from=MARCH, valid_until=until, reason="parental leave", by=BY, at=at(day)
    )


def known(person: User, instant: datetime) -> list[tuple[date, date | None]]:
    return list(person.leaves.known_at(instant).order_by("valid_from").values_list("valid_from", "valid_until"))


@pytest.fixture
def maya(db: None) -> User:
    return make_person(name="Maya")


def test_each_day_back_is_known_from_when_it_was_noted(maya: User) -> None:
    leave = noted(maya)
    leave = actions.return_from_leave(leave=leave, back_on=JUNE, by=BY, at=at(3))
    leave = actions.return_from_leave(leave=leave, back_on=JULY, by=BY, at=at(5))
    actions.withdraw_leave(leave=leave, reason="another Maya", by=BY, at=at(7))
    for instant, expected in (
        (at(1, 8), []),
        (at(1), [(MARCH, None)]),
        (at(3, 8), [(MARCH, None)]),
        (at(3), [(MARCH, JUNE)]),
        (at(5), [(MARCH, JULY)]),
        (at(7, 8), [(MARCH, JULY)]),
        (at(7), []),
    ):
        assert known(maya, instant) == expected, instant
    assert not maya.leaves.in_force().exists()
    assert maya.leaves.count() == 3
    noted(maya, day=8, until=JUNE)  # the days are free again
    assert known(maya, at(8)) == [(MARCH, JUNE)]
    assert {each.reason for each in maya.leaves.all()} == {"parental leave"}


def test_a_day_that_is_noted_already_is_no_change(maya: User) -> None:
    leave = noted(maya, until=JUNE)
    facts = Event.objects.count()
    assert actions.return_from_leave(leave=leave, back_on=JUNE, by=BY, at=at(3)) == leave
    assert (Event.objects.count(), maya.leaves.count()) == (facts, 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda leave: actions.return_from_leave(leave=leave, back_on=JULY, by=BY, at=at(5)),
        lambda leave: actions.withdraw_leave(leave=leave, reason="another Maya", by=BY, at=at(5)),
    ],
)
def test_what_somebody_else_changed_meanwhile_is_not_changed_over_it(
    maya: User, change: Callable[[Leave], Any]
) -> None:
    leave = noted(maya)
    actions.return_from_leave(leave=leave, back_on=JUNE, by=BY, at=at(3))
    facts = Event.objects.count()
    with pytest.raises(NotAllowed, match="changed or taken back meanwhile"):
        change(leave)
    assert (known(maya, at(5)), Event.objects.count()) == ([(MARCH, JUNE)], facts)


def test_a_clock_that_is_behind_takes_nothing_back_before_it_was_noted(maya: User) -> None:
    leave = noted(maya, day=5)
    leave = actions.return_from_leave(leave=leave, back_on=JUNE, by=BY, at=at(4))
    assert (known(maya, at(4)), known(maya, at(5))) == ([], [(MARCH, JUNE)])
    actions.withdraw_leave(leave=leave, reason="another Maya", by=BY, at=at(3))
    assert known(maya, at(5)) == []


# The database


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_from": JUNE},
        {"valid_until": JULY},
        {"reason": "something else"},
        {"noted_at": at(2)},
    ],
)
def test_what_was_noted_stays_as_it_was(maya: User, changes: dict[str, Any]) -> None:
    leave = noted(maya)
    with pytest.raises(DatabaseError, match="stays as it was noted") as refused:
        rewrite(Leave.objects.filter(pk=leave.pk), **changes)
    assert refused.value.__cause__.pgcode == FROZEN  # type: ignore[union-attr]


def test_what_was_superseded_stays_so_and_is_kept(maya: User) -> None:
    leave = noted(maya)
    rewrite(Leave.objects.filter(pk=leave.pk), superseded_at=at(3))
    for instant in (at(4), None):
        with pytest.raises(DatabaseError, match="stays as it was noted"), transaction.atomic():
            rewrite(Leave.objects.filter(pk=leave.pk), superseded_at=instant)
    record_fact(MADE, by=BY, at=at(4), subject_type="test", subject_id=new_id())
    with pytest.raises(DatabaseError, match="stays as it was noted"), transaction.atomic():
        leave.delete()


def test_nothing_is_superseded_before_it_was_noted(maya: User) -> None:
    with pytest.raises(IntegrityError, match="leave_noted_before_superseded"):
        write([Leave(user=maya, valid_from=MARCH, reason="x", noted_at=at(2), superseded_at=at(1))])


def test_days_are_shared_with_what_was_superseded_and_with_nothing_else(maya: User) -> None:
    write([
        Leave(user=maya, valid_from=MARCH, reason="x", noted_at=at(1), superseded_at=at(2)),
        Leave(user=maya, valid_from=MARCH, reason="x", noted_at=at(2)),
    ])  # fmt: skip
    with pytest.raises(IntegrityError, match="leave_one_at_a_time"):
        write([Leave(user=maya, valid_from=JUNE, reason="x", noted_at=at(3))])


def test_a_leave_is_not_superseded_without_a_fact(maya: User) -> None:
    leave = noted(maya)
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT set_config('attest.fact', '', true)")
    with pytest.raises(DatabaseError) as refused:
        Leave.objects.filter(pk=leave.pk).update(superseded_at=at(3))
    assert refused.value.__cause__.pgcode == NO_FACT  # type: ignore[union-attr]


# From before


def _before(direction: str) -> None:
    """Take leaves back to how they were kept before, or forth again."""
    owner = connections["owner"]
    loader = MigrationExecutor(owner).loader
    steps = [("0010_leaves_noted_tables", "0009_lean_indexes_tables")]
    steps.append(("0011_leaves_noted_kept", "0010_leaves_noted_tables"))
    for name, earlier in reversed(steps) if direction == "back" else steps:
        migration, state = loader.get_migration("people", name), loader.project_state(("people", earlier))
        with owner.schema_editor() as editor:
            (migration.unapply if direction == "back" else migration.apply)(state, editor)
    owner.close()


def _sql(day: int, statement: str, *values: Any) -> None:
    """Change leaves as they were kept before, with the fact that was written with it."""
    with transaction.atomic(), connections["default"].cursor() as cursor:
        record_fact(MADE, by=BY, at=at(day), subject_type="test", subject_id=new_id())
        cursor.execute(statement, values)


def test_what_the_trail_has_of_earlier_leaves_is_taken_over(committed_db: str) -> None:
    changed, wrong, plain, untold = people = [make_person() for _number in range(4)]
    [one, other, third, fourth] = [new_id() for _person in people]
    _before("back")
    insert = "INSERT INTO people_leave (id, user_id, valid_from, valid_until, reason) VALUES (%s, %s, %s, %s, %s)"
    change = "UPDATE people_leave SET valid_until = %s WHERE id = %s"
    _sql(1, insert, one, changed.pk, MARCH, None, "parental leave")
    _sql(2, insert, other, wrong.pk, MARCH, JUNE, "parental leave")
    _sql(3, change, JULY, one)
    _sql(5, change, JUNE, one)
    _sql(4, "UPDATE people_leave SET reason = %s WHERE id = %s", "for long", one)  # by a clock that was behind
    _sql(6, insert, third, plain.pk, MARCH, None, "parental leave")
    _sql(7, "DELETE FROM people_leave WHERE id = %s", other)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE people_leave DISABLE TRIGGER capture_insert")
        cursor.execute(insert, (fourth, untold.pk, MARCH, JUNE, "parental leave"))
        cursor.execute("ALTER TABLE people_leave ENABLE ALWAYS TRIGGER capture_insert")
    events = Event.objects.count()
    _before("forth")
    found = {
        (leave.user_id, leave.valid_until, leave.noted_at, leave.superseded_at)
        for leave in Leave.objects.filter(valid_from=MARCH)
    }
    assert found == {
        (changed.pk, None, at(1), at(3)),
        (changed.pk, JULY, at(3), at(5)),
        (changed.pk, JUNE, at(5), None),
        (wrong.pk, JUNE, at(2), at(7)),
        (plain.pk, None, at(6), None),
        (untold.pk, JUNE, datetime(2026, 3, 1, tzinfo=UTC), None),
    }
    assert set(Leave.objects.in_force().values_list("pk", flat=True)) == {one, third, fourth}, "ids stay"
    fresh = Event.objects.order_by("pk")[events:]
    assert [each.verb for each in fresh] == ["people.leaves_rewritten", *["inserted"] * 3, *["updated"] * 3]
    leave = Leave.objects.get(pk=one)
    actions.return_from_leave(leave=leave, back_on=JUNE + timedelta(days=7), by=BY, at=at(9))
    _before("back")
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT user_id, valid_until FROM people_leave")
        assert set(cursor.fetchall()) == {
            (changed.pk, JUNE + timedelta(days=7)), (plain.pk, None), (untold.pk, JUNE),
        }  # fmt: skip
    _before("forth")
    assert Leave.objects.in_force().count() == 3
