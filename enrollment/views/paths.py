"""The learning map, a program's own way, and how somebody stands with one of its courses."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.addresses import address
from core.clock import now
from core.views import requires
from courses.queries import Outline, effective_version, outline_of
from courses.queries.paths import CourseName, course_names
from courses.words import minutes_words
from enrollment import actions
from enrollment.actions.paths import PolicyChangedMeanwhile
from enrollment.choices import EnrollmentState, Standpoint
from enrollment.forms.policies import StudyPolicyForm
from enrollment.models import Enrollment, StudyPolicy
from enrollment.queries import open_enrollment
from enrollment.queries.beginnings import Gate, gate_of, verdicts
from enrollment.queries.maps import Goal, Stop, Way, has_way, ways_of
from enrollment.queries.overview import overview_of
from enrollment.rules import day_in
from enrollment.rules.beginning import Hindrance, cap_words
from enrollment.rules.maps import Line
from enrollment.views.contents import activity_url, step_url
from people.models import User
from people.permissions import administrator_everywhere, signed_in
from people.requests import PersonRequest


@dataclass(frozen=True, slots=True)
class Card:
    """A course as a step of a program shows it."""

    name: CourseName
    state: str
    about: str
    hindrance: Hindrance | None
    action: str
    url: str


def course_card(user: User, course_id: UUID, *, at: datetime) -> Card | None:
    """Return how a person stands with a course, and what they can do about it."""
    name = course_names([course_id]).get(course_id)
    if name is None:
        return None
    verdict = verdicts(user.pk, [course_id], day=day_in(user.zone_name, at))[course_id]
    start = address("enrollment:start", course_id)
    begun = open_enrollment(user_id=user.pk, course_id=course_id)
    if verdict.standpoint == Standpoint.CURRENT:
        return Card(name, "done", verdict.sentence, None, _("Open the course"), start)
    if begun:
        return Card(name, "doing", _("You have begun it"), None, _("Go on"), address("enrollment:course", begun.pk))
    if not name.is_offered:
        words = _("No version of it is in effect now, so it can not be begun. The owner of this program knows more")
        return Card(name, "locked", words, None, "", "")
    version = effective_version(course_id)
    hindrance = None
    if version is not None:
        hindrance = gate_of(user, [outline_of(version.pk)], at=at).hindrance(course_id)
    if hindrance:
        action = _("Open the course") if hindrance.is_cap else _("What is first")
        return Card(name, "locked", hindrance.words, hindrance, action, start)
    if verdict.standpoint == Standpoint.NEVER:
        words = str(minutes_words(name.minutes))
        return Card(name, "todo", words, None, _("Take this course"), start)
    return Card(name, "expired", verdict.sentence, None, _("Take it again"), start)


def way_out(hindrance: Hindrance | None, gate: Gate, course_id: UUID) -> list[tuple[str, str]]:
    """Return what lets a course be begun: those to complete first, or those to finish, with their addresses."""
    if hindrance is None:
        return []
    if hindrance.is_cap:
        return [(each.title, address("enrollment:course", each.enrollment_id)) for each in gate.active]
    return [(name.title, address("enrollment:start", name.course_id)) for name in gate.missing.get(course_id, ())]


@dataclass(frozen=True, slots=True)
class ShownStage:
    """A stage as the page draws it: its stops with their addresses, its lines as paths of an SVG."""

    title: str
    choice: str
    stops: list[tuple[Stop, str]]
    asked: str
    order: str


def shown(way: Way) -> dict[str, Any]:
    """Return a way as `enrollment/learn/_way.html` takes it."""
    stages = [
        ShownStage(
            stage.title,
            stage.choice,
            [(stop, _address(stop)) for stop in stage.stops],
            _drawn(line for line in stage.lines if line.is_asked),
            _drawn(line for line in stage.lines if not line.is_asked),
        )
        for stage in way.stages
    ]
    return {"course": way.goal, "done": way.done, "needed": way.needed, "stages": stages}


def _drawn(lines: Iterable[Line]) -> str:
    """Return lines as the path of an SVG of 100 by 24."""
    return "".join(f"M{each.start} 0C{each.start} 14 {each.end} 10 {each.end} 24" for each in lines)


def _address(stop: Stop) -> str:
    if stop.activity_id and stop.enrollment_id:
        return activity_url(stop.enrollment_id, stop.activity_id)
    if stop.course_id is None:
        return ""
    if stop.enrollment_id and stop.is_goal and stop.state == "todo":
        return step_url(stop.enrollment_id, None)
    if stop.enrollment_id:
        return address("enrollment:course", stop.enrollment_id)
    return address("enrollment:start", stop.course_id)


def way_html(
    user: User,
    outline: Outline,
    *,
    at: datetime,
    enrollment: Enrollment | None = None,
    completed: Collection[UUID] = (),
) -> SafeString | str:
    """Return the way through one course; nothing, and no query, where it asks for no other."""
    if not has_way(outline):
        return ""
    is_completed = enrollment is not None and enrollment.state == EnrollmentState.COMPLETED
    goal = Goal(outline, enrollment.pk if enrollment else None, completed, is_completed)
    [way] = ways_of(user, [goal], at=at)
    return render_to_string("enrollment/learn/_way.html", {"way": shown(way)})


@requires(signed_in)
@require_safe
def learning_map(request: PersonRequest) -> HttpResponse:
    """Show the ways through all programs and to all courses that ask for others; what is left stands beside."""
    at = now()
    overview = overview_of(request.user, at=at)
    goals, single = [], []
    for item in overview.items:
        outline = outline_of(item.version_id)
        if has_way(outline):
            goals.append(Goal(outline, item.enrollment_id, item.completed, item.status == "done"))
        elif item.status != "done":
            single.append(item)
    ways = [shown(way) for way in ways_of(request.user, goals, at=at)]
    on_a_way = {stop.course_id for way in ways for stage in way["stages"] for stop, _url in stage.stops}
    alone = [
        (
            item,
            address("enrollment:course", item.enrollment_id)
            if item.enrollment_id
            else address("enrollment:start", item.course_id),
        )
        for item in single
        if item.course_id not in on_a_way
    ]
    request.section = "enrollment:training"
    context = {"ways": ways, "alone": alone, "waiting": overview.waiting}
    return render(request, "enrollment/learn/map.html", context)


@requires(administrator_everywhere)
@require_http_methods(["GET", "HEAD", "POST"])
def study_policy(request: PersonRequest) -> HttpResponse:
    """How many courses one person may have in progress at once, for the whole organisation."""
    kept = StudyPolicy.objects.select_related("changed_by").filter(pk=1).first()
    begins = {"most_active": kept.most_active if kept else None, "revision": kept.revision if kept else 0}
    form = StudyPolicyForm(request.POST or None, initial=begins)
    refusal = ""
    if form.is_valid():
        try:
            actions.change_study_policy(by=request.user, at=now(), **form.cleaned_data)
        except PolicyChangedMeanwhile as refused:
            refusal = str(refused)
        else:
            most = form.cleaned_data["most_active"]
            messages.success(request, cap_words(most) if most else _("Saved. There is no cap."))
            return redirect("enrollment:requirements")
    context = {"form": form, "kept": kept, "refusal": refusal, "back": reverse("enrollment:requirements")}
    return render(request, "enrollment/requirements/study_policy.html", context, status=422 if form.is_bound else 200)
