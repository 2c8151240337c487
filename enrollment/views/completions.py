"""What was completed elsewhere: what waits, the sessions, and which course counts as another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.views import requires
from enrollment.actions import equivalences as actions
from enrollment.choices import ClaimState, SessionState
from enrollment.forms.elsewhere import EndEquivalenceForm, EquivalenceForm
from enrollment.permissions import (
    claims_decidable_by,
    claims_readable_by,
    sessions_readable_by,
    sessions_waiting_for,
)
from enrollment.queries import course_titles
from enrollment.queries.claims import claims_with, sessions_with
from enrollment.queries.equivalences import equivalences as all_equivalences
from enrollment.rules import day_in
from enrollment.views import claims, sessions
from people.models import User
from people.permissions import administrator, administrator_everywhere, administrator_or_auditor, overseer
from people.queries import matching
from people.requests import PersonRequest

PAGE = 25


@requires(overseer)
@require_safe
def completions(request: PersonRequest) -> HttpResponse:
    """What was learned elsewhere, or the sessions: what waits first, then the latest."""
    user, on = request.user, now().date()
    in_sessions = request.GET.get("kind") == "sessions"
    theirs = claims_readable_by(user, on=on).exclude(user=user)
    recorded = sessions_readable_by(user, on=on)
    proofs, signed = waiting_for(user)
    q = request.GET.get("q", "").strip()[:100]
    listed: QuerySet[Any] = _waiting_first(sessions_with(recorded), SessionState.SIGNED)
    if not in_sessions:
        found = theirs.filter(user__in=matching(User.objects.all(), q)) if q else theirs
        listed = _waiting_first(claims_with(found), ClaimState.WAITING)
    page = Paginator(listed, PAGE).get_page(request.GET.get("page"))
    module = sessions if in_sessions else claims
    context = {
        "page": page,
        "lines": [(each, module.GLYPHS[each.state], each.get_state_display()) for each in page],
        "in_sessions": in_sessions,
        "tabs": tabs_of(proofs, signed, current="sessions" if in_sessions else "elsewhere"),
        "q": q,
        "waiting": _waiting_words(proofs, signed),
        "may_record": claims.may_verify(user),
        "may_import": administrator(user),
        "may_compare": administrator_or_auditor(user),
    }
    return render(request, "enrollment/completions/list.html", context)


def _waiting_words(proofs: int, signed: int) -> str:
    """Say what waits for somebody's decision, and of which kind it is; nothing where nothing does."""
    found = []
    if proofs:
        words = ngettext("One proof waits for your decision.", "{count} proofs wait for your decision.", proofs)
        found.append(words.format(count=proofs))
    if signed:
        words = ngettext("One session waits for your signature.", "{count} sessions wait for your signature.", signed)
        found.append(words.format(count=signed))
    return " ".join(found)


def waiting_for(user: User) -> tuple[int, int]:
    """Return how many proofs and how many sessions wait for somebody's decision."""
    on = now().date()
    return claims_decidable_by(user, on=on).count(), sessions_waiting_for(user, on=on).count()


def tabs_of(proofs: int, signed: int, *, current: str) -> list[tuple[str, str, int | None, bool]]:
    """Return the parts of the section, each with how many wait there for the reader."""
    listed = reverse("enrollment:completions")
    return [
        (_("Learned elsewhere"), listed, proofs or None, current == "elsewhere"),
        (_("Sessions"), f"{listed}?kind=sessions", signed or None, current == "sessions"),
        (_("Planned sessions"), reverse("enrollment:planned_sessions"), None, current == "planned"),
    ]


def _waiting_first(listed: QuerySet[Any], state: str) -> QuerySet[Any]:
    waits = Case(When(state=state, then=Value(0)), default=Value(1))
    return listed.order_by(waits, *listed.query.order_by)


@requires(administrator_or_auditor)
@require_safe
def equivalences(request: PersonRequest) -> HttpResponse:
    """Which course counts as which other."""
    page = Paginator(all_equivalences(), PAGE).get_page(request.GET.get("page"))
    titles = course_titles({course for each in page for course in (each.course_id, each.counts_as_id)})
    context = {
        "page": page,
        "lines": [(each, titles[each.course_id], titles[each.counts_as_id]) for each in page],
        "may_add": administrator_everywhere(request.user),
        "today": now().date(),
    }
    return render(request, "enrollment/completions/equivalences.html", context)


@requires(administrator_everywhere)
@require_http_methods(["GET", "HEAD", "POST"])
def new_equivalence(request: PersonRequest) -> HttpResponse:
    """Let one course count as another."""
    at = now()
    form = EquivalenceForm(request.POST or None, initial={"first_on": day_in(request.user.zone_name, at)})
    if form.is_valid():
        typed = form.cleaned_data
        try:
            actions.add_equivalence(
                course=typed["course"],
                from_number=typed["from_number"],
                counts_as=typed["counts_as"],
                valid_from=typed["first_on"],
                valid_until=form.valid_until,
                reason=typed["reason"],
                by=request.user,
                at=at,
            )
        except actions.EquivalenceRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Added. How people stand follows in the background."))
            return redirect("enrollment:equivalences")
    context = {"form": form, "back": reverse("enrollment:equivalences")}
    status = 422 if form.is_bound else 200
    return render(request, "enrollment/completions/new_equivalence.html", context, status=status)


@requires(administrator_everywhere)
@require_http_methods(["GET", "HEAD", "POST"])
def end_equivalence(request: PersonRequest, equivalence_id: UUID) -> HttpResponse:
    """Let one course count as another no longer."""
    at = now()
    found = get_object_or_404(all_equivalences(), pk=equivalence_id)
    form = EndEquivalenceForm(request.POST or None, initial={"ended_on": day_in(request.user.zone_name, at)})
    if form.is_valid():
        typed = form.cleaned_data
        try:
            actions.end_equivalence(
                equivalence=found, ended_on=typed["ended_on"], reason=typed["reason"], by=request.user, at=at
            )
        except actions.EquivalenceRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Ended. How people stand follows in the background."))
            return redirect("enrollment:equivalences")
    titles = course_titles([found.course_id, found.counts_as_id])
    context = {
        "form": form,
        "equivalence": found,
        "title": titles[found.course_id],
        "other": titles[found.counts_as_id],
        "back": reverse("enrollment:equivalences"),
    }
    status = 422 if form.is_bound else 200
    return render(request, "enrollment/completions/end_equivalence.html", context, status=status)
