"""Planning the same session again: on another day, or every few weeks, with its days in sight first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.once import form_id, made_once
from core.views import requires
from enrollment.actions import series
from enrollment.actions.planning import PlanRefused
from enrollment.forms.planned import AgainForm
from enrollment.models import PlannedSession
from enrollment.permissions import may_plan
from enrollment.rules import long_day
from enrollment.rules.meetings import Span, brief_words
from enrollment.views.planning import run_by
from enrollment.views.session_lines import lines_of
from people.models import User
from people.requests import PersonRequest


@dataclass(frozen=True, slots=True)
class Choice:
    """A day on which a session can be planned again, or why it can not."""

    on: str
    when: str
    refusal: str
    notes: list[str]
    is_chosen: bool


@requires(may_plan)
@require_http_methods(["GET", "HEAD", "POST"])
def plan_again(request: PersonRequest, planned_id: UUID) -> HttpResponse:
    """Show on which days a session would be planned again, and plan those that are chosen."""
    at, user, session = now(), request.user, run_by(request, planned_id)
    id, theirs = form_id(request.POST), PlannedSession.objects.filter(planned_by=user)
    is_sent = request.method == "POST"
    if is_sent and theirs.filter(pk=id).exists():  # the same form twice
        return redirect("enrollment:planned", id)
    asked = request.POST if is_sent else request.GET
    first = series.first_again(session, at=at).isoformat()
    form = AgainForm(asked if "first" in asked else {"first": first, "times": "1", "weeks": "1"})
    found: list[series.Candidate] = []
    chosen, refusal = set(request.POST.getlist("on")), ""
    if form.is_valid():
        found = series.candidates(session=session, by=user, at=at, **form.cleaned_data)
    if is_sent and form.is_valid():
        planned = [each.days for each in found if each.on.isoformat() in chosen and not each.refusal]
        if len(planned) == len(chosen):
            try:
                return _made(request, id, session, planned, at=at)
            except PlanRefused as refused:
                refusal = str(refused)
        else:
            refusal = _("One of these days can not be chosen any more. Look at them again.")
    [line] = lines_of([session], reader=user)
    back = reverse("enrollment:planned", args=[session.pk])
    listed = reverse("enrollment:planned_sessions")
    context = {
        "form": form,
        "id": id,
        "session": session,
        "line": line,
        "choices": [_choice(each, session, user, chosen if is_sent else None) for each in found],
        "may_plan_any": any(not each.refusal for each in found),
        "refusal": refusal,
        "back": back,
        "trail": [(_("Planned sessions"), listed), (line.title, back), (_("Plan it again"), "")],
    }
    request.section = "enrollment:completions"
    status = 422 if refusal or not form.is_valid() else 200
    return render(request, "enrollment/planned/again.html", context, status=status)


def _made(
    request: PersonRequest, id: UUID, session: PlannedSession, planned: list[tuple[Span, ...]], *, at: datetime
) -> HttpResponse:
    """Plan the session on these days and lead to what was made. Raises PlanRefused."""
    user = request.user
    one, _is_new = made_once(
        id=id,
        among=PlannedSession.objects.filter(planned_by=user),
        make=lambda: series.plan_again(session=session, planned=planned, by=user, at=at, id=id)[0],
    )
    words = ngettext("{count} session is planned.", "{count} sessions are planned.", len(planned))
    messages.success(request, words.format(count=len(planned)))
    return redirect("enrollment:planned", one.pk) if len(planned) == 1 else redirect("enrollment:planned_sessions")


def _choice(found: series.Candidate, session: PlannedSession, reader: User, chosen: set[str] | None) -> Choice:
    """Return a day as the page shows it; ticked are those that were `chosen`, at first those that nothing disturbs."""
    on = found.on.isoformat()
    zone, name = session.site.time_zone, session.led_by.name if session.led_by else ""
    when = brief_words(found.days, zone=zone, reader=reader.zone_name) if found.days else long_day(found.on)
    free = [_("{site} does not work: {day}").format(site=session.site.name, day=each) for each in found.free]
    busy = [_("{name} leads “{title}” at that time").format(name=name, title=each.title) for each in found.clashes]
    if found.overlaps:
        busy.append(_("A day of it is at the same time as a day of one above"))
    ticked = found.is_chosen if chosen is None else on in chosen
    return Choice(on, when, found.refusal, [*free, *busy], ticked and not found.refusal)
