"""Pure decisions of the courses room."""

from courses.rules.differences import (
    Change,
    Line,
    PartDifference,
    Piece,
    VersionDifference,
    compare,
    text_change,
    value_change,
    value_changes,
)
from courses.rules.paths import asked_in_all, circle_through, circle_words
from courses.rules.places import place_after_step
from courses.rules.versions import (
    VERSION_TEXTS,
    Answer,
    content_record,
    is_frozen,
    is_stale,
    may_approve,
    may_move,
    may_take_effect_on,
    next_label,
)

__all__ = [
    "VERSION_TEXTS",
    "Answer",
    "Change",
    "Line",
    "PartDifference",
    "Piece",
    "VersionDifference",
    "asked_in_all",
    "circle_through",
    "circle_words",
    "compare",
    "content_record",
    "is_frozen",
    "is_stale",
    "may_approve",
    "may_move",
    "may_take_effect_on",
    "next_label",
    "place_after_step",
    "text_change",
    "value_change",
    "value_changes",
]
