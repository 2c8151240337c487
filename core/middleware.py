"""What happens to every request before a view sees it."""

import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.context import request_id


class RequestContextMiddleware:
    """Give each request an id; it stands in the logs, in the trail and on error pages.

    Behind a proxy, also let the request have the address of its caller: what limits callers, and what
    ties a signing session to an address, read REMOTE_ADDR.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(uuid.uuid4().hex[:16])
        if settings.BEHIND_PROXY:
            # The last address is the one that our proxy has seen; those before it may be made up.
            caller = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
            request.META["REMOTE_ADDR"] = caller or request.META.get("REMOTE_ADDR", "")
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)
