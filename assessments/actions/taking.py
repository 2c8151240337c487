"""Taking a quiz: an attempt begins, answers are saved as they are given, and it is graded once.

Locks are always taken in the order enrollment, attempt, responses.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from assessments import facts
from assessments.choices import AttemptState
from assessments.models import Attempt, Response
from assessments.queries import attempts_of, quiz_content, verdict_of
from assessments.rules import Graded, Layout, QuizContent, ShownQuestion, StartVerdict, grade, lay_out
from core.ids import new_id
from courses.queries import outline_of
from enrollment.actions.learning import record_outcome, require_unlocked
from enrollment.models import Enrollment
from enrollment.rules import Outcome
from people.models import User
from records.actions import record_fact
from records.rules import record_hash

KEYS_REMEMBERED = 10


class NoFurtherAttempt(Exception):
    """No attempt may begin; `verdict` says why."""

    def __init__(self, verdict: StartVerdict) -> None:
        super().__init__(verdict.words)
        self.verdict = verdict


class AlreadySubmitted(Exception):
    """The attempt is closed, so its answers do not change any more."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(_("This attempt was submitted; its answers do not change any more."))
        self.attempt = attempt


class Refused(Exception):
    """What was sent does not belong to this attempt; the words say how."""


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save leaves behind."""

    saved_at: datetime
    answered: int
    asked: int


@transaction.atomic
def start_attempt(*, enrollment: Enrollment, quiz_id: UUID, by: User, at: datetime) -> Attempt:
    """Begin an attempt, or answer with the one that is open; two at once get the same one.

    Raises PermissionError for somebody else's training, LockedActivity, NoFurtherAttempt, and
    LookupError for a quiz that the training does not hold.
    """
    if by.pk != enrollment.user_id:
        raise PermissionError("a quiz is taken by the person who is enrolled")
    locked = Enrollment.objects.select_for_update(of=("self",)).get(pk=enrollment.pk)
    outline = outline_of(locked.version_id)
    activity = outline.by_id[quiz_id]
    require_unlocked(enrollment=locked, outline=outline, activity_id=quiz_id)
    content = quiz_content(quiz_id)
    attempts = attempts_of(locked.pk, quiz_id=quiz_id)
    verdict = verdict_of(locked, content, attempts)
    if not verdict.may_start:
        raise NoFurtherAttempt(verdict)
    begun = next((line.id for line in attempts if line.is_open), None)
    if begun is not None:
        return Attempt.objects.get(pk=begun)
    # The system's own randomness: with a seed that a learner could know, the order would tell the author's.
    layout = lay_out(content.questions, shuffle=content.shuffle, random=SystemRandom())
    attempt = Attempt(
        id=new_id(),
        enrollment=locked,
        quiz_id=quiz_id,
        number=len(attempts) + 1,
        layout=layout.as_json(),
        started_at=at,
    )
    record_fact(
        facts.ATTEMPT_STARTED,
        by=by,
        at=at,
        subject_type="attempt",
        subject_id=attempt.id,
        person_id=locked.user_id,
        payload={
            "activity": activity.title,
            "activity_id": quiz_id,
            "number": attempt.number,
            "course": outline.title,
            "version": outline.label,
        },
    )
    attempt.save(force_insert=True)
    return attempt


@transaction.atomic
def save_response(
    *,
    enrollment_id: UUID,
    quiz_id: UUID,
    question_key: str,
    chosen: Iterable[str],
    by: User,
    at: datetime,
    idempotency_key: str = "",
) -> Saved:
    """Keep what is chosen for one question now; an empty choice takes the answer back.

    Question and options are named by the keys of their attempt. A save that comes again under its
    idempotency key changes nothing, however late. Not in the trail by itself: responses are frozen
    at submission and stand in its fact. Raises Attempt.DoesNotExist for somebody else's,
    AlreadySubmitted, and Refused for what the attempt does not show.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_LATEST, [enrollment_id, quiz_id, by.pk])
        latest = cursor.fetchone()
        if latest is None:
            raise Attempt.DoesNotExist
        attempt_id, state, kept = latest
        layout = json.loads(kept)
        entry = next((each for each in layout if each["key"] == question_key), None)
        if entry is None or state != AttemptState.OPEN:
            raise _why_not(enrollment_id, quiz_id, question_key)
        shown = ShownQuestion.from_json(entry)
        keys = _known_keys(shown, set(chosen), quiz_content(quiz_id))
        cursor.execute(_RESPONSES, [attempt_id])
        responses = {question_id: rest for question_id, *rest in cursor.fetchall()}
        before = responses.get(shown.question_id)
        seen_keys: list[str] = before[2] if before else []
        if not _is_repeated(seen_keys, key=idempotency_key, chosen=keys):
            if idempotency_key:
                seen_keys = [*seen_keys, _fingerprint(idempotency_key, keys)][-KEYS_REMEMBERED:]
            cursor.execute(_KEEP, [new_id(), attempt_id, shown.question_id, keys, at, seen_keys])
            responses[shown.question_id] = [keys, at, seen_keys]
    answered = sum(bool(kept_keys) for kept_keys, _at, _seen in responses.values())
    return Saved(responses[shown.question_id][1], answered=answered, asked=len(layout))


# Ten saves to a quiz: written by hand, they cost half of what the ORM takes for the same statements.
_LOCK_LATEST = """
    SELECT a.id, a.state, a.layout FROM assessments_attempt a
    JOIN enrollment_enrollment e ON e.id = a.enrollment_id
    WHERE a.enrollment_id = %s AND a.quiz_id = %s AND e.user_id = %s
    ORDER BY a.number DESC LIMIT 1 FOR NO KEY UPDATE OF a
"""
_RESPONSES = "SELECT question_id, chosen, saved_at, seen_keys FROM assessments_response WHERE attempt_id = %s"
_KEEP = """
    INSERT INTO assessments_response (id, attempt_id, question_id, chosen, saved_at, saves, seen_keys)
    VALUES (%s, %s, %s, %s, %s, 1, %s)
    ON CONFLICT (attempt_id, question_id) DO UPDATE SET chosen = excluded.chosen, saved_at = excluded.saved_at,
        saves = assessments_response.saves + 1, seen_keys = excluded.seen_keys
"""


def _why_not(enrollment_id: UUID, quiz_id: UUID, question_key: str) -> Exception:
    """Tell a question of an attempt that is closed from one that was never shown."""
    attempts = Attempt.objects.filter(enrollment_id=enrollment_id, quiz_id=quiz_id, state=AttemptState.SUBMITTED)
    closed = attempts.filter(layout__contains=[{"key": question_key}]).first()
    if closed is not None:
        return AlreadySubmitted(closed)
    return Refused(_("This attempt does not hold that question. Reload the page."))


@transaction.atomic
def submit_attempt(*, attempt_id: UUID, by: User, at: datetime) -> Attempt:
    """Grade an attempt from its stored responses, once; a second submit answers with the first result.

    Grade, fact with the whole raw answers, and progress commit together. Raises Attempt.DoesNotExist
    for somebody else's, and AlreadyEnded when the training has ended meanwhile.
    """
    enrollment = Enrollment.objects.select_for_update(of=("self",)).filter(attempts=attempt_id, user_id=by.pk).first()
    if enrollment is None:
        raise Attempt.DoesNotExist
    attempt = Attempt.objects.select_for_update(of=("self",), no_key=True).get(pk=attempt_id)
    if attempt.state == AttemptState.SUBMITTED:
        return attempt
    content = quiz_content(attempt.quiz_id)
    layout = Layout.from_json(attempt.layout)
    responses = {each.question_id: each for each in Response.objects.filter(attempt=attempt)}
    graded = grade(
        content.questions,
        layout=layout,
        responses={question_id: each.chosen for question_id, each in responses.items()},
        pass_ratio=content.pass_ratio,
    )
    answers = _raw_answers(content, layout, responses, graded)
    answers_sha256 = record_hash({"schema": "attest.answers/1", "attempt": attempt.id, "questions": answers})
    record_fact(
        facts.ATTEMPT_PASSED if graded.passed else facts.ATTEMPT_NOT_PASSED,
        by=by,
        at=at,
        subject_type="attempt",
        subject_id=attempt.id,
        person_id=enrollment.user_id,
        payload={
            "activity": content.title,
            "activity_id": attempt.quiz_id,
            "number": attempt.number,
            "course": content.course_title,
            "version": content.version_label,
            "started_at": attempt.started_at,
            "score": graded.score,
            "max_score": graded.max_score,
            "needed": content.points_needed,
            "passed": graded.passed,
            "questions": answers,
            "answers_sha256": answers_sha256,
        },
    )
    attempt.state, attempt.submitted_at = AttemptState.SUBMITTED, at
    attempt.score, attempt.max_score, attempt.passed = graded.score, graded.max_score, graded.passed
    attempt.save(update_fields=["state", "submitted_at", "score", "max_score", "passed"])
    outcome = Outcome(
        graded.passed,
        score=graded.score,
        max_score=graded.max_score,
        passed=graded.passed,
        evidence_sha256=answers_sha256,
    )
    record_outcome(enrollment=enrollment, activity_id=attempt.quiz_id, outcome=outcome, by=by, at=at)
    return attempt


def _known_keys(shown: ShownQuestion, chosen: set[str], content: QuizContent) -> list[str]:
    """Return the chosen keys in the order shown. Raises Refused for a foreign key, or one too many."""
    if not chosen <= shown.option_of.keys():
        raise Refused(_("That answer belongs to another attempt. Reload the page."))
    if len(chosen) > 1 and not content.by_id[shown.question_id].takes_several:
        raise Refused(_("This question takes one answer."))
    return [key for key, _option in shown.options if key in chosen]


def _is_repeated(seen_keys: list[str], *, key: str, chosen: list[str]) -> bool:
    """Say whether this very save was made before. Raises Refused when its key stood for another answer."""
    earlier = [seen for seen in seen_keys if key and seen.startswith(f"{_key_digest(key)}:")]
    if earlier and _fingerprint(key, chosen) not in earlier:
        raise Refused(_("This idempotency key was used for another answer."))
    return bool(earlier)


def _fingerprint(key: str, chosen: list[str]) -> str:
    return f"{_key_digest(key)}:{hashlib.sha256(','.join(chosen).encode()).hexdigest()[:12]}"


def _key_digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def _raw_answers(
    content: QuizContent, layout: Layout, responses: Mapping[UUID, Response], graded: Graded
) -> list[dict[str, Any]]:
    """Return all that was asked, shown and answered, so that the grade can be checked without any other table."""
    raw = []
    for shown, result in zip(layout.questions, graded.questions, strict=True):
        asked = content.by_id[shown.question_id]
        by_id = {option.id: option for option in asked.options}
        response = responses.get(shown.question_id)
        raw.append(
            {
                "key": shown.key,
                "question": shown.question_id,
                "text": asked.text,
                "options": [
                    {
                        "key": key,
                        "option": option_id,
                        "text": by_id[option_id].text,
                        "is_correct": by_id[option_id].is_correct,
                    }
                    for key, option_id in shown.options
                ],
                "chosen": response.chosen if response else [],
                "saved_at": response.saved_at if response else None,
                "saves": response.saves if response else 0,
                "points": result.points,
            }
        )
    return raw
