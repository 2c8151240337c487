"""Files over HTTP: ranges for players, names for downloads, nothing that a browser may run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from core.storage import internal_address

CHUNK = 64 * 1024
INLINE = {"image/png", "image/jpeg", "image/webp", "video/mp4", "text/vtt", "application/pdf"}
# A player asks for "from here to the end" and then reads slowly. A server may answer with less (RFC 9110,
# 15.3.7), and the player asks on; so no process waits for somebody to watch a video.
MOST_AT_ONCE = 2 * 1024 * 1024


def stored_file(
    request: HttpRequest, *, key: str, name: str, content_type: str, download: bool = False
) -> HttpResponseBase:
    """Answer with a stored file, or the part that a Range header asks for (RFC 9110, 14.2).

    The caller has checked that this person may have it. Behind an nginx that knows ACCEL_LOCATION, the
    answer is only where the file lies, and nginx sends it.
    """
    as_attachment = content_type not in INLINE or download
    if settings.ACCEL_LOCATION:
        answer: HttpResponseBase = HttpResponse(content_type=content_type)
        answer["X-Accel-Redirect"] = settings.ACCEL_LOCATION + internal_address(key)
        answer["Content-Disposition"] = content_disposition_header(as_attachment, name) or "inline"
    else:
        answer = _file_or_part(request, key=key, name=name, content_type=content_type, as_attachment=as_attachment)
    answer["Accept-Ranges"] = "bytes"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def _file_or_part(
    request: HttpRequest, *, key: str, name: str, content_type: str, as_attachment: bool
) -> HttpResponseBase:
    size = default_storage.size(key)
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if wanted is None or not any(wanted.groups()):
        whole = FileResponse(
            default_storage.open(key), as_attachment=as_attachment, filename=name, content_type=content_type
        )
        whole["Content-Length"] = str(size)
        return whole
    first, last = _bounds(wanted, size)
    if first >= size or first > last:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    part = StreamingHttpResponse(_part(key, first, last), status=206, content_type=content_type)
    part["Content-Range"] = f"bytes {first}-{last}/{size}"
    part["Content-Length"] = str(last - first + 1)
    return part


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    start, end = wanted.groups()
    if not start:
        return max(0, size - int(end)), size - 1
    asked = int(end) if end else int(start) + MOST_AT_ONCE - 1
    return int(start), min(asked, size - 1)


def _part(key: str, first: int, last: int) -> Iterator[bytes]:
    with default_storage.open(key) as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
