"""What happens to every request before a view sees it."""

import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.context import request_id


class RequestContextMiddleware:
    """Give each request an id; it stands in the logs, in the trail and on error pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(uuid.uuid4().hex[:16])
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)
