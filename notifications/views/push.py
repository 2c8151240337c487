"""Notifications of a browser: its service worker, and turning them on and off."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.views import public, requires
from notifications import actions
from notifications.models import PushDevice
from notifications.webpush import LONGEST_ADDRESS, Address
from people.permissions import signed_in
from people.requests import PersonRequest

BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")  # the first that a browser calls itself
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")
CALLED = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS"}


class DeviceForm(forms.Form):
    """The address of a browser, as it gives it."""

    endpoint = forms.CharField(max_length=LONGEST_ADDRESS)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=40)


@cache
def _worker() -> bytes:
    found = finders.find("js/worker.js")
    assert isinstance(found, str)
    with open(found, "rb") as file:
        return file.read()


@public
@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """Answer with the script that shows messages, at the root, so that it may open every page."""
    answer = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    answer["Service-Worker-Allowed"] = "/"
    answer["Cache-Control"] = "no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_POST
@requires(signed_in)
def add_device(request: PersonRequest) -> HttpResponse:
    """Let messages wake the browser that asks."""
    form = DeviceForm(request.POST)
    try:
        if not form.is_valid():
            raise actions.NotUsable
        address = Address(**form.cleaned_data)
        actions.add_device(person=request.user, address=address, name=_name_of(request), at=now())
    except actions.NotUsable:
        messages.error(request, _("This browser cannot be reached: Attest does not know its push service."))
    else:
        messages.success(request, _("Messages show up in this browser from now on."))
    return redirect("notifications:choices")


@require_POST
@requires(signed_in)
def remove_device(request: PersonRequest, device_id: UUID) -> HttpResponse:
    """Let no message wake one of one's browsers any more."""
    device = get_object_or_404(PushDevice.objects.select_related("user").filter(user=request.user), pk=device_id)
    actions.remove_device(device=device, at=now())
    messages.success(request, _("Messages no longer show up in %(name)s.") % {"name": device.name})
    return redirect("notifications:choices")


def _name_of(request: HttpRequest) -> str:
    """Return browser and system in words, as far as the request tells them."""
    agent = request.headers.get("User-Agent", "")
    found = [next((each for each in known if each in agent), "") for known in (BROWSERS, SYSTEMS)]
    words = [CALLED.get(each, each) for each in found if each]
    return ", ".join(words) or _("a browser")
