"""One person and one requirement through whatever may happen: the promises hold after every step."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from courses.queries import outline_of
from enrollment.actions import enroll, follow_person
from enrollment.actions.checking import check_standings
from enrollment.actions.completing import complete_enrollment
from enrollment.actions.extending import ExtensionRefused, extend
from enrollment.actions.learning import record_outcome
from enrollment.actions.moving import MoveRefused, move_to_effective
from enrollment.actions.qualifying import add_task
from enrollment.actions.reminding import take_reminder_steps
from enrollment.actions.standing import restand
from enrollment.actions.waiving import grant_waiver, propose_waiver
from enrollment.choices import Renewal, Standpoint, Status
from enrollment.followers import FIRST
from enrollment.models import Assignment, Completion, Enrollment, ReminderSent, RetrainingDue, Standing
from enrollment.queries import open_enrollment, qualified_at, remindable, standings
from enrollment.rules import Outcome, day_in
from notifications.models import Message
from people import actions as people
from people.choices import AccessRole
from records.choices import Components
from records.models import Certificate
from tests.enrollment.classroom import a_version
from tests.enrollment.workplace import analyst, move, switched_on, write
from tests.factories import BY, make_job_role, make_person, place

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)  # ten in the morning in Basel
ZONE = "Europe/Zurich"


class Crash(Exception):
    """Whatever stops a process in the middle."""


class OnePerson(RuleBasedStateMachine):
    """Maya, who must complete a course within 14 days of entering her role and again every year."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.at = BEGAN
        self.completions = 0
        self.versions = 1
        self.is_operator = True

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    @initialize(renewal=st.sampled_from([Renewal.COURSE, Renewal.COMPLETION, Renewal.EXPIRY, Renewal.CALENDAR]))
    def begin(self, renewal: Renewal) -> None:
        self.admin = make_person(AccessRole.ADMINISTRATOR)
        self.granter = make_person(AccessRole.ADMINISTRATOR)
        self.course = a_version("page", validity_months=12).course
        self.maya = make_person(name="Maya", signs=True)
        place(self.maya, since=self.today)
        terms: dict[str, Any] = {"renewal": renewal}
        if renewal != Renewal.COURSE:
            terms["validity_months"] = 12
        if renewal == Renewal.CALENDAR:
            terms |= {"anchor_month": 3, "anchor_day": 31, "minimum_active_days": 60}
        self.requirement = switched_on(self.course, by=self.admin, at=self.at, **terms)
        self.task = add_task(name="Release a batch", courses=[self.course], by=self.admin, at=BEGAN)

    @property
    def today(self) -> date:
        return day_in(ZONE, self.at)

    # What happens

    @rule(days=st.sampled_from([1, 6, 14, 31, 90, 366]))
    def time_passes(self, days: int) -> None:
        self.at += timedelta(days=days)

    @rule()
    def starts(self) -> None:
        enroll(user=self.maya, course=self.course, by=self.maya, at=self.at)

    @rule(twice=st.booleans())
    def completes(self, twice: bool) -> None:
        enrollment = enroll(user=self.maya, course=self.course, by=self.maya, at=self.at)
        self.sign(enrollment)
        if twice:
            complete_enrollment(enrollment=enrollment, components=Components.ALL, by=self.maya, at=self.at)
        self.completions += 1

    @rule(days=st.sampled_from([0, 10]))
    def is_revised(self, days: int) -> None:
        """A new version takes effect, and whoever learned an older one must learn it."""
        self.versions += 1
        version = a_version("page", course=self.course, number=self.versions, validity_months=12)
        if Completion.objects.filter(user=self.maya).exists():
            due_on = self.today + timedelta(days=days)
            write([
                RetrainingDue(user=self.maya, course=self.course, version=version, effective_on=self.today,
                              due_on=due_on, asked_at=self.at)
            ])  # fmt: skip
            restand(user_ids=[self.maya.pk])

    @precondition(lambda self: self.is_operator)
    @rule(days=st.sampled_from([5, 60]))
    def is_waived(self, days: int) -> None:
        waiver = propose_waiver(
            assignment=Assignment.objects.get(user=self.maya, ended_at=None),
            valid_from=self.today,
            valid_until=self.today + timedelta(days=days),
            reason="on secondment",
            by=self.admin,
            at=self.at,
        )
        grant_waiver(waiver=waiver, by=self.granter, at=self.at, zone=ZONE, components=Components.ALL)

    @precondition(lambda self: self.is_operator)
    @rule(days=st.sampled_from([3, 20]))
    def is_given_more_time(self, days: int) -> None:
        assignment = Assignment.objects.get(user=self.maya, ended_at=None)
        [standing] = standings(at=self.at, user_ids=[self.maya.pk])
        if standing.due_on is None:
            return
        until = max(standing.due_on, self.today) + timedelta(days=days)
        with suppress(ExtensionRefused):
            extend(assignment=assignment, was_due_on=standing.due_on, due_on=until, reason="the press is broken",
                   by=self.admin, at=self.at)  # fmt: skip

    @precondition(lambda self: not self.maya.leaves.filter(valid_until=None).exists())
    @rule(days=st.sampled_from([None, 5, 60]))
    def goes_on_leave(self, days: int | None) -> None:
        until = self.today + timedelta(days=days) if days else None
        if not self.maya.leaves.exclude(valid_until__lte=self.today).exists():
            people.take_leave(
                person=self.maya, valid_from=self.today, valid_until=until, reason="parental leave", by=BY, at=self.at
            )
            self.follow()

    @precondition(lambda self: self.maya.leaves.filter(valid_until=None, valid_from__lt=self.today).exists())
    @rule()
    def returns(self) -> None:
        leave = self.maya.leaves.get(valid_until=None)
        people.return_from_leave(leave=leave, back_on=self.today, by=BY, at=self.at)
        self.follow()

    @rule()
    def moves(self) -> None:
        """She becomes an analyst, of whom nothing is required, or an operator again."""
        held = self.maya.position_on(self.today)
        assert held is not None
        if held.valid_from < self.today:
            self.is_operator = not self.is_operator
            role = make_job_role() if self.is_operator else analyst()
            move(self.maya, since=self.today, at=self.at, job_role=role)
            self.follow()

    @rule(crash=st.booleans())
    def goes_on_with_the_newer_version(self, crash: bool) -> None:
        enrollment = open_enrollment(user_id=self.maya.pk, course_id=self.course.pk)
        if enrollment is None:
            return
        with suppress(MoveRefused, Crash), transaction.atomic():
            moved = move_to_effective(enrollment=enrollment, by=self.maya, at=self.at)
            assert moved.version.number == self.versions
            if crash:
                raise Crash

    @rule()
    def is_followed_again(self) -> None:
        self.follow()

    @rule()
    def is_computed_again(self) -> None:
        assert restand(requirement_ids=[self.requirement.pk]) == 0

    @rule()
    def is_swept_for_reminders_twice(self) -> None:
        for _time in range(2):
            for each in remindable(at=self.at):
                take_reminder_steps(assignment_id=each.assignment_id, at=self.at)

    @rule()
    def crashes_while_it_is_signed(self) -> None:
        enrollment = open_enrollment(user_id=self.maya.pk, course_id=self.course.pk)
        if enrollment is not None:
            with pytest.raises(Crash), transaction.atomic():
                self.sign(enrollment, crash=True)

    def sign(self, enrollment: Enrollment, *, crash: bool = False) -> None:
        for activity in outline_of(enrollment.version_id).activities:
            outcome = Outcome(completed=True)
            record_outcome(enrollment=enrollment, activity_id=activity.id, outcome=outcome, by=self.maya, at=self.at)
        complete_enrollment(enrollment=enrollment, components=Components.ALL, by=self.maya, at=self.at)
        if crash:
            raise Crash

    def follow(self) -> None:
        self.at += timedelta(seconds=1)  # nothing ends in the moment in which it began
        follow_person(user_id=self.maya.pk, at=self.at)

    # What is promised

    @invariant()
    def nothing_that_was_done_is_lost(self) -> None:
        assert Completion.objects.filter(user=self.maya).count() == self.completions
        assert Certificate.objects.filter(holder_id=self.maya.pk).count() == self.completions
        ended = Enrollment.objects.filter(user=self.maya, state="completed").count()
        assert ended == self.completions

    @invariant()
    def it_holds_for_her_once_while_she_belongs_to_it(self) -> None:
        open_ones = Assignment.objects.filter(user=self.maya, ended_at=None).count()
        assert open_ones == int(self.is_operator)
        assert Enrollment.objects.filter(user=self.maya, state="open").count() <= 1
        assert Standing.objects.filter(user=self.maya).count() == open_ones

    @invariant()
    def what_is_open_is_asked_or_her_own(self) -> None:
        asked = Enrollment.objects.filter(user=self.maya, state="open", assignment__isnull=False)
        assert self.is_operator or not asked.exists()

    @invariant()
    def there_is_no_second_chain(self) -> None:
        going_on = Enrollment.objects.filter(user=self.maya, state__in=["open", "cancelled"])
        assert max(Counter(going_on.values_list("version", flat=True)).values(), default=0) <= 1

    @invariant()
    def what_has_moved_has_one_that_goes_on(self) -> None:
        moved = Enrollment.objects.filter(user=self.maya, state="moved")
        assert moved.count() == Enrollment.objects.filter(user=self.maya, moved_from__in=moved).count()

    @invariant()
    def what_is_kept_is_what_the_facts_say(self) -> None:
        _checked, differences, _last = check_standings(after=FIRST, most=1000)
        assert differences == []

    @invariant()
    def nobody_is_reminded_twice_of_the_same(self) -> None:
        steps = Counter(ReminderSent.objects.values_list("assignment", "due_on", "step"))
        assert not [step for step, count in steps.items() if count > 1]
        told = Counter(Message.objects.filter(recipient=self.maya).values_list("once", flat=True))
        assert not [once for once, count in told.items() if count > 1]

    @invariant()
    def who_is_current_is_qualified_and_nobody_else(self) -> None:
        found = standings(at=self.at, user_ids=[self.maya.pk])
        if not found:
            return
        [verdict] = [each.verdict for each in qualified_at(person=self.maya, task=self.task, at=self.at).courses]
        assert (found[0].status == Status.DONE) == (verdict.standpoint == Standpoint.CURRENT)

    @invariant()
    def on_leave_or_waived_nothing_is_overdue(self) -> None:
        away = self.maya.leaves.held_on(self.today).exists()
        waived = [each for each in self.maya.waivers.all() if each.valid_from <= self.today < each.valid_until]
        for standing in standings(at=self.at, user_ids=[self.maya.pk]):
            if away or waived:
                assert standing.status in (Status.DONE, Status.PAUSED, Status.WAIVED)
            else:
                assert standing.status not in (Status.PAUSED, Status.WAIVED)


@pytest.mark.usefixtures("db")
def test_one_person_through_whatever_may_happen() -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OnePerson, settings=settings(max_examples=40, stateful_step_count=20, deadline=None)
    )
