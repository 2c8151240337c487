"""Files over HTTP. Each caller has decided that this person may have this one."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from core.http import stored_file
from courses.activity_kinds import kind_of
from courses.models import Activity, Asset


def activity_file(request: HttpRequest, activity: Activity, name: str) -> HttpResponseBase:
    """Answer with a file of an activity by its name there: "asset", "captions" or "poster".

    `?download` gives it as an attachment. Raises Http404 when the activity has no such file.
    """
    asset = kind_of(activity.kind).assets(activity).get(name)
    if asset is None:
        raise Http404
    return asset_file(request, asset)


def asset_file(request: HttpRequest, asset: Asset) -> HttpResponseBase:
    """Answer with a file; `?download` gives it as an attachment."""
    return stored_file(
        request,
        key=asset.storage_key,
        name=asset.name,
        content_type=asset.content_type,
        download="download" in request.GET,
    )
