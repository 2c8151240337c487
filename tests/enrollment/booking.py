"""Sessions to book and people who book them, for the tests of planned sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from courses.models import Course
from enrollment.actions.planning import Terms, plan_session
from enrollment.actions.seating import take_seat
from enrollment.models import PlannedSession, Seat
from people.models import User
from tests.enrollment.workplace import AT, a_course
from tests.factories import make_site

STARTS = AT + timedelta(days=10)
MINUTE = timedelta(minutes=1)


def terms(**changed: Any) -> Terms:
    """Return the terms of a session at Basel in ten days, for two."""
    starts = changed.pop("starts_at", STARTS)
    told = {
        "site": changed.pop("site", None) or make_site(),
        "starts_at": starts,
        "ends_at": changed.pop("ends_at", starts + timedelta(hours=2)),
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
