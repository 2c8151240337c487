"""A learner's quiz: the rules, the questions, a last look, the result with its reasons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.actions import (
    AlreadySubmitted,
    NoFurtherAttempt,
    Refused,
    save_response,
    start_attempt,
    submit_attempt,
)
from assessments.models import Attempt, Quiz
from assessments.permissions import own_attempts
from assessments.queries import attempt_sheet, attempts_of, feedback, open_attempt, quiz_content, verdict_of
from assessments.rules import QuizContent
from core.addresses import address
from core.clock import now
from core.views import requires
from courses.queries import ActivityOutline, Outline, outline_of
from enrollment.actions.learning import AlreadyEnded, LockedActivity, open_activity
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment
from enrollment.queries import ProgressMark, progress_of
from enrollment.queries.own import own_enrollment
from enrollment.rules.sequence import Lock, locks, outstanding, steps_of
from people.permissions import signed_in
from people.requests import PersonRequest

MOST_BYTES_OF_A_SAVE = 4096


@dataclass(frozen=True, slots=True)
class Place:
    """The quiz of one enrollment, which the person who asks takes."""

    enrollment: Enrollment
    outline: Outline
    activity: ActivityOutline
    content: QuizContent

    def url(self, page: str, *more: UUID) -> str:
        return address(f"assessments:{page}", self.enrollment.pk, self.activity.id, *more)

    def context(self, **more: Any) -> dict[str, Any]:
        """Return what every page of a quiz needs, and more."""
        return {
            "enrollment": self.enrollment,
            "course": self.outline,
            "activity": self.activity,
            "quiz": self.content,
            "quiz_url": self.url("quiz"),
            **more,
        }


def _place(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> Place:
    """Find a quiz in an enrollment of the person who asks; to anyone else it does not exist."""
    found = own_enrollment(request.user, enrollment_id)
    if found is None:
        raise Http404("no such enrollment")
    enrollment, _last = found
    outline = outline_of(enrollment.version_id)
    activity = outline.by_id.get(activity_id)
    if activity is None:
        raise Http404("no such activity in this version")
    try:
        return Place(enrollment, outline, activity, quiz_content(activity_id))
    except Quiz.DoesNotExist:
        raise Http404("not a quiz") from None


@requires(signed_in)
@require_safe
def quiz(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Show the questions while an attempt is open; else the rules, and the attempts so far."""
    place = _place(request, enrollment_id, activity_id)
    progress = progress_of(place.enrollment.pk)
    lock = _lock(place, progress)
    if lock:
        return _locked(request, place, lock)
    if request.method == "GET" and activity_id not in progress:
        open_activity(enrollment=place.enrollment, activity=place.activity, at=now(), first=True)
    opened = _open_attempt(place) if place.enrollment.state == EnrollmentState.OPEN else None
    if opened:
        return _questions(request, place, opened)
    return _rules(request, place, progress)


def _open_attempt(place: Place) -> Attempt | None:
    return open_attempt(place.enrollment.pk, quiz_id=place.activity.id)


def _lock(place: Place, progress: dict[UUID, ProgressMark]) -> Lock | None:
    completed = [activity for activity, mark in progress.items() if mark.is_completed]
    return locks(steps_of(place.outline), completed=completed).get(place.activity.id)


def _locked(request: PersonRequest, place: Place, lock: Lock, *, status: int = 200) -> HttpResponse:
    key = place.outline.by_id.get(lock.opened_by) if lock.opened_by else None
    return render(request, "assessments/locked.html", place.context(lock=lock, key=key), status=status)


def _rules(
    request: PersonRequest, place: Place, progress: dict[UUID, ProgressMark], *, refusal: str = "", status: int = 200
) -> HttpResponse:
    attempts = attempts_of(place.enrollment.pk, quiz_id=place.activity.id)
    verdict = verdict_of(place.enrollment, place.content, attempts)
    context = place.context(
        verdict=verdict,
        attempts=attempts,
        has_passed=any(line.passed for line in attempts),
        refusal=refusal or verdict.words,
        next=_next_step(place, progress),
    )
    return render(request, "assessments/start.html", context, status=status)


def _questions(request: PersonRequest, place: Place, opened: Attempt) -> HttpResponse:
    sheet = attempt_sheet(opened)
    left = None
    if place.content.attempts_allowed is not None:
        left = max(0, place.content.attempts_allowed - opened.number)
    return render(request, "assessments/quiz.html", place.context(attempt=opened, sheet=sheet, left=left))


@requires(signed_in)
@require_POST
def start(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Begin an attempt, or go on with the one that is open."""
    place = _place(request, enrollment_id, activity_id)
    try:
        start_attempt(enrollment=place.enrollment, quiz_id=activity_id, by=request.user, at=now())
    except LockedActivity as refusal:
        return _locked(request, place, refusal.lock, status=409)
    except NoFurtherAttempt as refusal:
        return _rules(request, place, progress_of(enrollment_id), refusal=str(refusal), status=409)
    return redirect(place.url("quiz"))


@requires(signed_in)
@require_POST
def save(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Keep one answer as it is given: {"question": key, "chosen": [key, …]}, or the fields of a form."""
    sent = _sent(request)
    if sent is None:
        return JsonResponse({"error": "unreadable", "words": _("That could not be read.")}, status=400)
    question, chosen = sent
    try:
        saved = save_response(
            enrollment_id=enrollment_id,
            quiz_id=activity_id,
            question_key=question,
            chosen=chosen,
            by=request.user,
            at=now(),
            idempotency_key=request.headers.get("Idempotency-Key", ""),
        )
    except Attempt.DoesNotExist:
        raise Http404("no such attempt") from None
    except AlreadySubmitted as refusal:
        next_url = address("assessments:attempt", enrollment_id, activity_id, refusal.attempt.pk)
        return JsonResponse({"error": "submitted", "words": str(refusal), "next": next_url}, status=409)
    except Refused as refusal:
        return JsonResponse({"error": "refused", "words": str(refusal)}, status=422)
    return JsonResponse(
        {
            "saved_at": saved.saved_at,
            "clock": f"{timezone.localtime(saved.saved_at):%H:%M}",
            "answered": saved.answered,
            "open": saved.asked - saved.answered,
        }
    )


def _sent(request: PersonRequest) -> tuple[str, list[str]] | None:
    """Return the keys of the question and of what is chosen; nothing when they can not be read."""
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > MOST_BYTES_OF_A_SAVE:
        return None
    if request.content_type != "application/json":
        question = request.POST.get("question", "")
        return (question, request.POST.getlist(f"q-{question}")) if question else None
    try:
        sent = json.loads(request.body)
        question, chosen = sent["question"], sent["chosen"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    is_text = isinstance(question, str) and isinstance(chosen, list) and all(isinstance(key, str) for key in chosen)
    return (question, chosen) if is_text else None


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Show what is answered and what is not before submission; POST first saves what the page holds."""
    place = _place(request, enrollment_id, activity_id)
    opened = _open_attempt(place)
    if opened is None:
        return redirect(place.url("quiz"))
    if request.method == "POST":
        return _save_page(request, place, opened)
    sheet = attempt_sheet(opened)
    return render(request, "assessments/review.html", place.context(attempt=opened, sheet=sheet))


def _save_page(request: PersonRequest, place: Place, opened: Attempt) -> HttpResponse:
    """Save what was changed on a page without scripts: only that, so that two pages lose nothing to each other."""
    for question in attempt_sheet(opened).questions:
        was = set(filter(None, request.POST.get(f"was-{question.id}", "").split(",")))
        chosen = set(request.POST.getlist(f"q-{question.id}"))
        if chosen == was:
            continue
        try:
            save_response(
                enrollment_id=place.enrollment.pk,
                quiz_id=place.activity.id,
                question_key=question.id,
                chosen=chosen,
                by=request.user,
                at=now(),
            )
        except Refused as refusal:
            messages.error(request, str(refusal))
        except AlreadySubmitted as refusal:
            messages.error(request, str(refusal))
            return redirect(place.url("attempt", refusal.attempt.pk))
    return redirect(place.url("review"))


@requires(signed_in)
@require_POST
def submit(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Grade the attempt that the form names, once; sent again, it leads to the same result.

    A form that names none means the latest: an old page names its own, and so never submits a newer one.
    """
    place = _place(request, enrollment_id, activity_id)
    mine = own_attempts(request.user).filter(enrollment=place.enrollment, quiz_id=activity_id)
    if "attempt" in request.POST:
        named = _uuid(request.POST["attempt"])
        mine = mine.filter(pk=named) if named else mine.none()
    attempt_id = mine.order_by("-number").values_list("pk", flat=True).first()
    if attempt_id is None:
        raise Http404("no such attempt")
    try:
        submit_attempt(attempt_id=attempt_id, by=request.user, at=now())
    except AlreadyEnded as refusal:
        return _rules(request, place, progress_of(enrollment_id), refusal=str(refusal), status=409)
    return redirect(place.url("attempt", attempt_id))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


@requires(signed_in)
@require_safe
def attempt(request: PersonRequest, enrollment_id: UUID, activity_id: UUID, attempt_id: UUID) -> HttpResponse:
    """Show the result of a submitted attempt, what was chosen, what is right and why, and what is next."""
    place = _place(request, enrollment_id, activity_id)
    mine = own_attempts(request.user).filter(enrollment=place.enrollment, quiz_id=activity_id)
    shown = get_object_or_404(mine, pk=attempt_id)
    if shown.submitted_at is None:
        return redirect(place.url("quiz"))
    result = feedback(shown)
    verdict = verdict_of(place.enrollment, place.content, attempts_of(enrollment_id, quiz_id=activity_id))
    everything = request.GET.get("show") == "all" or not result.to_learn_from
    context = place.context(
        attempt=shown,
        result=result,
        verdict=verdict,
        everything=everything,
        questions=result.questions if everything else result.to_learn_from,
        next=_next_step(place, progress_of(enrollment_id)),
    )
    return render(request, "assessments/attempt.html", context)


@dataclass(frozen=True, slots=True)
class NextStep:
    """Where a learner goes from a result."""

    url: str
    title: str
    is_signature: bool = False


def _next_step(place: Place, progress: dict[UUID, ProgressMark]) -> NextStep | None:
    """Return what is next in this training: an activity, the signature, the course when it has ended.

    Nothing while it is this quiz itself.
    """
    pk = place.enrollment.pk
    if place.enrollment.state != EnrollmentState.OPEN:
        return NextStep(address("enrollment:course", pk), place.outline.title)
    completed = [activity for activity, mark in progress.items() if mark.is_completed]
    missing = outstanding(steps_of(place.outline), completed=completed)
    if not missing:
        return NextStep(address("enrollment:sign", pk), _("Sign and finish"), True)
    if missing[0].id == place.activity.id:
        return None
    return NextStep(address("enrollment:activity", pk, missing[0].id), missing[0].title)
