"""One part of the organisation: a site with its calendar, a group with its members, and new names."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.views import requires
from people import actions
from people.actions import NotAllowed
from people.forms.work import CalendarForm, ChangeDepartmentForm, LeaveGroupForm, MembersForm, RenameForm
from people.models import Department, Group, JobRole, Membership, Site
from people.permissions import administrator_everywhere
from people.requests import PersonRequest
from people.rules.calendars import spell_holidays

either = require_http_methods(["GET", "HEAD", "POST"])
MEMBERS_ON_A_PAGE = 50
RENAMED: dict[str, tuple[Any, type[Model]]] = {
    "site": (gettext_lazy("Rename the site"), Site),
    "job-role": (gettext_lazy("Rename the job role"), JobRole),
    "group": (gettext_lazy("Rename the group"), Group),
    "department": (gettext_lazy("Rename or move the department"), Department),
}


@either
@requires(administrator_everywhere)
def change_part(request: PersonRequest, kind: str, part_id: UUID) -> HttpResponse:
    """Rename a part of the organisation; a department can become part of another one."""
    if kind not in RENAMED:
        raise Http404
    title, model = RENAMED[kind]
    part: Any = get_object_or_404(model, pk=part_id)
    sent = request.POST if request.method == "POST" else None
    if isinstance(part, Department):
        initial = {"name": part.name, "parent": part.parent_id}
        form: forms.Form = ChangeDepartmentForm(sent, initial=initial)
    else:
        form = RenameForm(sent, initial={"name": part.name})
    if request.method == "POST" and form.is_valid():
        try:
            if isinstance(part, Department):
                actions.change_department(department=part, by=request.user, at=now(), **form.cleaned_data)
            else:
                actions.rename(of=part, by=request.user, at=now(), **form.cleaned_data)
        except NotAllowed as refusal:
            form.add_error("parent" if "itself" in str(refusal) else "name", str(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("people:organisation")
    context = {
        "form": form,
        "title": title,
        "lead": _("%(name)s. What was written before keeps the name it was written under.") % {"name": part},
        "button": _("Save"),
        "back": reverse("people:organisation"),
    }
    return render(request, "people/decide.html", context, status=422 if form.errors else 200)


@either
@requires(administrator_everywhere)
def site(request: PersonRequest, site_id: UUID) -> HttpResponse:
    """Show a site, and set the days on which it does not work."""
    found = get_object_or_404(Site, pk=site_id)
    holidays = dict(found.holidays.values_list("on", "name"))
    initial = {"free_weekdays": found.free_weekdays, "holidays": spell_holidays(holidays)}
    form = CalendarForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.set_calendar(site=found, by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, _("The calendar is saved."))
        return redirect("people:site", found.pk)
    today = timezone.localdate()
    coming = [(on, name) for on, name in sorted(holidays.items()) if on >= today]
    context = {"site": found, "form": form, "coming": coming[:12], "count": len(holidays)}
    return render(request, "people/site.html", context, status=422 if form.errors else 200)


@either
@requires(administrator_everywhere)
def group(request: PersonRequest, group_id: UUID) -> HttpResponse:
    """Show who belongs to a group, and add people by a pasted list."""
    found = get_object_or_404(Group, pk=group_id)
    today = timezone.localdate()
    form = MembersForm(request.POST if request.method == "POST" else None, initial={"valid_from": today})
    if request.method == "POST" and form.is_valid() and _joined(request, found, form):
        count = len(form.found)
        messages.success(request, _("%(count)s people were added.") % {"count": count})
        return redirect("people:group", found.pk)
    members = Membership.objects.filter(group=found).exclude(valid_until__lte=today).select_related("user")
    page = Paginator(members.order_by("user__name", "pk"), MEMBERS_ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"group": found, "form": form, "page": page, "today": today}
    return render(request, "people/group.html", context, status=422 if form.errors else 200)


def _joined(request: PersonRequest, found: Group, form: MembersForm) -> bool:
    """Let everybody join or nobody; each who can not stands in the errors with the line."""
    refused = []
    with transaction.atomic():
        for line, person in form.found:
            try:
                actions.join_group(
                    person=person,
                    group=found,
                    valid_from=form.cleaned_data["valid_from"],
                    by=request.user,
                    at=now(),
                )
            except NotAllowed as refusal:
                refused.append(_("Line {number}: {fault}").format(number=line, fault=refusal))
        if refused:
            transaction.set_rollback(True)
    for words in refused:
        form.add_error("people", words)
    return not refused


@either
@requires(administrator_everywhere)
def remove_member(request: PersonRequest, group_id: UUID, membership_id: UUID) -> HttpResponse:
    """Let somebody belong to a group no longer."""
    members = Membership.objects.filter(group=group_id).select_related("user", "group")
    open_ones = members.exclude(valid_until__lte=timezone.localdate())
    membership = get_object_or_404(open_ones, pk=membership_id)
    form = LeaveGroupForm(
        request.POST if request.method == "POST" else None, initial={"valid_until": timezone.localdate()}
    )
    if request.method == "POST" and form.is_valid():
        actions.leave_group(membership=membership, by=request.user, at=now(), **form.cleaned_data)
        messages.success(request, _("%(name)s is taken out of the group.") % {"name": membership.user.name})
        return redirect("people:group", group_id)
    words = {"name": membership.user.name, "group": membership.group}
    context = {
        "form": form,
        "title": _("Take out of the group"),
        "lead": _("%(name)s, %(group)s. That they belonged to it stays on record.") % words,
        "button": _("Take out"),
        "back": reverse("people:group", args=[group_id]),
    }
    return render(request, "people/decide.html", context, status=422 if form.errors else 200)
