"""Courses that ask for others: no circles, what is sealed, copied and compared, and how an author says it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from courses.actions import (
    AsksInACircle,
    NotAllowed,
    NotReady,
    add_activity,
    add_module,
    approve_version,
    edit_activity,
    edit_module,
    edit_version,
    remove_module,
    retire_version,
    start_new_version,
    submit_version,
    undo_removal,
)
from courses.activity_kinds import kind_of
from courses.models import Activity, CourseVersion, Module
from courses.queries import content_of, content_sha256_of, difference, outline_of, signatures_of, version_checks
from courses.queries.paths import CourseName, offered_names
from courses.rules import asked_in_all, circle_through, circle_words
from people.choices import AccessRole
from people.models import User
from records.choices import Components, Meaning
from tests.courses.test_races import at_once
from tests.enrollment.workplace import rewrite
from tests.factories import make_draft, make_effective, make_person

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
SIGNING: dict[str, Any] = {"at": AT, "zone": "Europe/Zurich", "components": Components.ALL}


@pytest.fixture
def author(db: None) -> User:
    return make_person(AccessRole.AUTHOR, signs=True)


@pytest.fixture
def approver(db: None) -> User:
    return make_person(AccessRole.APPROVER, signs=True)


def named(version: CourseVersion) -> CourseName:
    return next(name for name in offered_names() if name.course_id == version.course_id)


def in_effect(author: User, title: str, **details: Any) -> CourseVersion:
    return make_effective(make_draft(author, title=title, **details))


def ask(draft: CourseVersion, *courses: CourseVersion) -> None:
    edit_version(version_id=draft.pk, by=draft.owner, at=AT, prerequisites=[course.course_id for course in courses])


def add_step(draft: CourseVersion, course: CourseVersion, module: Module | None = None) -> Activity:
    module = module or draft.modules.order_by("position")[0]
    values = {"course": named(course)}
    return add_activity(module_id=module.pk, by=draft.owner, at=AT, kind="course", title="A step", values=values)


# The rule


def reaches(start: int, goal: int, asks: dict[int, set[int]], hops: int) -> bool:
    """Say whether one course leads to another in at most so many hops: the slow, plain way."""
    return hops > 0 and any(each == goal or reaches(each, goal, asks, hops - 1) for each in asks.get(start, ()))


GRAPHS = st.dictionaries(st.integers(0, 5), st.sets(st.integers(0, 5), max_size=3), max_size=6)


@given(asks=GRAPHS, start=st.integers(0, 5))
def test_circle_is_found_exactly_where_a_course_reaches_itself(asks: dict[int, set[int]], start: int) -> None:
    circle = circle_through(start, asks)
    assert (circle is not None) == reaches(start, start, asks, 6)
    if circle:
        assert (circle[0], circle[-1]) == (start, start)
        assert all(after in asks[before] for before, after in pairwise(circle))
        assert len(circle) - 1 == min(hops for hops in range(1, 7) if reaches(start, start, asks, hops))


@given(asks=GRAPHS, start=st.integers(0, 5))
def test_all_that_is_asked_for_is_what_can_be_reached(asks: dict[int, set[int]], start: int) -> None:
    assert asked_in_all([start], asks) == {start} | {each for each in range(6) if reaches(start, each, asks, 6)}


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (["A", "A"], "“A” asks for itself."),
        (["A", "B", "A"], "“A” asks for “B”, which asks for “A”."),
        (["A", "B", "C", "A"], "“A” asks for “B”, which asks for “C”, which asks for “A”."),
    ],
)
def test_circle_is_said_with_its_way(way: list[str], words: str) -> None:
    assert circle_words(way) == words


# Saved, submitted, approved


def test_draft_that_asks_for_a_course_that_asks_for_it_is_refused(author: User) -> None:
    first = in_effect(author, "First aid")
    second = make_draft(author, title="Rescue")
    ask(second, first)
    make_effective(second)
    again = start_new_version(course=first.course, by=author, at=AT)
    with pytest.raises(AsksInACircle, match="“First aid” asks for “Rescue”, which asks for “First aid”"):
        ask(again, second)
    again.refresh_from_db()
    assert again.prerequisites == []
    with pytest.raises(AsksInACircle, match="“First aid” asks for “Rescue”"):
        add_step(again, second)
    assert not Activity.objects.filter(kind="course").exists()


def test_two_drafts_that_ask_for_each_other_are_refused(author: User) -> None:
    one, other = in_effect(author, "One"), in_effect(author, "Other")
    drafts = [start_new_version(course=each.course, by=author, at=AT) for each in (one, other)]
    ask(drafts[0], other)
    with pytest.raises(AsksInACircle, match="“Other” asks for “One”, which asks for “Other”"):
        add_step(drafts[1], one)


def test_program_does_not_ask_for_itself(author: User) -> None:
    program = in_effect(author, "A program")
    draft = start_new_version(course=program.course, by=author, at=AT)
    with pytest.raises(AsksInACircle, match="“A program” asks for itself"):
        add_step(draft, program)


def test_way_round_over_a_step_and_a_prerequisite_is_refused(author: User) -> None:
    basics = in_effect(author, "Basics")
    program = make_draft(author, title="Program")
    add_step(program, basics)
    make_effective(program)
    last = make_draft(author, title="Last")
    ask(last, program)
    make_effective(last)
    draft = start_new_version(course=basics.course, by=author, at=AT)
    words = "“Basics” asks for “Last”, which asks for “Program”, which asks for “Basics”."
    with pytest.raises(AsksInACircle, match=words):
        ask(draft, last)


def in_review_asking(author: User, one: CourseVersion, other: CourseVersion) -> CourseVersion:
    """Begin and submit the next version of one course, which asks for the other."""
    draft = start_new_version(course=one.course, by=author, at=AT, change_summary="Asks for another.")
    ask(draft, other)
    return submit_version(version_id=draft.pk, by=author, **SIGNING)


def test_circle_that_closed_in_review_is_refused_at_approval(
    author: User, approver: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = in_effect(author, "One"), in_effect(author, "Other")
    waiting = in_review_asking(author, one, other)
    with monkeypatch.context() as patch:  # as if the other had been saved at the same moment
        patch.setattr("courses.actions.paths.circle_of", lambda *_args, **_details: "")
        patch.setattr("courses.queries.checks.circle_of", lambda *_args, **_details: "")
        later = in_review_asking(author, other, one)
    approve_version(version_id=waiting.pk, by=approver, effective_on=AT.date(), **SIGNING)
    with pytest.raises(NotAllowed, match="“Other” asks for “One”, which asks for “Other”"):
        approve_version(version_id=later.pk, by=approver, effective_on=AT.date(), **SIGNING)
    later.refresh_from_db()
    assert later.state == "in_review"


def test_of_two_approvals_at_once_one_closes_no_circle(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    author = make_person(AccessRole.AUTHOR, signs=True)
    approvers = [make_person(AccessRole.APPROVER, signs=True) for _number in range(2)]
    one, other = in_effect(author, "One"), in_effect(author, "Other")
    with monkeypatch.context() as patch:
        patch.setattr("courses.actions.paths.circle_of", lambda *_args, **_details: "")
        patch.setattr("courses.queries.checks.circle_of", lambda *_args, **_details: "")
        waiting = [in_review_asking(author, one, other), in_review_asking(author, other, one)]

    def approve(number: int) -> Any:
        version, by = waiting[number], approvers[number]
        return lambda: approve_version(version_id=version.pk, by=by, effective_on=AT.date(), **SIGNING)

    answers = at_once(approve(0), approve(1))
    assert sorted(type(answer).__name__ for answer in answers) == ["CourseVersion", "NotAllowed"]
    assert CourseVersion.objects.filter(pk__in=[each.pk for each in waiting], state="effective").count() == 1


def test_course_that_is_not_in_effect_is_named_before_submission(author: User) -> None:
    first = in_effect(author, "First aid", code="FA-1")
    draft = make_draft(author)
    ask(draft, first)
    assert all(check.passed for check in version_checks(draft))
    retire_version(version_id=first.pk, by=make_person(AccessRole.APPROVER), at=AT, reason="not used any more")
    with pytest.raises(NotReady, match="“FA-1 · First aid” is not in effect, so nobody could begin it"):
        submit_version(version_id=draft.pk, by=author, **SIGNING)


@pytest.mark.parametrize(("needed", "is_fine"), [(None, True), (1, True), (2, False), (3, False)])
def test_some_of_a_module_are_fewer_than_it_has(author: User, needed: int | None, is_fine: bool) -> None:
    draft = make_draft(author, pages=2)
    module = draft.modules.get()
    edit_module(module_id=module.pk, by=author, at=AT, title=module.title, objective="to choose", needed=needed)
    missing = [str(check.missing) for check in version_checks(draft) if not check.passed]
    words = f"Module “{module.title}” needs any {needed} of its activities, and has 2: it leaves no choice"
    assert missing == ([] if is_fine else [words])


# What the database refuses


def test_version_asks_for_courses_that_there_are_each_once_and_not_its_own(author: User) -> None:
    draft, other = make_draft(author), in_effect(author, "Other")
    for wrong in ([uuid4()], [other.course_id, other.course_id], [draft.course_id]):
        with pytest.raises(IntegrityError), transaction.atomic():
            edit_version(version_id=draft.pk, by=author, at=AT, title="Noted", prerequisites=wrong)
    ask(draft, other)
    draft.refresh_from_db()
    assert draft.prerequisites == [other.course_id]


def test_module_needs_at_least_one(author: User) -> None:
    with pytest.raises(IntegrityError, match="module_needs_one"), transaction.atomic():
        add_module(version_id=make_draft(author).pk, by=author, at=AT, title="Nothing", needed=0)


def test_what_is_asked_for_is_frozen_with_the_version(author: User) -> None:
    version, other = in_effect(author, "One"), in_effect(author, "Other")
    with pytest.raises(Exception, match="can not change"), transaction.atomic():
        rewrite(CourseVersion.objects.filter(pk=version.pk), prerequisites=[other.course_id])
    with pytest.raises(Exception, match="can not change"), transaction.atomic():
        rewrite(Module.objects.filter(version=version), needed=1)


# Sealed, copied, compared


def test_versions_that_ask_for_nothing_keep_their_hash(author: User) -> None:
    content = content_of(make_draft(author))
    assert "prerequisites" not in content["version"]
    assert [set(module) for module in content["modules"]] == [{"lineage", "title", "objective", "activities"}]


def test_hash_covers_what_is_asked_for_and_how_many_are_needed(author: User) -> None:
    draft, other = make_draft(author, pages=2), in_effect(author, "Other")
    hashes = [content_sha256_of(draft)]
    ask(draft, other)
    draft.refresh_from_db()
    hashes.append(content_sha256_of(draft))
    module = draft.modules.get()
    edit_module(module_id=module.pk, by=author, at=AT, title=module.title, objective=module.objective, needed=1)
    hashes.append(content_sha256_of(draft))
    add_step(draft, other)
    hashes.append(content_sha256_of(draft))
    assert len(set(hashes)) == 4


def a_program(author: User) -> tuple[CourseVersion, CourseVersion, CourseVersion]:
    """Make a program in effect: it asks for one course first, and any one of a page and another course."""
    first, step = in_effect(author, "First", code="FIR-1"), in_effect(author, "Step", code="STE-1")
    draft = make_draft(author, title="A program")
    module = draft.modules.get()
    add_step(draft, step, module)
    edit_module(module_id=module.pk, by=author, at=AT, title=module.title, objective=module.objective, needed=1)
    ask(draft, first)
    return make_effective(draft), first, step


@pytest.mark.requirement("R-84")
def test_program_carries_the_signature_of_its_approver_over_what_it_asks_for(author: User) -> None:
    program, _first, _step = a_program(author)
    approved = signatures_of(program).get(meaning=Meaning.APPROVED)
    assert approved.record["content_sha256"] == content_sha256_of(program)
    content = content_of(program)
    assert content["version"]["prerequisites"] == ["FIR-1"]
    [module] = content["modules"]
    assert module["needed"] == 1
    assert [each["content"]["course"]["code"] for each in module["activities"] if each["kind"] == "course"] == ["STE-1"]


def test_new_version_begins_with_what_the_last_asked_for(author: User) -> None:
    program, first, step = a_program(author)
    copy = start_new_version(course=program.course, by=author, at=AT)
    assert copy.prerequisites == [first.course_id]
    assert copy.modules.get().needed == 1
    settings = Activity.objects.get(module__version=copy, kind="course").settings
    assert settings == {"course_id": str(step.course_id), "code": "STE-1", "title": "Step"}
    assert outline_of(copy.pk).prerequisites == (first.course_id,)
    assert difference(program, copy).is_empty


def test_a_step_takes_as_long_as_its_course_whatever_is_typed(client: Client, author: User) -> None:
    """So the program, its map and the catalog say the same."""
    other = in_effect(author, "Other", code="OTH-1")
    whole = outline_of(other.pk).minutes
    draft = make_draft(author)
    module = draft.modules.get().pk
    step = add_activity(
        module_id=module, by=author, at=AT, kind="course", title="A step", minutes=90, values={"course": named(other)}
    )
    assert step.minutes == whole != 90
    client.force_login(author)
    url = reverse("courses:activity", args=[draft.pk, step.pk])
    assert "As long as the course is." in client.get(url).content.decode()
    draft.refresh_from_db()
    asked = {"title": "Another title", "minutes": 77, "course": str(named(other)), "revision": draft.revision}
    assert client.post(url, asked).status_code == 302
    step.refresh_from_db()
    assert (step.title, step.minutes) == ("Another title", whole)
    Activity.objects.filter(pk=step.pk).update(minutes=5)  # as it was before the course became longer
    draft.refresh_from_db()
    again = asked | {"title": "Yet another", "revision": draft.revision}
    assert client.post(url, again).status_code == 302
    step.refresh_from_db()
    assert step.minutes == whole


def test_difference_says_what_is_asked_for_instead(author: User) -> None:
    program, _first, _step = a_program(author)
    other = in_effect(author, "Other", code="OTH-1")
    copy = start_new_version(course=program.course, by=author, at=AT)
    ask(copy, other)
    module = copy.modules.get()
    edit_module(module_id=module.pk, by=author, at=AT, title=module.title, objective=module.objective, needed=None)
    activity = Activity.objects.get(module__version=copy, kind="course")
    edit_activity(activity_id=activity.pk, by=author, at=AT, title="A step", minutes=1, values={"course": named(other)})
    copy.refresh_from_db()
    found = difference(program, copy)
    [detail] = found.details
    assert (str(detail.label), detail.before, detail.after) == ("Courses to complete first", "FIR-1", "OTH-1")
    [part] = found.modules
    assert [(str(each.label), each.before, str(each.after)) for each in part.changes] == [
        ("How many of its activities are needed", "1", "all")
    ]
    [changed] = found.changed_activities
    assert [(str(each.label), each.before, each.after) for each in changed.changes] == [
        ("Course to complete", "STE-1", "OTH-1"),
        ("Its title", "Step", "Other"),
    ]


def test_what_is_asked_for_stays_as_it_was_approved_when_that_course_is_renamed(author: User) -> None:
    program, first, step = a_program(author)
    for course in (first, step):
        renamed = start_new_version(course=course.course, by=author, at=AT, change_summary="Another title.")
        edit_version(version_id=renamed.pk, by=author, at=AT, title="Renamed")
        make_effective(CourseVersion.objects.get(pk=renamed.pk), at=AT)
    assert content_sha256_of(program) == program.content_sha256


def test_removed_module_comes_back_with_its_choice(author: User) -> None:
    draft = make_draft(author)
    module = add_module(version_id=draft.pk, by=author, at=AT, title="Choose", needed=2)
    fact = remove_module(module_id=module.pk, by=author, at=AT)
    undo_removal(version_id=draft.pk, fact_id=fact, by=author, at=AT)
    assert Module.objects.get(pk=module.pk).needed == 2


def test_step_says_what_completes_it_and_what_is_missing(author: User) -> None:
    draft = make_draft(author)
    step = add_activity(module_id=draft.modules.get().pk, by=author, at=AT, kind="course", title="A step")
    kind = kind_of("course")
    assert [str(check.missing) for check in kind.checks(step)] == ["A course in “A step”"]
    assert str(kind.requirement_words(step)) == "Complete a course"
    other = in_effect(author, "Other", code="OTH-1")
    step = add_step(draft, other)
    assert str(kind.requirement_words(step)) == "Complete OTH-1"
    assert outline_of(draft.pk).courses == {step.pk: other.course_id}


def test_minutes_of_a_choice_are_the_longest_that_may_be_chosen(author: User) -> None:
    draft = make_draft(author, pages=1)
    module = add_module(version_id=draft.pk, by=author, at=AT, title="Choose", needed=1)
    for minutes in (5, 30):
        add_activity(module_id=module.pk, by=author, at=AT, kind="page", title="One", minutes=minutes)
    outline = outline_of(draft.pk)
    assert (outline.minutes, outline.activity_count, outline.needed_count) == (34, 3, 2)


# The studio


def test_author_finds_a_course_by_code_title_or_part(client: Client, author: User) -> None:
    other = in_effect(author, "Hand hygiene", code="HOS-004")
    in_effect(author, "Lockout", code="EHS-002")
    draft = make_draft(author)
    step = add_activity(module_id=draft.modules.get().pk, by=author, at=AT, kind="course", title="A step")
    client.force_login(author)
    url = reverse("courses:activity", args=[draft.pk, step.pk])
    page = client.get(url).content.decode()
    assert '<option value="HOS-004 · Hand hygiene">' in page
    assert f"{draft.course.code} ·" not in page
    for typed in ("hos-004", "Hand hygiene", "HOS-004 · Hand hygiene", "hygiene"):
        draft.refresh_from_db()
        answer = client.post(
            url, {"title": "A step", "minutes": step.minutes, "course": typed, "revision": draft.revision}
        )
        assert answer.status_code == 302, typed
        step.refresh_from_db()
        assert step.settings["course_id"] == str(other.course_id)
        assert step.minutes == outline_of(other.pk).minutes
    wrong = client.post(url, {"title": "A step", "minutes": 1, "course": "Hand hygine", "revision": draft.revision})
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "No course in effect is called “Hand hygine”. Is it “HOS-004 · Hand hygiene”?" in text
    assert 'value="Hand hygine"' in text


def details(draft: CourseVersion, *prerequisites: str) -> dict[str, Any]:
    draft.refresh_from_db()
    return {
        "title": draft.title,
        "label": draft.label,
        "language": "en",
        "owner": str(draft.owner_id),
        "revision": draft.revision,
        "objectives": "\n".join(draft.objectives),
        "summary": draft.summary,
        "prerequisites": list(prerequisites),
    }


def test_author_says_what_comes_first_on_the_page_of_details(client: Client, author: User) -> None:
    one, two = in_effect(author, "One", code="A-1"), in_effect(author, "Two", code="B-1")
    draft = make_draft(author)
    client.force_login(author)
    url = reverse("courses:edit", args=[draft.pk])
    assert client.post(url, details(draft, "B-1", "", "One")).status_code == 302
    draft.refresh_from_db()
    assert draft.prerequisites == [one.course_id, two.course_id]
    page = client.get(url).content.decode()
    assert 'value="A-1 · One"' in page
    assert 'value="B-1 · Two"' in page
    revision = draft.revision
    client.post(url, details(draft, "A-1 · One", "B-1 · Two", ""))
    draft.refresh_from_db()
    assert draft.revision == revision, "the same courses are no change"
    client.post(url, details(draft, "", ""))
    draft.refresh_from_db()
    assert draft.prerequisites == []


def test_circle_is_said_beside_the_field_and_what_was_typed_stays(client: Client, author: User) -> None:
    first = in_effect(author, "First aid", code="FA-1")
    second = make_draft(author, title="Rescue", code="RE-1")
    ask(second, first)
    make_effective(second)
    again = start_new_version(course=first.course, by=author, at=AT)
    client.force_login(author)
    answer = client.post(reverse("courses:edit", args=[again.pk]), details(again, "RE-1"))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "“First aid” asks for “Rescue”, which asks for “First aid”." in text
    assert 'value="RE-1"' in text


def test_module_page_keeps_how_many_are_needed(client: Client, author: User) -> None:
    draft = make_draft(author, pages=2)
    module = draft.modules.get()
    client.force_login(author)
    url = reverse("courses:module", args=[draft.pk, module.pk])
    typed = {"title": module.title, "objective": module.objective, "needed": "1", "revision": draft.revision}
    assert client.post(url, typed).status_code == 302
    module.refresh_from_db()
    assert module.needed == 1
    assert "Any 1 of 2" in client.get(url).content.decode()
    assert client.post(url, {**typed, "needed": "0", "revision": draft.revision + 1}).status_code == 422


def test_reviewer_and_reader_see_what_is_asked_for(client: Client, author: User) -> None:
    program, _first, _step = a_program(author)
    client.force_login(author)
    page = client.get(reverse("courses:version", args=[program.pk])).content.decode()
    assert "any 1 of 2" in page
    assert "FIR-1 · First" in page
    preview = client.get(reverse("courses:preview", args=[program.pk, outline_of(program.pk).activities[1].id]))
    assert "A learner sees here how they stand with this course" in preview.content.decode()


def test_reviewer_of_a_first_version_sees_what_it_asks_for(client: Client, author: User, approver: User) -> None:
    first = in_effect(author, "First", code="FIR-1")
    draft = make_draft(author, pages=2)
    module = draft.modules.get()
    edit_module(module_id=module.pk, by=author, at=AT, title="Choose", objective="to choose", needed=1)
    add_step(draft, first, module)
    ask(draft, first)
    submit_version(version_id=draft.pk, by=author, **SIGNING)
    client.force_login(approver)
    text = client.get(reverse("courses:review", args=[draft.pk])).content.decode()
    for words in ("<dd>FIR-1 · First</dd>", "<dt>Any 1 of 3</dt><dd>Choose</dd>", "Course to complete"):
        assert words in text


def test_page_that_retires_a_course_names_those_that_ask_for_it(client: Client, author: User, approver: User) -> None:
    program, first, step = a_program(author)
    client.force_login(approver)
    for asked in (first, step):
        text = client.get(reverse("courses:retire", args=[asked.pk])).content.decode()
        assert f"<li>{program.course.code} · A program</li>" in text
    assert "Other courses ask for it" not in client.get(reverse("courses:retire", args=[program.pk])).content.decode()


def test_studio_asks_as_often_for_three_courses_as_for_one(
    client: Client, author: User, django_assert_num_queries: Any
) -> None:
    draft = make_draft(author)
    add_step(draft, in_effect(author, "Other"))
    client.force_login(author)
    url = reverse("courses:edit", args=[draft.pk])
    client.get(url)
    with CaptureQueriesContext(connection) as first:
        client.get(url)
    for number in range(3):
        add_step(draft, in_effect(author, f"Other {number}"))
    with django_assert_num_queries(len(first)):
        client.get(url)
