"""Everything that building a kind of activity takes, in one place; see `courses.activity_kinds`."""

from courses.activity_kinds import ActivityKind, Check, Words, kind_of, kinds, register
from courses.forms import ActivityForm, LinesField, UploadField
from courses.rules import Change, Line, Piece, text_change, value_change, value_changes

__all__ = [
    "ActivityForm",
    "ActivityKind",
    "Change",
    "Check",
    "Line",
    "LinesField",
    "Piece",
    "UploadField",
    "Words",
    "kind_of",
    "kinds",
    "register",
    "text_change",
    "value_change",
    "value_changes",
]
