"""Requirements: whom they reach, what switching on makes, and how assignments follow people."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from core.models import Job
from enrollment.actions import (
    ChangedMeanwhile,
    NotADraft,
    NotOn,
    ReachChanged,
    ReasonMissing,
    change_requirement,
    enroll,
    settle_requirement,
    switch_off_requirement,
    switch_on_requirement,
)
from enrollment.actions import requirements as requirement_actions
from enrollment.actions.requirements import NothingChanged, NotOffered, change_in_force, with_terms
from enrollment.choices import CountedFrom, Renewal, RequirementState, Status
from enrollment.followers import FIRST
from enrollment.models import Assignment, Completion, Enrollment, Requirement
from enrollment.queries import changes_of_requirement, outlook_of, reach_key, reached_by
from enrollment.queries.effects import effect_of
from enrollment.rules import those_with
from notifications.models import Message
from people.actions import add_department, deactivate_person
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    analyst,
    complete,
    draft,
    laboratory,
    move,
    newark,
    open_assignments,
    operator,
    rewrite,
    switched_on,
    write,
)
from tests.factories import BY, LONG_AGO, make_department, make_person


def reach(requirement: Requirement, at: datetime = AT) -> dict[str, tuple[date, date, str]]:
    """Return whom a requirement reaches: name to since, due, status."""
    return {each.name: (each.since_on, each.due_on, each.status) for each in outlook_of(requirement, at=at)}


# Whom it reaches


@pytest.mark.requirement("R-80")
def test_reach_is_whoever_holds_the_role_now_with_reason_and_due_day(admin: User) -> None:
    operator("Maya Lindqvist")
    operator("Amara Diallo", since=date(2026, 11, 20))
    operator("Somebody Else", job_role=analyst())
    operator("Not Yet", since=date(2026, 12, 1))
    left = operator("Gone")
    deactivate_person(person=left, by=BY, at=AT, left_on=TODAY, reason="left")
    found = outlook_of(draft(a_course(), by=admin), at=AT)
    assert [(each.name, each.reason, each.reason_about, each.due_on, each.status) for each in found] == [
        (
            "Amara Diallo",
            "Because your job role is Tablet Operator since 20 Nov 2026",
            "Tablet Operator since 20 Nov 2026",
            date(2026, 12, 4),
            Status.TODO,
        ),
        (
            "Maya Lindqvist",
            "Because your job role is Tablet Operator since 3 Nov 2026",
            "Tablet Operator since 3 Nov 2026",
            date(2026, 11, 17),
            Status.LATE,
        ),
    ]


def test_reach_by_site_counts_from_coming_there(admin: User) -> None:
    person = operator("Maya Lindqvist", since=date(2024, 2, 2))
    operator("In Basel")
    move(person, since=date(2026, 11, 20), site=newark())
    found = reached_by(draft(a_course(), by=admin, site=newark()), at=AT)
    assert [(each.name, each.because, each.zone, each.today) for each in found] == [
        (
            "Maya Lindqvist",
            {"job_role": "Tablet Operator", "site": "Newark", "since": "2026-11-20"},
            "America/New_York",
            TODAY,
        )
    ]


def test_reach_by_department_includes_those_below(admin: User) -> None:
    packing = add_department(by=BY, at=LONG_AGO, name="Packing", parent=make_department())
    night = add_department(by=BY, at=LONG_AGO, name="Night shift", parent=packing)
    operator("Above", department=make_department())
    operator("There", department=packing)
    operator("Below", department=night)
    operator("Beside", department=laboratory())
    course = a_course()
    assert set(reach(draft(course, by=admin, department=packing))) == {"There", "Below"}
    assert set(reach(draft(course, by=admin, department=make_department()))) == {"Above", "There", "Below"}


def test_reach_of_everyone_is_every_active_person_with_a_position(admin: User) -> None:
    operator("Maya Lindqvist")
    operator("Ana Costa", job_role=analyst(), site=newark())
    found = reached_by(draft(a_course(), by=admin, job_role=None), at=AT)
    assert [(each.name, each.reason) for each in found] == [
        ("Ana Costa", "Because everyone has it"),
        ("Maya Lindqvist", "Because everyone has it"),
    ]


def test_reach_says_how_each_person_stands(admin: User) -> None:
    course = a_course()
    complete(operator("Current"), course, on=date(2026, 6, 1), valid_until=date(2027, 6, 1))
    complete(operator("Expired"), course, on=date(2024, 6, 1), valid_until=date(2025, 6, 1))
    operator("Late")
    operator("Soon", since=date(2026, 11, 10))
    requirement = draft(course, by=admin)
    assert {name: status for name, (_since, _due, status) in reach(requirement).items()} == {
        "Current": Status.DONE,
        "Expired": Status.EXPIRED,
        "Late": Status.LATE,
        "Soon": Status.SOON,
    }


def test_counting_from_today_makes_nobody_overdue_at_once(admin: User) -> None:
    operator("Maya Lindqvist", since=date(2024, 2, 2))
    requirement = draft(a_course(), by=admin, counted_from=CountedFrom.SWITCH_ON)
    assert reach(requirement) == {"Maya Lindqvist": (date(2024, 2, 2), date(2026, 12, 7), Status.TODO)}


def test_reach_asks_as_often_for_three_people_as_for_one(admin: User, django_assert_num_queries) -> None:
    requirement = draft(a_course(), by=admin, department=make_department())
    operator("One")
    with django_assert_num_queries(6):
        assert len(outlook_of(requirement, at=AT)) == 1
    for name in ("Two", "Three"):
        complete(operator(name), requirement.course, on=date(2026, 6, 1))
    with django_assert_num_queries(6):
        assert len(outlook_of(requirement, at=AT)) == 3


def test_key_of_a_reach_changes_with_people_and_days(admin: User) -> None:
    operator("One")
    requirement = draft(a_course(), by=admin)
    before = reach_key(reached_by(requirement, at=AT))
    assert reach_key(reached_by(requirement, at=AT + timedelta(days=1))) == before
    requirement.due_within_days = 15
    other_day = reach_key(reached_by(requirement, at=AT))
    requirement.due_within_days = 14
    operator("Two")
    assert len({before, other_day, reach_key(reached_by(requirement, at=AT))}) == 3


# Drafts


def test_draft_is_numbered_and_told_as_a_sentence(admin: User) -> None:
    requirement = draft(a_course(), by=admin, validity_months=12)
    fact = Event.objects.filter(kind="fact").latest("id")
    assert requirement.number >= 101
    assert fact.sentence == (
        f"Tomás Ferreira drafted requirement R-{requirement.number}: People whose job role is Tablet Operator must "
        "complete Electronic records and signatures within 14 days of entering the role, and again every 12 months"
    )
    assert not Assignment.objects.exists()


def test_change_of_a_draft_is_kept_and_counted(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    changed = change_requirement(requirement=requirement, by=admin, at=AT, revision=1, due_within_days=30)
    assert (changed.due_within_days, changed.revision, changed.edited_at, changed.edited_by) == (30, 2, AT, admin)
    assert Event.objects.filter(kind="fact").latest("id").verb == "enrollment.requirement_changed"


def test_change_to_the_same_is_not_written(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    before = Event.objects.count()
    same = change_requirement(requirement=requirement, by=admin, at=AT, revision=1, due_within_days=14)
    assert (same.revision, Event.objects.count()) == (1, before)


def test_change_of_what_was_changed_meanwhile_is_refused_whoever_changed_it(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    other = make_person(AccessRole.ADMINISTRATOR)
    change_requirement(requirement=requirement, by=other, at=AT, revision=1, due_within_days=30)
    for person in (admin, other):
        with pytest.raises(ChangedMeanwhile) as refusal:
            change_requirement(requirement=requirement, by=person, at=AT, revision=1, due_within_days=60)
        assert refusal.value.requirement.due_within_days == 30
    assert change_requirement(requirement=requirement, by=other, at=AT, revision=2, due_within_days=90).revision == 3


def test_unknown_term_is_refused(admin: User) -> None:
    with pytest.raises(ValueError, match="not a term: state"):
        change_requirement(requirement=draft(a_course(), by=admin), by=admin, at=AT, state="on")


# Switching on


def test_what_was_changed_meanwhile_is_not_switched_on(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    change_requirement(requirement=requirement, by=admin, at=AT, revision=1, grace_days=7)
    with pytest.raises(ChangedMeanwhile):
        switch_on_requirement(requirement=requirement, by=admin, at=AT, revision=1)
    assert Requirement.objects.get().state == RequirementState.DRAFT


@pytest.mark.requirement("R-80")
def test_switching_on_gives_it_to_exactly_those_who_were_shown(admin: User) -> None:
    course = a_course()
    complete(operator("Current"), course, on=date(2026, 6, 1))
    for name, since in (("Maya", date(2026, 11, 3)), ("Rosa", date(2026, 11, 16)), ("Amara", date(2024, 2, 2))):
        operator(name, since=since)
    operator("Somebody Else", job_role=analyst())
    requirement = draft(course, by=admin)
    shown = reached_by(requirement, at=AT)
    people = switch_on_requirement(requirement=requirement, by=admin, at=AT, expected=reach_key(shown))
    rows = Assignment.objects.filter(requirement=requirement).order_by("user__name")
    assert people == len(shown) == 4
    assert [(row.user_id, row.course_id, row.since_on, row.because, row.due_on, row.zone) for row in rows] == [
        (each.user_id, course.pk, each.since_on, each.because, each.first_due_on, each.zone) for each in shown
    ]
    assert {(row.assigned_at, row.ended_at) for row in rows} == {(AT, None)}
    requirement.refresh_from_db()
    assert (requirement.state, requirement.switched_on_at, requirement.switched_on_by) == ("on", AT, admin)


@pytest.mark.requirement("R-80")
def test_switching_on_is_told_in_the_trail_for_each_person(admin: User) -> None:
    maya = operator("Maya")
    operator("Rosa")
    requirement = switched_on(a_course(), by=admin)
    facts = Event.objects.filter(kind="fact", verb__startswith="enrollment.").order_by("id")
    assert [fact.verb for fact in facts] == [
        "enrollment.requirement_created",
        "enrollment.requirement_switched_on",
        "enrollment.assigned",
        "enrollment.assigned",
        "enrollment.assigned_many",
    ]
    switched = facts[1]
    assert switched.sentence == f"Tomás Ferreira switched on requirement R-{requirement.number} for 2 people"
    assert switched.reason == "CAPA 2026-117: signatures on line clearance"
    own = facts.get(person_id=maya.pk)
    assert own.sentence == (
        "Requirement given: Electronic records and signatures. Tablet Operator since 3 Nov 2026, due 17 Nov 2026"
    )
    captured = Event.objects.filter(kind="capture", subject_type="enrollment_assignment")
    assert {capture.fact_id for capture in captured} == {facts[4].pk}
    assert captured.count() == 2


def test_switching_on_tells_those_who_have_something_to_do(admin: User) -> None:
    course = a_course()
    complete(operator("Current"), course, on=date(2026, 6, 1))
    operator("Maya")
    operator("Rosa", since=date(2026, 11, 16))
    switched_on(course, by=admin)
    messages = Message.objects.filter(kind="enrollment.assigned").order_by("recipient__name")
    assert list(messages.values_list("recipient__name", "subject", "glyph")) == [
        ("Maya", "New training: Electronic records and signatures", "late"),
        ("Rosa", "New training: Electronic records and signatures", "todo"),
    ]
    assert messages[0].body == (
        "Because your job role is Tablet Operator since 3 Nov 2026.\n\n"
        "It was due on Tuesday 17 November 2026, 6 days ago."
    )
    assert messages[1].body == (
        "Because your job role is Tablet Operator since 16 Nov 2026.\n\n"
        "Due in 7 days, by the end of Monday 30 November 2026 at your site."
    )
    assert {each.mail_state for each in messages} == {"gathered"}


def test_switching_on_what_reaches_others_than_shown_is_refused(admin: User) -> None:
    operator("Maya")
    requirement = draft(a_course(), by=admin)
    shown = reach_key(reached_by(requirement, at=AT))
    operator("Rosa")
    with pytest.raises(ReachChanged, match="has changed since it was shown"):
        switch_on_requirement(requirement=requirement, by=admin, at=AT, expected=shown)
    assert not Assignment.objects.exists()
    assert Requirement.objects.get().state == RequirementState.DRAFT
    assert switch_on_requirement(requirement=requirement, by=admin, at=AT) == 2


def test_switching_on_needs_a_reason_and_a_course_that_can_be_taken(admin: User) -> None:
    operator("Maya")
    course = a_course()
    without_reason = draft(course, by=admin, reason="SOP")
    with pytest.raises(ReasonMissing):
        switch_on_requirement(requirement=without_reason, by=admin, at=AT)
    change_requirement(requirement=without_reason, by=admin, at=AT, reason="CAPA 2026-117")
    rewrite(course.versions.all(), state="retired", ended_at=AT)
    with pytest.raises(NotOffered):
        switch_on_requirement(requirement=without_reason, by=admin, at=AT)
    assert not Assignment.objects.exists()


def test_requirement_is_switched_on_once_and_keeps_its_terms(admin: User) -> None:
    operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    with pytest.raises(NotADraft):
        switch_on_requirement(requirement=requirement, by=admin, at=AT)
    with pytest.raises(NotADraft):
        change_requirement(requirement=requirement, by=admin, at=AT, due_within_days=30)
    assert Assignment.objects.count() == 1


def test_many_are_given_it_by_a_job_that_goes_on_where_it_stopped(
    admin: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    monkeypatch.setattr(requirement_actions, "AT_ONCE", 2)
    monkeypatch.setattr("enrollment.followers.A_BATCH", 2)
    for name in ("Maya", "Rosa", "Amara", "Tom", "Kenji"):
        operator(name)
    with django_capture_on_commit_callbacks() as wakes:
        requirement = draft(a_course(), by=admin)
        assert switch_on_requirement(requirement=requirement, by=admin, at=AT) == 5
        assert not Assignment.objects.exists()
    given, _last = settle_requirement(requirement=requirement, by=admin, at=AT, after=FIRST, most=2)
    assert given == 2  # by a worker that died after its first batch
    for wake in wakes:
        wake()
    assert set(open_assignments(requirement)) == {"Maya", "Rosa", "Amara", "Tom", "Kenji"}
    assert Message.objects.filter(kind="enrollment.assigned").count() == 5
    job = Job.objects.get()
    assert (job.state, job.percent, job.owner_id) == ("done", 100, admin.pk)
    told = Message.objects.get(kind="enrollment.given_to_all")
    assert (told.recipient, told.path) == (admin, f"/requirements/{requirement.pk}/")
    assert told.body == "5 people have Electronic records and signatures now, and each is told why."


# Switching off


def test_switching_off_ends_what_is_open_and_keeps_what_is_done(admin: User) -> None:
    maya = operator("Maya")
    operator("Rosa")
    course = a_course()
    requirement = switched_on(course, by=admin)
    completion = complete(maya, course, on=TODAY)
    later = AT + timedelta(days=2)
    assert switch_off_requirement(requirement=requirement, by=admin, at=later, reason="Replaced by R-130") == 2
    requirement.refresh_from_db()
    assert (requirement.state, requirement.switched_off_at, requirement.off_reason) == (
        "off",
        later,
        "Replaced by R-130",
    )
    ended = Assignment.objects.filter(requirement=requirement)
    assert {(row.ended_at, row.ended_because) for row in ended} == {(later, f"R-{requirement.number} was switched off")}
    assert Completion.objects.get() == completion
    fact = Event.objects.filter(verb="enrollment.requirement_switched_off").get()
    assert fact.reason == "Replaced by R-130"
    assert Event.objects.filter(verb="enrollment.assignment_ended", person_id=maya.pk).exists()


def test_switching_off_needs_a_reason_and_a_requirement_that_is_on(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    with pytest.raises(NotOn):
        switch_off_requirement(requirement=requirement, by=admin, at=AT, reason="Not needed")
    switch_on_requirement(requirement=requirement, by=admin, at=AT)
    with pytest.raises(ReasonMissing):
        switch_off_requirement(requirement=requirement, by=admin, at=AT, reason="over")
    assert Requirement.objects.get().state == RequirementState.ON


# What the database refuses


def test_second_open_assignment_is_refused(admin: User) -> None:
    operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    first = open_assignments(requirement)["Maya"]
    second = Assignment(
        requirement=requirement,
        user=first.user,
        course=requirement.course,
        since_on=first.since_on,
        because={},
        due_on=first.due_on,
        zone=first.zone,
        assigned_at=AT,
    )
    with pytest.raises(IntegrityError, match="assignment_once_while_open"):
        write([second])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"due_within_days": 30}, "do not change without a new number"),
        ({"number": 7}, "switched on does not change"),
        ({"state": "draft"}, "requirement_state_dated"),
        ({"state": "gone"}, "requirement_state_known|requirement_state_dated"),
        ({"state": "off"}, "requirement_off_dated"),
        ({"switched_off_at": AT}, "requirement_switched_off_by_somebody|requirement_off_dated"),
        ({"edited_at": AT}, "requirement_edited_by_somebody"),
    ],
)
def test_requirement_in_force_does_not_change(admin: User, change: dict[str, object], message: str) -> None:
    requirement = switched_on(a_course(), by=admin)
    with pytest.raises(DatabaseError, match=message):
        rewrite(Requirement.objects.filter(pk=requirement.pk), **change)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"due_within_days": 4000}, "requirement_due_within_ten_years"),
        ({"validity_months": 0, "renewal": "completion"}, "requirement_validity_one_to_120_months"),
        ({"validity_months": 12}, "requirement_renewal_every_so_often"),
        ({"renewal": "expiry"}, "requirement_renewal_every_so_often"),
        ({"renewal": "sometimes", "validity_months": 12}, "requirement_renewal_known|renewal_every_so_often"),
        ({"renewal": "calendar", "validity_months": 12}, "requirement_anchor_of_the_year"),
        ({"anchor_month": 3}, "requirement_anchor_of_the_year"),
        ({"counted_from": "fixed"}, "requirement_fixed_day_set"),
        ({"due_fixed_on": TODAY}, "requirement_fixed_day_set"),
        ({"due_within_days": -1}, "requirement_due_before_a_version_only"),
        ({"grace_days": 366}, "requirement_days_in_bounds"),
        ({"counted_from": "birth"}, "requirement_counted_from_known"),
    ],
)
def test_terms_out_of_bounds_are_refused(admin: User, terms: dict[str, object], message: str) -> None:
    requirement = draft(a_course(), by=admin)
    with pytest.raises(IntegrityError, match=message):
        rewrite(Requirement.objects.filter(pk=requirement.pk), **terms)


def test_ended_assignment_does_not_change_or_move_to_another_person(admin: User) -> None:
    operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    other = make_person()
    for change, message in (({"user": other}, "stays with its person"), ({"ended_at": AT}, "ends_after_it_begins")):
        with pytest.raises(DatabaseError, match=message):
            rewrite(Assignment.objects.all(), **change)
    switch_off_requirement(requirement=requirement, by=admin, at=AT + timedelta(days=1), reason="Not needed")
    with pytest.raises(DatabaseError, match="has ended does not change"):
        rewrite(Assignment.objects.all(), ended_at=None)


def test_assignment_without_a_fact_is_refused(admin: User) -> None:
    operator("Maya")
    first = open_assignments(switched_on(a_course(), by=admin))["Maya"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('attest.fact', '', false)")  # as in a transaction of its own
    with pytest.raises(DatabaseError, match="needs a fact in the same transaction"), transaction.atomic():
        Assignment.objects.filter(pk=first.pk).update(due_on=TODAY)


# Changing what is in force

LATER = AT + timedelta(hours=1)


def due_days(requirement: Requirement) -> dict[str, date]:
    return {name: assignment.due_on for name, assignment in open_assignments(requirement).items()}


def test_a_change_in_force_gives_ends_and_moves_exactly_what_was_shown(admin: User) -> None:
    operator("Maya")
    operator("Rosa", department=laboratory())
    requirement = switched_on(a_course(), by=admin)
    assert set(open_assignments(requirement)) == {"Maya", "Rosa"}
    tom = operator("Tom", job_role=analyst(), department=laboratory())
    terms = {"audience": those_with(department=laboratory().pk), "due_within_days": 30}
    with_terms(requirement, terms)
    shown = effect_of(changes_of_requirement(requirement, at=LATER))
    assert [line.name for line in shown.gains] == ["Tom"]
    assert [(line.name, line.words) for line in shown.loses] == [
        ("Maya", f"R-{requirement.number} was changed: it is for other departments now")
    ]
    assert [(line.name, line.was_due_on, line.due_on) for line in shown.moves] == [
        ("Rosa", date(2026, 11, 17), date(2026, 12, 3))
    ]
    assert shown.minutes == 4
    requirement.refresh_from_db()
    count = change_in_force(
        requirement=requirement,
        by=admin,
        at=LATER,
        reason="CAPA 17",
        number=1,
        expected=shown.key,
        **terms,
    )
    assert count == shown.people == 3
    assert due_days(requirement) == {"Rosa": date(2026, 12, 3), "Tom": date(2026, 12, 3)}
    requirement.refresh_from_db()
    assert requirement.terms_number == 2
    assert [(each.number, each.reason) for each in requirement.wordings.order_by("number")][1] == (2, "CAPA 17")
    assert tom.assignments.get().standing.due_on == date(2026, 12, 3)
    assert Event.objects.filter(verb="enrollment.requirement_reworded").count() == 1


def test_a_change_counts_whom_it_changes_something_for_as_it_was_shown(admin: User) -> None:
    """Whoever has completed it is due on no other day, though their assignment has another one."""
    maya, rosa = operator("Maya"), operator("Rosa")
    requirement = switched_on(a_course(), by=admin)
    complete(maya, requirement.course, on=date(2026, 11, 10))
    with_terms(requirement, {"due_within_days": 30})
    shown = effect_of(changes_of_requirement(requirement, at=AT))
    assert [line.name for line in shown.moves] == [rosa.name]
    requirement.refresh_from_db()
    told = {"reason": "CAPA 17", "expected": shown.key, "due_within_days": 30}
    assert change_in_force(requirement=requirement, by=admin, at=AT, **told) == shown.people == 1
    fact = Event.objects.get(verb="enrollment.requirement_reworded")
    assert f"changed requirement R-{requirement.number} in force, for 1 person" in fact.sentence


def test_a_change_of_a_rule_that_is_not_due_first_moves_nothing(admin: User) -> None:
    course = a_course()
    operator("Maya")
    switched_on(course, by=admin, due_within_days=25)
    other = switched_on(course, by=admin, due_within_days=60)
    assert change_in_force(requirement=other, by=admin, at=AT, reason="More time for it", due_within_days=90) == 0
    with_terms(other, {"due_within_days": 10})
    [line] = effect_of(changes_of_requirement(other, at=AT)).moves
    assert (line.was_due_on, line.due_on) == (date(2026, 11, 28), date(2026, 11, 13))


def test_who_is_overdue_by_another_rule_is_counted_as_overdue(admin: User) -> None:
    """One rule no longer holds; another one of the same training does, and its day has passed."""
    course = a_course()
    operator("Maya", since=date(2026, 9, 1))
    narrow = switched_on(course, by=admin, due_within_days=14)
    switched_on(course, by=admin, due_within_days=21)
    with_terms(narrow, {"audience": those_with(job_role=analyst().pk)})
    effect = effect_of(changes_of_requirement(narrow, at=AT))
    assert ([line.due_on for line in effect.moves], effect.missed) == ([date(2026, 9, 22)], 1)


def test_a_change_of_renewal_alone_makes_everyone_stand_anew(admin: User) -> None:
    maya = operator("Maya")
    requirement = switched_on(a_course(), by=admin)
    complete(maya, requirement.course, on=date(2026, 11, 10))
    standing = maya.assignments.get().standing
    assert standing.valid_until is None
    change_in_force(
        requirement=requirement, by=admin, at=AT, reason="Every year", validity_months=12, renewal=Renewal.COMPLETION
    )
    standing.refresh_from_db()
    assert standing.valid_until == date(2027, 11, 10)


def test_a_change_in_force_is_refused_in_words(admin: User) -> None:
    operator("Maya")
    requirement = draft(a_course(), by=admin)
    with pytest.raises(NotOn):
        change_in_force(requirement=requirement, by=admin, at=AT, reason="for a test", due_within_days=30)
    switch_on_requirement(requirement=requirement, by=admin, at=AT)
    with pytest.raises(ReasonMissing):
        change_in_force(requirement=requirement, by=admin, at=AT, reason=" ", due_within_days=30)
    with pytest.raises(NothingChanged):
        change_in_force(requirement=requirement, by=admin, at=AT, reason="for a test", due_within_days=14)
    with pytest.raises(ReachChanged):
        change_in_force(
            requirement=requirement, by=admin, at=AT, reason="for a test", due_within_days=30, expected="other"
        )
    change_in_force(requirement=requirement, by=admin, at=AT, reason="for a test", due_within_days=30, number=1)
    with pytest.raises(ChangedMeanwhile):
        change_in_force(requirement=requirement, by=admin, at=AT, reason="for a test", due_within_days=60, number=1)


def test_a_change_for_many_is_made_by_a_job(
    admin: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    for name in ("Maya", "Rosa", "Amara", "Tom", "Kenji"):
        operator(name, department=laboratory() if name in ("Tom", "Kenji") else make_department())
    requirement = switched_on(a_course(), by=admin)
    monkeypatch.setattr(requirement_actions, "AT_ONCE", 2)
    monkeypatch.setattr("enrollment.followers.A_BATCH", 2)
    monkeypatch.setattr("enrollment.followers.now", lambda: LATER)
    with django_capture_on_commit_callbacks(execute=True):
        terms = {"audience": those_with(department=laboratory().pk), "due_within_days": 30}
        assert change_in_force(requirement=requirement, by=admin, at=AT, reason="for a test", **terms) == 5
    assert due_days(requirement) == {"Tom": date(2026, 12, 3), "Kenji": date(2026, 12, 3)}
    assert Job.objects.get().state == "done"


def test_a_refresher_that_is_dropped_ends_for_many_too(
    admin: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    refresher, kept = a_course("Refresher"), a_course("Kept")
    people = [operator(f"Person {n}", department=make_department()) for n in range(4)]
    gone = operator("Gone", department=laboratory())
    own = operator("Own will", department=make_department())
    begun = {"Own will": enroll(user=own, course=refresher, by=own, at=AT)}
    requirement = switched_on(a_course(), by=admin, refreshers=[refresher.pk, kept.pk], validity_months=12)
    begun |= {each.name: enroll(user=each, course=refresher, by=each, at=AT) for each in [*people, gone]}
    staying = enroll(user=people[0], course=kept, by=people[0], at=AT)
    monkeypatch.setattr(requirement_actions, "AT_ONCE", 2)
    monkeypatch.setattr("enrollment.followers.A_BATCH", 2)
    monkeypatch.setattr("enrollment.followers.now", lambda: LATER)
    narrowed = {"audience": those_with(department=make_department().pk), "refreshers": [kept.pk]}
    with django_capture_on_commit_callbacks(execute=True):
        change_in_force(requirement=requirement, by=admin, at=LATER, reason="for a test", **narrowed)
    assert Job.objects.get().state == "done"
    states = {name: Enrollment.objects.get(pk=each.pk).state for name, each in begun.items()}
    assert states == {"Own will": "open", "Gone": "cancelled", **{each.name: "cancelled" for each in people}}
    staying.refresh_from_db()
    assert staying.state == "open"


def test_a_refresher_that_is_dropped_ends_for_who_leaves_with_it(admin: User) -> None:
    tom = operator("Tom", department=laboratory())
    refresher = a_course("Refresher")
    requirement = switched_on(a_course(), by=admin, refreshers=[refresher.pk], validity_months=12)
    begun = enroll(user=tom, course=refresher, by=tom, at=AT)
    narrowed = {"audience": those_with(department=make_department().pk), "refreshers": []}
    change_in_force(requirement=requirement, by=admin, at=LATER, reason="for a test", **narrowed)
    begun.refresh_from_db()
    assert begun.state == "cancelled"


def test_a_refresher_that_is_dropped_ends_for_who_began_it(admin: User) -> None:
    maya = operator("Maya")
    refresher = a_course("Refresher")
    requirement = switched_on(a_course(), by=admin, refreshers=[refresher.pk], validity_months=12)
    begun = enroll(user=maya, course=refresher, by=maya, at=AT)
    assert begun.assignment is not None
    change_in_force(requirement=requirement, by=admin, at=LATER, reason="for a test", refreshers=[])
    begun.refresh_from_db()
    assert (begun.state, begun.ended_because) == ("cancelled", f"R-{requirement.number} no longer asks for it")
