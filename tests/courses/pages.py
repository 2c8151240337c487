"""What the tests of pages about courses share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from core.clock import now
from courses.models import Activity, CourseVersion
from people.models import User
from tests.factories import PASSWORD

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_of(version: CourseVersion, title: str = "Page 1") -> Activity:
    return Activity.objects.select_related("module").get(module__version=version, title=title)


def edit_url(version: CourseVersion, activity: Activity | None = None) -> str:
    return f"/studio/{version.pk}/" + (f"activities/{activity.pk}/" if activity else "")


def typed(activity: Activity, version: CourseVersion, **changes: Any) -> dict[str, Any]:
    form = {"title": activity.title, "minutes": activity.minutes, "body": activity.body, "revision": version.revision}
    return form | changes


def signature(person: User, password: str = PASSWORD) -> dict[str, str]:
    return {"sign-email": person.email, "sign-password": password}


def decision(**changes: Any) -> dict[str, Any]:
    today = now().date()
    return {
        "effective_on": today.isoformat(),
        "next_review_on": (today + timedelta(days=365)).isoformat(),
    } | changes


def approved(client: Client, version: CourseVersion, typed: dict[str, Any], **options: Any) -> Any:
    """Approve a version after having seen what is signed."""
    address = f"/reviews/{version.pk}/approve/"
    typed = {"looked_at": version.content_sha256, **typed}
    seen = client.get(address, {**typed, "show": "decided"}).context["shown"]
    return client.post(address, {**typed, "shown": seen}, **options)
