"""Who may begin a course by themselves, as its authors say."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.views import requires
from courses.actions.joining import JoiningChanged, change_joining
from courses.choices import Joining
from courses.forms import JoiningForm
from courses.models import Course
from courses.permissions import author, readable_by
from people.requests import PersonRequest


@requires(author)
@require_http_methods(["GET", "HEAD", "POST"])
def joining(request: PersonRequest, course_id: UUID) -> HttpResponse:
    """Show who may begin a course, and change it with a reason."""
    newest = readable_by(request.user).filter(course_id=course_id).order_by("-number")
    version = get_object_or_404(newest[:1])
    course = get_object_or_404(Course, pk=course_id)
    back = reverse("courses:studio")
    form = JoiningForm(request.POST or None, initial={"joining": course.joining, "was": course.joining})
    refusal = ""
    if form.is_valid():
        typed = form.cleaned_data
        try:
            change_joining(
                course=course,
                joining=Joining(typed["joining"]),
                by=request.user,
                at=now(),
                reason=typed["reason"],
                expected=typed["was"],
            )
        except JoiningChanged as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Saved. Whoever has begun it goes on."))
            return redirect(back)
    context = {"title": version.title, "form": form, "refusal": refusal, "back": back}
    return render(request, "courses/studio/joining.html", context, status=422 if form.is_bound else 200)
