"""Changing a requirement that is in force: another wording, what it would do, and putting it in force."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.sheets import csv_answer
from core.views import requires
from enrollment.actions import ChangedMeanwhile, NotOn, ReachChanged, ReasonMissing
from enrollment.actions.requirements import NothingChanged, change_in_force, with_terms
from enrollment.choices import RequirementState
from enrollment.forms import RequirementForm
from enrollment.models import Requirement
from enrollment.permissions import requirements_editable_by, sites_of
from enrollment.queries import changes_of_requirement
from enrollment.queries.effects import Effect, effect_of
from enrollment.views.requirements import Saying, led_to, said_of
from people.choices import AccessRole
from people.permissions import administrator
from people.requests import PersonRequest


@requires(administrator)
@require_http_methods(["GET", "HEAD", "POST"])
def change_requirement(request: PersonRequest, requirement_id: UUID) -> HttpResponseBase:
    """Another wording for a requirement in force, with its effect, before it is put in force."""
    editable = requirements_editable_by(request.user).select_related("course", "site")
    found = get_object_or_404(editable, pk=requirement_id)
    if found.state != RequirementState.ON:
        return led_to(request, reverse("enrollment:requirement", args=[found.pk]))
    form = _form(request, found)
    if request.method != "POST" or not form.is_valid():
        if request.htmx:
            form.leave_open()
        return _shown(request, found, form, status=422 if form.errors else 200)
    effect, said = _effect(found, form)
    asked = request.POST.get("do", "")
    if asked == "download" and effect:
        return csv_answer(effect.sheet(), name=f"R-{found.number}-change")
    if asked == "put_in_force":
        return _put_in_force(request, found, form, effect, said)
    return _shown(request, found, form, effect, said)


def _put_in_force(
    request: PersonRequest, found: Requirement, form: RequirementForm, effect: Effect | None, said: Saying
) -> HttpResponse:
    if form.conditions.incomplete:
        form.conditions.tell_incomplete()
        form.add_error(None, _("A condition is not filled in. Mend the one that is marked, or remove it."))
        return _shown(request, found, form, effect, said, status=422)
    try:
        people = change_in_force(
            requirement=found,
            by=request.user,
            at=now(),
            reason=request.POST.get("why", ""),
            number=int(number) if (number := request.POST.get("number", "")[:9]).isdecimal() else 0,
            expected=request.POST.get("expected", "-") or "-",
            **_terms(form),
        )
    except (NothingChanged, ReasonMissing) as refusal:
        form.add_error(None, str(refusal))
        return _shown(request, found, form, effect, said, status=422)
    except ReachChanged as refusal:
        form.add_error(None, str(refusal))
        return _shown(request, found, form, effect, said, status=409)
    except ChangedMeanwhile as conflict:
        words = _("Somebody changed R-{number} while you had it open. Your change was not put in force.")
        form.add_error(None, words.format(number=found.number))
        return _shown(request, conflict.requirement, form, effect, said, status=409)
    except NotOn as refusal:
        messages.warning(request, str(refusal))
        return redirect("enrollment:requirement", requirement_id=found.pk)
    words = ngettext(
        "R-{number} is in force as you wrote it. That changed something for {count} person.",
        "R-{number} is in force as you wrote it. That changed something for {count} people.",
        people,
    )
    if not people:
        words = _("R-{number} is in force as you wrote it. Nothing changes for anyone now.")
    messages.success(request, words.format(number=found.number, count=people))
    return redirect("enrollment:requirement", requirement_id=found.pk)


def _effect(found: Requirement, form: RequirementForm) -> tuple[Effect | None, Saying]:
    """Return what the wording that was typed would do, nothing where it is what is in force; and how it reads."""
    other = Requirement.objects.select_related("course", "site", "switched_on_by").get(pk=found.pk)
    is_other = with_terms(other, _terms(form))
    return effect_of(changes_of_requirement(other, at=now())) if is_other else None, said_of(other, form)


def _terms(form: RequirementForm) -> dict[str, object]:
    return {name: value for name, value in form.terms.items() if name not in ("course", "reason")}


def _shown(
    request: PersonRequest,
    found: Requirement,
    form: RequirementForm,
    effect: Effect | None = None,
    said: Saying | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    in_force = said_of(found, form)
    address = reverse("enrollment:requirement", args=[found.pk])
    context = {
        "requirement": found,
        "form": form,
        "title": form.titles[found.course_id],
        "in_force": in_force,
        "said": said if effect else None,
        "effect": effect,
        "why": request.POST.get("why", ""),
        "trail": [
            (_("Requirements"), reverse("enrollment:requirements")),
            (f"R-{found.number}", address),
            (_("Change"), ""),
        ],
    }
    template = "_change.html" if request.htmx else "change.html"
    return render(request, f"enrollment/requirements/{template}", context, status=status)


def _form(request: PersonRequest, found: Requirement) -> RequirementForm:
    typed = request.POST if request.method == "POST" else None
    sites = sites_of(request.user, AccessRole.ADMINISTRATOR)
    return RequirementForm(typed, typed=typed, requirement=found, sites=sites)
