"""Pure decisions about versions: where they may go, who may approve, what their content is."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from courses.choices import TRANSITIONS, VersionState

Words = str | Promise


# Where a version may go


def may_move(state: str, to: str) -> bool:
    """Say whether a version may go from one state to another in one step."""
    return VersionState(to) in TRANSITIONS[VersionState(state)]


def is_frozen(state: str) -> bool:
    """Say whether content in this state can never change again (a version in review can be returned)."""
    return state not in (VersionState.DRAFT, VersionState.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class Answer:
    """Yes, or no with the reason in words."""

    yes: bool
    reason: Words = ""

    def __bool__(self) -> bool:
        return self.yes


def may_approve(
    *, user_id: UUID, is_approver: bool, submitter_id: UUID | None, contributor_ids: Collection[UUID]
) -> Answer:
    """Say whether a person may decide about a version: an approver who wrote nothing on it.

    Source: two-person rule; ASVS 2.3.5, EU GMP Annex 11 draft 12.3.
    """
    if not is_approver:
        return Answer(False, _("Only an approver decides about a version."))
    if user_id == submitter_id:
        return Answer(False, _("You submitted this version, so somebody else has to decide about it."))
    if user_id in contributor_ids:
        return Answer(False, _("You wrote on this version, so somebody else has to decide about it."))
    return Answer(True)


def may_take_effect_on(*, effective_on: date, today: date, earlier: Collection[date]) -> Answer:
    """Say whether a version may take effect on a day: not in the past, and not before an earlier version.

    `earlier` are the days of versions with lower numbers that are approved and still wait.
    """
    if effective_on < today:
        return Answer(False, _("The effective date is in the past. Choose today or a later day."))
    if any(day > effective_on for day in earlier):
        return Answer(False, _("An earlier version takes effect after this day. Choose that day or a later one."))
    return Answer(True)


def is_stale(*, seen_revision: int, changed_in_revision: int) -> bool:
    """Say whether something has changed since the revision that an editor had seen."""
    return changed_in_revision > seen_revision


def next_label(labels: Collection[str]) -> str:
    """Return the label after the highest: 1.0 first, then one minor step (5.0 to 5.1)."""
    numbers = [tuple(int(part) for part in label.split(".")) for label in labels if re.fullmatch(r"\d+(\.\d+)*", label)]
    if not numbers:
        return "1.0"
    highest = max(numbers)
    head, last = (highest[:-1], highest[-1]) if len(highest) > 1 else (highest, 0)
    return ".".join(str(part) for part in (*head, last + 1))


# What a version contains


def content_record(
    *, course: Mapping[str, Any], version: Mapping[str, Any], modules: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return the canonical record of a whole version; its SHA-256 is the version's content hash.

    `course` has id and code; `version` its texts; each module has lineage, title, objective and
    activities, and each activity lineage, kind, title, minutes and the content that its kind spells.
    `prerequisites` of a version and `needed` of a module stand in it only where there are some, so
    that versions from before there were any keep their hash.
    """
    return {
        "schema": "attest.course-version/1",
        "course": {name: course[name] for name in ("id", "code")},
        "version": {
            **{name: version[name] for name in VERSION_TEXTS},
            **({"prerequisites": version["prerequisites"]} if version.get("prerequisites") else {}),
        },
        "modules": [
            {
                **{name: module[name] for name in ("lineage", "title", "objective")},
                **({"needed": module["needed"]} if module.get("needed") else {}),
                "activities": [
                    {name: activity[name] for name in ("lineage", "kind", "title", "minutes", "content")}
                    for activity in module["activities"]
                ],
            }
            for module in modules
        ],
    }


VERSION_TEXTS = (
    "number",
    "label",
    "title",
    "summary",
    "language",
    "objectives",
    "topics",
    "references",
    "validity_months",
    "change_summary",
)
