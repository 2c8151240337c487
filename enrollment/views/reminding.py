"""Reminding somebody by hand."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.views import requires
from enrollment import actions
from enrollment.forms import ReminderForm
from enrollment.permissions import assignments_cared_for_by
from enrollment.queries import course_titles
from enrollment.views.leading_back import back_to, record_of
from people.permissions import signed_in
from people.requests import PersonRequest


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def remind(request: PersonRequest, assignment_id: UUID) -> HttpResponse:
    """Remind a person of a training; for their managers and administrators, to others it does not exist.

    A link from an e-mail leads to the question first: opening an address never sends anything.
    """
    at = now()
    found = get_object_or_404(
        assignments_cared_for_by(request.user, on=at.date()).select_related("user"), pk=assignment_id
    )
    if request.method != "POST":
        context = {
            "name": found.user.name,
            "course": course_titles([found.course_id])[found.course_id],
            "form": ReminderForm(),
            "back": back_to(request, record_of(found)),
        }
        return render(request, "enrollment/remind.html", context)
    form = ReminderForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else request.POST.get("text", "")[:500]
    was_sent, short = False, _("Nothing to do now")
    try:
        actions.remind(assignment=found, by=request.user, at=at, text=text)
    except actions.AlreadyReminded as refusal:
        short, words = _("Reminded today already"), str(refusal)
    except actions.NothingToRemind as refusal:
        words = str(refusal)
    else:
        was_sent, short = True, _("Reminded")
        words = _("{name} was reminded.").format(name=found.user.name)
    if request.htmx:
        context = {"was_sent": was_sent, "short": short, "words": words}
        return render(request, "enrollment/requirements/_reminded.html", context)
    (messages.success if was_sent else messages.info)(request, words)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = reverse("enrollment:home")
    return redirect(back)
