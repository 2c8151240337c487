"""Completions written by two at the same moment: each stands once, and standings are as the facts say."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from enrollment import followers, loading
from enrollment.actions.checking import check_standings
from enrollment.actions.claiming import ClaimRefused, claim_learned, verify_claim
from enrollment.actions.equivalences import add_equivalence, stand_with_equivalence
from enrollment.actions.histories import load_history, load_part
from enrollment.actions.sessions import confirm_session, draft_session, sign_session
from enrollment.followers import FIRST
from enrollment.models import Completion, Equivalence
from people.choices import AccessRole
from people.models import User
from records.choices import Components
from records.models import Event
from tests.courses.test_races import at_once
from tests.enrollment.histories import PLAIN, checked
from tests.enrollment.workplace import AT, TODAY, a_course, a_scan, complete, operator, switched_on
from tests.factories import make_person

pytestmark = pytest.mark.usefixtures("committed_db")
SIGNING: dict[str, Any] = {"zone": "Europe/Zurich", "components": Components.ALL, "at": AT}
DAY = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (followers, loading):
        monkeypatch.setattr(module, "now", lambda: AT)


def an_admin() -> User:
    return make_person(AccessRole.ADMINISTRATOR, signs=True)


def once_and_in_step(count: int) -> bool:
    facts = Event.objects.filter(kind="fact", subject_type="completion").count()
    return Completion.objects.count() == facts == count and check_standings(after=FIRST, most=1000)[1] == []


def test_two_lists_loaded_at_once_write_each_row_once() -> None:
    admin, course = an_admin(), a_course()
    people = [operator(f"Person {n}", since=date(2020, 1, 1)) for n in range(6)]
    switched_on(course, by=admin)
    lines = [f"{each.employee_number},{course.code},{DAY}" for each in people]
    texts = ["\n".join([PLAIN, *each]) + "\n" for each in (lines, lines[::-1])]
    runs = [load_history(run=checked(text, admin), by=admin, at=AT) for text in texts]
    answers = at_once(*(lambda run=run: load_part(run=run, at=AT) for run in runs))
    assert answers == [0, 0]
    assert once_and_in_step(6)


def test_two_who_verify_at_once_write_one() -> None:
    first, second, course = an_admin(), an_admin(), a_course()
    maya = operator("Maya", since=date(2020, 1, 1))
    switched_on(course, by=first)
    claim = claim_learned(course=course, completed_on=DAY, provider="A", upload=a_scan(), by=maya, at=AT)
    answers = at_once(*(lambda by=by: verify_claim(claim=claim, by=by, **SIGNING) for by in (first, second)))
    assert [type(each) for each in answers].count(ClaimRefused) == 1
    assert once_and_in_step(1)


def test_session_and_claim_of_the_same_day_at_once_write_one() -> None:
    first, second, course = an_admin(), an_admin(), a_course()
    maya = operator("Maya", since=date(2020, 1, 1))
    switched_on(course, by=first)
    claim = claim_learned(course=course, completed_on=DAY, provider="A", upload=a_scan(), by=maya, at=AT)
    session = draft_session(
        course=course, held_on=DAY, trainer="T", upload=a_scan(), user_ids=[maya.pk], by=first, at=AT
    )
    sign_session(session=session, by=first, **SIGNING)
    answers = at_once(
        lambda: verify_claim(claim=claim, by=first, **SIGNING),
        lambda: confirm_session(session=session, by=second, **SIGNING),
    )
    assert sum(isinstance(each, Exception) for each in answers) == 1
    assert once_and_in_step(1)


def test_completion_and_equivalence_at_once_leave_no_difference() -> None:
    admin = an_admin()
    for _time in range(3):
        asked, taken = a_course(), a_course()
        maya = operator("Maya", since=date(2020, 1, 1))
        switched_on(asked, by=admin)

        def let_count(taken: Any = taken, asked: Any = asked) -> Equivalence:
            made = add_equivalence(
                course=taken, counts_as=asked, valid_from=date(2020, 1, 1), reason="Same content", by=admin, at=AT
            )
            stand_with_equivalence(equivalence=made, after=FIRST)
            return made

        answers = at_once(lambda maya=maya, taken=taken: complete(maya, taken, on=TODAY - timedelta(days=3)), let_count)
        assert not [each for each in answers if isinstance(each, Exception)], answers
        assert check_standings(after=FIRST, most=1000)[1] == []
