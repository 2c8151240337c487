"""Courses to take, files and film included, and somebody who takes them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from assessments.models import Quiz
from core.storage import store_once
from courses.choices import VersionState
from courses.models import Activity, Asset, Course, CourseVersion, Module
from courses.queries import ActivityOutline, forget_outline, outline_of
from enrollment.actions.completing import complete_enrollment
from enrollment.actions.learning import enroll, record_outcome
from enrollment.actions.standing import restand
from enrollment.choices import Renewal
from enrollment.models import Assignment, Completion, Enrollment, Requirement
from enrollment.rules import Outcome
from people.models import User
from records.choices import Components
from tests.enrollment.workplace import rewrite, write
from tests.factories import LONG_AGO, make_person, place

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
FILM_SECONDS = 100.0
PDF = b"%PDF-1.7 a job aid" + b"." * 200
_numbers = itertools.count(1)


def an_asset(name: str, content: bytes, content_type: str, owner: User) -> Asset:
    key, digest = store_once(content, suffix=f".{name.rsplit('.', 1)[1]}")
    return Asset(
        name=name,
        content_type=content_type,
        size_bytes=len(content),
        sha256=digest,
        storage_key=key,
        uploaded_at=LONG_AGO,
        uploaded_by=owner,
    )


def a_version(
    *kinds: str, course: Course | None = None, title: str = "Electronic records", in_effect: bool = True, **details: Any
) -> CourseVersion:
    """Make a version with one activity of each of these kinds, in order, and let it take effect."""
    owner = make_person(name="Priya Nair")
    rows: list[Any] = []
    if course is None:
        course = Course(code=f"LRN-{next(_numbers):03}", created_at=LONG_AGO, created_by=owner)
        rows.append(course)
    number = details.pop("number", 1)
    version = CourseVersion(
        course=course,
        number=number,
        label=f"{number}.0",
        title=title,
        objectives=["say what a signature means"],
        change_summary="A section on passkeys." if number > 1 else "",
        owner=owner,
        created_at=LONG_AGO,
        edited_at=LONG_AGO,
        **details,
    )
    module = Module(version=version, position=1, title="Your signature", objective="Sign for yourself")
    rows += [version, module]
    for position, kind in enumerate(kinds or ("page",), start=1):
        rows += _activity(kind, position, module, owner)
    write(rows)
    if in_effect:
        take_effect(version)
    return version


def _activity(kind: str, position: int, module: Module, owner: User) -> Iterable[Any]:
    activity = Activity(module=module, position=position, kind=kind, title=f"{kind.title()} {position}", minutes=4)
    if kind == "page":
        activity.body = "## Three things\n\nName, time and **meaning**."
    elif kind == "file":
        activity.asset = an_asset("aid.pdf", PDF, "application/pdf", owner)
        yield activity.asset
    elif kind == "video":
        activity.settings = {"duration_seconds": FILM_SECONDS}
        activity.asset = an_asset("film.mp4", bytes(range(256)) * 8, "video/mp4", owner)
        activity.captions = an_asset(
            "film.vtt", b"WEBVTT\n\n00:00.000 --> 00:02.000\nYours alone.\n", "text/vtt", owner
        )
        yield activity.asset
        yield activity.captions
    elif kind == "practice":
        activity.settings = {"points": ["puts the lock on", "tries the start button"]}
    yield activity
    if kind == "quiz":
        yield Quiz(activity=activity)


def take_effect(version: CourseVersion) -> None:
    """Move a version along its states; the one before it is superseded."""
    earlier = CourseVersion.objects.filter(course=version.course, state=VersionState.EFFECTIVE)
    for before in earlier:
        rewrite(earlier, state=VersionState.SUPERSEDED, ended_at=AT)
        forget_outline(before.pk)
    row = CourseVersion.objects.filter(pk=version.pk)
    rewrite(row, state=VersionState.IN_REVIEW, submitted_at=LONG_AGO, submitted_by=version.owner)
    rewrite(
        row,
        state=VersionState.APPROVED,
        approved_at=LONG_AGO,
        approved_by=make_person(name="Helen Okafor"),
        effective_on=LONG_AGO.date(),
        content_sha256="a" * 64,
    )
    rewrite(row, state=VersionState.EFFECTIVE)
    forget_outline(version.pk)


def retire(version: CourseVersion) -> None:
    rewrite(CourseVersion.objects.filter(pk=version.pk), state=VersionState.RETIRED, ended_at=AT)
    forget_outline(version.pk)


def a_learner(name: str = "Maya Lindqvist") -> User:
    """Add a Tablet Operator in Basel who may sign."""
    learner = make_person(name=name, signs=True)
    place(learner)
    return learner


def at_once(*works: Callable[[], Any]) -> list[Exception]:
    """Run these at the same moment, each on its own connection; return what they raised. Needs `committed_db`."""
    together, raised = threading.Barrier(len(works)), []

    def run(work: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            together.wait()
            work()
        except Exception as error:
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


@dataclass(frozen=True)
class Taking:
    """Somebody who has begun a version."""

    learner: User
    version: CourseVersion
    enrollment: Enrollment

    @property
    def activities(self) -> tuple[ActivityOutline, ...]:
        return outline_of(self.version.pk).activities

    def kwargs(self, number: int) -> dict[str, UUID]:
        """Return what names the numbered activity in an address, counted from 1."""
        return {"enrollment_id": self.enrollment.pk, "activity_id": self.activities[number - 1].id}

    def finish(self, *numbers: int, at: datetime = AT) -> None:
        """Complete the numbered activities, or all of them."""
        for number in numbers or range(1, len(self.activities) + 1):
            activity = self.activities[number - 1]
            score = {"score": 9, "max_score": 10, "passed": True} if activity.is_assessment else {}
            record_outcome(
                enrollment=self.enrollment,
                activity_id=activity.id,
                outcome=Outcome(completed=True, **score),  # type: ignore[arg-type]
                by=self.learner,
                at=at,
            )

    def sign(self, *, at: datetime = AT, **details: Any) -> Completion:
        return complete_enrollment(
            enrollment=self.enrollment, components=Components.ALL, by=self.learner, at=at, **details
        )


def taking(*kinds: str, learner: User | None = None, at: datetime = AT, **version: Any) -> Taking:
    """Let somebody begin a new version with these kinds of activity."""
    learner = learner or a_learner()
    made = a_version(*kinds, **version)
    return Taking(learner, made, enroll(user=learner, course=made.course, by=learner, at=at))


def require(learner: User, course: Course, *, due_on: date, validity_months: int | None = None) -> Assignment:
    """Let a course be required of one person, due on a day."""
    owner = make_person()
    requirement = Requirement(
        number=next(_numbers) + 5000,
        course=course,
        due_within_days=14,
        validity_months=validity_months,
        renewal=Renewal.COMPLETION if validity_months else Renewal.COURSE,
        state="on",
        created_at=LONG_AGO,
        created_by=owner,
        switched_on_at=LONG_AGO,
        switched_on_by=owner,
    )
    assignment = Assignment(
        requirement=requirement,
        user=learner,
        course=course,
        since_on=date(2020, 1, 1),
        because={"job_role": "Tablet Operator", "since": "2020-01-01"},
        due_on=due_on,
        zone="Europe/Zurich",
        assigned_at=LONG_AGO,
    )
    write([requirement, assignment])
    restand(assignment_ids=[assignment.pk])
    return assignment
