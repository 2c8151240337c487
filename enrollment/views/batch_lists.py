"""Several people named by a list: pasted, or as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.views import requires
from courses.models import Course
from enrollment.actions.excepting import NobodyChosen, begin_listed
from enrollment.actions.several import LeftOut, Several, kinds_for
from enrollment.choices import RequirementState
from enrollment.forms import PeopleListForm
from enrollment.models import Requirement
from enrollment.permissions import assignments_cared_for_by, may_except
from enrollment.queries import course_titles
from enrollment.queries.listing import people_listed
from enrollment.views.batches import MEANS, SHOWN, TITLES
from people.models import User
from people.requests import PersonRequest


@requires(may_except)
@require_http_methods(["GET", "HEAD", "POST"])
def people_list(request: PersonRequest) -> HttpResponse:
    """Read a list of people for one kind, and go on to what each would get."""
    at = now()
    kinds = kinds_for(request.user)
    several = next((each for each in kinds if each.kind == request.GET.get("kind")), kinds[0])
    form = PeopleListForm(
        request.POST or None, request.FILES or None, about=_about(several), options=_options(several, request)
    )
    left_out: list[LeftOut] = []
    if form.is_valid():
        found = people_listed(form.rows, several.people(request.user, on=at.date()))
        left_out = [LeftOut(row.line, row.text, words) for row, words in found.left_out]
        people = User.objects.in_bulk([person for _row, person in found.found])
        named = [(row.line, row.text, people[person]) for row, person in found.found]
        of = form.cleaned_data.get("of")
        try:
            made = begin_listed(
                kind=several.kind,
                people=named,
                of=UUID(of) if of else None,
                left_out=left_out,
                by=request.user,
                at=at,
            )
        except NobodyChosen:
            left_out += [LeftOut(line, text, several.nothing(who.name)) for line, text, who in named]
            form.add_error("text", _("The list names nobody for whom this can be done. Each line says why."))
        else:
            return redirect("enrollment:batch", made.pk)
    context: dict[str, Any] = {
        "form": form,
        "kind": several.kind,
        "title": TITLES[several.kind],
        "means": MEANS.get(several.kind, ""),
        "left_out": sorted(left_out, key=lambda each: each.line)[:SHOWN],
        "kinds": [
            (each.kind.label, f"{reverse('enrollment:people_list')}?kind={each.kind}", None, each is several)
            for each in kinds
        ],
    }
    return render(request, "enrollment/exceptions/people_list.html", context, status=422 if form.is_bound else 200)


def _about(several: Several) -> str:
    return {"requirement": _("Requirement"), "course": _("Training")}.get(several.needs, "")


def _options(several: Several, request: PersonRequest) -> list[tuple[str, str]]:
    """Return what a list may be about: requirements that hold for people of theirs, or trainings."""
    if several.needs == "requirement":
        theirs = assignments_cared_for_by(request.user, on=now().date()).filter(requirement=OuterRef("pk"))
        found = list(Requirement.objects.filter(Exists(theirs), state=RequirementState.ON).order_by("number"))
        titles = course_titles({each.course_id for each in found})
        return [(str(each.pk), f"R-{each.number} {titles[each.course_id]}") for each in found]
    if several.needs == "course":
        known = Course.objects.filter(versions__approved_at__isnull=False).values_list("pk", flat=True)
        titles = course_titles(set(known))
        return [(str(pk), title) for pk, title in sorted(titles.items(), key=lambda each: each[1].casefold())]
    return []
