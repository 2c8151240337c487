"""Sessions with a date, and the seats that people have in them."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from core.constraints import both_or_neither, in_order, one_of
from core.models import Row
from courses.models import Course
from enrollment.choices import PlannedState, SeatState
from enrollment.models.elsewhere import MOST_IN_A_SESSION, RecordedSession
from enrollment.rules.meetings import Span
from people.models import Site, User

OPEN_SEATS = (SeatState.TAKEN, SeatState.WAITING)


class PlannedSession(Row):
    """That a course is taught at a time: where, by whom, and for how many.

    It has one day or several (`days`), and goes from the beginning of the first to the end of the last
    (a trigger). Times are instants; they are shown in the zone of the site. A cancelled one stays as it
    is, and one that was held keeps everything but which record tells who came, since a record may be
    returned (a trigger).
    """

    course = models.ForeignKey(Course, on_delete=models.PROTECT, db_index=False, related_name="+")
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=120, blank=True)
    link = models.URLField(max_length=300, blank=True)  # where it is held online
    trainer = models.CharField(max_length=150)  # who leads it, in words: often without an account
    led_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    capacity = models.PositiveSmallIntegerField(null=True)  # nothing: as many as come
    words = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=PlannedState, default=PlannedState.PLANNED)
    planned_at = models.DateTimeField()
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(null=True)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)  # why it was cancelled
    record = models.OneToOneField(RecordedSession, on_delete=models.PROTECT, null=True, related_name="planned")

    class Meta:
        constraints = [
            one_of("state", PlannedState, name="planned_state_known"),
            in_order("starts_at", "ends_at", name="planned_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gte=1, capacity__lte=MOST_IN_A_SESSION),
                name="planned_for_somebody",
            ),
            models.CheckConstraint(condition=~Q(trainer=""), name="planned_names_its_trainer"),
            models.CheckConstraint(condition=Q(link="") | Q(link__startswith="https://"), name="planned_link_is_safe"),
            models.CheckConstraint(condition=~Q(place="") | ~Q(link=""), name="planned_somewhere"),
            both_or_neither("changed_at", "changed_by", name="planned_changed_by_somebody"),
            both_or_neither("cancelled_at", "cancelled_by", name="planned_cancelled_by_somebody"),
            models.CheckConstraint(
                condition=Q(state=PlannedState.PLANNED, cancelled_at__isnull=True, record__isnull=True, reason="")
                | (Q(state=PlannedState.CANCELLED, cancelled_at__isnull=False, record__isnull=True) & ~Q(reason=""))
                | Q(state=PlannedState.HELD, cancelled_at__isnull=True, record__isnull=False, reason=""),
                name="planned_state_told",
            ),
        ]
        indexes = [
            models.Index(fields=["course", "starts_at"], name="planned_of_course"),
            models.Index(fields=["starts_at"], name="planned_by_start"),
        ]

    @property
    def spans(self) -> tuple[Span, ...]:
        """Its days in their order; one query, unless they were read with it."""
        return tuple(sorted(Span(each.starts_at, each.ends_at) for each in self.days.all()))


class Meeting(Row):
    """One day of a planned session, from one instant until another; two of one session never overlap.

    The days of a session that was cancelled or held stay (a trigger).
    """

    session = models.ForeignKey(PlannedSession, on_delete=models.PROTECT, db_index=False, related_name="days")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            in_order("starts_at", "ends_at", name="meeting_ends_after_it_starts"),
            ExclusionConstraint(
                name="meeting_one_at_a_time",
                expressions=[
                    ("session", RangeOperators.EQUAL),
                    (Func("starts_at", "ends_at", function="tstzrange"), RangeOperators.OVERLAPS),
                ],
            ),
        ]
        indexes = [
            models.Index(fields=["session", "starts_at"], name="meeting_of_session"),
            models.Index(fields=["starts_at"], name="meeting_by_start"),
        ]


class Seat(Row):
    """That somebody has a seat in a planned session, or waits for one, in the order of asking.

    What was given up or taken away stays, and seats of a session that is over stay, too (a trigger).
    The taken ones are never more than the session holds (a trigger).
    """

    session = models.ForeignKey(PlannedSession, on_delete=models.PROTECT, db_index=False, related_name="seats")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="seats")
    state = models.CharField(max_length=10, choices=SeatState)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")  # themselves, or who seated them
    taken_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # nobody: they left
    reason = models.CharField(max_length=300, blank=True)  # why it was taken away

    class Meta:
        constraints = [
            one_of("state", SeatState, name="seat_state_known"),
            models.UniqueConstraint(
                fields=["session", "user"], condition=Q(state__in=OPEN_SEATS), name="seat_once_while_open"
            ),
            models.CheckConstraint(
                condition=Q(state=SeatState.TAKEN, taken_at__isnull=False, ended_at__isnull=True)
                | Q(state=SeatState.WAITING, taken_at__isnull=True, ended_at__isnull=True)
                | Q(state__in=[SeatState.GIVEN_UP, SeatState.REMOVED], ended_at__isnull=False),
                name="seat_state_dated",
            ),
            models.CheckConstraint(
                condition=~Q(state=SeatState.GIVEN_UP) | Q(ended_by__isnull=False, ended_by=F("user")),
                name="seat_given_up_by_themselves",
            ),
            models.CheckConstraint(
                condition=~Q(state=SeatState.REMOVED) | ~Q(reason=""), name="seat_removed_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(ended_by__isnull=True) | Q(ended_at__isnull=False), name="seat_ended_when_by_somebody"
            ),
        ]
        indexes = [models.Index(fields=["session", "asked_at"], name="seat_in_order")]
