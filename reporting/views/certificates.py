"""A certificate as a page and as its stored PDF, for whom may read its holder."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.clock import now
from core.http import stored_file
from core.views import requires
from enrollment.queries.retention import keepings
from people.choices import AccessRole
from people.models import User
from people.permissions import readable_by, signed_in
from records.certificates import check_address
from records.models import Certificate
from records.queries import approval_of, certificates
from reporting.actions import note_record_opened
from reporting.views.common import day_of, reader_of, shown

LOOK_AGAIN_SECONDS = 3


def _readable(request: HttpRequest, certificate_id: UUID, *, at: datetime) -> tuple[Certificate, User]:
    """Return a certificate with its holder, if the reader may read the holder; an auditor's look is written down."""
    user = reader_of(request)
    people = readable_by(user, on=day_of(user, at))
    found = get_object_or_404(certificates().filter(holder_id__in=people.values("pk")), pk=certificate_id)
    holder = User.objects.get(pk=found.holder_id)
    if AccessRole.AUDITOR in user.roles and holder.pk != user.pk:
        note_record_opened(person=holder, by=user, at=at)
    return found, holder


@requires(signed_in)
@require_safe
def certificate(request: HttpRequest, certificate_id: UUID) -> HttpResponse:
    """Show what a certificate says and is worth; while its PDF is being made the page looks again by itself."""
    at, user = now(), reader_of(request)
    found, holder = _readable(request, certificate_id, at=at)
    is_mine = holder.pk == user.pk
    back = (_("My record"), reverse("enrollment:record"))
    if not is_mine:
        back = (holder.name, reverse("reporting:person_part", args=[holder.pk, "certificates"]))
    context = {
        "certificate": found,
        "holder": holder,
        "status": found.status_at(at),
        "matches": found.matches_signature(),
        "approval": approval_of(found.version_id),
        "revocation": getattr(found, "revocation", None),
        "kept": keepings([found.completion_id], on=day_of(user, at)).get(found.completion_id),
        "file": getattr(found, "file", None),
        "check_address": check_address(found),
        "look_again": LOOK_AGAIN_SECONDS,
        "where": [back, (found.serial, "")],
    }
    return shown(request, "reporting/certificate.html", context, at=at)


@requires(signed_in)
@require_safe
def certificate_pdf(request: HttpRequest, certificate_id: UUID) -> HttpResponseBase:
    """Send the stored PDF, the same bytes for ever."""
    found, _holder = _readable(request, certificate_id, at=now())
    file = getattr(found, "file", None)
    if file is None:
        raise Http404("not made yet")
    name = f"{found.serial}.pdf"
    answer = stored_file(request, key=file.storage_key, name=name, content_type="application/pdf")
    answer["ETag"] = f'"{file.sha256}"'
    return answer
