"""The list of courses for those who write them, and how a course or a version begins."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.views import requires
from courses.actions import AlreadyInWork, CodeTaken, create_course, start_new_version
from courses.choices import VersionState
from courses.forms import CourseForm
from courses.models import Course, CourseVersion
from courses.permissions import author, author_or_approver, readable_by
from courses.queries.studio import studio_courses
from people.requests import PersonRequest

PAGE = 25


@requires(author_or_approver)
@require_safe
def studio(request: PersonRequest) -> HttpResponse:
    versions = readable_by(request.user)
    state = request.GET.get("state", "")
    mine = request.GET.get("owner") == "me"
    query = request.GET.get("q", "").strip()
    everything = studio_courses(versions)
    found = studio_courses(
        versions,
        query=query,
        state=state if state in VersionState.values else "",
        owner_id=request.user.pk if mine else None,
    )
    context = {
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "count": len(found),
        "has_any": bool(everything),
        "query": query,
        "state": VersionState(state) if state in VersionState.values else None,
        "states": [each for each in VersionState if each != VersionState.SUPERSEDED],
        "mine": mine,
        "may_write": author(request.user),
        "today": timezone.localdate(),
    }
    return render(request, "courses/studio/list.html", context)


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    originals = [each.shown for each in studio_courses(readable_by(request.user))]
    form = CourseForm(request.POST or None, originals=originals)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["copy_of"]
        original = next((version for version in originals if str(version.pk) == chosen), None)
        code, title = form.cleaned_data["code"], form.cleaned_data["title"]
        try:
            version = create_course(by=request.user, at=now(), code=code, title=title, copy_of=original)
        except CodeTaken as refusal:
            form.add_error("code", str(refusal))
        else:
            return redirect("courses:edit", version.pk)
    context = {"form": form}
    return render(request, "courses/studio/new.html", context, status=422 if form.errors else 200)


@requires(author)
@require_POST
def start_version(request: PersonRequest, course_id: UUID) -> HttpResponse:
    """Begin the next version of a course, or lead to the one that is in work."""
    readable = readable_by(request.user).filter(course_id=course_id)
    course = get_object_or_404(Course.objects.filter(pk__in=readable.values("course")))
    try:
        version = start_new_version(course=course, by=request.user, at=now())
    except AlreadyInWork as refusal:
        messages.info(request, str(refusal))
        return redirect(address_of(refusal.version))
    messages.success(request, _("Version %(label)s begins as a copy.") % {"label": version.label})
    return redirect("courses:edit", version.pk)


def address_of(version: CourseVersion) -> str:
    """Return where a version is looked at: a draft in its editor, anything else on its page."""
    page = "courses:edit" if version.state == VersionState.DRAFT else "courses:version"
    return reverse(page, args=[version.pk])
