"""The board: the same standings as everywhere, read once, and kept only while it is true."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction

from core.ids import new_id
from enrollment.actions import enroll
from enrollment.choices import Status
from enrollment.queries import standings, status_counts
from enrollment.queries.marks import marks
from people.actions import deactivate_person
from people.models import User
from people.queries import reports_of
from records.actions import record_fact
from reporting.facts import EXPORTED
from reporting.queries.boards import Board, board_of, team_board
from reporting.queries.kept import kept_team_board
from reporting.rules import Filters
from tests.enrollment.workplace import a_course, analyst, complete, move, operator, switched_on
from tests.factories import BY
from tests.reporting.company import AT, TODAY, Company


def names(board: Board) -> list[str]:
    return [person.name for person in board.people]


def test_marks_are_the_standings(firm: Company) -> None:
    switched_on(firm.signing, by=firm.admin, due_within_days=3, job_role=None)  # a second rule, due earlier
    ids = list(User.objects.values_list("pk", flat=True))
    said = {(str(each.user_id), str(each.course_id)): each for each in standings(at=AT, user_ids=ids)}
    found = {(user, course): mark for user, each in marks(at=AT, user_ids=ids).items() for course, mark in each.items()}
    assert len(found) > 6
    assert found.keys() == said.keys()
    for key, mark in found.items():
        standing = said[key]
        assert mark[:3] == (standing.status, standing.due_on, standing.valid_until)
        assert mark.assignment_id == ("" if standing.status == Status.DONE else str(standing.assignment_id))
        due = standing.due_on or standing.today
        late = (standing.today - due).days if standing.status == Status.LATE else 0
        assert mark.days_late == late


def test_marks_of_one_course_are_those_of_its_people(firm: Company) -> None:
    found = marks(at=AT, course_id=firm.lockout.pk)
    assert {user: list(each) for user, each in found.items()} == {str(firm.sofia.pk): [str(firm.lockout.pk)]}
    with pytest.raises(ValueError, match="people or a course"):
        marks(at=AT)


def test_team_board_has_all_below_and_nobody_else(firm: Company) -> None:
    board = team_board(firm.jonas, at=AT, on=TODAY)
    assert names(board) == ["Elif Aydın", "Maya Lindqvist", "Owen Price", "Sofia Marino"]
    assert board.counts == {Status.LATE: 1, Status.EXPIRED: 1, Status.DONE: 1, Status.DOING: 1}
    assert [column.title for column in board.columns] == ["Electronic records and signatures", "Lockout, tagout"]
    ids = reports_of(manager=firm.jonas, on=TODAY).values_list("pk", flat=True)
    counted = status_counts(at=AT, user_ids=ids)
    assert {status: board.counts[status] for status in Status} == counted


def test_board_takes_four_queries_whatever_its_size(firm: Company, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(4):
        board_of(User.objects.filter(pk=firm.maya.pk), at=AT, on=TODAY)
    with django_assert_num_queries(4):
        board_of(User.objects.all(), at=AT, on=TODAY)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(level="direct"), ["Owen Price", "Sofia Marino"]),
        (Filters(status="late"), ["Maya Lindqvist"]),
        (Filters(status="done"), ["Owen Price"]),
        (Filters(q="ay"), ["Elif Aydın", "Maya Lindqvist"]),
        (Filters(level="direct", status="late"), []),
    ],
)
def test_filters_narrow_the_board(firm: Company, filters: Filters, expected: list[str]) -> None:
    board = team_board(firm.jonas, at=AT, on=TODAY).narrowed(filters, manager_id=str(firm.jonas.pk))
    assert names(board) == expected


def test_narrowed_board_shows_only_courses_of_its_people(firm: Company) -> None:
    board = team_board(firm.jonas, at=AT, on=TODAY).narrowed(Filters(job_role=str(analyst().pk)))
    assert [column.title for column in board.columns] == ["Lockout, tagout"]
    assert board.requirement_count == 1


def test_lines_come_by_urgency(firm: Company) -> None:
    board = team_board(firm.jonas, at=AT, on=TODAY)
    assert [(line.person.name, line.mark.status.value) for line in board.lines()] == [
        ("Maya Lindqvist", "late"),
        ("Elif Aydın", "expired"),
        ("Sofia Marino", "doing"),
        ("Owen Price", "done"),
    ]
    assert [line.person.name for line in board.lines(status="done")] == ["Owen Price"]


def test_most_pressing_are_the_longest_overdue_whatever_their_number(firm: Company) -> None:
    switched_on(firm.lockout, by=firm.admin, due_within_days=15)
    operator("Zoe Brandt", since=TODAY - timedelta(days=18), manager=firm.jonas, job_role=analyst())
    board = team_board(firm.jonas, at=AT, on=TODAY)
    assert [person.name for person in board.most_pressing[:3]] == ["Elif Aydın", "Owen Price", "Maya Lindqvist"]
    assert board.tallies[str(firm.maya.pk)][Status.LATE] == 2


def test_longest_overdue_and_longest_expired_come_first(firm: Company) -> None:
    for name, since in (("Zoe Brandt", 60), ("Adam Zander", 17)):  # due after 14 days
        operator(name, since=TODAY - timedelta(days=since), manager=firm.jonas)
    long_ago = operator("Yara Voss", since=date(2024, 1, 1), manager=firm.jonas)
    complete(long_ago, firm.signing, on=date(2024, 6, 1), valid_until=date(2026, 1, 1))
    switched_on(firm.signing, by=firm.admin)  # which reaches those who came since, too
    board = team_board(firm.jonas, at=AT, on=TODAY)
    first = ["Zoe Brandt", "Maya Lindqvist", "Adam Zander", "Yara Voss", "Elif Aydın"]
    assert [person.name for person in board.most_pressing] == first
    assert [line.person.name for line in board.lines()][:5] == first


def test_board_is_kept_while_nothing_happens(firm: Company, django_assert_num_queries: Any) -> None:
    first = kept_team_board(firm.jonas, at=AT, on=TODAY)
    with transaction.atomic():
        record_fact(EXPORTED, by=BY, at=AT, subject_type="export", subject_id=new_id())
    with django_assert_num_queries(1):
        assert kept_team_board(firm.jonas, at=AT + timedelta(seconds=9), on=TODAY) is first
    assert kept_team_board(firm.ruth, at=AT, on=TODAY) is not first


def test_board_is_read_anew_after_ten_seconds_and_on_another_day(firm: Company) -> None:
    first = kept_team_board(firm.jonas, at=AT, on=TODAY)
    assert kept_team_board(firm.jonas, at=AT, on=TODAY + timedelta(days=1)) is not first
    assert kept_team_board(firm.jonas, at=AT + timedelta(seconds=10), on=TODAY) is not first


def test_board_follows_everything_that_can_change_it(firm: Company) -> None:
    def counts() -> dict[Status, int]:
        return dict(kept_team_board(firm.jonas, at=AT, on=TODAY).counts)

    assert counts()[Status.LATE] == 1
    complete(firm.maya, firm.signing, on=TODAY)
    assert Status.LATE not in counts()
    todo = a_course("Hand hygiene")
    switched_on(todo, by=firm.admin, job_role=analyst(), due_within_days=90)
    assert counts()[Status.TODO] == 1
    enroll(user=firm.sofia, course=todo, by=firm.sofia, at=AT)
    assert counts()[Status.DOING] == 2
    move(firm.owen, since=TODAY, manager=firm.ruth)
    assert "Owen Price" not in names(kept_team_board(firm.jonas, at=AT, on=TODAY))
    deactivate_person(person=firm.elif_, by=BY, at=AT, left_on=date(2026, 11, 22), reason="left the company")
    assert names(kept_team_board(firm.jonas, at=AT, on=TODAY)) == ["Maya Lindqvist", "Sofia Marino"]
