"""Taking a quiz: an attempt begins, answers are saved as they are given, and it is graded once.

Locks are always taken in the order enrollment, attempt, responses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from assessments import facts
from assessments.choices import AttemptState
from assessments.models import Attempt, Response
from assessments.queries import quiz_content
from assessments.rules import Graded, Layout, QuizContent, ShownQuestion, StartVerdict, grade, lay_out, may_start
from core.ids import new_id
from courses.queries import outline_of
from enrollment.actions.learning import record_outcome, require_unlocked
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment
from enrollment.rules import Outcome
from people.models import User
from records.actions import record_fact

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
    attempts = list(Attempt.objects.filter(enrollment=locked, quiz_id=quiz_id).order_by("number"))
    begun = next((attempt for attempt in attempts if attempt.state == AttemptState.OPEN), None)
    content = quiz_content(quiz_id)
    verdict = may_start(
        used=len(attempts),
        allowed=content.attempts_allowed,
        has_passed=any(attempt.passed for attempt in attempts),
        has_open=begun is not None,
        has_ended=locked.state != EnrollmentState.OPEN,
    )
    if not verdict.may_start:
        raise NoFurtherAttempt(verdict)
    if begun is not None:
        return begun
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
    attempts = Attempt.objects.filter(enrollment_id=enrollment_id, quiz_id=quiz_id, enrollment__user_id=by.pk)
    attempt = attempts.select_for_update(of=("self",), no_key=True).order_by("-number").first()
    if attempt is None:
        raise Attempt.DoesNotExist
    layout = Layout.from_json(attempt.layout)
    shown = next((each for each in layout.questions if each.key == question_key), None)
    if shown is None or attempt.state != AttemptState.OPEN:
        raise _why_not(attempts, question_key)
    keys = _known_keys(shown, set(chosen), quiz_content(quiz_id))
    responses = {each.question_id: each for each in Response.objects.filter(attempt=attempt)}
    before = responses.get(shown.question_id)
    response = before or Response(attempt=attempt, question_id=shown.question_id, saves=0)
    if before is None or not _is_repeated(before, key=idempotency_key, chosen=keys):
        response.chosen, response.saved_at, response.saves = keys, at, response.saves + 1
        if idempotency_key:
            seen = [*response.seen_keys, _fingerprint(idempotency_key, keys)]
            response.seen_keys = seen[-KEYS_REMEMBERED:]
        response.save(force_insert=before is None)
        responses[shown.question_id] = response
    answered = sum(bool(each.chosen) for each in responses.values())
    return Saved(response.saved_at, answered=answered, asked=len(layout.questions))


def _why_not(attempts: QuerySet[Attempt], question_key: str) -> Exception:
    """Tell a question of an attempt that is closed from one that was never shown."""
    closed = attempts.filter(state=AttemptState.SUBMITTED, layout__contains=[{"key": question_key}]).first()
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
            "questions": _raw_answers(content, layout, responses, graded),
        },
    )
    attempt.state, attempt.submitted_at = AttemptState.SUBMITTED, at
    attempt.score, attempt.max_score, attempt.passed = graded.score, graded.max_score, graded.passed
    attempt.save(update_fields=["state", "submitted_at", "score", "max_score", "passed"])
    outcome = Outcome(graded.passed, score=graded.score, max_score=graded.max_score, passed=graded.passed)
    record_outcome(enrollment=enrollment, activity_id=attempt.quiz_id, outcome=outcome, by=by, at=at)
    return attempt


def _known_keys(shown: ShownQuestion, chosen: set[str], content: QuizContent) -> list[str]:
    """Return the chosen keys in the order shown. Raises Refused for a foreign key, or one too many."""
    if not chosen <= shown.option_of.keys():
        raise Refused(_("That answer belongs to another attempt. Reload the page."))
    if len(chosen) > 1 and not content.by_id[shown.question_id].takes_several:
        raise Refused(_("This question takes one answer."))
    return [key for key, _option in shown.options if key in chosen]


def _is_repeated(response: Response, *, key: str, chosen: list[str]) -> bool:
    """Say whether this very save was made before. Raises Refused when its key stood for another answer."""
    earlier = [seen for seen in response.seen_keys if key and seen.startswith(f"{_key_digest(key)}:")]
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
