"""Why somebody no longer has a requirement: because of them, of the rule or of the matrix."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.urls import reverse
from hypothesis import assume, given
from hypothesis import strategies as st

from core.clock import now
from enrollment import tasks
from enrollment.actions import enroll, follow_person
from enrollment.actions.assigning import settle_requirement
from enrollment.actions.matrix import draft_matrix_change, put_matrix_change_in_force
from enrollment.actions.requirements import change_in_force, with_terms
from enrollment.followers import FIRST
from enrollment.models import Assignment, Requirement
from enrollment.queries.changes import changes_of_requirement
from enrollment.queries.effects import effect_of
from enrollment.rules import (
    Asking,
    Audience,
    Ground,
    History,
    Post,
    Span,
    admission,
    gone_said,
    those_with,
    why_gone,
)
from enrollment.rules.because import because_of
from enrollment.rules.leaving import Cause, Gone
from enrollment.rules.matrix import CellChange
from notifications.models import Message
from people.actions import add_group, join_group
from people.models import User
from records.models import Event
from tests.enrollment.workplace import (
    a_course,
    analyst,
    browser,
    move,
    newark,
    open_assignments,
    operator,
    switched_on,
)
from tests.factories import BY, LONG_AGO, make_job_role

OPERATOR, ANALYST, LEAD, BASEL, NEWARK, PACKING, BLISTER, LAB, WARDENS, CLEARANCE, MAYA = (
    UUID(int=number) for number in range(1, 12)
)
NAMES = {
    str(key): name
    for key, name in {
        OPERATOR: "Tablet Operator", ANALYST: "QC Analyst", LEAD: "Shift Lead", BASEL: "Basel", NEWARK: "Newark",
        PACKING: "Packaging", BLISTER: "Blister line", LAB: "Laboratory", WARDENS: "Fire wardens",
        CLEARANCE: "Clearance",
    }.items()
} | {"contractor": "Contractor", "employee": "Employee"}  # fmt: skip
GIVEN, CHANGED, AT = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (3, 10, 22))
BELOW = {PACKING: frozenset({PACKING, BLISTER})}


def post(since: str, until: str | None = None, **details: Any) -> Post:
    days = date.fromisoformat(since), date.fromisoformat(until) if until else None
    return Post(**{"job_role": OPERATOR, "site": BASEL, "department": PACKING, **details}, valid_from=days[0],
                valid_until=days[1], zone="UTC")  # fmt: skip


def one_of(field: str, *values: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "is": [str(each) for each in values], **more}


def every(*parts: Any) -> dict[str, Any]:
    return {"all": list(parts)}


def either(*parts: Any) -> dict[str, Any]:
    return {"any": list(parts)}


ROLE, OTHER = one_of("job_role", OPERATOR), one_of("job_role", ANALYST)
MATRIX, HERE = {"field": "matrix"}, one_of("site", BASEL)
STILL = [post("2020-01-01")]
BECAME_ANALYST = [post("2020-01-01", "2026-11-20"), post("2026-11-20", job_role=ANALYST)]
WAS_ANALYST = [post("2020-01-01", "2026-11-05", job_role=ANALYST), post("2026-11-05")]


def said(wordings: list[Any], posts: list[Post], cells: Any = None, **details: Any) -> str:
    """Say why somebody lost what they had on the third; each later wording is of a week later."""
    ground = Ground(BELOW, cells or {})
    asking = [
        Asking(GIVEN + timedelta(days=7 * place), Audience(each, ground), place + 1)
        for place, each in enumerate(wordings)
    ]
    history = History(MAYA, posts, **details)
    found = admission(asking[0].audience, history, GIVEN)
    because = because_of(asking[0].audience, history, found, NAMES) if found else {}
    gone = why_gone(asking, history, given_at=GIVEN, at=AT, noted=frozenset(because), names=NAMES)
    return gone_said(gone, because, 12)


@pytest.mark.parametrize(
    ("wordings", "posts", "words"),
    [
        # Nobody changed the rule
        ([ROLE], BECAME_ANALYST, "The job role is no longer Tablet Operator"),
        ([every(ROLE, HERE)], [post("2020-01-01", "2026-11-20"), post("2026-11-20", site=NEWARK)],
         "No longer at Basel"),
        ([ROLE], [post("2020-01-01", "2026-11-20")], "No longer working here"),
        ([either(OTHER, HERE)], [post("2020-01-01", "2026-11-20"), post("2026-11-20", site=NEWARK)],
         "No longer at Basel"),  # not the alternative that never was so
        ([every(ROLE, {"not": one_of("employment", "contractor")})],
         [post("2020-01-01", "2026-11-20"), post("2026-11-20", employment="contractor")],
         "No longer among those whom it is for"),
        # The rule was changed, and they are as they were
        ([ROLE, OTHER], STILL, "R-12 was changed: it is no longer for the job role Tablet Operator"),
        ([ROLE, every(ROLE, one_of("site", NEWARK))], STILL, "R-12 was changed: it is for other sites now"),
        ([every(ROLE, HERE), every(ROLE, one_of("site", NEWARK))], STILL,
         "R-12 was changed: it is no longer for Basel"),
        ([every(), ROLE | {"is": [str(ANALYST)]}], STILL, "R-12 was changed: it is for other job roles now"),
        ([ROLE, either(OTHER, one_of("site", NEWARK))], STILL,
         "R-12 was changed: it is no longer for everyone who had it"),
        ([ROLE, every(ROLE, {"not": HERE})], STILL, "R-12 was changed: it is no longer for everyone who had it"),
        ([one_of("department", PACKING), one_of("department", LAB)], STILL,
         "R-12 was changed: it is no longer for Packaging"),
        ([one_of("department", PACKING), one_of("department", BLISTER)], STILL,
         "R-12 was changed: it is for other departments now"),  # the blister line is a part of it
        ([one_of("employment", "employee"), one_of("employment", "contractor")], STILL,
         "R-12 was changed: it is no longer for who is employed as Employee"),
        ([one_of("person", MAYA), one_of("person", UUID(int=77))], STILL,
         "R-12 was changed: it is for those who are named in it now"),
        ([ROLE, one_of("group", WARDENS)], STILL, "R-12 was changed: it is for members of other groups now"),
        ([ROLE, {"field": "manages"}], STILL, "R-12 was changed: it is for those to whom others report now"),
        ([ROLE, {"field": "hired", "from": "2026-01-01"}], STILL,
         "R-12 was changed: it goes by the first day of work now"),
        ([ROLE, MATRIX], STILL, "R-12 was changed: it is no longer for the job role Tablet Operator"),
        # Several wordings: the one that took it away speaks
        ([ROLE, OTHER, one_of("job_role", LEAD)], STILL,
         "R-12 was changed: it is no longer for the job role Tablet Operator"),
        ([one_of("job_role", OPERATOR, ANALYST), OTHER], WAS_ANALYST,
         "R-12 was changed: it is no longer for the job role Tablet Operator"),  # as they are, not as they were
        ([one_of("job_role", OPERATOR, ANALYST), ROLE], BECAME_ANALYST,
         "The job role is no longer Tablet Operator"),  # the wording before would take them, but is over
        # Both
        ([ROLE, every(OTHER, HERE)], [post("2020-01-01", "2026-11-20"), post("2026-11-20", job_role=LEAD)],
         "R-12 was changed: it is no longer for the job role Tablet Operator"),  # first the rule, then they
        ([ROLE, OTHER], [post("2020-01-01", "2026-11-05"), post("2026-11-05", job_role=LEAD)],
         "The job role is no longer Tablet Operator"),  # first they, then the rule
        ([HERE, OTHER], [post("2020-01-01", "2026-11-05"), post("2026-11-05", site=NEWARK)], "No longer at Basel"),
        ([ROLE, OTHER], [post("2020-01-01", "2026-11-05"), post("2026-11-05", "2026-11-20", job_role=LEAD),
                         post("2026-11-20")],
         "R-12 was changed: it is no longer for the job role Tablet Operator"),  # which they are again
    ],
)  # fmt: skip
def test_the_reason_is_what_has_changed(wordings: list[Any], posts: list[Post], words: str) -> None:
    assert said(wordings, posts) == words


def test_an_audience_is_read_once_for_however_many_leave_it(monkeypatch: pytest.MonkeyPatch) -> None:
    wordings = [every(HERE, either(one_of("person", MAYA, LEAD), OTHER)), every(HERE, one_of("person", CLEARANCE))]
    asking = [
        Asking(GIVEN + timedelta(days=7 * place), Audience(each), place + 1) for place, each in enumerate(wordings)
    ]
    monkeypatch.setattr("enrollment.rules.audiences.UUID", None)  # whatever reads one again fails
    for person in (MAYA, LEAD):
        gone = why_gone(asking, History(person, STILL), given_at=GIVEN, at=AT, names=NAMES)
        assert (gone.cause, gone.missing, gone.wording) == (Cause.RULE, "person", 2)


def test_a_rule_that_asks_for_another_value_of_an_attribute_says_the_value() -> None:
    held = {CLEARANCE: [Span(date(2020, 1, 1), None, "A")]}
    asks = {value: {"field": "attribute", "attribute": str(CLEARANCE), "is": [value]} for value in "AB"}
    words = "R-12 was changed: it is no longer for whose record says Clearance: A"
    assert said([asks["A"], asks["B"]], STILL, attributes=held) == words
    other = {"field": "attribute", "attribute": str(WARDENS), "is": ["A"]}
    words = "R-12 was changed: it asks for something else in the record now"
    assert said([asks["A"], other], STILL, attributes=held) == words


@pytest.mark.parametrize(
    ("cells", "posts", "words"),
    [
        ({OPERATOR: [Span(date(2026, 1, 1), date(2026, 11, 15))]}, STILL,
         "The training matrix no longer asks it of Tablet Operator"),
        ({}, STILL, "The training matrix no longer asks it of Tablet Operator"),  # taken back on its first day
        ({OPERATOR: [Span(date(2026, 1, 1), None)]}, BECAME_ANALYST, "The job role is no longer Tablet Operator"),
        ({OPERATOR: [Span(date(2026, 1, 1), None)], ANALYST: [Span(date(2026, 1, 1), date(2026, 11, 21))]},
         BECAME_ANALYST, "The training matrix no longer asks it of QC Analyst"),
        ({OPERATOR: [Span(date(2026, 1, 1), None)], ANALYST: [Span(date(2026, 1, 1), date(2026, 11, 1))]},
         BECAME_ANALYST, "The job role is no longer Tablet Operator"),  # it was over before they came
    ],
)  # fmt: skip
def test_a_cell_of_the_matrix_and_a_role_are_told_apart(cells: Any, posts: list[Post], words: str) -> None:
    ground = Ground({}, cells)
    history = History(MAYA, posts)
    gone = why_gone([Asking(GIVEN, Audience(MATRIX, ground))], history, given_at=GIVEN, at=AT, names=NAMES)
    assert gone_said(gone, {"job_role": "Tablet Operator"}, 12) == words


# Whatever happens

FIELDS = {"job_role": (OPERATOR, ANALYST), "site": (BASEL, NEWARK), "department": (PACKING, LAB)}
leaves_ = st.sampled_from([one_of(field, value) for field, values in FIELDS.items() for value in values])
audiences = st.recursive(
    leaves_,
    lambda parts: (
        st.lists(parts, min_size=1, max_size=3).map(lambda found: {"all": found})
        | st.lists(parts, min_size=1, max_size=3).map(lambda found: {"any": found})
        | parts.map(lambda part: {"not": part})
    ),
    max_leaves=5,
)
details = st.fixed_dictionaries({field: st.sampled_from(values) for field, values in FIELDS.items()})
days = st.integers(1, 25).map(lambda count: date(2026, 11, 1) + timedelta(days=count))


@st.composite
def histories(draw: Any) -> History:
    """Draw who has worked since long ago and may have moved in November, once or twice."""
    edges = sorted(draw(st.sets(days, max_size=2)))
    starts, ends = [date(2020, 1, 1), *edges], [*edges, None]
    return History(MAYA, [Post(**draw(details), valid_from=a, valid_until=b, zone="UTC")
                          for a, b in zip(starts, ends, strict=True)])  # fmt: skip


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=UTC)


@st.composite
def cases(draw: Any) -> tuple[list[Asking], History, Gone]:
    """Draw a rule and its wordings, and somebody whom it was given and holds for no longer."""
    history = draw(histories())
    changes = sorted(draw(st.sets(days, max_size=3)))
    asked = [draw(audiences) for _each in range(len(changes) + 1)]
    begun, at = noon(date(2026, 11, 1)), noon(date(2026, 11, 27))
    if not admission(Audience(asked[0]), history, begun):
        asked[0] = either(asked[0], one_of("job_role", history.posts[0].job_role))
    if admission(Audience(asked[-1]), history, at):
        other = next(each for each in (OPERATOR, ANALYST) if each != history.posts[-1].job_role)
        asked[-1] = every(asked[-1], one_of("job_role", other))
    asking = [Asking(noon(day), Audience(each), place + 1)
              for place, (day, each) in enumerate(zip([begun.date(), *changes], asked, strict=True))]  # fmt: skip
    assume(admission(asking[0].audience, history, begun))
    return asking, history, why_gone(asking, history, given_at=begun, at=at)


@given(cases())
def test_who_has_not_changed_is_never_told_so(case: tuple[list[Asking], History, Gone]) -> None:
    _asking, history, gone = case
    if len({(each.job_role, each.site, each.department) for each in history.posts}) == 1:
        assert gone.cause == Cause.RULE


@given(cases())
def test_a_rule_that_was_not_changed_is_never_blamed(case: tuple[list[Asking], History, Gone]) -> None:
    asking, _history, gone = case
    if len(asking) == 1:
        assert (gone.cause, gone.wording) == (Cause.PERSON, None)


@given(cases())
def test_the_wording_that_is_blamed_leaves_out_whom_the_one_before_took(
    case: tuple[list[Asking], History, Gone],
) -> None:
    asking, history, gone = case
    if gone.cause != Cause.RULE:
        return
    assert gone.wording is not None
    before, after = asking[gone.wording - 2], asking[gone.wording - 1]
    instants = [noon(date(2026, 11, 27)), after.since]
    assert any(
        admission(before.audience, history, at) and not admission(after.audience, history, at) for at in instants
    )


@given(cases())
def test_the_field_that_is_said_does_not_fit_now(case: tuple[list[Asking], History, Gone]) -> None:
    asking, history, gone = case
    if gone.missing == "other" or gone.cause != Cause.PERSON:
        return
    mine = str(getattr(history.posts[-1], gone.missing))
    asked = [test for each in asking for test in each.audience.tests if test.field == gone.missing]
    assert any(mine not in test.values for test in asked)


# At once, by the job, by the sweep, on the pages


def ago(count: int) -> datetime:
    return now() - timedelta(days=count)


def reword(requirement: Requirement, admin: User, *, at: datetime, **terms: Any) -> None:
    change_in_force(requirement=requirement, by=admin, at=at, reason="Audit finding 7", **terms)
    requirement.refresh_from_db()


def page(reader: User, assignment: Assignment) -> str:
    return " ".join(browser(reader).get(reverse("enrollment:why", args=[assignment.pk])).content.decode().split())


@pytest.fixture
def maya(db: None) -> User:
    return operator("Maya", since=ago(40).date())


@pytest.fixture
def requirement(admin: User, maya: User) -> Requirement:
    return switched_on(a_course("Hand hygiene"), by=admin, at=ago(20))


@pytest.mark.parametrize("way", ["at once", "job", "sweep"])
def test_however_it_ends_the_rule_is_named_and_who_changed_it(
    admin: User, maya: User, requirement: Requirement, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    given = open_assignments(requirement)["Maya"]
    operator("Kenji", since=ago(30).date())
    follow_person(user_id=User.objects.get(name="Kenji").pk, at=ago(15))  # two who leave at one moment
    words = f"R-{requirement.number} was changed: it is no longer for the job role Tablet Operator"
    terms = {"audience": those_with(job_role=analyst().pk)}
    shown = with_terms(requirement, terms)
    effect = effect_of(changes_of_requirement(requirement, at=ago(10)))
    assert shown == ["audience"]
    assert {line.words for line in effect.loses} == {words}
    requirement.refresh_from_db()
    if way != "at once":
        monkeypatch.setattr("enrollment.actions.requirements.AT_ONCE", 0)
    reword(requirement, admin, at=ago(10), **terms)
    if way == "job":
        at = ago(10) + timedelta(minutes=3)
        settle_requirement(requirement=requirement, by=admin, at=at, after=FIRST, most=100, everyone=True)
    if way == "sweep":  # its job was lost, and so was that of the next wording
        reword(requirement, admin, at=ago(9), grace_days=3)
        reword(requirement, admin, at=ago(8), audience=those_with(job_role=make_job_role("Shift Lead").pk))
        assert given.pk in set(Assignment.objects.filter(ended_at=None).values_list("pk", flat=True))
        monkeypatch.setattr(tasks, "now", lambda: ago(8) + timedelta(hours=12))
        tasks.sweep_assignments()
    given.refresh_from_db()
    assert given.ended_because == words
    assert {each.payload["why"] for each in Event.objects.filter(verb="enrollment.assignment_ended")} == {words}
    found = page(maya, given)
    assert words in found
    assert "Tomás Ferreira: “Audit finding 7”" in found
    assert "must complete Hand hygiene" in found
    assert "whose job role is Tablet Operator" in found  # as it was asked while it held


def test_what_was_begun_ends_with_the_same_words(admin: User, maya: User, requirement: Requirement) -> None:
    enroll(user=maya, course=requirement.course, by=maya, at=ago(12))
    reword(requirement, admin, at=ago(10), site=newark())
    told = Message.objects.get(kind="enrollment.no_longer_asked")
    assert told.recipient == maya
    assert f"R-{requirement.number} was changed: it is for other sites now" in told.body


def test_who_moved_away_is_still_told_of_the_move(admin: User, maya: User, requirement: Requirement) -> None:
    given = open_assignments(requirement)["Maya"]
    reword(requirement, admin, at=ago(15), grace_days=4)
    reword(requirement, admin, at=ago(14), audience=either(ROLE | {"is": [str(make_job_role().pk)]}))
    move(maya, since=ago(5).date(), at=ago(5), job_role=analyst())
    follow_person(user_id=maya.pk, at=ago(5))
    given.refresh_from_db()
    assert given.ended_because == "The job role is no longer Tablet Operator"
    assert "Audit finding 7" not in page(maya, given).split("It holds no longer since")[1].split("</p>")[0]


def test_who_moved_before_the_job_of_a_wording_came_is_not_told_that_it_was_the_wording(
    admin: User, maya: User, requirement: Requirement
) -> None:
    given = open_assignments(requirement)["Maya"]
    reword(requirement, admin, at=ago(5), grace_days=4)
    move(maya, since=ago(5).date(), at=ago(5) + timedelta(minutes=1), job_role=analyst())
    at = ago(5) + timedelta(minutes=5)
    settle_requirement(requirement=requirement, by=admin, at=at, after=FIRST, most=100, everyone=True)
    given.refresh_from_db()
    assert given.ended_because == "The job role is no longer Tablet Operator"
    assert "Audit finding 7" not in page(maya, given).split("It holds no longer since")[1].split("</p>")[0]


def test_groups_are_read_that_only_an_earlier_wording_asked_for(admin: User, maya: User) -> None:
    wardens = add_group(by=BY, at=LONG_AGO, name="Fire wardens")
    join_group(person=maya, group=wardens, valid_from=ago(30).date(), by=BY, at=ago(30))
    requirement = switched_on(a_course(), by=admin, at=ago(20), audience=one_of("group", wardens.pk))
    given = open_assignments(requirement)["Maya"]
    reword(requirement, admin, at=ago(10), audience=those_with(job_role=analyst().pk))
    given.refresh_from_db()
    assert given.ended_because == f"R-{requirement.number} was changed: it is for other job roles now"


def test_who_changes_a_role_of_the_matrix_is_told_of_the_role(admin: User, maya: User) -> None:
    requirement = switched_on(a_course(), by=admin, at=ago(20), audience=every(MATRIX))
    cell = CellChange(make_job_role().pk, requirement.pk, True, ago(20).date())
    change = draft_matrix_change(changes=[cell], by=admin, at=ago(20))
    put_matrix_change_in_force(change=change, by=admin, at=ago(20), reason="SOP 12")
    given = open_assignments(requirement)["Maya"]
    move(maya, since=ago(5).date(), at=ago(5), job_role=analyst())
    follow_person(user_id=maya.pk, at=ago(5))
    given.refresh_from_db()
    assert given.ended_because == "The job role is no longer Tablet Operator"


def test_why_people_leave_is_asked_with_as_many_queries_for_many_as_for_one(
    admin: User, requirement: Requirement, django_assert_max_num_queries: Any
) -> None:
    reword(requirement, admin, at=ago(12), grace_days=3)
    counts = []
    for number in range(3):
        operator(f"Person {number}", since=ago(40).date())
        settle_requirement(requirement=requirement, by=admin, at=ago(11), after=FIRST, most=100)
        changed = Requirement.objects.get(pk=requirement.pk)
        with_terms(changed, {"audience": those_with(job_role=analyst().pk)})
        with django_assert_max_num_queries(100) as queries:
            changes = changes_of_requirement(changed, at=ago(10))
        assert len(changes.end) == number + 2
        counts.append(len(queries))
    assert len(set(counts)) == 1
