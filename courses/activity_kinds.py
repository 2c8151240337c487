"""What a kind of activity is, and the registry of kinds.

A kind is one folder: a subclass of `ActivityKind`, its edit form, its templates. The room that owns
it calls `register(TheKind())` in `AppConfig.ready()`. Nothing else in Attest asks which kind an
activity is; it asks the kind. Those who build a kind import all that they need from
`courses.kinds.base`; this module stands lower, so that queries and actions can ask it.

Loading: a kind names in `outline_related` and `content_related` what must be fetched along with its
activities, in a constant number of queries; its methods then read only what was fetched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.choices import CompletedBy
from courses.models import Activity, Asset
from courses.rules import Change, value_changes
from courses.words import minutes_words

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to be in order before submission.

    Checks of one `code` are shown together: one line with `label` when all of them passed, else a
    line with `missing` for each that did not, leading to its activity.
    """

    code: str
    label: Words
    passed: bool
    missing: Words = ""


class ActivityKind:
    """How activities of one kind are edited, shown, completed, copied and compared.

    Words that a person reads are lazy translations, since outlines outlive a request.
    """

    code: ClassVar[str]  # as in Activity.kind
    label: ClassVar[Words]  # "Page"
    icon: ClassVar[str]  # a Lucide name
    completed_by: ClassVar[CompletedBy] = CompletedBy.READING
    own_page: ClassVar[str] = ""  # name of the URL of its own page, which gets `enrollment_id` and `activity_id`
    is_assessment: ClassVar[bool] = False  # it is passed or not, and opens when what is before it is done
    outline_related: ClassVar[Sequence[str]] = ()  # prefetch look-ups from Activity for an outline
    content_related: ClassVar[Sequence[str]] = ()  # and for its whole content
    player_template: ClassVar[str]  # gets `activity`, `files` and the names of `player_context`
    edit_form_class: ClassVar[type[forms.Form]]  # a subclass of `courses.forms.ActivityForm`; feeds `change`
    editor_template: ClassVar[str] = "courses/studio/activity_form.html"  # gets `form`, `activity`, `editor_context`

    def requirement_words(self, activity: Activity) -> Words:
        """Say what completes the activity: "Read the page", "Score at least 80 %"."""
        raise NotImplementedError

    def extent_words(self, activity: Activity) -> Words:
        """Say how long or large it is, in a word or two: "4 min", "3:10", "PDF"."""
        return minutes_words(activity.minutes)

    def limits_words(self, activity: Activity) -> Words:
        """Say what limits it, where something does: "3 attempts; after each you see why"."""
        return ""

    def begin(self, activity: Activity) -> None:
        """Write what a new activity of this kind needs in tables of its own.

        Called right after the activity was inserted, inside `add_activity`, whose fact is recorded.
        """

    def change(self, activity: Activity, values: Mapping[str, Any]) -> None:
        """Take over what was edited.

        Sets attributes of `activity`, which the caller saves afterwards, or writes rows of the
        kind's own; the fact is recorded. Names missing from `values` stay as they are. Uploads have
        become Assets, or None where a file was taken away.
        """
        raise NotImplementedError

    def canonical(self, activity: Activity) -> dict[str, Any]:
        """Return all of the content that a learner can meet, for the version's hash.

        Only what `core.canonical` can spell (no float); files by their SHA-256; no ids of rows, so
        that a copy has the same content as its original.
        """
        raise NotImplementedError

    def copy(self, original: Activity, copy: Activity) -> None:
        """Write what the kind keeps in tables of its own for a copy in a new version.

        The fields of Activity were copied already. `content_related` was fetched on `original`.
        """

    def checks(self, activity: Activity) -> list[Check]:
        """Return what has to be in order before the version is submitted, passed or not."""
        return []

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
        """Return what differs between two canonical contents, for the reviewer to read."""
        return value_changes(before, after, labels={})

    def assets(self, activity: Activity) -> dict[str, Asset]:
        """Return the files of the activity by the name under which they are served."""
        named = {"asset": activity.asset, "captions": activity.captions, "poster": activity.poster}
        return {name: asset for name, asset in named.items() if asset is not None}

    def player_context(self, activity: Activity) -> dict[str, Any]:
        """Return what the player's template needs beside the activity; cheap, for it is asked on each view."""
        return {}

    def stopped_at(self, *, enrollment_id: UUID, activity_id: UUID) -> tuple[Words, str]:
        """Say where a learner stopped on the kind's own page, and the anchor there: ("question 4", "q4")."""
        return "", ""

    def editor_context(self, activity: Activity) -> dict[str, Any]:
        """Return what the editor's template needs beside the form."""
        return {}


class _UnknownKind(ActivityKind):
    """Stands in for a kind whose code is not installed, so that old versions stay readable."""

    label = _("Activity")
    icon = "box"
    player_template = "courses/kinds/unknown.html"

    def __init__(self, code: str) -> None:
        self.code = code  # type: ignore[misc]

    def requirement_words(self, activity: Activity) -> Words:
        return _("Cannot be opened here")

    def canonical(self, activity: Activity) -> dict[str, Any]:
        raise LookupError(f"the kind {self.code} is not installed, so its content cannot be read")


_kinds: dict[str, ActivityKind] = {}


def register(kind: ActivityKind) -> None:
    """Make a kind known. Raises ValueError when its code is taken by another class."""
    taken = _kinds.get(kind.code)
    if taken is not None and type(taken) is not type(kind):
        raise ValueError(f"the kind {kind.code} is registered twice")
    _kinds[kind.code] = kind


def kind_of(code: str) -> ActivityKind:
    """Return the kind with this code, or one that says that it is not installed."""
    return _kinds.get(code) or _UnknownKind(code)


def kinds() -> list[ActivityKind]:
    """Return all kinds, those that assess last."""
    return sorted(_kinds.values(), key=lambda kind: kind.is_assessment)


def outline_related() -> list[str]:
    """Return what an outline fetches along with its activities, for all kinds."""
    return [lookup for kind in _kinds.values() for lookup in kind.outline_related]


def content_related() -> list[str]:
    """Return what the whole content fetches along with its activities, for all kinds."""
    return [lookup for kind in _kinds.values() for lookup in (*kind.outline_related, *kind.content_related)]
