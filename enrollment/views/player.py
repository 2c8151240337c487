"""The player: one activity at a time, its files, and what a video reports."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.views import requires
from courses.activity_kinds import ActivityKind, kind_of
from courses.choices import CompletedBy, VersionState
from courses.queries import ActivityOutline, Outline, activity_content, outline_of
from courses.serving import asset_file
from enrollment.actions.learning import AlreadyEnded, LockedActivity, open_activity, record_outcome
from enrollment.actions.paths import credit_courses
from enrollment.actions.watching import TakenOver, TooManyBeats, note_beat, open_playback
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment
from enrollment.queries import ProgressMark, progress_of
from enrollment.queries.beginnings import progress_now
from enrollment.queries.moving import newer_versions
from enrollment.queries.watched import Watched, watched_of
from enrollment.rules.sequence import Lock, Outcome, locks, steps_of, tally
from enrollment.rules.watching import UnreadableBeat, read_beat
from enrollment.views.contents import activity_url, step_url
from enrollment.views.kept import contents_html
from enrollment.views.learner import own_enrollment
from enrollment.views.paths import course_card
from people.permissions import signed_in
from people.requests import PersonRequest

MOST_BYTES_OF_A_BEAT = 2048


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def activity(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Show one activity and note that it was opened; POST says that it was read, and goes on."""
    enrollment, last = own_enrollment(request, enrollment_id)
    outline, shown = _find(enrollment, activity_id)
    kind = kind_of(shown.kind)
    if request.method == "POST":
        return _done(request, enrollment, outline, shown, kind)
    if kind.completed_by == CompletedBy.COURSE and request.method == "GET":
        credit_courses(enrollment_id=enrollment.pk, at=now())
    progress = progress_now(enrollment.pk, outline, user=request.user, at=now())
    lock = _lock(outline, progress, activity_id)
    if lock:
        return _locked(request, enrollment, outline, shown, lock, status=200)
    if request.method == "GET":
        _note_opened(enrollment, shown, progress, last)
    if kind.own_page:
        return redirect(kind.own_page, enrollment_id=enrollment.pk, activity_id=activity_id)
    context = _context(enrollment, outline, shown, kind, progress)
    return render(request, "enrollment/learn/activity.html", context)


def _find(enrollment: Enrollment, activity_id: UUID) -> tuple[Outline, ActivityOutline]:
    outline = outline_of(enrollment.version_id)
    found = outline.by_id.get(activity_id)
    if found is None:
        raise Http404("no such activity in this version")
    return outline, found


def _lock(outline: Outline, progress: dict[UUID, ProgressMark], activity_id: UUID) -> Lock | None:
    completed = [activity for activity, mark in progress.items() if mark.is_completed]
    return locks(steps_of(outline), completed=completed).get(activity_id)


def _note_opened(
    enrollment: Enrollment, shown: ActivityOutline, progress: dict[UUID, ProgressMark], last: UUID | None
) -> None:
    first = shown.id not in progress
    if enrollment.state == EnrollmentState.OPEN and (first or last != shown.id):
        open_activity(enrollment=enrollment, activity=shown, at=now(), first=first)
        if first:
            progress[shown.id] = ProgressMark("opened", None, None)


def _done(
    request: PersonRequest, enrollment: Enrollment, outline: Outline, shown: ActivityOutline, kind: ActivityKind
) -> HttpResponse:
    """Note that an activity was read, and go on to the next; refused for kinds that have to show more."""
    if kind.completed_by != CompletedBy.READING:
        words = _("“{title}” is not completed by going on: {requirement}.").format(
            title=shown.title, requirement=shown.requirement_words
        )
        return _locked(request, enrollment, outline, shown, Lock(words, shown.id), status=409)
    try:
        record_outcome(
            enrollment=enrollment,
            activity_id=shown.id,
            outcome=Outcome(completed=True),
            by=request.user,
            at=now(),
        )
    except LockedActivity as refusal:
        return _locked(request, enrollment, outline, shown, refusal.lock, status=409)
    except AlreadyEnded:
        pass  # reading again changes nothing; going on is still right
    return redirect(_neighbours(enrollment, outline, shown)["next_url"])


def _locked(
    request: PersonRequest,
    enrollment: Enrollment,
    outline: Outline,
    shown: ActivityOutline,
    lock: Lock,
    *,
    status: int,
) -> HttpResponse:
    opened_by = outline.by_id.get(lock.opened_by) if lock.opened_by else None
    context = {
        "course": outline,
        "enrollment": enrollment,
        "shown": shown,
        "lock": lock,
        "key": opened_by,
        "key_url": activity_url(enrollment.pk, opened_by.id) if opened_by else "",
        **_neighbours(enrollment, outline, shown),
    }
    return render(request, "enrollment/learn/locked.html", context, status=status)


def _neighbours(enrollment: Enrollment, outline: Outline, shown: ActivityOutline) -> dict[str, Any]:
    """Return what comes before and after an activity; after the last one comes the signature."""
    activities = outline.activities
    place = next(index for index, each in enumerate(activities) if each.id == shown.id)
    before = activities[place - 1] if place else None
    after = activities[place + 1] if place + 1 < len(activities) else None
    if after is None and enrollment.state != EnrollmentState.OPEN:
        next_url, next_title = reverse("enrollment:course", kwargs={"enrollment_id": enrollment.pk}), outline.title
    else:
        next_url = step_url(enrollment.pk, after.id if after else None)
        next_title = after.title if after else _("Sign and finish")
    return {
        "previous": before.title if before else "",
        "previous_url": activity_url(enrollment.pk, before.id) if before else "",
        "next": next_title,
        "next_url": next_url,
    }


def _context(
    enrollment: Enrollment,
    outline: Outline,
    shown: ActivityOutline,
    kind: ActivityKind,
    progress: dict[UUID, ProgressMark],
) -> dict[str, Any]:
    content = activity_content(outline, shown.id)
    completed = {activity for activity, mark in progress.items() if mark.is_completed}
    is_done = shown.id in completed
    counted = tally(steps_of(outline), completed=completed)
    modules = {module.id: module for module in outline.modules}
    context = {
        "navigation": None,  # the player shows none, so nothing is counted for it
        "course": outline,
        "enrollment": enrollment,
        "shown": shown,
        "module": modules[shown.module_id],
        "activity": content,
        "kind_template": kind.player_template,
        "files": {name: _file_url(enrollment, shown, name) for name in kind.assets(content)},
        "outline": contents_html(outline, progress=progress, enrollment=enrollment, current=shown.id),
        "outline_template": "enrollment/learn/_outline.html",
        "outline_url": reverse("enrollment:course", kwargs={"enrollment_id": enrollment.pk}),
        "done": counted.done,
        "total": counted.needed,
        "minutes_left": counted.minutes_left,
        "is_done": is_done,
        "completes_by_going_on": kind.completed_by == CompletedBy.READING
        and not is_done
        and enrollment.state == EnrollmentState.OPEN,
        **_newer(enrollment, outline),
        **_neighbours(enrollment, outline, shown),
        **kind.player_context(content),
    }
    if kind.completed_by == CompletedBy.WATCHING:
        context |= {"video": True, **_playback(enrollment, shown)}
    if kind.completed_by == CompletedBy.COURSE and shown.id in outline.courses:
        context["card"] = course_card(enrollment.user, outline.courses[shown.id], at=now())
    return context


def _newer(enrollment: Enrollment, outline: Outline) -> dict[str, Any]:
    """Say whether this version is no longer in effect, and which newer one is; nothing is read while it is."""
    if outline.state == VersionState.EFFECTIVE or enrollment.state != EnrollmentState.OPEN:
        return {}
    return {"is_superseded": True, "newer": newer_versions([enrollment]).get(enrollment.pk)}


def _file_url(enrollment: Enrollment, shown: ActivityOutline, name: str) -> str:
    return reverse("enrollment:file", kwargs={"enrollment_id": enrollment.pk, "activity_id": shown.id, "asset": name})


def _playback(enrollment: Enrollment, shown: ActivityOutline) -> dict[str, Any]:
    """Return where a player begins and reports to; it reports nothing once the training has ended."""
    watched = watched_of(enrollment=enrollment, activity=shown)
    start = int(watched.position_seconds) if watched.position_seconds < watched.duration_seconds - 1 else 0
    if enrollment.state != EnrollmentState.OPEN:
        return {"start": start}
    ids = {"enrollment_id": enrollment.pk, "activity_id": shown.id}
    given = _spelled(watched) | {"watch": reverse("enrollment:watch", kwargs=ids)}
    return {"start": start, "playback": json.dumps(given | {"beat": reverse("enrollment:beat", kwargs=ids)})}


@requires(signed_in)
@require_safe
def activity_file(request: PersonRequest, enrollment_id: UUID, activity_id: UUID, asset: str) -> HttpResponseBase:
    """Give out a file of an activity, whole or a part; for a document, opening it completes it."""
    enrollment, _last = own_enrollment(request, enrollment_id)
    outline, shown = _find(enrollment, activity_id)
    kind = kind_of(shown.kind)
    found = kind.assets(activity_content(outline, activity_id)).get(asset)
    if found is None:
        raise Http404("no such file")
    progress = progress_of(enrollment.pk) if shown.is_assessment or kind.completed_by == CompletedBy.OPENING else {}
    lock = _lock(outline, progress, activity_id) if shown.is_assessment else None
    if lock:
        return _locked(request, enrollment, outline, shown, lock, status=409)
    if request.method == "GET" and kind.completed_by == CompletedBy.OPENING:
        _note_file_opened(enrollment, shown, progress)
    return asset_file(request, found)


def _note_file_opened(enrollment: Enrollment, shown: ActivityOutline, progress: dict[UUID, ProgressMark]) -> None:
    mark = progress.get(shown.id)
    if enrollment.state == EnrollmentState.OPEN and not (mark and mark.is_completed):
        record_outcome(
            enrollment=enrollment,
            activity_id=shown.id,
            outcome=Outcome(completed=True),
            by=enrollment.user,
            at=now(),
        )


@requires(signed_in)
@require_POST
def watch(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Begin a play session."""
    enrollment, _last = own_enrollment(request, enrollment_id)
    shown = _find_video(enrollment, activity_id)
    try:
        session = open_playback(enrollment=enrollment, activity=shown, at=now())
    except AlreadyEnded as refusal:
        return _refused("ended", str(refusal), 409)
    watched = watched_of(enrollment=enrollment, activity=shown)
    return JsonResponse({"session": session, **_spelled(watched)})


@requires(signed_in)
@require_POST
def beat(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Take what a player reports, and say what counts."""
    enrollment, _last = own_enrollment(request, enrollment_id)
    shown = _find_video(enrollment, activity_id)
    try:
        reported = read_beat(_json(request))
        watched = note_beat(enrollment=enrollment, activity=shown, beat=reported, by=request.user, at=now())
    except UnreadableBeat as refusal:
        return _refused("unreadable", str(refusal), 400)
    except TakenOver as refusal:
        return _refused("taken_over", str(refusal), 409)
    except AlreadyEnded as refusal:
        return _refused("ended", str(refusal), 409)
    except TooManyBeats as refusal:
        return _refused("too_often", str(refusal), 429)
    return JsonResponse(_spelled(watched))


def _find_video(enrollment: Enrollment, activity_id: UUID) -> ActivityOutline:
    _outline, shown = _find(enrollment, activity_id)
    if kind_of(shown.kind).completed_by != CompletedBy.WATCHING:
        raise Http404("not a video")
    return shown


def _json(request: PersonRequest) -> Any:
    length = request.headers.get("Content-Length", "")
    if not length.isdigit() or int(length) > MOST_BYTES_OF_A_BEAT:
        raise UnreadableBeat("a beat is a short object")
    try:
        return json.loads(request.body, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise UnreadableBeat("that is not JSON") from None


def _spelled(watched: Watched) -> dict[str, Any]:
    return {
        "watched": float(round(watched.ratio, 4)),
        "intervals": [[float(start), float(end)] for start, end in watched.intervals],
        "position": float(watched.position_seconds),
        "completed": watched.is_enough,
        "required_ratio": float(watched.required_ratio),
    }


def _refused(code: str, words: str, status: int) -> JsonResponse:
    return JsonResponse({"error": code, "words": words}, status=status)
