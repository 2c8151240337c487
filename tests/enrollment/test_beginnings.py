"""What has to be completed first, how many courses at once, and the map that shows both."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from courses.models import CourseVersion
from courses.queries import outline_of
from enrollment.actions import MayNotBegin, change_study_policy, enroll
from enrollment.actions.paths import PolicyChangedMeanwhile
from enrollment.choices import Status
from enrollment.models import Enrollment, StudyPolicy
from enrollment.queries.beginnings import gate_of
from enrollment.queries.maps import Goal, Way, ways_of
from enrollment.queries.overview import overview_of
from enrollment.rules.beginning import is_pressing, missing_words, waiting_words, why_not_begin
from enrollment.rules.maps import Part, Stage, lines_between, stages_of
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.classroom import AT, a_learner, a_version, require, taking
from tests.enrollment.test_programs import a_program, beginning
from tests.enrollment.workplace import complete, rewrite
from tests.factories import make_person

TODAY = AT.date()


@pytest.fixture
def learner(db: None) -> User:
    return a_learner()


def asking(*first: CourseVersion, title: str = "Advanced", **details: Any) -> CourseVersion:
    """Make a version in effect that asks for other courses first."""
    return a_version(title=title, prerequisites=[each.course_id for each in first], **details)


def cap(most: int | None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    kept = StudyPolicy.objects.filter(pk=1).first()
    change_study_policy(
        most_active=most, revision=kept.revision if kept else 0, reason="one at a time", by=admin, at=AT
    )


def begin(learner: User, version: CourseVersion) -> Enrollment:
    return enroll(user=learner, course=version.course, by=learner, at=AT)


def refusal(learner: User, version: CourseVersion) -> str:
    with pytest.raises(MayNotBegin) as refused:
        begin(learner, version)
    assert not Enrollment.objects.filter(user=learner, course=version.course).exists()
    return str(refused.value)


# The rule


@pytest.mark.parametrize(
    ("missing", "most", "active", "pressing", "words"),
    [
        ([], None, ["A", "B", "C"], False, ""),
        ([], 2, ["A"], False, ""),
        ([], 2, ["A", "B"], True, ""),
        ([], 1, ["A"], False, "Next, when you finish “A”"),
        ([], 2, ["A", "B"], False, "Next, when you finish one of “A” or “B”"),
        ([], 2, ["A", "B", "C"], False, "Next, when you finish one of “A”, “B” or “C”"),
        (["X"], None, [], False, "Opens when you complete “X”"),
        (["X", "Y"], 1, ["A"], True, "Opens when you complete “X” and “Y”"),
    ],
)
def test_why_something_is_not_begun(
    missing: list[str], most: int | None, active: list[str], pressing: bool, words: str
) -> None:
    found = why_not_begin(missing=missing, most=most, active=active, is_pressing=pressing)
    assert (found.words if found else "") == words
    if found and found.is_cap:
        assert found.rule.endswith("What is overdue or due within 7 days may always be begun.")


@given(
    status=st.sampled_from(list(Status)),
    days=st.none() | st.integers(-400, 400),
    most=st.none() | st.integers(1, 5),
    active=st.integers(0, 8),
)
def test_cap_never_makes_anybody_miss_a_due_day(
    status: Status, days: int | None, most: int | None, active: int
) -> None:
    due_on = None if days is None else TODAY + timedelta(days=days)
    pressing = is_pressing(status, due_on=due_on, today=TODAY)
    found = why_not_begin(missing=[], most=most, active=[f"Course {n}" for n in range(active)], is_pressing=pressing)
    is_asked_now = status not in (Status.WAIVED, Status.PAUSED)
    if is_asked_now and (status in (Status.LATE, Status.EXPIRED, Status.SOON) or (days is not None and days <= 7)):
        assert found is None
    else:
        assert (found is not None) == (most is not None and active >= most)


@pytest.mark.parametrize(("days", "pressing"), [(-1, True), (0, True), (7, True), (8, False)])
def test_due_within_seven_days_presses_whatever_the_status_says(days: int, pressing: bool) -> None:
    due_on = TODAY + timedelta(days=days)
    assert is_pressing(Status.TODO, due_on=due_on, today=TODAY) == pressing
    assert not is_pressing(Status.PAUSED, due_on=due_on, today=TODAY)


def test_lists_read_as_sentences() -> None:
    assert missing_words(["A", "B", "C"]) == "Opens when you complete “A”, “B” and “C”"
    assert waiting_words(["A"]) == "Next, when you finish “A”"


# What comes first


def test_course_that_asks_for_another_is_begun_after_it(learner: User) -> None:
    basics = a_version(title="Basics")
    advanced = asking(basics)
    assert refusal(learner, advanced) == "Opens when you complete “Basics”"
    complete(learner, basics.course, on=TODAY)
    assert begin(learner, advanced).version == advanced


def test_only_what_counts_today_opens_the_next(learner: User) -> None:
    basics = a_version(title="Basics")
    advanced = asking(basics)
    complete(learner, basics.course, on=date(2025, 1, 1), valid_until=TODAY - timedelta(days=1))
    assert refusal(learner, advanced) == "Opens when you complete “Basics”"
    complete(learner, basics.course, on=TODAY - timedelta(days=1), valid_until=TODAY)
    assert begin(learner, advanced)


def test_whoever_began_earlier_goes_on(learner: User) -> None:
    basics, older = a_version(title="Basics"), a_version(title="Advanced")
    begun = begin(learner, older)
    asking(basics, course=older.course, number=2)
    assert begin(learner, older) == begun
    assert "Basics" in refusal(a_learner("Somebody else"), older)


def test_page_of_a_locked_course_says_what_is_first_and_leads_there(client: Client, learner: User) -> None:
    basics = a_version(title="Basics")
    advanced = asking(basics)
    client.force_login(learner)
    url = reverse("enrollment:start", args=[advanced.course_id])
    page = client.get(url)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Opens when you complete “Basics”." in text
    assert f'href="{reverse("enrollment:start", args=[basics.course_id])}"' in text
    assert 'type="submit">Start' not in text
    refused = client.post(url)
    assert refused.status_code == 409
    assert "Opens when you complete “Basics”." in refused.content.decode()
    assert not Enrollment.objects.exists()


def test_list_puts_what_is_first_before_what_asks_for_it(client: Client, learner: User) -> None:
    ground = a_version(title="Ground")
    basics = asking(ground, title="Basics")
    advanced = asking(basics, title="Advanced")
    require(learner, advanced.course, due_on=timezone.localdate() + timedelta(days=3))
    client.force_login(learner)
    items = overview_of(learner, at=timezone.now()).items
    assert [(item.title, item.status, item.may_begin) for item in items] == [
        ("Ground", Status.SOON, True),
        ("Basics", Status.SOON, False),
        ("Advanced", Status.SOON, False),
    ]
    assert items[0].reason == "Because “Advanced” asks for it first"
    text = client.get(reverse("enrollment:home")).content.decode()
    assert text.index("Ground") < text.index("Basics")
    assert "Opens when you complete “Ground”" in text
    complete(learner, ground.course, on=TODAY)
    titles = [(item.title, item.may_begin) for item in overview_of(learner, at=timezone.now()).items]
    assert titles == [("Basics", True), ("Advanced", False)]


def test_what_is_required_anyway_is_not_listed_twice(learner: User) -> None:
    basics = a_version(title="Basics")
    advanced = asking(basics)
    for version in (basics, advanced):
        require(learner, version.course, due_on=TODAY + timedelta(days=30))
    items = overview_of(learner, at=AT).items
    assert [(item.title, item.is_required) for item in items] == [("Basics", True), ("Advanced", True)]


# How many at once


def test_as_many_as_the_cap_are_begun_and_no_more(learner: User) -> None:
    cap(2)
    begun = [a_version(title=f"Begun {number}") for number in (1, 2)]
    for version in begun:
        begin(learner, version)
    waiting = a_version(title="Waiting")
    assert refusal(learner, waiting) == "Next, when you finish one of “Begun 1” or “Begun 2”"
    assert begin(learner, begun[0]), "what is in progress is opened again"
    cap(3)
    assert begin(learner, waiting)
    cap(None)
    assert begin(learner, a_version())


def test_cap_holds_for_each_person_alone(learner: User) -> None:
    cap(1)
    begin(learner, a_version())
    other = a_version()
    assert begin(a_learner("Somebody else"), other)
    assert refusal(learner, other)


def test_two_tabs_at_once_do_not_pass_the_cap(committed_db: str) -> None:
    learner, versions = a_learner(), [a_version(title=f"Course {number}") for number in range(4)]
    cap(1)
    together = Barrier(4)

    def start(number: int) -> str:
        try:
            together.wait(10)
            begin(learner, versions[number])
            return "begun"
        except MayNotBegin:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(start, range(4))) == ["begun", "refused", "refused", "refused"]
    assert Enrollment.objects.filter(user=learner).count() == 1


@pytest.mark.parametrize(("days", "may"), [(-5, True), (0, True), (7, True), (8, False), (60, False)])
def test_what_is_due_soon_is_begun_all_the_same(learner: User, days: int, may: bool) -> None:
    cap(1)
    begin(learner, a_version(title="Begun"))
    due = a_version(title="Due")
    require(learner, due.course, due_on=TODAY + timedelta(days=days))
    assert (gate_of(learner, [outline_of(due.pk)], at=AT).hindrance(due.course_id) is None) == may
    if may:
        assert begin(learner, due)
    else:
        assert refusal(learner, due) == "Next, when you finish “Begun”"


def test_what_something_pressing_asks_for_is_begun_all_the_same(learner: User) -> None:
    cap(1)
    begin(learner, a_version(title="Begun"))
    ground = a_version(title="Ground")
    step = asking(ground, title="Step")
    program = a_program((None, [step]))
    unrelated = a_version(title="Unrelated")
    require(learner, program.course, due_on=TODAY + timedelta(days=2))
    assert begin(learner, ground)
    assert refusal(learner, unrelated)


def test_program_is_no_work_of_its_own(learner: User) -> None:
    cap(1)
    records = a_version(title="Records")
    beginning(a_program((None, [records])), learner)
    beginning(a_program((None, [records]), title="Another"), learner)
    assert begin(learner, records), "the program does not use the one place that its course needs"
    assert refusal(learner, a_version(title="Other")) == "Next, when you finish “Records”"


def test_home_says_which_come_next_ordered_by_their_due_days(client: Client, learner: User) -> None:
    cap(1)
    begin(learner, a_version(title="In the making"))
    today = timezone.localdate()
    for title, days in (("Third", 60), ("First", 20), ("Second", 40), ("Pressing", 2)):
        require(learner, a_version(title=title).course, due_on=today + timedelta(days=days))
    client.force_login(learner)
    text = client.get(reverse("enrollment:home")).content.decode()
    order = [text.index(words) for words in ("Next, when you finish", ">First<", ">Second<", ">Third<")]
    assert order == sorted(order)
    assert text.index(">Pressing<") < order[0]
    for title, may in (("First", False), ("Pressing", True)):
        version = CourseVersion.objects.get(title=title)
        page = client.get(reverse("enrollment:start", args=[version.course_id])).content.decode()
        assert ("Next, when you finish “In the making”" in page) != may
        assert ("What is overdue or due within 7 days may always be begun." in page) != may
        assert ('type="submit">Start' in page) == may


# The policy


def test_policy_is_one_row_with_a_sensible_number(learner: User) -> None:
    cap(3)
    for wrong in ({"most_active": 0}, {"most_active": 100}, {"id": 2}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rewrite(StudyPolicy.objects.filter(pk=1), **wrong)


def test_policy_is_changed_with_a_reason_once(client: Client, db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    client.force_login(admin)
    url = reverse("enrollment:study_policy")
    assert "may always be begun" in client.get(url).content.decode()
    refused = client.post(url, {"most_active": "3", "reason": "no", "revision": 0})
    assert refused.status_code == 422
    assert 'value="3"' in refused.content.decode()
    assert client.post(url, {"most_active": "3", "reason": "fewer at once", "revision": 0}).status_code == 302
    fact = Event.objects.filter(verb="enrollment.study_policy_changed").get()
    assert (fact.reason, fact.payload["most"], fact.payload["before"]) == ("fewer at once", 3, None)
    assert Event.objects.filter(fact_id=fact.pk, subject_type="enrollment_studypolicy").exists()
    late = client.post(url, {"most_active": "5", "reason": "more at once", "revision": 0})
    assert late.status_code == 422
    assert "Somebody else changed this meanwhile" in late.content.decode()
    assert client.post(url, {"most_active": "", "reason": "no cap now", "revision": 1}).status_code == 302
    assert StudyPolicy.objects.get().most_active is None
    with pytest.raises(PolicyChangedMeanwhile):
        change_study_policy(most_active=1, revision=7, reason="too late", by=admin, at=AT)


@pytest.mark.parametrize("role", [AccessRole.AUTHOR, AccessRole.AUDITOR])
def test_policy_is_for_administrators(client: Client, db: None, role: AccessRole) -> None:
    client.force_login(make_person(role))
    assert client.get(reverse("enrollment:study_policy")).status_code in (403, 404)


# The map


GRAPHS = st.dictionaries(st.integers(0, 7), st.sets(st.integers(0, 7), max_size=3), max_size=8)


@given(asks=GRAPHS, sizes=st.lists(st.integers(1, 3), max_size=3), needs=st.booleans())
def test_each_stop_stands_once_and_below_what_it_asks_for(
    asks: dict[int, set[int]], sizes: list[int], needs: bool
) -> None:
    graph = {UUID(int=a): {UUID(int=b) for b in asked if b < a} for a, asked in asks.items()}  # no circle
    numbers = iter(range(7))
    needed = 1 if needs else None
    parts = [Part("A part", tuple(UUID(int=next(numbers)) for _ in range(min(size, 2))), needed) for size in sizes]
    goal = UUID(int=7)
    stages = stages_of(goal, parts, graph)
    stops = [stop for stage in stages for stop in stage.stops]
    assert len(stops) == len(set(stops))
    assert stops[-1] == goal
    assert {member for part in parts for member in part.members} <= set(stops)
    row = {stop: number for number, stage in enumerate(stages) for stop in stage.stops}
    outside = set(stops) - {member for part in parts for member in part.members} - {goal}
    for stop in stops:
        for asked in graph.get(stop, ()):
            if asked in outside or not parts:
                assert row[asked] < row[stop], "what comes first stands above"


def test_lines_join_what_asks_and_show_plain_order_otherwise() -> None:
    a, b, c, d = (UUID(int=number) for number in range(4))
    lines = lines_between(Stage((a, b)), Stage((c, d)), {c: {b}})
    assert [(line.start, line.end, line.is_asked) for line in lines] == [
        (75, 25, True),
        (25, 75, False),
        (75, 75, False),
    ]
    assert all(line.is_asked for line in lines_between(Stage((a,), opens_next=True), Stage((b, c)), {}))


def shown(way: Way) -> list[list[tuple[str, str, str]]]:
    return [[(stop.title, stop.state, stop.about) for stop in stage.stops] for stage in way.stages]


def test_map_shows_what_is_done_open_and_locked_and_why(learner: User) -> None:
    ground, basics = a_version(title="Ground"), a_version(title="Basics")
    step = asking(ground, title="Step")
    lockout, hygiene = a_version(title="Lockout"), a_version(title="Hygiene")
    program = a_program((None, [step]), (1, [lockout, hygiene]), prerequisites=[basics.course_id])
    outline = outline_of(program.pk)
    [way] = ways_of(learner, [Goal(outline)], at=AT)
    assert shown(way) == [
        [("Basics", "todo", "Open · 0 min")],
        [("Page 1", "locked", "Page · 4 min · opens when you begin")],
        [("Ground", "todo", "Open · 0 min")],
        [("Step", "locked", "Opens when you complete “Ground”")],
        [("Lockout", "todo", "Open · 0 min"), ("Hygiene", "todo", "Open · 0 min")],
        [("Ready for the line", "locked", "Opens when you complete “Basics”")],
    ]
    assert [stage.choice for stage in way.stages] == ["", "", "", "", "Any 1 of 2", ""]
    for version in (basics, hygiene):
        complete(learner, version.course, on=TODAY)
    program_begun = beginning(program, learner)
    begin(learner, lockout)
    [way] = ways_of(learner, [Goal(outline, program_begun.enrollment.pk)], at=AT)
    assert shown(way) == [
        [("Basics", "done", "Completed on 23 Nov 2026, counts without end")],
        [("Page 1", "todo", "Page · 4 min")],
        [("Ground", "todo", "Open · 0 min")],
        [("Step", "locked", "Opens when you complete “Ground”")],
        [
            ("Lockout", "doing", "In progress · not needed here any more"),
            ("Hygiene", "done", "Completed on 23 Nov 2026, counts without end"),
        ],
        [("Ready for the line", "locked", "Your signature at the end. Opens when enough of the above is done")],
    ]
    assert (way.done, way.needed) == (1, 3)


def test_map_page_shows_ways_and_what_is_in_no_order(client: Client, learner: User) -> None:
    client.force_login(learner)
    url = reverse("enrollment:map")
    assert "Nothing on your map yet" in client.get(url).content.decode()
    basics = a_version(title="Basics")
    advanced = asking(basics)
    require(learner, advanced.course, due_on=TODAY + timedelta(days=300))
    require(learner, a_version(title="Alone").course, due_on=TODAY + timedelta(days=300))
    text = client.get(url).content.decode()
    order = [text.index(words) for words in (">Basics</a>", ">Advanced</a>", "In any order", ">Alone</a>")]
    assert order == sorted(order)
    assert "Opens when you complete “Basics”" in text
    assert 'aria-hidden="true"' in text[text.index("way-lines") :][:200]
    assert text.count(">Basics</a>") == 1, "what is on a way is not listed again"


def test_map_asks_as_often_for_three_programs_as_for_one(
    client: Client, learner: User, django_assert_num_queries: Any
) -> None:
    def one_more(number: int) -> None:
        first = a_version(title=f"First {number}")
        steps = [asking(first, title=f"Step {number}.{each}") for each in range(number)]
        program = a_program((None, [*steps]), title=f"Program {number}")
        require(learner, program.course, due_on=TODAY + timedelta(days=300))
        begun = beginning(a_program((None, [*steps]), title=f"Begun {number}"), learner)
        assert begun.enrollment

    client.force_login(learner)
    one_more(1)
    client.get(reverse("enrollment:map"))
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("enrollment:map"))
    expected = len(captured)
    one_more(2)
    one_more(3)
    client.get(reverse("enrollment:map"))
    with django_assert_num_queries(expected):
        client.get(reverse("enrollment:map"))


def test_home_asks_no_more_often_without_any_order(
    client: Client, learner: User, django_assert_num_queries: Any
) -> None:
    cap(1)
    taking("page", learner=learner)
    require(learner, a_version("page").course, due_on=timezone.localdate() + timedelta(days=3))
    client.force_login(learner)
    client.get(reverse("enrollment:home"))
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("enrollment:home"))
    expected = len(captured)
    for _number in range(3):
        require(learner, a_version("page").course, due_on=timezone.localdate() + timedelta(days=30))
    client.get(reverse("enrollment:home"))
    with django_assert_num_queries(expected):
        client.get(reverse("enrollment:home"))


def test_catalog_course_says_what_is_first(client: Client, learner: User) -> None:
    basics = a_version(title="Basics")
    advanced = asking(basics)
    client.force_login(learner)
    text = client.get(reverse("courses:course", args=[advanced.course_id])).content.decode()
    assert f'<a href="{reverse("courses:course", args=[basics.course_id])}">Basics</a>' in text
