"""A form that is sent twice writes once."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.http import Http404

from core.ids import new_id
from core.models import Job
from core.once import form_id, made_once
from tests.courses.test_races import at_once

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
OWNER, OTHER = new_id(), new_id()


def a_job(id: UUID, owner: UUID = OWNER) -> Job:
    job = Job(id=id, kind="k", owner_id=owner, title="t", created_at=AT)
    job.save(force_insert=True)
    return job


@pytest.mark.parametrize("typed", [{}, {"id": ""}, {"id": "x"}])
def test_form_without_an_id_gets_a_new_one(typed: dict[str, str]) -> None:
    assert form_id(typed) != form_id(typed)


def test_form_keeps_its_id() -> None:
    id = new_id()
    assert form_id({"id": str(id)}) == id


def test_second_time_is_answered_with_the_first(db: None) -> None:
    id = new_id()
    mine = Job.objects.filter(owner_id=OWNER)
    first = made_once(id=id, among=mine, make=lambda: a_job(id))
    second = made_once(id=id, among=mine, make=lambda: a_job(id))
    assert (first[1], second[1]) == (True, False)
    assert first[0] == second[0]
    assert Job.objects.count() == 1


def test_id_of_somebody_else_is_as_if_it_did_not_exist(db: None) -> None:
    id = new_id()
    a_job(id, OTHER)
    with pytest.raises(Http404):
        made_once(id=id, among=Job.objects.filter(owner_id=OWNER), make=lambda: a_job(id))


def test_what_make_raises_leaves_nothing(db: None) -> None:
    id = new_id()

    def fail() -> Job:
        a_job(id)
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        made_once(id=id, among=Job.objects.all(), make=fail)
    assert not Job.objects.exists()


@pytest.mark.usefixtures("committed_db")
def test_two_at_the_same_moment_write_one() -> None:
    id = new_id()
    answers = at_once(*[lambda: made_once(id=id, among=Job.objects.all(), make=lambda: a_job(id))[1]] * 4)
    assert sorted(answers) == [False, False, False, True]
    assert Job.objects.count() == 1
