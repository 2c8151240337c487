"""Sessions to book and people who book them, for the tests of planned sessions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from courses.models import Course
from enrollment.actions.planning import Terms, plan_session, record_who_came
from enrollment.actions.seating import take_seat
from enrollment.models import Meeting, PlannedSession, Seat
from enrollment.rules.meetings import Span
from notifications.models import Message
from people.models import User
from records.models import Event
from tests.enrollment.workplace import AT, a_course, a_scan, operator, rewrite
from tests.factories import make_person, make_site, place

STARTS = AT + timedelta(days=10)
LATER = AT + timedelta(hours=1)
MINUTE = timedelta(minutes=1)
BASEL = ZoneInfo("Europe/Zurich")


def in_days(days: float) -> datetime:
    """Return the moment so many days from now; of whole days at ten in Basel, so that hours after it are that day's."""
    there = (timezone.now() + timedelta(days=days)).astimezone(BASEL).replace(second=0, microsecond=0)
    return there.replace(hour=10, minute=0) if float(days).is_integer() else there


def terms(**changed: Any) -> Terms:
    """Return the terms of a session at Basel in ten days, for two; `later` are its further days."""
    starts = changed.pop("starts_at", STARTS)
    first = Span(starts, changed.pop("ends_at", starts + timedelta(hours=2)))
    told = {
        "site": changed.pop("site", None) or make_site(),
        "days": (first, *changed.pop("later", ())),
        "trainer": "Dr. Steiner",
        "place": "Room 4",
        "capacity": 2,
    }
    return Terms(**{**told, **changed})


def a_session(by: User, *, course: Course | None = None, **changed: Any) -> PlannedSession:
    """Plan a session."""
    return plan_session(course=course or a_course(), terms=terms(**changed), by=by, at=AT)


def seated(session: PlannedSession, *people: User) -> list[Seat]:
    """Let people ask for a seat, one a minute after the other."""
    return [take_seat(session=session, by=each, at=AT + count * MINUTE) for count, each in enumerate(people)]


def states(session: PlannedSession) -> dict[str, str]:
    """Return the state of everybody's last seat in a session, by their name."""
    seats = session.seats.select_related("user").order_by("asked_at", "pk")
    return {each.user.name: each.state for each in seats}


def a_boss() -> User:
    """Add a manager in Basel with somebody to manage."""
    person = make_person(name="Jonas Keller", signs=True)
    place(person)
    operator("Zoe", manager=person)
    return User.objects.get(pk=person.pk)


def row_of(session: PlannedSession) -> Any:
    """Return the row of a session, to change it as time would."""
    return PlannedSession.objects.filter(pk=session.pk)


@transaction.atomic
def happens(session: PlannedSession, starts_at: datetime, ends_at: datetime) -> None:
    """Let a session be at another time, as if that much time had passed; of several days only the first is left."""
    first, *others = Meeting.objects.filter(session=session).order_by("starts_at").values_list("pk", flat=True)
    rewrite(row_of(session), starts_at=starts_at, ends_at=ends_at)
    Meeting.objects.filter(pk__in=others).delete()
    rewrite(Meeting.objects.filter(pk=first), starts_at=starts_at, ends_at=ends_at)


def recorded(session: PlannedSession, people: list[User], by: User, *, at: datetime, **changed: Any) -> Any:
    """Write down who came."""
    details: dict[str, Any] = {
        "course": session.course, "held_on": STARTS.date(), "trainer": "Dr. Steiner", "upload": a_scan("sheet.png"),
    }  # fmt: skip
    return record_who_came(
        session=session, user_ids=[each.pk for each in people], by=by, at=at, **{**details, **changed}
    )


def told(kind: str) -> dict[str, str]:
    """Return what people were told, by their name."""
    found = Message.objects.filter(kind=f"enrollment.{kind}").select_related("recipient").order_by("created_at")
    return {each.recipient.name: each.body for each in found}


def said(kind: str) -> list[str]:
    """Return what the trail says of a kind of fact."""
    return [each.sentence for each in Event.objects.filter(kind="fact", verb=f"enrollment.{kind}").order_by("id")]
