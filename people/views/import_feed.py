"""Where another system sends lists of people: a file, a bearer token (RFC 6750), and an answer in JSON."""

from __future__ import annotations

import tempfile
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from core.clock import now
from core.throttle import within_limit
from core.views import public
from people import actions
from people.actions import NotAllowed
from people.choices import ImportSource
from people.models import ImportToken, User
from people.permissions import administrator_everywhere
from people.uploads import MOST_BYTES, UploadRefused, examine
from records.facts import SystemActor

CALLS_A_MINUTE = 30
CHUNK = 1 << 20


@csrf_exempt  # no cookie counts here, so no other page can act with one
@public  # but for whoever has a token
@require_POST
def import_feed(request: HttpRequest) -> JsonResponse:
    """Take a list from another system; it is checked and applied by itself, unless the guard stops it."""
    if not within_limit("import-feed", who=request.META.get("REMOTE_ADDR", ""), times=CALLS_A_MINUTE, seconds=60):
        return _answer({"error": _("Too many calls. Wait a minute.")}, status=429, **{"Retry-After": "60"})
    token = _token_of(request)
    if token is None:
        words = _("A valid token is needed.")  # the same for none, a wrong one and a revoked one
        return _answer({"error": words}, status=401, **{"WWW-Authenticate": 'Bearer realm="people"'})
    with tempfile.TemporaryFile() as kept:
        try:
            file, name = _file_of(request, cast(BinaryIO, kept))
            run = actions.bring_import(
                file=file,
                name=name,
                sheet=examine(file),
                owner=token.created_by,
                source=ImportSource.FEED,
                by=SystemActor("list of people"),
                at=now(),
                mapping=token.mapping,
                token=token,
            )
        except (UploadRefused, NotAllowed) as refusal:
            actions.note_token_used(token=token, outcome="refused", at=now())
            return _answer({"error": str(refusal)}, status=422)
    actions.note_token_used(token=token, outcome="taken", at=now())
    address = settings.BASE_URL + reverse("people:import_run", args=[run.pk])
    return _answer({"id": str(run.pk), "address": address, "sha256": run.sha256, "state": run.state}, status=202)


def _token_of(request: HttpRequest) -> ImportToken | None:
    """Return the token that is shown, while whoever created it administers the whole organisation."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    tokens = ImportToken.objects.select_related("mapping", "created_by")
    token = tokens.filter(token_sha256=actions.hash_of(secret.strip()), revoked_at__isnull=True).first()
    owner = User.objects.for_request(token.created_by_id) if token else None
    return token if owner is not None and administrator_everywhere(owner) else None


def _file_of(request: HttpRequest, kept: BinaryIO) -> tuple[BinaryIO, str]:
    """Return the file of a form, or the body itself, with its name; never more of it than can be read."""
    if request.content_type == "multipart/form-data":
        upload = request.FILES.get("file")
        if upload is None:
            raise UploadRefused(_("Send the list as “file”, or as the body itself."))
        return cast(BinaryIO, cast(Any, upload).file), str(cast(Any, upload).name)
    size = 0
    while chunk := request.read(CHUNK):
        size += len(chunk)
        if size > MOST_BYTES:
            raise UploadRefused(_("The list is larger than {most} MB.").format(most=MOST_BYTES // 1_000_000))
        kept.write(chunk)
    kept.seek(0)
    return kept, request.headers.get("X-File-Name", "feed")


def _answer(body: dict[str, str], *, status: int, **headers: str) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store", **headers})
