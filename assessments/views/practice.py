"""Observed practice: what has to be seen, asking for it, the observer's checklist, and what was signed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from assessments.actions.observing import ObservationRefused, ask_to_be_observed, points_sha256
from assessments.actions.observing import observe as sign_observation
from assessments.choices import OBSERVES, ObservationState
from assessments.forms import ObserveForm
from assessments.permissions import observable_by, observations_on_record, why_not_observed_by
from assessments.queries.observations import Practice, observations_of, practice_in, with_their_places
from core.clock import now
from core.views import requires
from enrollment.actions.learning import LockedActivity, open_activity
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment
from enrollment.permissions import recordable_by
from enrollment.queries.own import own_enrollment
from enrollment.rules import day_in
from people.permissions import signed_in
from people.requests import PersonRequest
from people.signing import signature_form
from records.choices import Meaning

ON_A_PAGE = 25


@requires(signed_in)
@require_safe
def practice(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Show a learner what has to be seen, who may observe it, and what was seen so far."""
    found = _own(request, enrollment_id, activity_id)
    is_open = found.enrollment.state == EnrollmentState.OPEN
    if found.lock and is_open:
        return _locked(request, found)
    if request.method == "GET" and is_open and not found.is_begun:
        open_activity(enrollment=found.enrollment, activity=found.activity, at=now(), first=True)
    observations = list(observations_of(enrollment_id, activity_id))
    waiting = next((each for each in observations if each.state == ObservationState.ASKED), None)
    context = {
        **_place(found),
        "is_open": is_open and not found.is_done,
        "waiting": waiting,
        "observations": [each for each in observations if each.state != ObservationState.ASKED],
    }
    return render(request, "assessments/practice/practice.html", context)


@requires(signed_in)
@require_POST
def ask(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Ask to be observed."""
    found = _own(request, enrollment_id, activity_id)
    try:
        told = ask_to_be_observed(practice=found, by=request.user, at=now())
    except LockedActivity:
        return _locked(request, found)
    except ObservationRefused as refused:
        messages.error(request, str(refused))
    else:
        if told:
            words = _("{names} was asked. Practise until then.")
            messages.success(request, words.format(names=", ".join(each.name for each in told)))
        else:
            messages.info(request, _("Asked. Show this page to whoever observes you."))
    return redirect("assessments:practice", enrollment_id, activity_id)


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def observe(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> HttpResponse:
    """Let somebody tick what they saw, and sign it: for whoever may; to others it does not exist."""
    at, user = now(), request.user
    today = day_in(user.zone_name, at)
    found, why_not = _theirs(request, enrollment_id, activity_id, on=today, at=at)
    request.section = "assessments:observations"
    form = ObserveForm(request.POST or None, practice=found, today=today)
    refusal = _hindrance(found) or why_not
    sign = signature_form(request, once=form.is_valid() and not refusal)
    if sign.is_bound and sign.is_valid():
        try:
            made = sign_observation(
                practice=found,
                seen=form.seen,
                observed_on=form.cleaned_data["observed_on"],
                words=form.cleaned_data["words"],
                by=user,
                at=now(),
                zone=user.zone_name,
                components=sign.components,
            )
        except ObservationRefused as why:
            refusal = str(why)
        else:
            messages.success(request, _("Signed. {name} was told.").format(name=found.enrollment.user.name))
            return redirect("assessments:observation", made.pk)
    learner = found.enrollment.user
    facts = [
        (_("Person"), f"{learner.name}, {learner.employee_number}"),
        (_("Course"), f"{found.outline.title} ({found.outline.code}), {found.outline.label}"),
        (_("Practice"), found.activity.title),
    ]
    context = {
        "practice": found,
        "person": learner,
        "form": form,
        "refusal": refusal,
        "earlier": [each for each in observations_of(enrollment_id, activity_id) if each.observer_id],
        "trail": [(_("Observations"), reverse("assessments:observations")), (found.activity.title, "")],
        **sign.signing(facts=facts, sha256=points_sha256(found), meaning=Meaning.ASSESSED),
    }
    failed = request.method == "POST"
    return render(request, "assessments/practice/observe.html", context, status=422 if failed else 200)


@requires(signed_in)
@require_safe
def waiting(request: PersonRequest) -> HttpResponse:
    """Who asks to be observed, by somebody whom this person may be: who has waited the longest first."""
    at = now()
    found = with_their_places(observable_by(request.user, on=at.date(), at=at))
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "assessments/practice/waiting.html", {"page": page})


@requires(signed_in)
@require_safe
def observation(request: PersonRequest, observation_id: UUID) -> HttpResponse:
    """What was seen of a practice, point by point, as it was signed."""
    readable = observations_on_record(request.user, on=now().date())
    places = with_their_places(readable).select_related("observer", "signature")
    found = get_object_or_404(places, pk=observation_id)
    person = found.enrollment.user
    context = {
        "observation": found,
        "person": person,
        "is_met": found.state == ObservationState.MET,
        "is_own": person.pk == request.user.pk,
    }
    return render(request, "assessments/practice/observation.html", context)


def _own(request: PersonRequest, enrollment_id: UUID, activity_id: UUID) -> Practice:
    mine = own_enrollment(request.user, enrollment_id)
    found = practice_in(mine[0], activity_id) if mine else None
    if found is None:
        raise Http404("no such practice")
    return found


def _theirs(
    request: PersonRequest, enrollment_id: UUID, activity_id: UUID, *, on: date, at: datetime
) -> tuple[Practice, str]:
    """Find the practice of somebody whom this person leads, or for whose task they are qualified.

    Beside it why they can not observe it on a day, for whoever leads without being qualified.
    """
    user = request.user
    enrollment = get_object_or_404(Enrollment.objects.select_related("user"), pk=enrollment_id)
    found = practice_in(enrollment, activity_id)
    if found is None or enrollment.user_id == user.pk:
        raise Http404("no such practice")
    why_not = why_not_observed_by(user, found, on=on, at=at)
    if why_not and not recordable_by(user, on=at.date()).filter(pk=enrollment.user_id).exists():
        raise Http404("not this person's to observe")
    if not why_not and found.task_id:
        request.session.setdefault(OBSERVES, True)
    return found, why_not


def _hindrance(found: Practice) -> str:
    if found.is_done or found.enrollment.state != EnrollmentState.OPEN:
        return _("It is completed or ended already, so nothing is recorded any more.")
    return str(found.lock.words) if found.lock else ""


def _place(found: Practice) -> dict[str, Any]:
    return {"practice": found, "enrollment": found.enrollment, "course": found.outline, "activity": found.activity}


def _locked(request: PersonRequest, found: Practice) -> HttpResponse:
    lock = found.lock
    key = found.outline.by_id.get(lock.opened_by) if lock and lock.opened_by else None
    context = {**_place(found), "lock": lock, "key": key}
    return render(request, "assessments/locked.html", context, status=409)
