"""Programs: what of a choice is needed, steps that are done by completing a course, and what is signed at the end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from itertools import combinations
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from courses.models import Activity, CourseVersion, Module
from courses.queries import forget_outline, outline_of
from enrollment import followers
from enrollment.actions import credit_courses, enroll
from enrollment.actions.claiming import claim_learned, verify_claim
from enrollment.actions.completing import NotReady
from enrollment.actions.equivalences import add_equivalence
from enrollment.choices import CompletionSource
from enrollment.models import Completion, CompletionImport, Enrollment, Progress
from enrollment.queries.beginnings import creditable, progress_now
from enrollment.queries.signable import signable
from enrollment.rules import Choice, Step, locks, outstanding, spare, tally
from enrollment.rules.sequence import goes_on_with
from enrollment.tasks import credit_programs
from people.choices import AccessRole
from people.models import User
from records.actions import deliver_next_fact, revoke_certificate
from records.models import Certificate, Event
from tests.enrollment.classroom import AT, Taking, a_learner, a_version, retire, take_effect
from tests.enrollment.workplace import SIGNING, a_scan, complete, rewrite, write
from tests.factories import LONG_AGO, make_person

NEXT_YEAR = date(2027, 11, 23)


@pytest.fixture
def learner(db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(followers, "now", lambda: AT)
    monkeypatch.setattr("enrollment.tasks.now", lambda: AT)
    return a_learner()


def a_program(
    *parts: tuple[int | None, list[CourseVersion | str]], title: str = "Ready for the line", **details: Any
) -> CourseVersion:
    """Make a program in effect: its parts say how many are needed, and their courses or kinds of activity."""
    version = a_version("page", title=title, in_effect=False, **details)
    rows: list[Any] = []
    for number, (needed, steps) in enumerate(parts, start=2):
        module = Module(version=version, position=number, title=f"Part {number}", needed=needed)
        rows.append(module)
        for position, step in enumerate(steps, start=1):
            activity = Activity(module=module, position=position, title=f"Step {number}.{position}", minutes=10)
            if isinstance(step, str):
                activity.kind, activity.body = step, "Words."
            else:
                activity.kind = "course"
                activity.settings = {"course_id": str(step.course_id), "code": step.course.code, "title": step.title}
            rows.append(activity)
    write(rows)
    take_effect(version)
    return version


def beginning(program: CourseVersion, learner: User, *, at: datetime = AT) -> Taking:
    return Taking(learner, program, enroll(user=learner, course=program.course, by=learner, at=at))


def finished(taking: Taking) -> list[str]:
    done = Progress.objects.filter(enrollment=taking.enrollment, state="completed").select_related("activity")
    return sorted(each.activity.title for each in done)


def deliver() -> None:
    while deliver_next_fact(at=AT):
        pass


# The rules, against the slow and plain way


@st.composite
def trainings(draw: st.DrawFn) -> tuple[list[Step], set[UUID]]:
    """Draw a training of some parts, choices among them, and what is done of it."""
    steps = []
    for part in range(draw(st.integers(1, 4))):
        count = draw(st.integers(1, 4))
        needed = draw(st.none() | st.integers(1, count))
        choice = None if needed is None else Choice(UUID(int=part), f"Part {part}", needed)
        for number in range(count):
            is_assessment = draw(st.booleans())
            steps.append(Step(UUID(int=100 * part + number), f"{part}.{number}", is_assessment, choice, part + number))
    done = draw(st.sets(st.sampled_from([step.id for step in steps])))
    return steps, done


def may_be_signed(steps: list[Step], done: set[UUID]) -> bool:
    """Say whether enough is done: all that is no choice, and of each choice as many as it needs."""
    plain = all(step.id in done for step in steps if step.choice is None)
    choices = {step.choice for step in steps if step.choice is not None}
    return plain and all(
        sum(step.id in done for step in steps if step.choice == choice) >= choice.needed for choice in choices
    )


@given(trainings())
def test_nothing_is_outstanding_exactly_when_enough_is_done(training: tuple[list[Step], set[UUID]]) -> None:
    steps, done = training
    assert (outstanding(steps, completed=done) == []) == may_be_signed(steps, done)
    counted = tally(steps, completed=done)
    assert (counted.done == counted.needed) == may_be_signed(steps, done)
    assert 0 <= counted.done <= counted.needed <= len(steps)


@given(trainings())
def test_as_many_more_are_needed_as_the_tally_says(training: tuple[list[Step], set[UUID]]) -> None:
    steps, done = training
    counted = tally(steps, completed=done)
    left = [step for step in steps if step.id not in done]
    enough = [
        sum(step.minutes for step in more)
        for more in combinations(left, counted.needed - counted.done)
        if may_be_signed(steps, done | {step.id for step in more})
    ]
    assert enough, "with so many more it can be signed"
    assert counted.minutes_left == max(enough)


@given(trainings())
def test_what_is_spare_is_neither_outstanding_nor_where_one_goes_on(training: tuple[list[Step], set[UUID]]) -> None:
    steps, done = training
    unneeded = spare(steps, completed=done)
    missing = {step.id for step in outstanding(steps, completed=done)}
    assert unneeded.isdisjoint(missing)
    assert {step.id for step in steps} == unneeded | missing | done
    step = goes_on_with(steps, completed=done, last=None)
    assert (step is None) == (not missing - locks(steps, completed=done).keys())
    assert step is None or step.id in missing


@given(trainings())
def test_somebody_who_does_what_is_open_gets_to_the_end(training: tuple[list[Step], set[UUID]]) -> None:
    steps, done = training
    done = set(done)
    for _step in steps:
        following = goes_on_with(steps, completed=done, last=None)
        if following is None:
            break
        done.add(following.id)
    assert may_be_signed(steps, done)


def test_assessment_waits_for_as_many_of_a_choice_as_are_needed() -> None:
    choice = Choice(UUID(int=9), "Ways to practise", 2)
    steps = [Step(UUID(int=number), f"Way {number}", False, choice) for number in range(3)]
    quiz = Step(UUID(int=7), "Final quiz", True)
    assert locks([*steps, quiz], completed=[])[quiz.id].words == "Opens when you complete any 2 of “Ways to practise”"
    one = locks([*steps, quiz], completed=[steps[2].id])[quiz.id]
    assert (one.words, one.opened_by) == ("Opens when you complete any 1 of “Ways to practise”", steps[0].id)
    assert quiz.id not in locks([*steps, quiz], completed=[steps[0].id, steps[2].id])


def test_alternatives_do_not_wait_for_each_other() -> None:
    choice = Choice(UUID(int=9), "Prove it", 1)
    first = Step(UUID(int=1), "Read this", False)
    quizzes = [Step(UUID(int=number), f"Quiz {number}", True, choice) for number in (2, 3)]
    assert locks([first, *quizzes], completed=[first.id]) == {}
    assert {lock.words for lock in locks([first, *quizzes], completed=[]).values()} == {
        "Opens when you complete “Read this”"
    }


# Steps that are done by completing a course


def test_course_that_was_completed_before_counts_as_soon_as_the_program_is_opened(
    client: Client, learner: User
) -> None:
    records, hygiene = a_version(title="Records"), a_version(title="Hygiene")
    completion = complete(learner, records.course, on=AT.date(), valid_until=NEXT_YEAR)
    program = beginning(a_program((None, [records, hygiene])), learner)
    client.force_login(learner)
    page = client.get(reverse("enrollment:course", args=[program.enrollment.pk])).content.decode()
    assert finished(program) == ["Step 2.1"]
    assert "1 of 3 activities" in page
    mark = Progress.objects.get(enrollment=program.enrollment, activity__title="Step 2.1")
    assert mark.evidence_sha256 == completion.signature.record_sha256
    fact = Event.objects.filter(verb="enrollment.activity_completed").latest("id")
    assert fact.actor_name == "Attest, programs"


def test_course_that_is_completed_now_counts_in_every_program_that_asks_for_it(learner: User) -> None:
    records = a_version(title="Records")
    programs = [beginning(a_program((None, [records]), title=f"Program {number}"), learner) for number in range(2)]
    stranger = beginning(programs[0].version, a_learner("Somebody else"))
    complete(learner, records.course, on=AT.date())
    taken = Taking(learner, records, enroll(user=learner, course=records.course, by=learner, at=AT))
    taken.finish()
    taken.sign()
    deliver()
    assert [finished(program) for program in programs] == [["Step 2.1"], ["Step 2.1"]]
    assert finished(stranger) == []


def test_what_was_verified_from_elsewhere_counts_in_a_program_at_once(learner: User) -> None:
    records = a_version(title="Records")
    program = beginning(a_program((None, [records])), learner)
    told = {"completed_on": AT.date(), "provider": "Red Cross", "upload": a_scan("proof.png")}
    claim = claim_learned(course=records.course, by=learner, at=AT, **told)
    verify_claim(claim=claim, by=make_person(AccessRole.ADMINISTRATOR, signs=True), at=AT, **SIGNING)
    deliver()
    assert finished(program) == ["Step 2.1"]


def test_completion_that_is_known_otherwise_is_found_by_the_sweep(learner: User) -> None:
    records = a_version(title="Records")
    program = beginning(a_program((None, [records])), learner)
    run = CompletionImport(
        file_name="old.csv", storage_key="x", sha256="0" * 64, size_bytes=1, headings=[], owner=learner, created_at=AT
    )
    imported = Completion(
        imported_from=run,
        imported_line=2,
        user=learner,
        course=records.course,
        version=records,
        source=CompletionSource.IMPORTED,
        recorded_at=AT,
        completed_at=LONG_AGO,
        completed_on=LONG_AGO.date(),
        zone="UTC",
    )
    write([run, imported])
    assert creditable(at=AT) == [program.enrollment.pk]
    credit_programs()
    assert finished(program) == ["Step 2.1"]
    assert Progress.objects.get(activity__kind="course").evidence_sha256 == ""
    facts = Event.objects.count()
    credit_programs()
    assert Event.objects.count() == facts, "doing it again changes nothing"


def test_course_that_counts_as_another_is_found_by_the_sweep(learner: User) -> None:
    records, other = a_version(title="Records"), a_version(title="Records, site B")
    program = beginning(a_program((None, [records])), learner)
    complete(learner, other.course, on=AT.date())
    assert creditable(at=AT) == []
    add_equivalence(
        course=other.course, counts_as=records.course, valid_from=LONG_AGO.date(), reason="Same content", by=learner,
        at=AT,
    )  # fmt: skip
    assert creditable(at=AT) == [program.enrollment.pk]
    credit_programs()
    assert finished(program) == ["Step 2.1"]
    assert creditable(at=AT) == []


def test_expired_or_revoked_completion_is_no_step(learner: User) -> None:
    records, hygiene = a_version(title="Records"), a_version(title="Hygiene")
    program = beginning(a_program((None, [records, hygiene])), learner)
    complete(learner, records.course, on=date(2025, 1, 1), valid_until=date(2026, 1, 1))
    taken = Taking(learner, hygiene, enroll(user=learner, course=hygiene.course, by=learner, at=AT))
    taken.finish()
    taken.sign()
    revoke(learner, hygiene)
    assert credit_courses(enrollment_id=program.enrollment.pk, at=AT) == 0
    assert finished(program) == []


def revoke(learner: User, version: CourseVersion) -> None:
    certificate = Certificate.objects.get(holder_id=learner.pk, course_id=version.course_id)
    revoke_certificate(certificate=certificate, by=make_person(), at=AT, reason="signed for somebody else")


def test_step_whose_course_counts_no_longer_is_open_again_until_it_is_taken_anew(learner: User) -> None:
    records = a_version(title="Records")
    program = beginning(a_program((None, [records])), learner)
    taken = Taking(learner, records, enroll(user=learner, course=records.course, by=learner, at=AT))
    taken.finish()
    taken.sign()
    deliver()
    program.finish(1)
    assert signable(program.enrollment, at=AT).missing == []
    revoke(learner, records)
    [missing] = signable(program.enrollment, at=AT).missing
    assert missing.title == "Step 2.1"
    with pytest.raises(NotReady, match="Still to do: Step"):
        program.sign()
    outline = outline_of(program.version.pk)
    marks = progress_now(program.enrollment.pk, outline, user=learner, at=AT)
    assert not marks[missing.id].is_completed
    again = Taking(learner, records, enroll(user=learner, course=records.course, by=learner, at=AT))
    again.finish()
    again.sign()
    assert program.sign().version == program.version


def test_program_is_signed_with_one_of_its_alternatives(learner: User) -> None:
    records, lockout, hygiene = (a_version(title=title) for title in ("Records", "Lockout", "Hygiene"))
    program = beginning(a_program((None, [records]), (1, [lockout, hygiene])), learner)
    program.finish(1)
    for course in (records, hygiene):
        complete(learner, course.course, on=AT.date(), valid_until=NEXT_YEAR)
    with pytest.raises(NotReady):
        program.sign()
    credit_courses(enrollment_id=program.enrollment.pk, at=AT)
    assert finished(program) == ["Page 1", "Step 2.1", "Step 3.2"]
    what = signable(program.enrollment, at=AT)
    assert what.record["any_of"] == [{"module": "Part 3", "needed": 1}]
    assert len(what.record["activities"]) == 3
    completion = program.sign()
    assert completion.course == program.version.course
    assert Certificate.objects.get(completion_id=completion.pk).course_title == "Ready for the line"


def test_version_of_a_course_that_was_retired_leaves_the_program_to_be_completed_on_the_newest(learner: User) -> None:
    old = a_version(title="Records")
    program = beginning(a_program((None, [old])), learner)
    new = a_version(title="Records, anew", course=old.course, number=2)
    taken = Taking(learner, new, enroll(user=learner, course=old.course, by=learner, at=AT))
    assert taken.enrollment.version == new
    taken.finish()
    taken.sign()
    deliver()
    program.finish(1)
    assert program.sign().course == program.version.course


def test_course_without_a_version_in_effect_says_so_and_whoever_began_it_finishes(
    client: Client, learner: User
) -> None:
    records = a_version(title="Records")
    program = beginning(a_program((None, [records])), learner)
    begun = Taking(learner, records, enroll(user=learner, course=records.course, by=learner, at=AT))
    late = beginning(program.version, a_learner("Somebody else"))
    retire(records)
    client.force_login(late.learner)
    step = reverse("enrollment:activity", kwargs=late.kwargs(2))
    assert "No version of it is in effect now, so it can not be begun" in client.get(step).content.decode()
    begun.finish()
    begun.sign()
    deliver()
    assert finished(program) == ["Step 2.1"]


def test_program_that_was_retired_is_finished_by_whoever_began_it(learner: User) -> None:
    records = a_version(title="Records")
    program = beginning(a_program((None, [records])), learner)
    retire(program.version)
    complete(learner, records.course, on=AT.date())
    credit_courses(enrollment_id=program.enrollment.pk, at=AT)
    program.finish(1)
    assert program.sign().version == program.version


def test_two_followers_at_once_write_one_step(committed_db: str) -> None:
    learner, records = a_learner(), a_version(title="Records")
    program = beginning(a_program((None, [records])), learner)
    complete(learner, records.course, on=AT.date())
    together = Barrier(4)

    def credit(_number: int) -> int:
        try:
            together.wait(10)
            return credit_courses(enrollment_id=program.enrollment.pk, at=AT)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(credit, range(4))) == [0, 0, 0, 1]
    assert Event.objects.filter(verb="enrollment.activity_completed", payload__kind="course").count() == 1


def test_nothing_is_added_to_a_program_that_has_ended(learner: User) -> None:
    records = a_version(title="Records")
    program = beginning(a_program((None, [records])), learner)
    rewrite(Enrollment.objects.filter(pk=program.enrollment.pk), state="cancelled", ended_at=AT)
    complete(learner, records.course, on=AT.date())
    assert creditable(at=AT) == []
    assert credit_courses(enrollment_id=program.enrollment.pk, at=AT) == 0


# The player


def test_step_shows_how_the_course_stands_and_is_not_marked_as_read(client: Client, learner: User) -> None:
    records = a_version(title="Records", summary="How to keep them.")
    program = beginning(a_program((None, [records])), learner)
    client.force_login(learner)
    step = reverse("enrollment:activity", kwargs=program.kwargs(2))
    page = client.get(step).content.decode()
    for words in ("How to keep them.", "Take this course", reverse("enrollment:start", args=[records.course_id])):
        assert words in page
    assert client.post(step).status_code == 409
    assert finished(program) == []
    taken = Taking(learner, records, enroll(user=learner, course=records.course, by=learner, at=AT))
    assert "You have begun it" in client.get(step).content.decode()
    taken.finish()
    taken.sign()
    page = client.get(step).content.decode()
    assert "This step is done: the course is completed and counts." in page
    assert finished(program) == ["Step 2.1"], "opening it is enough, if the follower is late"


def test_player_and_course_page_count_what_is_needed(client: Client, learner: User) -> None:
    lockout, hygiene = a_version(title="Lockout"), a_version(title="Hygiene")
    program = beginning(a_program((1, [lockout, hygiene])), learner)
    complete(learner, hygiene.course, on=AT.date())
    client.force_login(learner)
    page = client.get(reverse("enrollment:course", args=[program.enrollment.pk])).content.decode()
    assert "1 of 2 activities, about 4 min left" in page
    assert "1 of 2 done, any 1 needed" in page
    assert "not needed any more" in page
    player = client.get(reverse("enrollment:activity", kwargs=program.kwargs(1))).content.decode()
    assert "1 of 2 activities, about 4 min left" in player
    training = client.get(reverse("enrollment:training")).content.decode()
    assert "4 min left" in training
    sign = client.get(reverse("enrollment:sign", args=[program.enrollment.pk])).content.decode()
    assert "Page 1" in sign
    assert "Step 2.1" not in sign


def test_page_of_what_is_missing_says_how_many_of_a_choice(client: Client, learner: User) -> None:
    program = beginning(a_program((1, [a_version(title="Lockout"), a_version(title="Hygiene")])), learner)
    client.force_login(learner)
    page = client.get(reverse("enrollment:sign", args=[program.enrollment.pk])).content.decode()
    assert page.count("Part 2: any 1 needed") == 2


@pytest.mark.parametrize("name", ["course", "activity"])
def test_program_asks_as_often_for_three_courses_as_for_one(
    client: Client, learner: User, name: str, django_assert_num_queries: Any
) -> None:
    small, large = (
        beginning(
            a_program((1, [a_version(title=f"Course {number}") for number in range(count)]), title=f"With {count}"),
            learner,
        )
        for count in (1, 3)
    )
    for program in (small, large):
        for course in outline_of(program.version.pk).courses.values():
            complete(learner, CourseVersion.objects.get(course_id=course).course, on=AT.date())
        credit_courses(enrollment_id=program.enrollment.pk, at=AT)
    client.force_login(learner)

    def url(program: Taking) -> str:
        if name == "course":
            return reverse("enrollment:course", args=[program.enrollment.pk])
        return reverse("enrollment:activity", kwargs=program.kwargs(2))

    for program in (small, large):
        client.get(url(program))
        client.get(url(program))
        forget_outline(program.version.pk)
        outline_of(program.version.pk)
    with CaptureQueriesContext(connection) as first:
        client.get(url(small))
    with django_assert_num_queries(len(first)):
        client.get(url(large))


def test_others_do_not_see_somebodys_program(client: Client, learner: User) -> None:
    program = beginning(a_program((None, [a_version(title="Records")])), learner)
    client.force_login(a_learner("Somebody else"))
    assert client.get(reverse("enrollment:activity", kwargs=program.kwargs(2))).status_code == 404
