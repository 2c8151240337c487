"""A version as a record, and as a learner would see it; its files for those who write and approve."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.views import requires
from courses.activity_kinds import kind_of
from courses.choices import Retraining, VersionState
from courses.models import Activity, CourseVersion
from courses.permissions import approver, author, author_or_approver, readable_by, reads_versions
from courses.queries import Outline, activities_with_content, outline_of, signatures_of, version_in_work
from courses.queries.paths import course_names
from courses.queries.versions import earlier_labels
from courses.rules import may_move
from courses.serving import activity_file
from courses.views.decided import retraining_words
from courses.views.steps import steps_of
from people.requests import PersonRequest


@requires(reads_versions)
@require_safe
def version(request: PersonRequest, version_id: UUID) -> HttpResponse:
    """Show what a version says, who signed it and with what hash."""
    shown = get_object_or_404(readable_by(request.user), pk=version_id)
    request.section = "courses:studio" if author(request.user) else "courses:reviews"
    readable = readable_by(request.user).filter(course_id=shown.course_id)
    in_work = version_in_work(shown.course_id)
    again = retraining_words(shown, earlier=earlier_labels(shown))
    context = {
        "version": shown,
        "outline": outline_of(shown.pk),
        "signatures": list(signatures_of(shown)),
        "versions": readable.order_by("-number"),
        "first": sorted(course_names(shown.prerequisites).values(), key=lambda name: name.code),
        "again": again,
        "effect": "enrollment:retraining" if again and shown.retraining == Retraining.REPEAT else "",
        "may_list": author_or_approver(request.user),
        "may_edit": author(request.user) and shown.state == VersionState.DRAFT,
        "may_begin": author(request.user) and in_work is None,
        "may_retire": approver(request.user) and may_move(shown.state, VersionState.RETIRED),
        "may_review": approver(request.user) and shown.state == VersionState.IN_REVIEW,
        **steps_of(shown),
    }
    return render(request, "courses/versions/version.html", context)


@requires(reads_versions)
@require_safe
def preview(request: PersonRequest, version_id: UUID, activity_id: UUID | None = None) -> HttpResponse:
    """Show an activity as a learner sees it; nothing is recorded."""
    shown = get_object_or_404(readable_by(request.user), pk=version_id)
    outline = outline_of(shown.pk)
    if activity_id is None:
        if not outline.activities:
            return render(request, "courses/versions/nothing.html", {"version": shown, "back": _back(request, shown)})
        return redirect("courses:preview", shown.pk, outline.activities[0].id)
    activity = get_object_or_404(activities_with_content(), pk=activity_id, module__version=shown)
    kind = kind_of(activity.kind)
    names = [each.id for each in outline.activities]
    at = names.index(activity.pk)
    context = {
        "version": shown,
        "activity": activity,
        "kind": kind,
        "files": {name: reverse("courses:file", args=[activity.pk, name]) for name in kind.assets(activity)},
        "course": outline,
        "shown": outline.by_id[activity.pk],
        "module": next(one for one in outline.modules if one.id == activity.module_id),
        "outline": _as_contents(outline, shown, activity),
        "requirement": kind.requirement_words(activity),
        "number": at + 1,
        "count": len(names),
        "previous": outline.activities[at - 1] if at else None,
        "next": outline.activities[at + 1] if at + 1 < len(names) else None,
        "leave": _back(request, shown),
        **kind.player_context(activity),
    }
    return render(request, "courses/versions/preview.html", context)


def _back(request: PersonRequest, shown: CourseVersion) -> str:
    if shown.state == VersionState.DRAFT and author(request.user):
        return reverse("courses:edit", args=[shown.pk])
    if shown.state == VersionState.IN_REVIEW and approver(request.user):
        return reverse("courses:review", args=[shown.pk])
    return reverse("courses:version", args=[shown.pk])


def _as_contents(outline: Outline, shown: CourseVersion, current: Activity) -> list[dict[str, object]]:
    """Return the outline as `components/outline.html` takes it."""
    return [
        {
            "title": module.title,
            "activities": [
                {
                    "state": "todo",
                    "title": activity.title,
                    "about": _("%(kind)s · %(extent)s")
                    % {"kind": activity.kind_label, "extent": activity.extent_words},
                    "url": reverse("courses:preview", args=[shown.pk, activity.id]),
                    "is_current": activity.id == current.pk,
                }
                for activity in module.activities
            ],
        }
        for module in outline.modules
    ]


@requires(reads_versions)
@require_safe
def file(request: PersonRequest, activity_id: UUID, name: str) -> HttpResponseBase:
    """Answer with a file of an activity of a version that this person may read; learners have their own way."""
    versions = readable_by(request.user)
    activities = Activity.objects.select_related("asset", "captions", "poster")
    activity = get_object_or_404(activities.filter(module__version__in=versions.values("pk")), pk=activity_id)
    return activity_file(request, activity, name)
