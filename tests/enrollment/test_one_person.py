"""One person and one requirement through whatever may happen: the promises hold after every step."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from typing import Any
from unittest.mock import patch

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

from core.tasks import run_waiting_jobs
from courses.actions import start_new_version
from courses.choices import Retraining
from courses.models import CourseVersion
from courses.queries import outline_of
from enrollment.actions import enroll, follow_person, settle_requirement
from enrollment.actions.checking import check_standings
from enrollment.actions.completing import complete_enrollment
from enrollment.actions.extending import extend
from enrollment.actions.learning import record_outcome
from enrollment.actions.moving import MoveRefused, move_to_effective
from enrollment.actions.qualifying import add_task
from enrollment.actions.reminding import take_reminder_steps
from enrollment.actions.requirements import NothingChanged, change_in_force
from enrollment.actions.retraining import ask_to_retrain
from enrollment.actions.standing import restand
from enrollment.actions.waiving import grant_waiver, propose_waiver, withdraw_waiver
from enrollment.choices import Renewal, Standpoint, Status
from enrollment.followers import FIRST
from enrollment.models import Assignment, Completion, Enrollment, ReminderSent, Standing
from enrollment.queries import open_enrollment, qualified_at, remindable, standings
from enrollment.queries.obligations import Given, asked_by, obligations_of
from enrollment.rules import Obligation, Outcome, day_in
from notifications.models import Message
from people import actions as people
from people.choices import AccessRole
from people.models import Leave, User
from records.actions import revoke_certificate
from records.choices import Components
from records.models import Certificate, Event, FactDelivery
from tests.enrollment.notebook import A_DAY, AT_LEAST, SOON, WINDOW, Away, Done, Notebook
from tests.enrollment.workplace import analyst, deliver, move, switched_on
from tests.factories import BY, make_draft, make_effective, make_job_role, make_person, place

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)  # ten in the morning in Basel
ZONE = "Europe/Zurich"
Then = tuple[int | None, int]
# One of the next days that matter, the day before or after, or so many days from today.
TIME_PASSES = st.tuples(st.integers(0, 5), st.sampled_from([0, 1, -1])) | st.tuples(
    st.none(), st.sampled_from([0, 0, 0, 3, 25, 120])
)
FOLLOWERS = ("enrollment.followers.now", "core.tasks.now")


class Crash(Exception):
    """Whatever stops a process in the middle."""


def step(**drawn: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a rule of something that happens; then time passes: none, some days, or until a day that matters."""

    def decorate(happens: Callable[..., None]) -> Any:
        @wraps(happens)
        def happens_and_time_passes(machine: OnePerson, then: Then, **values: Any) -> None:
            happens(machine, **values)
            machine.wait(then)

        return rule(then=TIME_PASSES, **drawn)(happens_and_time_passes)

    return decorate


class OnePerson(RuleBasedStateMachine):
    """Maya, who must complete a course within 14 days of entering her role and again every year."""

    admin: User
    granter: User
    approver: User
    first: CourseVersion

    @classmethod
    def furnish(cls) -> None:
        """Make what every run begins with."""
        cls.admin, cls.granter = make_person(AccessRole.ADMINISTRATOR), make_person(AccessRole.ADMINISTRATOR)
        cls.approver = make_person(AccessRole.APPROVER, signs=True)
        cls.first = make_effective(make_draft(validity_months=12), approver=cls.approver)
        deliver()

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.at = BEGAN
        self.answered: list[tuple[datetime, Given, Obligation]] = []
        self.clocks = [patch(name, lambda: self.at) for name in FOLLOWERS]
        for clock in self.clocks:
            clock.start()

    def teardown(self) -> None:
        try:
            self.what_is_asked_as_it_was_known_is_what_was_answered_then()
        finally:
            for clock in self.clocks:
                clock.stop()
            transaction.set_rollback(True)
            self.outer.__exit__(None, None, None)

    def what_is_asked_as_it_was_known_is_what_was_answered_then(self) -> None:
        for known_at, given, answer in self.answered:
            assert self.stood(given, known_at) == answer, known_at

    @initialize(
        renewal=st.sampled_from([Renewal.COURSE, Renewal.COMPLETION, Renewal.EXPIRY, Renewal.CALENDAR]),
        is_trained=st.booleans(),
    )
    def it_is_required(self, renewal: Renewal, is_trained: bool) -> None:
        self.version, self.course = self.first, self.first.course
        self.maya = make_person(name="Maya", signs=True)
        place(self.maya, since=self.today)
        self.held_since = self.today
        self.notes = Notebook(renewal, since=self.today)
        terms: dict[str, Any] = {"renewal": renewal}
        if renewal != Renewal.COURSE:
            terms["validity_months"] = 12
        if renewal == Renewal.CALENDAR:
            terms |= {"anchor_month": 3, "anchor_day": 31, "minimum_active_days": AT_LEAST.days}
        self.requirement = switched_on(self.course, by=self.admin, at=self.at, **terms)
        self.task = add_task(name="Release a batch", courses=[self.course], by=self.admin, at=BEGAN)
        self.facts_reach_their_followers()
        if is_trained:
            self.complete()

    @property
    def today(self) -> date:
        return day_in(ZONE, self.at)

    @property
    def is_operator(self) -> bool:
        return self.notes.since is not None

    @property
    def is_away(self) -> bool:
        return self.notes.is_away(self.today)

    # What happens

    @step()
    def nothing_happens(self) -> None:
        """Only time passes."""

    @precondition(lambda self: self.is_operator and not self.notes.began)
    @step()
    def starts(self) -> None:
        enroll(user=self.maya, course=self.course, by=self.maya, at=self.at)
        self.begins()

    @step(twice=st.booleans())
    def completes(self, twice: bool) -> None:
        enrollment = self.complete()
        if twice:
            complete_enrollment(enrollment=enrollment, components=Components.ALL, by=self.maya, at=self.at)

    @precondition(lambda self: self.is_operator and self.notes.counting)
    @step(within=st.sampled_from([0, 10, 30]))
    def the_course_is_revised(self, within: int) -> None:
        self.revise(within)

    @precondition(lambda self: self.is_operator)
    @step(within=st.sampled_from([10, 30]), days=st.sampled_from([1, 20, 320]))
    def completes_and_later_it_is_revised(self, within: int, days: int) -> None:
        self.complete()
        self.at += timedelta(days=days)
        self.revise(within)

    @precondition(lambda self: self.notes.counting)
    @step(which=st.integers(0, 3))
    def a_certificate_is_revoked(self, which: int) -> None:
        done = self.notes.counting[max(-1 - which, -len(self.notes.counting))]
        completions = Completion.objects.filter(user=self.maya).order_by("completed_at", "id")
        completion = completions[self.notes.done.index(done)]
        certificate = Certificate.objects.get(completion_id=completion.pk)
        revoke_certificate(certificate=certificate, by=self.admin, at=self.at, reason="Signed by mistake")
        done.counts = False
        self.facts_reach_their_followers()

    @precondition(lambda self: self.is_operator and not self.is_away)
    @step(days=st.sampled_from([5, 60]), withdrawn_after=st.sampled_from([None, 2]))
    def is_waived(self, days: int, withdrawn_after: int | None) -> None:
        waiver = propose_waiver(
            assignment=self.assignment,
            valid_from=self.today,
            valid_until=self.today + timedelta(days=days),
            reason="on secondment",
            by=self.admin,
            at=self.at,
        )
        grant_waiver(waiver=waiver, by=self.granter, at=self.at, zone=ZONE, components=Components.ALL)
        self.notes.waivers.append(Away(waiver.valid_from, waiver.valid_until))
        if withdrawn_after:
            self.at += timedelta(days=withdrawn_after)
            withdraw_waiver(waiver=waiver, by=self.admin, at=self.at, reason="back from secondment")
            self.notes.waivers[-1].until = self.today

    @precondition(lambda self: self.may_get_time())
    @step(days=st.sampled_from([3, 20]))
    def is_given_more_time(self, days: int) -> None:
        [standing] = self.standings()
        until = max(standing.due_on or self.today, self.today) + timedelta(days=days)
        extend(assignment=self.assignment, was_due_on=standing.due_on or self.today, due_on=until,
               reason="the press is broken", by=self.admin, at=self.at)  # fmt: skip
        self.notes.times_given += 1
        self.notes.granted = until

    @precondition(lambda self: self.is_operator)
    @step(days=st.sampled_from([5, 14, 60]))
    def the_rule_is_changed(self, days: int) -> None:
        self.at += timedelta(seconds=1)
        with suppress(NothingChanged):
            change_in_force(requirement=self.requirement, by=self.admin, at=self.at, reason="Audit finding 7",
                            due_within_days=days)  # fmt: skip
        self.notes.within = timedelta(days=days)

    @precondition(lambda self: not any(each.has(self.today) for each in self.notes.leaves))
    @step(days=st.sampled_from([None, 5, 60]))
    def goes_on_leave(self, days: int | None) -> None:
        until = self.today + timedelta(days=days) if days else None
        people.take_leave(
            person=self.maya, valid_from=self.today, valid_until=until, reason="parental leave", by=BY, at=self.at
        )
        self.notes.leaves.append(Away(self.today, until))
        self.facts_reach_their_followers()

    @precondition(lambda self: any(each.has(self.today) and each.first < self.today for each in self.notes.leaves))
    @step()
    def returns(self) -> None:
        [noted] = [each for each in self.notes.leaves if each.has(self.today)]
        leave = Leave.objects.in_force().get(user=self.maya, valid_from=noted.first)
        people.return_from_leave(leave=leave, back_on=self.today, by=BY, at=self.at)
        noted.until = self.today
        self.facts_reach_their_followers()

    @precondition(lambda self: self.notes.leaves)
    @step()
    def leave_was_a_mistake(self) -> None:
        noted = self.notes.leaves.pop()
        leave = Leave.objects.in_force().get(user=self.maya, valid_from=noted.first)
        people.withdraw_leave(leave=leave, reason="another Maya", by=BY, at=self.at)
        self.facts_reach_their_followers()

    @precondition(lambda self: self.is_operator and self.held_since < self.today)
    @step()
    def becomes_an_analyst(self) -> None:
        """She moves to where nothing is required of her."""
        self.take_role(analyst())
        self.notes.since, self.notes.times_given, self.notes.granted = None, 0, None
        if self.notes.began:
            self.notes.began, self.notes.left_off = False, self.notes.began_version

    @precondition(lambda self: not self.is_operator and self.held_since < self.today)
    @step()
    def becomes_an_operator_again(self) -> None:
        self.take_role(make_job_role())
        self.notes.since = self.today
        if self.notes.left_off == self.version.number:  # she goes on where she was
            self.begins()

    @precondition(lambda self: self.notes.began)
    @step(crash=st.booleans())
    def goes_on_with_the_newer_version(self, crash: bool) -> None:
        enrollment = open_enrollment(user_id=self.maya.pk, course_id=self.course.pk)
        assert enrollment is not None
        with suppress(MoveRefused, Crash), transaction.atomic():
            moved = move_to_effective(enrollment=enrollment, by=self.maya, at=self.at)
            assert moved.version == self.version
            if crash:
                raise Crash
            self.begins()

    @precondition(lambda self: self.is_operator)
    @step()
    def everything_is_done_again(self) -> None:
        """A job, a follower and the sweep run twice, as after a crash or a message that came twice."""
        for assignment_id in remindable(at=self.at):
            take_reminder_steps(assignment_id=assignment_id, at=self.at)
        before = Event.objects.count(), Message.objects.count()
        follow_person(user_id=self.maya.pk, at=self.at)
        settle_requirement(requirement=self.requirement, by=self.admin, at=self.at, after=FIRST, most=100)
        ask_to_retrain(version_id=self.version.pk, at=self.at, after=FIRST, most=100)
        for assignment_id in remindable(at=self.at):
            take_reminder_steps(assignment_id=assignment_id, at=self.at)
        assert remindable(at=self.at) == []
        assert restand(requirement_ids=[self.requirement.pk]) == 0
        assert (Event.objects.count(), Message.objects.count()) == before

    @precondition(lambda self: self.notes.began)
    @step()
    def crashes_while_it_is_signed(self) -> None:
        enrollment = open_enrollment(user_id=self.maya.pk, course_id=self.course.pk)
        assert enrollment is not None
        with pytest.raises(Crash):
            self.sign_and_crash(enrollment)

    # How it happens

    def wait(self, then: Then) -> None:
        """Let time pass until a day on which something changes by itself, or so many days from today or that one."""
        which, days = then
        coming = [day for day in self.days_that_matter() if day > self.today]
        until = coming[min(which, len(coming) - 1)] if coming and which is not None else self.today
        self.at += max(until - self.today + timedelta(days=days), timedelta(0))

    def complete(self) -> Enrollment:
        enrollment = enroll(user=self.maya, course=self.course, by=self.maya, at=self.at)
        self.sign(enrollment)
        number = CourseVersion.objects.values_list("number", flat=True).get(pk=enrollment.version_id)
        until = Completion.objects.get(enrollment=enrollment).valid_until
        assert until is not None
        self.notes.done.append(Done(self.today, number, until, was_required=self.is_operator))
        self.notes.began, self.notes.left_off, self.notes.granted = False, 0, None
        return enrollment

    def begins(self) -> None:
        self.notes.began, self.notes.began_version, self.notes.left_off = True, self.version.number, 0

    def revise(self, within: int) -> None:
        """Let a new version take effect, which whoever learned an older one must learn."""
        draft = start_new_version(course=self.course, by=self.version.owner, at=self.at, change_summary="Rinse twice.")
        self.version = make_effective(
            draft, approver=self.approver, at=self.at, retraining=Retraining.REPEAT, retraining_within_days=within
        )
        self.facts_reach_their_followers()
        run_waiting_jobs()
        if self.notes.done:
            self.notes.asked_again.append((self.version.number, self.today + timedelta(days=within)))

    def sign(self, enrollment: Enrollment) -> None:
        for activity in outline_of(enrollment.version_id).activities:
            outcome = Outcome(completed=True)
            record_outcome(enrollment=enrollment, activity_id=activity.id, outcome=outcome, by=self.maya, at=self.at)
        complete_enrollment(enrollment=enrollment, components=Components.ALL, by=self.maya, at=self.at)

    @transaction.atomic
    def sign_and_crash(self, enrollment: Enrollment) -> None:
        self.sign(enrollment)
        raise Crash

    def take_role(self, role: Any) -> None:
        move(self.maya, since=self.today, at=self.at, job_role=role)
        self.held_since = self.today
        self.facts_reach_their_followers()

    def facts_reach_their_followers(self) -> None:
        self.at += timedelta(seconds=1)  # nothing ends in the moment in which it began
        deliver()
        assert not FactDelivery.objects.exclude(state="done").exists()

    @property
    def assignment(self) -> Assignment:
        return Assignment.objects.get(user=self.maya, ended_at=None)

    def standings(self) -> list[Any]:
        return standings(at=self.at, user_ids=[self.maya.pk])

    def stood(self, given: Given, known_at: datetime | None = None) -> Obligation:
        """Return how she stood, whether or not she had begun: of what goes on nobody sees that it was cancelled."""
        [(_given, found)] = obligations_of([given], asked_by([self.requirement]), known_at=known_at)
        said = [Status.TODO if status == Status.DOING else status for status in found.statuses]
        return replace(found, statuses=tuple(said))

    def may_get_time(self) -> bool:
        if not self.is_operator or self.is_away or self.notes.times_given > 1:
            return False
        [standing] = self.standings()
        return standing.due_on is not None and standing.needs_work

    def days_that_matter(self) -> list[date]:
        """Return the days on which something changes by itself, as the notebook has them, in order."""
        away = (*self.notes.leaves, *self.notes.waivers)
        found = {self.notes.plain_due(), self.notes.period_ends(), *(each.until for each in away)}
        found |= {standing.due_on for standing in self.standings()}
        known = {day for day in found if day}
        return sorted(known | {day - SOON for day in known} | {day - WINDOW for day in known})

    # What is promised

    @invariant()
    def what_is_answered_is_kept_in_mind(self) -> None:
        if self.is_operator:
            given = Given.of(self.assignment)
            self.answered.append((self.at, given, self.stood(given)))
            self.at += timedelta(milliseconds=1)  # nothing happens in the moment in which it is asked

    @invariant()
    def on_every_day_to_come_she_stands_as_the_notebook_says(self) -> None:
        if not self.is_operator:
            assert self.standings() == []
            return
        [standing] = self.standings()
        assert standing.status == self.notes.status(self.today, due_on=standing.due_on)
        kept = Standing.objects.get(user=self.maya)
        for day in [day + beside for day in self.days_that_matter() for beside in (-A_DAY, 0 * A_DAY, A_DAY)]:
            if day >= self.today:
                status = kept.statuses[bisect_right(kept.days, day) - 1]
                assert status == self.notes.status(day, due_on=standing.due_on), day

    @invariant()
    def what_is_due_is_due_on_the_day_that_is_said_or_later_for_a_reason(self) -> None:
        plain = self.notes.plain_due()
        for standing in self.standings():
            waits = any(each.until is None for each in self.notes.leaves)
            due = standing.due_on
            if due is None:
                assert waits
                continue
            assert plain is not None
            assert not self.notes.is_away(due)
            if not self.notes.times_given and not self.notes.is_away(plain):
                assert due == plain
            assert due >= plain

    @invariant()
    def more_time_holds_until_it_is_done(self) -> None:
        if self.notes.granted and not self.notes.asks_again_by():
            [standing] = self.standings()
            assert standing.due_on is None or standing.due_on >= self.notes.granted

    @invariant()
    def nothing_that_was_done_is_lost(self) -> None:
        completions = len(self.notes.done)
        assert Completion.objects.filter(user=self.maya).count() == completions
        assert Certificate.objects.filter(holder_id=self.maya.pk).count() == completions
        ended = Enrollment.objects.filter(user=self.maya, state="completed").count()
        assert ended == completions

    @invariant()
    def it_holds_for_her_once_while_she_belongs_to_it(self) -> None:
        open_ones = Assignment.objects.filter(user=self.maya, ended_at=None).count()
        assert open_ones == int(self.is_operator)
        assert Enrollment.objects.filter(user=self.maya, state="open").count() == int(self.notes.began)
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
    def a_certificate_says_what_the_requirement_asks(self) -> None:
        """Unless it was earned while nothing was required, or one before it was revoked."""
        if all(each.was_required and each.counts for each in self.notes.done) and self.notes.done:
            assert self.notes.done[-1].says_until == self.notes.period_ends()

    @invariant()
    def whose_certificate_holds_is_qualified_and_nobody_else(self) -> None:
        [course] = qualified_at(person=self.maya, task=self.task, at=self.at).courses
        assert (course.verdict.standpoint == Standpoint.CURRENT) == self.notes.is_certified(self.today)


@pytest.mark.usefixtures("db")
def test_one_person_through_whatever_may_happen() -> None:
    OnePerson.furnish()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        OnePerson, settings=settings(max_examples=20, stateful_step_count=30)
    )
