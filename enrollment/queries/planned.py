"""Sessions with a date and the seats in them, as pages, calendars and reminders need them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from core.sql import rows
from courses.choices import Joining, VersionState
from courses.models import Course, CourseVersion
from enrollment.choices import EnrollmentState, PlannedState, SeatState
from enrollment.models import Enrollment, Meeting, PlannedSession, Seat
from enrollment.models.planned import OPEN_SEATS
from enrollment.queries.joining import door_of
from enrollment.rules import day_in
from enrollment.rules.joining import why_not_begun
from enrollment.rules.meetings import SOON, Span
from enrollment.rules.seats import Asked
from people.models import Holiday, User
from people.queries import with_position

FEW = 12  # so many coming sessions stand on the page of a course
KEPT_IN_CALENDAR = timedelta(days=30)


def planned_with(sessions: QuerySet[PlannedSession]) -> QuerySet[PlannedSession]:
    """Add to sessions what a list of them shows: how many have a seat (`taken`) or wait (`waiting`), and the days."""
    related = ("course", "site", "planned_by", "changed_by", "cancelled_by", "led_by", "record")
    counted = sessions.annotate(taken=_counted(SeatState.TAKEN), waiting=_counted(SeatState.WAITING))
    return counted.select_related(*related).prefetch_related("days")


def planned_matching(sessions: QuerySet[PlannedSession], words: str) -> QuerySet[PlannedSession]:
    """Keep the sessions whose course, place, site or trainer contains each of the words."""
    for word in words.split():
        titled = CourseVersion.objects.filter(course=OuterRef("course"), title__icontains=word)
        named = Q(course__code__icontains=word) | Q(place__icontains=word) | Q(trainer__icontains=word)
        in_effect = Exists(titled.filter(state=VersionState.EFFECTIVE))
        sessions = sessions.filter(named | Q(site__name__icontains=word) | Q(in_effect))
    return sessions


_COMING = """
    SELECT id FROM enrollment_plannedsession WHERE course_id = %s AND state = 'planned' AND starts_at > %s
    ORDER BY starts_at, id LIMIT %s
"""


def coming_of_course(course_id: UUID, user: User, *, at: datetime) -> list[PlannedSession]:
    """Return the sessions of a course that have not begun, with how `user` stands in each (`own`).

    Three queries, and a single short one for the many courses that have none: every page of a course asks it.
    """
    ids = [session for (session,) in rows(_COMING, [str(course_id), at, FEW])]
    if not ids:
        return []
    own = Seat.objects.filter(session=OuterRef("pk"), user=user, state__in=OPEN_SEATS).values("state")[:1]
    found = planned_with(PlannedSession.objects.filter(pk__in=ids)).annotate(own=Subquery(own))
    return list(found.order_by("starts_at", "pk"))


def coming_of(user: User, *, at: datetime) -> list[Seat]:
    """Return the seats of a person in sessions that are not over, and those that they wait for; two queries."""
    seats = Seat.objects.filter(seats_that_count(at=at), user=user, session__ends_at__gt=at)
    seats = seats.filter(session__state=PlannedState.PLANNED)
    found = seats.select_related("session__site", "session__course").prefetch_related("session__days")
    return list(found.order_by("session__starts_at", "pk"))


def seats_that_count(*, at: datetime) -> Q:
    """Return the condition of open seats that mean something: who waits for one waits until the session begins."""
    return Q(state=SeatState.TAKEN) | Q(state=SeatState.WAITING, session__starts_at__gt=at)


_SEATED = """
    SELECT s.id FROM enrollment_seat a JOIN enrollment_plannedsession s ON s.id = a.session_id
    WHERE a.user_id = %s AND a.state = 'taken' AND s.state = 'planned' AND s.ends_at > %s
"""


def next_day_of(user: User, *, at: datetime) -> Meeting | None:
    """Return the day that is not over on which somebody has a seat next, with its course (`title`).

    Two queries, and a single short one for the many who have no seat: every home page asks it.
    """
    ids = [session for (session,) in rows(_SEATED, [str(user.pk), at])]
    if not ids:
        return None
    days = Meeting.objects.filter(session__in=ids, ends_at__gt=at).select_related("session__site")
    return days.annotate(title=_title("session__course")).order_by("starts_at", "pk").first()


def led_by(user: User) -> QuerySet[PlannedSession]:
    """Return the sessions that somebody leads."""
    return PlannedSession.objects.filter(led_by=user)


def leads_sessions(user: User, *, at: datetime) -> bool:
    """Say whether somebody leads a session that comes, that is not recorded yet, or that was lately."""
    recent = Q(state=PlannedState.PLANNED) | Q(state=PlannedState.HELD, ends_at__gt=at - KEPT_IN_CALENDAR)
    return led_by(user).filter(recent).exists()


@dataclass(frozen=True, slots=True)
class Clash:
    """A session in which somebody has a seat, or which they lead, on a day of another."""

    session: PlannedSession
    title: str
    leads: bool


def clashes(user: User, days: Sequence[Span], *, but: UUID | None = None) -> list[Clash]:
    """Return the other sessions in which somebody is at these times; two queries."""
    overlaps = Q(pk__in=[])
    for each in days:
        overlaps |= Q(starts_at__lt=each.ends_at, ends_at__gt=each.starts_at)
    seat = Seat.objects.filter(session=OuterRef("pk"), user=user, state=SeatState.TAKEN)
    found = PlannedSession.objects.filter(
        Q(led_by=user) | Exists(seat),
        Exists(Meeting.objects.filter(overlaps, session=OuterRef("pk"))),
        state=PlannedState.PLANNED,
    )
    others = found.exclude(pk=but) if but else found
    shown = others.annotate(title=_title("course")).prefetch_related("days").order_by("starts_at", "pk")
    return [Clash(each, each.title, each.led_by_id == user.pk) for each in shown]


def holidays_of(site_id: UUID, days: Collection[date]) -> dict[date, str]:
    """Return the holidays of a site between the first and the last of these days."""
    found = Holiday.objects.filter(site=site_id, on__range=(min(days), max(days)))
    return dict(found.values_list("on", "name"))


def booked_by(user: User, *, at: datetime) -> list[Seat]:
    """Return what stands in a person's calendar: their seats in coming sessions, and in those of the last weeks."""
    seats = Seat.objects.filter(seats_that_count(at=at), user=user, session__ends_at__gt=at - KEPT_IN_CALENDAR)
    seats = seats.exclude(session__state=PlannedState.CANCELLED)
    found = seats.select_related("session__site").prefetch_related("session__days")
    return list(found.order_by("session__starts_at", "pk"))


def led_lately(user: User, *, at: datetime) -> list[PlannedSession]:
    """Return what stands in the calendar of whoever leads sessions: coming ones, and those of the last weeks."""
    led = led_by(user).filter(ends_at__gt=at - KEPT_IN_CALENDAR).exclude(state=PlannedState.CANCELLED)
    return list(led.select_related("site").prefetch_related("days").order_by("starts_at", "pk"))


def open_seat(session: PlannedSession, user: User) -> Seat | None:
    """Return the seat that somebody has in a session or waits for."""
    return Seat.objects.filter(session=session, user=user, state__in=OPEN_SEATS).first()


def asked_of(session: PlannedSession) -> list[Asked]:
    """Return who has a seat in a session or waits for one."""
    seats = Seat.objects.filter(session=session, state__in=OPEN_SEATS)
    return [
        Asked(pk, asked_at, state == SeatState.TAKEN)
        for pk, asked_at, state in seats.values_list("pk", "asked_at", "state")
    ]


def in_rows(seats: QuerySet[Seat]) -> list[Seat]:
    """Return open seats as a roster lists them: those who have one by name, then those who wait, in order."""
    shown = list(seats.filter(state__in=OPEN_SEATS).select_related("user", "asked_by").order_by("asked_at", "pk"))
    taken = [each for each in shown if each.state == SeatState.TAKEN]
    waiting = [each for each in shown if each.state == SeatState.WAITING]
    return [*sorted(taken, key=lambda each: (each.user.name.casefold(), each.pk)), *waiting]


def seated_in(session: PlannedSession) -> list[UUID]:
    """Return the people who have a seat in a session."""
    return list(session.seats.filter(state=SeatState.TAKEN).values_list("user_id", flat=True))


def values_of_record(session: PlannedSession, seated: Sequence[User]) -> dict[str, Any]:
    """Return what is known of who came to a session before anybody wrote it down."""
    return {
        "course": session.course_id,
        "held_on": day_in(session.site.time_zone, session.spans[-1].starts_at),
        "place": session.place or session.link[:120],
        "trainer": "" if session.led_by else session.trainer,
        "trainer_number": session.led_by.employee_number if session.led_by else "",
        "people": [str(each.pk) for each in seated],
    }


def is_offered(course: Course) -> bool:
    """Say whether a version of a course is in effect."""
    return course.versions.filter(state=VersionState.EFFECTIVE).exists()


def why_not_for(course: Course, user: User) -> str:
    """Say why a course is not for somebody, as the catalog says it; nothing when they may begin it or have begun."""
    door = door_of(course, user)
    if door.joining == Joining.OPEN:
        return ""
    begun = Enrollment.objects.filter(user=user, course=course, state=EnrollmentState.OPEN).exists()
    return why_not_begun(door.joining, is_required=door.is_required, is_let=begun)


def sessions_tomorrow(*, at: datetime) -> list[UUID]:
    """Return the sessions of whose people somebody may have to be reminded: of which a day is within the coming day."""
    soon = Meeting.objects.filter(session__state=PlannedState.PLANNED, starts_at__gt=at, starts_at__lte=at + SOON)
    return list(dict.fromkeys(soon.order_by("starts_at", "session").values_list("session", flat=True)))


def to_remind(session: PlannedSession, starts_at: datetime) -> QuerySet[Seat]:
    """Return the seats that were taken before it was time to remind of the day that begins then."""
    early = Q(taken_at__lte=starts_at - SOON)
    return Seat.objects.filter(early, session=session, state=SeatState.TAKEN)


def seats_to_release(user_id: UUID, *, at: datetime) -> list[UUID]:
    """Return the sessions that have not begun and in which a person has a seat or waits, in the order of their ids."""
    seats = Seat.objects.filter(user=user_id, state__in=OPEN_SEATS, session__starts_at__gt=at)
    seats = seats.filter(session__state=PlannedState.PLANNED)
    return list(seats.order_by("session").values_list("session", flat=True))


def readers_of(user_ids: Collection[UUID], *, on: date) -> list[User]:
    """Return people with the time zone of where they work on a day, so that telling many asks nothing more."""
    people = with_position(User.objects.filter(pk__in=user_ids), on=on)
    return list(people.annotate(frame_zone=F("position__site__time_zone")).order_by("name", "pk"))


def _counted(state: SeatState) -> Coalesce:
    seats = Seat.objects.filter(session=OuterRef("pk"), state=state).order_by().values("session")
    return Coalesce(Subquery(seats.annotate(count=Count("pk")).values("count")), 0)


def _title(course: str) -> Subquery:
    """Return the title of a course as a column: of its effective version, else of the latest one."""
    effective_first = Case(When(state=VersionState.EFFECTIVE, then=Value(0)), default=Value(1))
    versions = CourseVersion.objects.filter(course=OuterRef(course)).order_by(effective_first, "-number")
    return Subquery(versions.values("title")[:1])
