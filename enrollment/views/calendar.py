"""Due days and sessions in one's own calendar program, under a secret address."""

from __future__ import annotations

import hashlib

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.throttle import within_limit
from core.views import public, requires
from enrollment.actions.calendar import hash_of, renew_calendar_feed, revoke_calendar_feed
from enrollment.calendar import calendar_of
from enrollment.models import CalendarFeed
from enrollment.queries import course_titles, standings
from enrollment.queries.planned import booked_by, led_lately
from people.models import User
from people.permissions import signed_in
from people.requests import PersonRequest

A_CALENDAR = {"times": 30, "seconds": 3600}  # of one address
A_GUESSER = {"times": 20, "seconds": 600}  # who asks for addresses that do not exist


@require_http_methods(["GET", "HEAD", "POST"])
@requires(signed_in)
def calendar(request: PersonRequest) -> HttpResponse:
    """Show whether one's calendar has an address; make a new one, shown once, or end it."""
    token = ""
    if request.method == "POST" and request.POST.get("do") == "end":
        if revoke_calendar_feed(person=request.user, at=now()):
            messages.success(request, _("The address has ended. Calendars that read it show nothing new."))
        return redirect("enrollment:calendar")
    if request.method == "POST":
        token = renew_calendar_feed(person=request.user, at=now())
    path = reverse("enrollment:calendar_feed", args=[token]) if token else ""
    context = {
        "feed": CalendarFeed.objects.filter(user=request.user).first(),
        "address": settings.BASE_URL + path if path else "",
        "webcal": f"webcal://{settings.BASE_URL.split('://', 1)[-1]}{path}" if path else "",
        "trail": [(_("Account"), reverse("people:account")), (_("Calendar"), "")],
    }
    return render(request, "enrollment/calendar.html", context)


@public
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponse:
    """Answer a calendar program that knows the secret, without a session; what is not there was never there."""
    key = hash_of(token)
    feed = CalendarFeed.objects.select_related("user").filter(token_sha256=key, user__is_active=True).first()
    caller, limit = (key, A_CALENDAR) if feed else (request.META.get("REMOTE_ADDR", ""), A_GUESSER)
    if not within_limit("calendar", who=caller, **limit):
        return HttpResponse(status=429, headers={"Retry-After": "600"}, content_type="text/plain")
    if feed is None:
        raise Http404
    return _answer(request, _calendar(feed.user))


def _calendar(person: User) -> bytes:
    at = now()
    found, seats, led = standings(at=at, user_ids=[person.pk]), booked_by(person, at=at), led_lately(person, at=at)
    sessions = [*(each.session for each in seats), *led]
    titles = course_titles([*(each.takes_id for each in found), *(each.course_id for each in sessions)])
    with translation.override(person.language):
        return calendar_of(found, titles, seats=seats, led=led)


def _answer(request: HttpRequest, body: bytes) -> HttpResponse:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "X-Robots-Tag": "noindex"}
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return HttpResponse(status=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="attest.ics"'
    return HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
