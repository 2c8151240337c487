"""The kind "file"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from courses.choices import CompletedBy, UploadKind
from courses.kinds.base import ActivityForm, ActivityKind, Change, Check, UploadField, Words, value_changes
from courses.models import Activity
from courses.words import size_words


class FileForm(ActivityForm):
    """The document."""

    asset = UploadField(kind=UploadKind.DOCUMENT, label=_("Document"))
    own_fields = ("asset",)


class FileKind(ActivityKind):
    """A document; completed when it was opened."""

    code = "file"
    label = _("File")
    icon = "download"
    completed_by = CompletedBy.OPENING
    player_template = "courses/kinds/file.html"
    edit_form_class = FileForm

    def requirement_words(self, activity: Activity) -> Words:
        return _("Open the file")

    def extent_words(self, activity: Activity) -> Words:
        return f"PDF, {size_words(activity.asset.size_bytes)}" if activity.asset else "PDF"

    def change(self, activity: Activity, values: Mapping[str, Any]) -> None:
        if "asset" in values:
            activity.asset = values["asset"]

    def canonical(self, activity: Activity) -> dict[str, Any]:
        return {"asset": activity.asset.sha256, "name": activity.asset.name} if activity.asset else {}

    def checks(self, activity: Activity) -> list[Check]:
        missing = format_lazy(_("A document in “{title}”"), title=activity.title)
        return [Check("document", _("A document in each file"), activity.asset is not None, missing)]

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
        labels = {"name": _("Document"), "asset": _("Its content (SHA-256)")}
        shown = ({name: (kept.get(name) or "")[:40] for name in labels} for kept in (before, after))
        return value_changes(*shown, labels=labels)
