"""Two addresses for whoever watches Attest: is the process up, and can it serve?"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.views import public
from lms.probes import READINESS


@public
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that the process is up; asks nobody else."""
    return JsonResponse({"status": "ok"})


@public
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer whether database, Redis and migrations are as they should be; 503 names those that are not."""
    findings = [look() for look in READINESS]
    checks = {finding.name: "ok" if finding.is_well else finding.words for finding in findings}
    well = all(finding.is_well for finding in findings)
    return JsonResponse({"status": "ok" if well else "failing", "checks": checks}, status=200 if well else 503)


class HealthMiddleware:
    """Answers both before anything else looks at the request: who watches calls by number and without TLS."""

    views = {"/healthz/": healthz, "/readyz/": readyz}

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.views.get(request.path_info, self.get_response)(request)
