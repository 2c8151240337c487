"""Two at the same moment: whoever comes second sees what the first has done."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connections

from courses.actions import (
    AlreadyInWork,
    NotADraft,
    Stale,
    edit_activity,
    make_effective,
    start_new_version,
    submit_version,
)
from courses.models import Activity, CourseVersion
from courses.queries import content_sha256_of
from people.choices import AccessRole
from records.choices import Components
from records.facts import SystemActor
from records.models import Event
from tests import factories
from tests.factories import make_draft, make_person

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run each act in a thread of its own, all let go together; return what they returned or raised."""
    answers: list[Any] = [None] * len(acts)
    gate = threading.Barrier(len(acts))

    def run(number: int) -> None:
        gate.wait()
        try:
            answers[number] = acts[number]()
        except Exception as error:
            answers[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_two_stale_saves_at_once_leave_one(committed_db: str) -> None:
    draft = make_draft()
    page = Activity.objects.get(module__version=draft)

    def save(words: str) -> Callable[[], Any]:
        return lambda: edit_activity(
            activity_id=page.pk,
            by=draft.owner,
            at=AT,
            title="Page",
            minutes=1,
            values={"body": words},
            seen_revision=draft.revision,
        )

    answers = at_once(save("one"), save("two"))
    kept = next(answer.body for answer in answers if isinstance(answer, Activity))
    assert [type(answer) for answer in answers].count(Stale) == 1
    assert Activity.objects.get(pk=page.pk).body == kept


def test_save_and_submission_at_once_never_sign_other_content(committed_db: str) -> None:
    draft = make_draft()
    page = Activity.objects.get(module__version=draft)
    signing: dict[str, Any] = {"at": AT, "zone": "UTC", "components": Components.ALL}
    saved, submitted = at_once(
        lambda: edit_activity(
            activity_id=page.pk, by=draft.owner, at=AT, title="Page", minutes=1, values={"body": "Late words."}
        ),
        lambda: submit_version(version_id=draft.pk, by=draft.owner, **signing),
    )
    assert isinstance(submitted, CourseVersion)
    assert isinstance(saved, Activity | NotADraft)
    body = Activity.objects.get(pk=page.pk).body
    assert (body == "Late words.") is isinstance(saved, Activity)
    version = CourseVersion.objects.select_related("course").get(pk=draft.pk)
    assert content_sha256_of(version) == version.content_sha256


def test_two_sweeps_at_once_turn_a_version_effective_once(committed_db: str) -> None:
    draft = make_draft()
    tomorrow = AT + timedelta(days=1)
    factories.make_effective(draft, at=AT, effective_on=tomorrow.date())
    by = SystemActor("a test")
    answers = at_once(*[lambda: make_effective(version_id=draft.pk, by=by, at=tomorrow)] * 2)
    assert sorted(answers) == [False, True]
    assert Event.objects.filter(verb="courses.version_effective").count() == 1


def test_two_authors_at_once_begin_one_version(committed_db: str) -> None:
    draft = factories.make_effective(make_draft())
    authors = [make_person(AccessRole.AUTHOR) for _number in range(2)]
    answers = at_once(*[lambda by=by: start_new_version(course=draft.course, by=by, at=AT) for by in authors])
    assert sorted(type(answer).__name__ for answer in answers) == [AlreadyInWork.__name__, CourseVersion.__name__]
    assert CourseVersion.objects.filter(state="draft").count() == 1
