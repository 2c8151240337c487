"""A learner's own pages: what is next, all trainings, one course, the record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.views import requires
from courses.activity_kinds import kind_of
from courses.choices import CompletedBy, VersionState
from courses.models import Course
from courses.queries import Outline, effective_version, outline_of
from courses.words import clock_words, minutes_words
from enrollment.actions.learning import MayNotBegin, NotOffered, NotOpenToAll, enroll
from enrollment.actions.paths import credit_courses
from enrollment.choices import EnrollmentState, Status
from enrollment.models import Enrollment
from enrollment.queries import Standing, course_titles, open_enrollment, standings
from enrollment.queries import own as queries
from enrollment.queries.beginnings import Gate, gate_of, progress_now
from enrollment.queries.claims import open_claims_of
from enrollment.queries.exceptions import extensions_of, waivers_in_force
from enrollment.queries.joining import door_of, waiting_of
from enrollment.queries.overview import Goal, Item, Overview, overview_of
from enrollment.queries.planned import coming_of, coming_of_course, next_day_of
from enrollment.queries.retention import classes_of_course
from enrollment.queries.transcript import transcript_of
from enrollment.queries.watched import position_of, positions_of
from enrollment.rules.joining import why_not_begun
from enrollment.rules.sequence import goes_on_with, steps_of, tally
from enrollment.views.contents import step_url
from enrollment.views.kept import about, contents_html
from enrollment.views.paths import way_html, way_out
from enrollment.views.rows import completed_row, done_page, row_of
from enrollment.views.session_lines import lines_of, next_line, own_lines
from people.models import User
from people.permissions import signed_in
from people.requests import PersonRequest

RECENT = 3


def own_enrollment(request: PersonRequest, enrollment_id: UUID) -> tuple[Enrollment, UUID | None]:
    """Return an enrollment of the person who asks, and the activity seen last; to anyone else it does not exist."""
    found = queries.own_enrollment(request.user, enrollment_id)
    if found is None:
        raise Http404("no such enrollment")
    return found


@requires(signed_in)
@require_safe
def home(request: PersonRequest) -> HttpResponse:
    overview = overview_of(request.user, at=now(), last=RECENT)
    pressing = overview.with_status(Status.LATE, Status.EXPIRED)
    due = pressing + overview.with_status(Status.SOON)
    groups = [
        (_("Overdue or expired") if overview.required[Status.EXPIRED] else _("Overdue"), pressing),
        (_("Due soon"), overview.with_status(Status.SOON)),
        (_("Later"), [item for item in overview.with_status(Status.DOING, Status.TODO) if not item.waits]),
        (overview.waiting, [item for item in overview.items if item.waits]),
    ]
    context = {
        "greeting": greeting(request.user, timezone.localtime(now())),
        "first": due[0] if due else None,
        "due_count": len(due),
        "resume": _resume(overview),
        "session": next_line(next_day_of(request.user, at=now()), reader=request.user, at=now()),
        "groups": [(title, [row_of(item) for item in items]) for title, items in groups if items],
        "recent": [(done, done_page(done)) for done in overview.completions],
        "required_count": overview.required.total(),
        "required": {status.value: overview.required[status] for status in Status},
        "local_now": timezone.localtime(now()),
    }
    return render(request, "enrollment/learn/home.html", context)


def greeting(user: User, local: datetime) -> str:
    name = user.name.split()[0] if user.name else ""
    if 4 <= local.hour < 12:
        return _("Good morning, {name}").format(name=name)
    if 12 <= local.hour < 18:
        return _("Good afternoon, {name}").format(name=name)
    return _("Good evening, {name}").format(name=name)


@dataclass(frozen=True, slots=True)
class Resume:
    """The one panel that says where to go on."""

    label: str
    title: str
    where: str
    action: str
    url: str
    done: int
    total: int
    left: str


def _resume(overview: Overview) -> Resume | None:
    if overview.goal:
        return _resume_goal(overview.goal)
    item = next((item for item in overview.items if item.needs_work and item.may_begin), None)
    return _resume_item(item) if item else None


def _resume_goal(goal: Goal) -> Resume:
    left = _about_left(goal.minutes_left)
    url = step_url(goal.enrollment_id, goal.activity.id if goal.activity else None)
    label = _("Continue where you stopped")
    if goal.activity is None:
        where, action = _("Everything is done; your signature completes it"), _("Sign")
        return Resume(label, goal.title, where, action, url, goal.done, goal.total, "")
    activity = goal.activity
    where = _("Module {number} · {kind} “{title}”").format(
        number=goal.module_number, kind=activity.kind_label, title=activity.title
    )
    action = _("Resume") if goal.done else _("Go on")
    kind = kind_of(activity.kind)
    if kind.completed_by == CompletedBy.WATCHING:
        position, duration = position_of(enrollment_id=goal.enrollment_id, activity=activity)
        if position >= 1:
            where = _("{where}, at {position} of {duration}").format(
                where=where, position=clock_words(int(position)), duration=clock_words(float(duration))
            )
            action = _("Resume at {position}").format(position=clock_words(int(position)))
    elif kind.own_page:
        place, anchor = kind.stopped_at(enrollment_id=goal.enrollment_id, activity_id=activity.id)
        if place:
            action, url = _("Resume: {place}").format(place=place), f"{url}#{anchor}"
    return Resume(label, goal.title, where, action, url, goal.done, goal.total, left)


def _resume_item(item: Item) -> Resume:
    url = reverse("enrollment:start", kwargs={"course_id": item.course_id})
    action = _("Start · {minutes}").format(minutes=minutes_words(item.minutes_left))
    return Resume(_("Start here"), item.title, item.reason, action, url, 0, 0, "")


def _about_left(minutes: int) -> str:
    return _("about {minutes} left").format(minutes=minutes_words(minutes)) if minutes else ""


@requires(signed_in)
@require_safe
def training(request: PersonRequest) -> HttpResponse:
    at = now()
    overview = overview_of(request.user, at=at)
    shown = request.GET.get("show", "")
    kinds = [
        ("open", _("To do"), [item for item in overview.items if item.needs_work]),
        ("begun", _("In progress"), [item for item in overview.items if item.enrollment_id]),
        ("required", _("Required"), [item for item in overview.items if item.is_required]),
        ("completed", _("Completed"), []),
    ]
    chosen = next(((name, title, items) for name, title, items in kinds if name == shown), None)
    items = chosen[2] if chosen else [item for item in overview.items if item.status != Status.DONE]
    last = {done.course_id: done for done in overview.completions}
    completions = overview.completions if not chosen or chosen[0] == "completed" else []
    if not chosen:  # what is to be done again stands once, and says itself when it was completed
        named = {item.course_id for item in items}
        completions = [done for done in completions if done.course_id not in named]
    rows = [row_of(item, last.get(item.course_id)) for item in items]
    rows += [completed_row(done, today=timezone.localdate()) for done in completions]
    asked = waiting_of(request.user)
    titles = course_titles({each.course_id for each in asked}) if asked else {}
    context = {
        "booked": own_lines(coming_of(request.user, at=at), reader=request.user, at=at),
        "asked": [(each, titles[each.course_id]) for each in asked],
        "rows": rows,
        "chosen": chosen,
        "kinds": kinds,
        "count": len(rows),
        "is_new": not overview.items and not overview.completions and not asked,
    }
    return render(request, "enrollment/learn/training.html", context)


@requires(signed_in)
@require_safe
def course(request: PersonRequest, enrollment_id: UUID) -> HttpResponse:
    enrollment, last = own_enrollment(request, enrollment_id)
    outline = outline_of(enrollment.version_id)
    if outline.courses:
        credit_courses(enrollment_id=enrollment.pk, at=now())
    progress = progress_now(enrollment.pk, outline, user=request.user, at=now())
    completed = {activity for activity, mark in progress.items() if mark.is_completed}
    step = goes_on_with(steps_of(outline), completed=completed, last=last)
    counted = tally(steps_of(outline), completed=completed)
    is_completed = enrollment.state == EnrollmentState.COMPLETED
    context = _course_context(request, outline)
    context |= {
        "enrollment": enrollment,
        "completion": enrollment.completion if is_completed else None,
        "classes": classes_of_course(outline.course_id) if is_completed else (),
        "contents": contents_html(
            outline,
            progress=progress,
            enrollment=enrollment,
            positions=positions_of(enrollment_id=enrollment.pk, outline=outline, progress=progress),
            in_full=True,
        ),
        "done": counted.done,
        "total": counted.needed,
        "way": way_html(request.user, outline, at=now(), enrollment=enrollment, completed=completed),
        "left": _about_left(counted.minutes_left),
        "next_url": step_url(enrollment.pk, step.id if step else None),
        "may_sign": step is None,
        "successor": _successor(outline, enrollment),
        "moved_to": enrollment.moved_to if enrollment.state == EnrollmentState.MOVED else None,
        "is_cancelled": enrollment.state == EnrollmentState.CANCELLED,
        "own_due_on": enrollment.own_due_on if enrollment.state == EnrollmentState.OPEN else None,
    }
    return render(request, "enrollment/learn/course.html", context)


def _course_context(request: PersonRequest, outline: Outline) -> dict[str, Any]:
    at = now()
    coming = coming_of_course(outline.course_id, request.user, at=at)
    standing: Standing | None = next(
        iter(standings(at=at, user_ids=[request.user.pk], course_id=outline.course_id)), None
    )
    waiver = None
    if standing is not None and standing.status == Status.WAIVED:
        found = waivers_in_force(user_ids=[request.user.pk], on=standing.today)
        waiver = found.get((request.user.pk, standing.requirement_id))
    return {
        "course": outline,
        "standing": standing,
        "waiver": waiver,
        "extension": extensions_of([standing.assignment_id]).first() if standing and standing.is_extended else None,
        "about": about(outline),
        "sessions": lines_of(coming, reader=request.user, title=outline.title),
        "is_retired": outline.state == VersionState.RETIRED,
    }


def _successor(outline: Outline, enrollment: Enrollment) -> Any:
    """Return the version that counts now, where the learner began an earlier one."""
    if outline.state == VersionState.EFFECTIVE or enrollment.state != EnrollmentState.OPEN:
        return None
    version = effective_version(outline.course_id)
    return version if version and version.number > outline.number else None


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: PersonRequest, course_id: UUID) -> HttpResponse:
    """Show a course before it is begun; POST begins it and leads to its first activity."""
    if request.method == "POST":
        return _begin(request, course_id)
    return _to_begin(request, course_id)


def _to_begin(request: PersonRequest, course_id: UUID, *, refusal: str = "", gate: Gate | None = None) -> HttpResponse:
    """Show a course before it is begun, with why it can not be, if so; `gate` or `refusal` say what was refused."""
    begun = open_enrollment(user_id=request.user.pk, course_id=course_id)
    if begun:
        return redirect("enrollment:course", enrollment_id=begun.pk)
    version = effective_version(course_id)
    if version is None:
        return _not_offered(request, course_id, status=404)
    outline = outline_of(version.pk)
    known = gate or gate_of(request.user, [outline], at=now())
    hindrance = known.hindrance(outline.course_id)
    context = _course_context(request, outline)
    door = door_of(version.course, request.user, is_required=True if context["standing"] else None)
    context |= {
        "contents": contents_html(outline, progress={}, in_full=True),
        "done": 0,
        "left": "",
        "hindrance": hindrance,
        "way_out": way_out(hindrance, known, outline.course_id),
        "way": way_html(request.user, outline, at=now()),
        "door": door,
        "locked": why_not_begun(door.joining, is_required=door.is_required),
        "refusal": refusal,
    }
    return render(request, "enrollment/learn/course.html", context, status=409 if refusal or gate else 200)


def _begin(request: PersonRequest, course_id: UUID) -> HttpResponse:
    course = get_object_or_404(Course, pk=course_id)
    try:
        enrollment = enroll(user=request.user, course=course, by=request.user, at=now())
    except NotOffered:
        return _not_offered(request, course_id, status=409)
    except MayNotBegin as refused:
        return _to_begin(request, course_id, gate=refused.gate)
    except NotOpenToAll as refused:
        return _to_begin(request, course_id, refusal=str(refused))
    activities = outline_of(enrollment.version_id).activities
    return redirect(step_url(enrollment.pk, activities[0].id if activities else None))


def _not_offered(request: PersonRequest, course_id: UUID, *, status: int) -> HttpResponse:
    get_object_or_404(Course.objects.filter(versions__approved_at__isnull=False).distinct(), pk=course_id)
    return render(request, "enrollment/learn/not_offered.html", status=status)


@requires(signed_in)
@require_safe
def record(request: PersonRequest) -> HttpResponse:
    at = now()
    transcript = transcript_of(request.user, on=timezone.localdate())
    required = standings(at=at, user_ids=[request.user.pk])
    context = {
        "transcript": transcript,
        "renewals": {each.course_id for each in required if each.completion_id and each.may_renew},
        "current_count": sum(entry.is_current for entry in transcript),
        "claims": open_claims_of(request.user, at=at),
    }
    return render(request, "enrollment/learn/record.html", context)
