"""Sites, departments and job roles."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.views import requires
from people import actions
from people.forms import DepartmentForm, JobRoleForm, SiteForm
from people.forms.work import NewAttributeForm, NewGroupForm
from people.models import Attribute, Department, Group, JobRole, Site
from people.permissions import administrator, administrator_everywhere
from people.requests import PersonRequest

KINDS: dict[str, tuple[Any, type[forms.Form], Any]] = {
    "site": (gettext_lazy("Add a site"), SiteForm, actions.add_site),
    "department": (gettext_lazy("Add a department"), DepartmentForm, actions.add_department),
    "job-role": (gettext_lazy("Add a job role"), JobRoleForm, actions.add_job_role),
    "attribute": (gettext_lazy("Add an attribute"), NewAttributeForm, actions.add_attribute),
    "group": (gettext_lazy("Add a group"), NewGroupForm, actions.add_group),
}


@require_safe
@requires(administrator)
def organisation(request: PersonRequest) -> HttpResponse:
    """Show sites, the tree of departments and job roles, with how many people work there today."""
    today = timezone.localdate()
    valid = Q(positions__valid_until=None) | Q(positions__valid_until__gt=today)
    people = Count(
        "positions__user",
        distinct=True,
        filter=valid & Q(positions__valid_from__lte=today, positions__user__is_active=True),
    )
    context = {
        "sites": Site.objects.annotate(people=people).order_by("name"),
        "departments": as_tree(list(Department.objects.annotate(people=people).order_by("name"))),
        "job_roles": JobRole.objects.annotate(people=people).order_by("name"),
        "attributes": Attribute.objects.order_by("name"),
        "groups": Group.objects.annotate(people=_members(today)).order_by("name"),
        "may_add": administrator_everywhere(request.user),
    }
    return render(request, "people/organisation.html", context)


def _members(today: date) -> Count:
    """Return how many people belong to a group on a day."""
    valid = Q(memberships__valid_until=None) | Q(memberships__valid_until__gt=today)
    return Count("memberships", filter=valid & Q(memberships__valid_from__lte=today, memberships__user__is_active=True))


def as_tree(departments: list[Department]) -> list[dict[str, Any]]:
    """Return departments as nested lists of {department, parts}."""
    parts: dict[Any, list[dict[str, Any]]] = {}
    for department in departments:
        parts.setdefault(department.parent_id, []).append(
            {"department": department, "parts": parts.setdefault(department.pk, [])}
        )
    return parts.get(None, [])


@require_http_methods(["GET", "HEAD", "POST"])
@requires(administrator_everywhere)
def add(request: PersonRequest, kind: str) -> HttpResponse:
    """Add a site, a department or a job role."""
    if kind not in KINDS:
        raise Http404
    title, form_class, act = KINDS[kind]
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        act(by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, _("%(name)s was added.") % {"name": form.cleaned_data["name"]})
        return redirect("people:organisation")
    context = {"form": form, "title": title, "button": _("Add"), "back": reverse("people:organisation")}
    return render(request, "people/decide.html", context, status=422 if form.errors else 200)
