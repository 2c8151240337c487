"""The public check of a certificate: what it says, and whether that still holds."""

from __future__ import annotations

from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.clock import now
from core.throttle import within_limit
from core.views import View, public
from records.forms import FileForm, NumberForm
from records.models import Certificate
from records.queries import certificate_by_file, certificate_by_serial, certificate_by_token

LOOKS_A_MINUTE = 30
TRIES_A_MINUTE = 10


def _braked(view: View) -> View:
    """Let one address look so often and try so often a minute, and keep the page out of search engines."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase
        address = request.META.get("REMOTE_ADDR", "")
        times = TRIES_A_MINUTE if request.method == "POST" else LOOKS_A_MINUTE
        if within_limit(f"verify-{request.method}", who=address, times=times, seconds=60):
            answer = view(request, *args, **kwargs)
        else:
            answer = render(request, "records/too_often.html", status=429)
            answer["Retry-After"] = "60"
        answer["X-Robots-Tag"] = "noindex, nofollow"
        return answer

    return limited


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_braked
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the certificate of a QR code says and is worth; compare a file with the stored one."""
    certificate = certificate_by_token(token)
    form = FileForm(request.POST or None, request.FILES or None)
    same_file = None
    if request.method == "POST" and form.is_valid():
        same_file = _is_its_file(certificate, form.sha256())
    return _verdict(request, certificate, form=form, same_file=same_file)


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_braked
def check(request: HttpRequest) -> HttpResponse:
    """Find a certificate by its number and code, or by its file."""
    by_file = request.method == "POST" and "serial" not in request.POST
    numbers = NumberForm(request.POST if request.method == "POST" and not by_file else None)
    files = FileForm(request.POST, request.FILES) if by_file else FileForm()
    if by_file and files.is_valid():
        return _lead_to(request, certificate_by_file(files.sha256()), same_file=True)
    if numbers.is_valid():
        certificate = certificate_by_serial(numbers.cleaned_data["serial"])
        code = certificate.code if certificate else ""
        right = constant_time_compare(code, numbers.cleaned_data["code"])
        return _lead_to(request, certificate if right else None)
    status = 422 if request.method == "POST" else 200
    return render(request, "records/check.html", {"numbers": numbers, "files": files}, status=status)


def _lead_to(request: HttpRequest, certificate: Certificate | None, *, same_file: bool | None = None) -> HttpResponse:
    if certificate is None:
        return _verdict(request, None, form=FileForm(), same_file=False if same_file else None)
    if same_file:
        return _verdict(request, certificate, form=FileForm(), same_file=True)
    return redirect("records:verify", token=certificate.token)


def _verdict(
    request: HttpRequest, certificate: Certificate | None, *, form: FileForm, same_file: bool | None
) -> HttpResponse:
    at = now()
    title = _("Certificate %(serial)s") % {"serial": certificate.serial} if certificate else _("No such certificate")
    context: dict[str, Any] = {
        "certificate": certificate,
        "at": at,
        "form": form,
        "same_file": same_file,
        "matches": certificate.matches_signature() if certificate else None,
        "status": certificate.status_at(at) if certificate else None,
        "file": getattr(certificate, "file", None),
        "revocation": getattr(certificate, "revocation", None),
        "action": reverse("records:verify", args=[certificate.token]) if certificate else reverse("records:check"),
        "title": title,
    }
    zone = ZoneInfo(certificate.zone) if certificate else timezone.get_current_timezone()
    with timezone.override(zone):  # as the certificate prints its times, whoever reads
        return render(request, "records/verify.html", context, status=200 if certificate else 404)


def _is_its_file(certificate: Certificate | None, sha256: str) -> bool:
    file = getattr(certificate, "file", None)
    return file is not None and constant_time_compare(file.sha256, sha256)
