"""Pure comparison of two versions: which parts differ, and in a text which words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words of a line: `same`, `add` or `cut`."""

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a text: `same`, `add`, `cut`, or `gap` for unchanged lines that are left out."""

    op: str
    pieces: tuple[Piece, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: a text with its lines, or a short value before and after."""

    label: Words
    before: Words = ""
    after: Words = ""
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class PartDifference:
    """A module or activity that was added, removed, changed, moved or left the same."""

    op: str
    lineage: str
    title: str
    kind: str = ""
    changes: tuple[Change, ...] = ()
    activities: tuple[PartDifference, ...] = ()

    @property
    def is_changed(self) -> bool:
        return self.op != "same" or any(activity.is_changed for activity in self.activities)


@dataclass(frozen=True, slots=True)
class VersionDifference:
    """All that differs between two versions."""

    details: tuple[Change, ...]
    modules: tuple[PartDifference, ...]
    activity_count: int = 0

    @property
    def changed_activities(self) -> list[PartDifference]:
        return [activity for module in self.modules for activity in module.activities if activity.is_changed]

    @property
    def is_empty(self) -> bool:
        return not self.details and not any(module.is_changed for module in self.modules)


def text_change(label: Words, before: str, after: str) -> Change | None:
    """Return how a text differs, line by line and within a line word by word; nothing when it does not."""
    if before == after:
        return None
    return Change(label, lines=tuple(_lines(before.splitlines(), after.splitlines())))


def value_change(label: Words, before: Any, after: Any) -> Change | None:
    """Return how a short value differs; nothing when it does not."""
    if before == after:
        return None
    return Change(label, before=_spelled(before), after=_spelled(after))


def value_changes(before: Mapping[str, Any], after: Mapping[str, Any], *, labels: Mapping[str, Words]) -> list[Change]:
    """Return the differences of two records of short values, in the order of `labels`, then by name."""
    names = [*labels, *sorted((before.keys() | after.keys()) - labels.keys())]
    found = (value_change(labels.get(name, name), before.get(name), after.get(name)) for name in names)
    return [change for change in found if change]


def _spelled(value: Any) -> Words:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple):
        return "; ".join(str(_spelled(member)) for member in value) or "–"
    if isinstance(value, Mapping):
        return ", ".join(str(_spelled(member)) for member in value.values())
    return str(value)


CONTEXT_LINES = 1
_WORD = re.compile(r"\s+|\w+|[^\w\s]")


def _lines(before: Sequence[str], after: Sequence[str]) -> list[Line]:
    before, after = ([line for line in text if line.strip()] for text in (before, after))
    lines: list[Line] = []
    for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if lines or group[0][1] > 0:
            lines.append(Line("gap"))
        for op, start, end, new_start, new_end in group:
            old, new = before[start:end], after[new_start:new_end]
            if op == "equal":
                lines += [Line("same", (Piece("same", line),)) for line in old]
            else:
                lines += _replaced(old, new)
        last_end = group[-1][2]
    if lines and last_end < len(before):
        lines.append(Line("gap"))
    return lines


def _replaced(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    """Pair lines that resemble each other, so that a reader sees the words that changed."""
    lines: list[Line] = []
    for index in range(max(len(old), len(new))):
        cut = old[index] if index < len(old) else None
        add = new[index] if index < len(new) else None
        if cut is not None and add is not None:
            lines += _words(cut, add)
        elif cut is not None:
            lines.append(Line("cut", (Piece("cut", cut),)))
        elif add is not None:
            lines.append(Line("add", (Piece("add", add),)))
    return lines


def _words(cut: str, add: str) -> list[Line]:
    old, new = _WORD.findall(cut), _WORD.findall(add)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.ratio() < 0.4:
        return [Line("cut", (Piece("cut", cut),)), Line("add", (Piece("add", add),))]
    cuts: list[Piece] = []
    adds: list[Piece] = []
    for op, start, end, new_start, new_end in matcher.get_opcodes():
        kept, came = "".join(old[start:end]), "".join(new[new_start:new_end])
        if kept:
            cuts.append(Piece("same" if op == "equal" else "cut", kept))
        if came:
            adds.append(Piece("same" if op == "equal" else "add", came))
    return [Line("cut", tuple(cuts)), Line("add", tuple(adds))]


# Number, label and change summary differ between any two versions; the page says them above.
DETAIL_LABELS: dict[str, Words] = {
    "title": _("Title"),
    "summary": _("Summary"),
    "language": _("Language"),
    "objectives": _("Objectives"),
    "topics": _("Topics"),
    "references": _("References"),
    "validity_months": _("Months valid"),
    "prerequisites": _("Courses to complete first"),
}
ContentChanges = Callable[[str, Mapping[str, Any], Mapping[str, Any]], Sequence[Change]]


def compare(
    before: Mapping[str, Any] | None, after: Mapping[str, Any], *, content_changes: ContentChanges
) -> VersionDifference:
    """Return what differs between two content records (`courses.rules.content_record`).

    Parts are matched by their lineage. `content_changes(kind, before, after)` compares the contents
    of one activity. Without an earlier version everything is added.
    """
    old_modules = {module["lineage"]: module for module in before["modules"]} if before else {}
    old_places = {
        activity["lineage"]: (module["lineage"], activity)
        for module in old_modules.values()
        for activity in module["activities"]
    }
    new_lineages = [activity["lineage"] for module in after["modules"] for activity in module["activities"]]
    moved = _moved(list(old_places), new_lineages)
    modules: list[PartDifference] = []
    for module in after["modules"]:
        old = old_modules.get(module["lineage"])
        activities = []
        for activity in module["activities"]:
            place = old_places.get(activity["lineage"])
            is_moved = activity["lineage"] in moved or (place is not None and place[0] != module["lineage"])
            activities.append(_activity(place[1] if place else None, activity, content_changes, is_moved=is_moved))
        activities += _gone(old["activities"] if old else (), new_lineages)
        modules.append(_module(old, module, tuple(activities)))
    kept = {module["lineage"] for module in after["modules"]}
    for lineage, old in old_modules.items():
        if lineage not in kept:
            gone = tuple(_gone(old["activities"], new_lineages))
            modules.append(PartDifference("removed", str(lineage), old["title"], activities=gone))
    texts = [{name: each["version"].get(name) for name in DETAIL_LABELS} for each in (before, after) if each]
    return VersionDifference(
        details=tuple(value_changes(*texts, labels=DETAIL_LABELS)) if before else (),
        modules=tuple(modules),
        activity_count=len(new_lineages),
    )


def _module(
    old: Mapping[str, Any] | None, new: Mapping[str, Any], activities: tuple[PartDifference, ...]
) -> PartDifference:
    if old is None:
        return PartDifference("added", str(new["lineage"]), new["title"], activities=activities)
    labels = {"title": _("Title"), "objective": _("Objective"), "needed": _("How many of its activities are needed")}
    before, after = ({name: each.get(name) for name in labels} for each in (old, new))
    for each in (before, after):
        each["needed"] = each["needed"] or _("all")
    changes = tuple(value_changes(before, after, labels=labels))
    op = "changed" if changes else "same"
    return PartDifference(op, str(new["lineage"]), new["title"], changes=changes, activities=activities)


def _activity(
    old: Mapping[str, Any] | None, new: Mapping[str, Any], content_changes: ContentChanges, *, is_moved: bool
) -> PartDifference:
    lineage, title, kind = str(new["lineage"]), new["title"], new["kind"]
    if old is None:
        return PartDifference("added", lineage, title, kind, tuple(content_changes(kind, {}, new["content"])))
    labels = {"title": _("Title"), "minutes": _("Minutes")}
    changes = value_changes({name: old[name] for name in labels}, {name: new[name] for name in labels}, labels=labels)
    if old["content"] != new["content"]:
        changes += content_changes(kind, old["content"], new["content"])
    op = "changed" if changes else "moved" if is_moved else "same"
    return PartDifference(op, lineage, title, kind, tuple(changes))


def _gone(activities: Sequence[Mapping[str, Any]], kept: Sequence[str]) -> list[PartDifference]:
    return [
        PartDifference("removed", str(activity["lineage"]), activity["title"], activity["kind"])
        for activity in activities
        if activity["lineage"] not in kept
    ]


def _moved(old: Sequence[str], new: Sequence[str]) -> set[str]:
    """Return which of the activities in both orders left their place among the others."""
    both = set(old) & set(new)
    before, after = ([lineage for lineage in order if lineage in both] for order in (old, new))
    stayed = {
        lineage
        for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        for lineage in before[block.a : block.a + block.size]
    }
    return both - stayed
