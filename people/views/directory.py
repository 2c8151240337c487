"""The list of people whom an administrator looks after."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.views import requires
from people import actions
from people.actions import NotAllowed
from people.forms import DirectoryForm, NewPersonForm
from people.models import RoleGrant, User
from people.permissions import administered_by, administered_sites, administrator, administrator_everywhere
from people.queries import below, matching, with_position
from people.requests import PersonRequest

ON_A_PAGE = 25
SORTS = {
    "name": ("name", "pk"),
    "-name": ("-name", "pk"),
    "job_role": ("frame_title", "name", "pk"),
    "-job_role": ("-frame_title", "name", "pk"),
    "site": ("site_name", "name", "pk"),
    "-site": ("-site_name", "name", "pk"),
}


@require_safe
@requires(administrator)
def directory(request: PersonRequest) -> HttpResponse:
    """Show the people in one's scope, filtered and sorted by what the address says."""
    form = DirectoryForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    today = timezone.localdate()
    everyone = administered_by(request.user, on=today)
    people = filtered(with_position(everyone, on=today), wanted)
    sort = request.GET.get("sort", "name")
    people = people.order_by(*SORTS.get(sort, SORTS["name"]))
    context = {
        "form": form,
        "page": Paginator(people, ON_A_PAGE).get_page(request.GET.get("page")),
        "sort": sort if sort in SORTS else "name",
        "chips": form.chips(),
        "at": now(),
        "may_import": administrator_everywhere(request.user),
    }
    return render(request, "people/directory.html", context)


def filtered(people: Any, wanted: dict[str, Any]) -> QuerySet[User]:
    """Keep the people that the filters of the directory ask for."""
    people = matching(people, wanted.get("q") or "")
    for field in ("site", "job_role"):
        if wanted.get(field):
            people = people.filter(**{f"position__{field}": wanted[field]})
    if wanted.get("department"):
        people = people.filter(position__department__in=below(wanted["department"]))
    if wanted.get("role"):
        holders = RoleGrant.objects.in_force(now()).filter(role=wanted["role"])
        people = people.filter(pk__in=holders.values("user"))
    state = wanted.get("state") or "open"
    if state == "locked":
        people = people.filter(is_active=True, lock__locked_until__gt=now())
    elif state != "all":
        people = people.filter(is_active=state == "open")
    return people


@require_http_methods(["GET", "HEAD", "POST"])
@requires(administrator)
def new_person(request: PersonRequest) -> HttpResponse:
    """Add a person with their first position, and let them have a link to set a password."""
    sites = administered_sites(request.user)
    form = NewPersonForm(
        request.POST if request.method == "POST" else None, sites=sites, initial={"valid_from": timezone.localdate()}
    )
    if request.method == "POST" and form.is_valid():
        try:
            person = _add(request, dict(form.cleaned_data))
        except NotAllowed as refusal:
            form.add_error(None, str(refusal))
        else:
            words = _("%(name)s was added, and has an e-mail with a link to set a password.")
            messages.success(request, words % {"name": person.name})
            return redirect("people:person", person.pk)
    status = 422 if form.errors else 200
    return render(request, "people/new_person.html", {"form": form}, status=status)


PLACE = ("site", "department", "job_role", "manager", "second_manager", "employment_type", "valid_from")


@transaction.atomic
def _add(request: PersonRequest, typed: dict[str, Any]) -> User:
    place = {field: typed.pop(field) for field in PLACE}
    person = actions.add_person(by=request.user, at=now(), **typed)
    actions.take_position(person=person, by=request.user, at=now(), **place)
    actions.send_password_link(person=person, by=request.user, at=now())
    return person
