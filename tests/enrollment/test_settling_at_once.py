"""People settled, moved and trained at the same moment: one result, and standings are as the facts say."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from core.tasks import run_waiting_jobs
from enrollment import followers
from enrollment.actions import draft_requirement, follow_person, settle_requirement, switch_on_requirement
from enrollment.actions import requirements as requirement_actions
from enrollment.actions.assigning import settle_people
from enrollment.actions.checking import check_standings
from enrollment.actions.claiming import claim_learned, verify_claim
from enrollment.followers import FIRST
from enrollment.models import Assignment, Requirement
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.courses.test_races import at_once
from tests.enrollment.workplace import AT, SIGNING, a_course, a_scan, operator
from tests.factories import make_person

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirement_actions, "AT_ONCE", 0)
    monkeypatch.setattr(followers, "A_BATCH", 2)
    monkeypatch.setattr(followers, "now", lambda: AT)


@pytest.fixture
def admin() -> User:
    return make_person(AccessRole.ADMINISTRATOR)


def switched_on_for(people: int, admin: User) -> tuple[Requirement, list[User]]:
    """Switch a requirement on for so many people, of whom none has it yet: a job is waiting."""
    workers = [operator(f"Person {n}", since=date(2020, 1, 1)) for n in range(people)]
    terms: dict[str, Any] = {"course": a_course(), "due_within_days": 14, "reason": "CAPA 7"}
    requirement = draft_requirement(by=admin, at=AT, **terms)
    assert switch_on_requirement(requirement=requirement, by=admin, at=AT) >= people
    return requirement, workers


def each_once(requirement: Requirement, people: list[User]) -> bool:
    given = sorted(Assignment.objects.filter(requirement=requirement, user__in=people).values_list("user", flat=True))
    said = Event.objects.filter(verb="enrollment.assigned", person_id__in=[each.pk for each in people]).count()
    in_step = check_standings(after=FIRST, most=1000)[1] == []
    return given == sorted(each.pk for each in people) and said == len(people) and in_step


def test_a_job_gives_it_to_everyone_in_parts_side_by_side(admin: User) -> None:
    requirement, people = switched_on_for(7, admin)
    run_waiting_jobs()
    assert each_once(requirement, people)


def test_job_sweep_and_move_at_once_give_it_to_each_once(admin: User) -> None:
    requirement, people = switched_on_for(6, admin)
    ids = [each.pk for each in people]
    answers = at_once(
        run_waiting_jobs,
        lambda: settle_requirement(requirement=requirement, by=admin, at=AT, after=FIRST, most=100),
        lambda: settle_people(requirement=requirement, user_ids=ids[::-1], by=admin, at=AT),
        *(lambda each=each: follow_person(user_id=each, at=AT) for each in ids[:2]),
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert each_once(requirement, people)


def test_whoever_is_credited_while_it_is_switched_on_stands_as_the_facts_say(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirement_actions, "AT_ONCE", 500)
    person, course = operator("Maya", since=date(2020, 1, 1)), a_course()
    second = make_person(AccessRole.ADMINISTRATOR, signs=True)
    told = {"completed_on": date(2026, 3, 2), "provider": "Red Cross Basel", "upload": a_scan("proof.png")}
    claim = claim_learned(course=course, by=person, at=AT, **told)
    drafts = [
        draft_requirement(by=admin, at=AT, course=course, due_within_days=days, reason="CAPA 7") for days in (7, 14, 30)
    ]
    answers = at_once(
        lambda: verify_claim(claim=claim, by=second, at=AT, **SIGNING),
        *(lambda each=each: switch_on_requirement(requirement=each, by=admin, at=AT) for each in drafts),
    )
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert check_standings(after=FIRST, most=1000)[1] == []
