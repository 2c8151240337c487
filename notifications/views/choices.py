"""How messages reach somebody, as they choose it themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.views import requires
from notifications import actions
from notifications.forms import WaysForm
from notifications.models import PushDevice
from notifications.queries import mail_policy, readers
from notifications.webpush import is_on, public_key
from notifications.wording import MessageKind, kinds
from people.permissions import signed_in
from people.requests import PersonRequest


@require_http_methods(["GET", "HEAD", "POST"])
@requires(signed_in)
def choices(request: PersonRequest) -> HttpResponse:
    """Show and change which kinds come at once, in the digest or in the inbox alone, and the hour of the digest."""
    reader = readers([request.user.pk], at=now())[request.user.pk]
    mandatory, free = _offered(request)
    form = WaysForm(
        request.POST if request.method == "POST" else None,
        kinds=free,
        chosen=reader.chosen,
        policy=mail_policy(),
        zone=reader.calendar.zone,
        initial={"hour": reader.hour.strftime("%H:%M") if reader.hour else ""},
    )
    if request.method == "POST" and form.is_valid():
        hour = form.cleaned_data["hour"]
        actions.set_preferences(person=request.user, ways=form.ways, hour=hour, at=now())
        messages.success(request, _("Your choices are saved."))
        return redirect("notifications:choices")
    context = {
        "form": form,
        "ways": [form[kind.code] for kind in free],
        "mandatory": mandatory,
        "push_key": public_key(),
        "devices": PushDevice.objects.filter(user=request.user).order_by("-created_at") if is_on() else [],
        "trail": [(_("Account"), reverse("people:account")), (_("Messages"), "")],
    }
    return render(request, "notifications/choices.html", context, status=422 if form.errors else 200)


def _offered(request: PersonRequest) -> tuple[list[MessageKind], list[MessageKind]]:
    """Return the kinds that may reach this person: what comes in any case, and what they may choose about."""
    mailed = [kind for kind in kinds() if kind.by_mail and kind.may_reach(request.user.roles, request.user.has_reports)]
    return [kind for kind in mailed if kind.mandatory], [kind for kind in mailed if not kind.mandatory]
