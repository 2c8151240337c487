"""What a request takes from its person: time zone, language, and the limits of the session."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from core.clock import now
from people.rules import SESSION_BEGAN, SESSION_USED

MARK_EVERY_SECONDS = 60  # the session row is written at most this often


class PersonMiddleware:
    """Show times in the person's zone and words in their language; end idle and old sessions."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        if not self._keeps_alive(request):
            logout(request)
            return self.get_response(request)
        person = request.user
        with timezone.override(ZoneInfo(person.zone_name)), translation.override(person.language):
            return self.get_response(request)

    @staticmethod
    def _keeps_alive(request: HttpRequest) -> bool:
        """Say whether the session may go on, and mark that it was used."""
        moment = now().timestamp()
        began = request.session.setdefault(SESSION_BEGAN, moment)
        last = request.session.setdefault(SESSION_USED, moment)
        if moment - last > settings.SESSION_IDLE_SECONDS or moment - began > settings.SESSION_COOKIE_AGE:
            return False
        if moment - last > MARK_EVERY_SECONDS:
            request.session[SESSION_USED] = moment
        return True
