"""The kind "video"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.core.files.storage import default_storage
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from courses.choices import CompletedBy, UploadKind
from courses.kinds.base import ActivityForm, ActivityKind, Change, Check, UploadField, Words, value_changes
from courses.models import Activity
from courses.uploads import Cue, parse_captions
from courses.words import clock_words


class VideoForm(ActivityForm):
    """A film, its captions and the picture that stands for it."""

    asset = UploadField(kind=UploadKind.VIDEO, label=_("Video"))
    captions = UploadField(kind=UploadKind.CAPTIONS, label=_("Captions"))
    poster = UploadField(kind=UploadKind.IMAGE, label=_("Picture before it plays"))
    own_fields = ("asset", "captions", "poster")


class VideoKind(ActivityKind):
    """A film; completed when all of it was watched."""

    code = "video"
    label = _("Video")
    icon = "video"
    completed_by = CompletedBy.WATCHING
    player_template = "courses/kinds/video.html"
    edit_form_class = VideoForm

    def requirement_words(self, activity: Activity) -> Words:
        return _("Watch all of the video")

    def extent_words(self, activity: Activity) -> Words:
        seconds = activity.settings.get("duration_seconds")
        return clock_words(seconds) if seconds else super().extent_words(activity)

    def change(self, activity: Activity, values: Mapping[str, Any]) -> None:
        for name in ("asset", "captions", "poster"):
            if name in values:
                setattr(activity, name, values[name])
        if "asset" in values:
            film = values["asset"]
            activity.settings = {"duration_seconds": film.details["duration_seconds"]} if film else {}

    def canonical(self, activity: Activity) -> dict[str, Any]:
        seconds = activity.settings.get("duration_seconds")
        return {
            "duration_ms": round(seconds * 1000) if seconds else None,
            **{name: asset.sha256 for name, asset in self.assets(activity).items()},
        }

    def checks(self, activity: Activity) -> list[Check]:
        return [
            Check(
                "video_file",
                _("A film in each video"),
                activity.asset is not None,
                format_lazy(_("A film in “{title}”"), title=activity.title),
            ),
            Check(
                "captions",
                _("Captions on each video"),
                activity.captions is not None,
                format_lazy(_("Captions on “{title}”"), title=activity.title),
            ),
        ]

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
        labels = {"asset": _("Film"), "captions": _("Captions"), "poster": _("Picture before it plays")}
        shown = ({name: (kept.get(name) or "")[:12] for name in labels} for kept in (before, after))
        return value_changes(*shown, labels=labels)

    def player_context(self, activity: Activity) -> dict[str, Any]:
        captions = activity.captions
        return {
            "duration_seconds": activity.settings.get("duration_seconds"),
            "cues": cues_of(captions.storage_key) if captions else (),
        }


@lru_cache(maxsize=64)
def cues_of(storage_key: str) -> tuple[Cue, ...]:
    """Return the captions in a stored file, to be read along; kept, since stored files never change."""
    with default_storage.open(storage_key) as file:
        return tuple(parse_captions(file.read().decode()))
