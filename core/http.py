"""Files over HTTP: ranges for players, names for downloads, nothing that a browser may run."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

CHUNK = 64 * 1024
INLINE = {"image/png", "image/jpeg", "image/webp", "video/mp4", "text/vtt", "application/pdf"}


def stored_file(
    request: HttpRequest, *, key: str, name: str, content_type: str, download: bool = False
) -> HttpResponseBase:
    """Answer with a stored file, or the part that a Range header asks for (RFC 9110, 14.2).

    The caller has checked that this person may have it.
    """
    size = default_storage.size(key)
    inline = content_type in INLINE and not download
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("Range", ""))
    if wanted and any(wanted.groups()):
        first, last = _bounds(wanted, size)
        if first >= size or first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        answer: HttpResponseBase = StreamingHttpResponse(
            _part(key, first, last), status=206, content_type=content_type
        )
        answer["Content-Range"] = f"bytes {first}-{last}/{size}"
        answer["Content-Length"] = str(last - first + 1)
    else:
        answer = FileResponse(
            default_storage.open(key), as_attachment=not inline, filename=name, content_type=content_type
        )
        answer["Content-Length"] = str(size)
    answer["Accept-Ranges"] = "bytes"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer


def _bounds(wanted: re.Match[str], size: int) -> tuple[int, int]:
    start, end = wanted.groups()
    if not start:
        return max(0, size - int(end)), size - 1
    return int(start), min(int(end), size - 1) if end else size - 1


def _part(key: str, first: int, last: int) -> Iterator[bytes]:
    with default_storage.open(key) as file:
        file.seek(first)
        left = last - first + 1
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
