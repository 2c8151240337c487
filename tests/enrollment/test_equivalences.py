"""One course counts as another: from which version, on which days, and everywhere alike."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.ids import new_id
from core.models import Job
from core.sql import rows
from core.tasks import run_job
from courses.models import Course
from enrollment.actions.checking import check_standings
from enrollment.actions.equivalences import (
    EquivalenceRefused,
    add_equivalence,
    end_equivalence,
    stand_with_equivalence,
)
from enrollment.actions.qualifying import add_task
from enrollment.choices import Renewal, Status
from enrollment.followers import FIRST
from enrollment.models import Assignment, Equivalence
from enrollment.queries import qualified_at, standings
from enrollment.queries.equivalences import COUNTING
from enrollment.queries.obligations import Credits
from enrollment.queries.whys import why_of
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from records.actions import revoke_certificate
from records.models import Certificate, Event
from tests.enrollment.classroom import a_version, taking
from tests.enrollment.workplace import AT, TODAY, a_course, complete, operator, rewrite, switched_on, write
from tests.factories import BY, LONG_AGO, make_person, make_site

WHY = "Same content, approved by QA"
DAY = TODAY - timedelta(days=30)


@pytest.fixture
def maya(db: None) -> User:
    return operator("Maya Lindqvist", since=date(2020, 1, 1))


def worked() -> None:
    """Do what was asked for in the background."""
    for job in Job.objects.filter(state="queued").order_by("created_at"):
        run_job(str(job.pk))


def equal(course: Course, counts_as: Course, by: User, **changed: Any) -> Equivalence:
    told = {"valid_from": date(2020, 1, 1), "reason": WHY, "at": AT, **changed}
    made = add_equivalence(course=course, counts_as=counts_as, by=by, **told)
    worked()
    return made


def status_of(person: User) -> Status:
    [standing] = standings(at=AT, user_ids=[person.pk])
    return standing.status


def no_difference() -> bool:
    return check_standings(after=FIRST, most=1000)[1] == []


def test_completion_of_the_one_counts_as_the_other_with_its_own_end(admin: User, maya: User) -> None:
    asked, taken = a_course("Hygiene, site B"), a_course("Hygiene, site A")
    requirement = switched_on(asked, by=admin)
    done = complete(maya, taken, on=DAY, valid_until=TODAY + timedelta(days=100))
    assert status_of(maya) == Status.LATE
    equal(taken, asked, admin)
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (standing.status, standing.completion_id, standing.valid_until) == (
        Status.DONE, done.pk, TODAY + timedelta(days=100),
    )  # fmt: skip
    assert no_difference()
    why = why_of(Assignment.objects.select_related("requirement__site", "user").get(requirement=requirement), at=AT)
    assert why.source == f"Counts through Hygiene, site A ({taken.code})"
    assert why.rounds[0].source == why.source


def test_completing_the_one_fulfils_the_other_at_once(admin: User, maya: User) -> None:
    asked, taken = a_course(), a_course()
    switched_on(asked, by=admin)
    equal(taken, asked, admin)
    assert status_of(maya) == Status.LATE
    complete(maya, taken, on=DAY)
    assert status_of(maya) == Status.DONE
    assert no_difference()


def test_it_counts_for_tasks_too_and_as_it_was_known_then(admin: User, maya: User) -> None:
    asked, taken = a_course(), a_course()
    task = add_task(name="Release a batch", courses=[asked], by=admin, at=LONG_AGO)
    complete(maya, taken, on=DAY)
    assert not qualified_at(person=maya, task=task, at=AT).is_qualified
    made = equal(taken, asked, admin)
    assert qualified_at(person=maya, task=task, at=AT).is_qualified
    before = AT - timedelta(days=1)
    assert not qualified_at(person=maya, task=task, at=before, known_at=before).is_qualified
    later = AT + timedelta(days=9)
    end_equivalence(equivalence=made, ended_on=made.valid_from, reason="Not the same after all", by=admin, at=later)
    assert not qualified_at(person=maya, task=task, at=AT).is_qualified
    assert qualified_at(person=maya, task=task, at=AT, known_at=AT).is_qualified


def test_older_versions_and_other_days_do_not_count(admin: User, maya: User) -> None:
    asked, first = a_course(), a_version()
    old = complete(maya, first.course, on=DAY)
    a_version(course=first.course, number=2)
    new = complete(maya, first.course, on=DAY + timedelta(days=5))

    def counted(**terms: Any) -> list[str]:
        made = equal(first.course, asked, admin, **terms)
        found = Credits([str(maya.pk)], [str(asked.pk)]).get((str(maya.pk), str(asked.pk)), [])
        end_equivalence(equivalence=made, ended_on=made.valid_from, reason="for the next one", by=admin, at=AT)
        return [str(each.id) for each in found]

    assert counted() == [str(old.pk), str(new.pk)]
    assert counted(from_number=2) == [str(new.pk)]
    assert counted(valid_from=DAY + timedelta(days=1)) == [str(new.pk)]
    assert counted(valid_until=DAY + timedelta(days=5)) == [str(old.pk)]  # the day itself does not
    assert counted(valid_until=DAY + timedelta(days=6)) == [str(old.pk), str(new.pk)]


def test_ending_takes_later_days_and_lets_standings_follow(admin: User, maya: User) -> None:
    asked, taken = a_course(), a_course()
    switched_on(asked, by=admin)
    complete(maya, taken, on=DAY)
    made = equal(taken, asked, admin)
    made = end_equivalence(equivalence=made, ended_on=DAY + timedelta(days=1), reason="New content", by=admin, at=AT)
    worked()
    assert status_of(maya) == Status.DONE
    other = equal(taken, asked, admin, valid_from=date(2020, 1, 1))
    end_equivalence(equivalence=other, ended_on=date(2020, 1, 1), reason="A mistake it was", by=admin, at=AT)
    worked()
    assert status_of(maya) == Status.DONE  # through the first, which counts what was before
    third = Equivalence.objects.get(pk=made.pk)
    with pytest.raises(EquivalenceRefused, match="ended already"):
        end_equivalence(equivalence=third, ended_on=TODAY, reason="Once more please", by=admin, at=AT)
    assert no_difference()


def test_mistake_is_ended_as_of_its_first_day(admin: User, maya: User) -> None:
    asked, taken = a_course(), a_course()
    switched_on(asked, by=admin)
    complete(maya, taken, on=DAY)
    made = equal(taken, asked, admin)
    end_equivalence(equivalence=made, ended_on=made.valid_from, reason="A mistake it was", by=admin, at=AT)
    assert status_of(maya) == Status.DONE  # until the job has run
    worked()
    assert status_of(maya) == Status.LATE
    assert no_difference()


def test_it_is_not_followed_on(admin: User, maya: User) -> None:
    first, second, third = a_course(), a_course(), a_course()
    switched_on(third, by=admin)
    complete(maya, first, on=DAY)
    equal(first, second, admin)
    equal(second, third, admin)
    assert status_of(maya) == Status.LATE


def test_a_completion_counts_once_though_it_is_a_refresher_too(admin: User, maya: User) -> None:
    asked, refresher = a_course(), a_course()
    switched_on(
        asked, by=admin, renewal=Renewal.COMPLETION, validity_months=12, refreshers=[refresher.pk], due_within_days=30
    )
    complete(maya, refresher, on=DAY)
    equal(refresher, asked, admin)
    [assignment] = Assignment.objects.all()
    assert assignment.standing.rounds_done == 1
    assert no_difference()


def test_two_that_say_the_same_count_once(admin: User, maya: User) -> None:
    asked, taken = a_course(), a_course()
    complete(maya, taken, on=DAY)
    made = equal(taken, asked, admin)
    end_equivalence(equivalence=made, ended_on=TODAY, reason="Until today only", by=admin, at=AT)
    equal(taken, asked, admin)
    key = (str(maya.pk), str(asked.pk))
    assert len(Credits([key[0]], [key[1]])[key]) == 1


def test_retraining_reads_the_same_people_and_versions(admin: User, maya: User) -> None:
    asked, taken = a_version(), a_course()
    ana = operator("Ana", since=date(2020, 1, 1))
    complete(maya, taken, on=DAY)
    complete(ana, asked.course, on=DAY)
    complete(operator("Nobody"), a_course(), on=DAY)
    equal(taken, asked.course, admin)
    course = str(asked.course_id)
    users = [str(user.pk) for user in User.objects.all()]
    credits = {(user, each.version) for (user, _course), found in Credits(users, [course]).items() for each in found}
    assert {(str(user), number) for user, number in rows(COUNTING, [course] * 3)} == credits
    assert len(credits) == 2


# How it is added


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"reason": "same"}, "at least two words"),
        ({"valid_until": date(2020, 1, 1)}, "last day is before the first"),
        ({"from_number": 7}, "no such version"),
    ],
)
def test_what_can_not_be_added(admin: User, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(EquivalenceRefused, match=words):
        equal(a_course(), a_course(), admin, **changed)
    assert not Equivalence.objects.exists()


def test_course_does_not_count_as_itself_nor_twice(admin: User) -> None:
    one, two = a_course(), a_course()
    with pytest.raises(EquivalenceRefused, match="counts as itself"):
        equal(one, one, admin)
    made = equal(one, two, admin)
    with pytest.raises(EquivalenceRefused, match="stands already"):
        equal(one, two, admin)
    with pytest.raises(EquivalenceRefused, match="began on 1 Jan 2020"):
        end_equivalence(equivalence=made, ended_on=date(2019, 12, 31), reason="Long before it", by=admin, at=AT)
    fact = Event.objects.get(verb="enrollment.equivalence_added")
    assert (fact.reason, fact.payload["course"], fact.payload["counts_as"]) == (WHY, one.code, two.code)


def test_job_goes_on_in_parts(admin: User) -> None:
    asked, taken = a_course(), a_course()
    people = [operator(f"Person {n}", since=date(2020, 1, 1)) for n in range(3)]
    switched_on(asked, by=admin)
    for each in people:
        complete(each, taken, on=DAY)
    made = add_equivalence(course=taken, counts_as=asked, valid_from=date(2020, 1, 1), reason=WHY, by=admin, at=AT)
    changed, after = stand_with_equivalence(equivalence=made, after=FIRST, most=2)
    assert (changed, after is not None) == (2, True)
    assert stand_with_equivalence(equivalence=made, after=after, most=2)[0] == 1  # type: ignore[arg-type]
    worked()
    assert no_difference()


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"counts_as": "course"}, "equivalence_of_two_courses"),
        ({"from_number": 0}, "equivalence_from_a_version"),
        ({"reason": ""}, "equivalence_has_a_reason"),
        ({"valid_until": DAY}, "equivalence_period_in_order"),
        ({"ended_at": AT}, "equivalence_ended"),
        ({"ended_at": AT, "ended_by": "admin", "ended_on": TODAY}, "equivalence_ended_with_a_reason"),
        (
            {"ended_at": AT, "ended_by": "admin", "ended_on": DAY - timedelta(days=1), "ended_because": "x"},
            "equivalence_ended_with_a_reason",
        ),
    ],
)
def test_the_database_refuses_an_equivalence(admin: User, changed: dict[str, Any], constraint: str) -> None:
    course = a_course()
    row: dict[str, Any] = {
        "course": course, "counts_as": a_course(), "valid_from": DAY, "reason": WHY, "added_at": AT, "added_by": admin,
    }  # fmt: skip
    named = {"course": course, "admin": admin}
    given = {name: named.get(value, value) if isinstance(value, str) else value for name, value in changed.items()}
    with pytest.raises(IntegrityError, match=constraint):
        write([Equivalence(id=new_id(), **{**row, **given})])


def test_equivalence_stays_as_it_was(admin: User) -> None:
    made = equal(a_course(), a_course(), admin)
    row = Equivalence.objects.filter(pk=made.pk)
    with pytest.raises(DatabaseError, match="kept as it was"):
        rewrite(row, from_number=2)
    with pytest.raises(IntegrityError, match="equivalence_once_while_open"):
        write([Equivalence(course=made.course, counts_as=made.counts_as, valid_from=DAY, reason=WHY, added_at=AT,
                           added_by=admin)])  # fmt: skip


# What it costs


def test_it_is_one_query(admin: User, maya: User) -> None:
    asked, taken = a_course(), a_course()
    complete(maya, taken, on=DAY)
    for found in (0, 1):
        with CaptureQueriesContext(connection) as queries:
            assert len(Credits([str(maya.pk)], [str(asked.pk)])) == found
        assert len(queries) == 1
        if not found:
            equal(taken, asked, admin)


def test_revoked_certificate_counts_nowhere(admin: User) -> None:
    taken = taking("page")
    taken.finish()
    taken.sign()
    other = a_course()
    equal(taken.version.course, other, admin)
    ids = [str(taken.learner.pk)], [str(other.pk)]
    assert len(Credits(*ids)) == 1
    revoke_certificate(certificate=Certificate.objects.get(), by=admin, at=AT, reason="Signed by another")
    assert len(Credits(*ids)) == 0


# Pages


def test_administrator_adds_and_ends_on_the_page(client: Client, admin: User) -> None:
    one, two = a_course("Alpha"), a_course("Beta")
    client.force_login(admin)
    listed = reverse("enrollment:equivalences")
    assert "No course counts as another" in client.get(listed).content.decode()
    address = reverse("enrollment:new_equivalence")
    assert "not followed on" in client.get(address).content.decode()
    typed = {"course": one.pk, "counts_as": one.pk, "from_number": 1, "first_on": "2026-01-01", "reason": WHY}
    assert "counts as itself already" in client.post(address, typed).content.decode()
    assert client.post(address, {**typed, "counts_as": two.pk})["Location"] == listed
    made = Equivalence.objects.get()
    page = client.get(listed).content.decode()
    assert "Alpha" in page
    assert "Beta" in page
    end = reverse("enrollment:end_equivalence", args=[made.pk])
    assert client.post(end, {"ended_on": "2026-11-23", "reason": "no"}).status_code == 422
    client.post(end, {"ended_on": "2026-11-23", "reason": "Content differs now"})
    assert "Content differs now" in client.get(listed).content.decode()


def test_only_administrators_of_everything_add_and_auditors_read(client: Client, admin: User, maya: User) -> None:
    local = make_person(name="Local")
    grant_role(person=local, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=make_site())
    auditor = make_person(AccessRole.AUDITOR)
    for user, expected in ((local, (200, 403)), (auditor, (200, 403)), (maya, (403, 403)), (admin, (200, 200))):
        client.force_login(User.objects.get(pk=user.pk))
        found = tuple(
            client.get(reverse(f"enrollment:{name}")).status_code for name in ("equivalences", "new_equivalence")
        )
        assert found == expected, user.name
