"""Every write of the assessments room, by noun."""

from assessments.actions.allowing import NotExhausted, allow_attempt
from assessments.actions.authoring import (
    NothingToBringBack,
    NotReadable,
    add_question,
    bring_back_question,
    edit_question,
    import_quiz,
    move_question,
    remove_question,
)
from assessments.actions.reading import note_attempt_opened
from assessments.actions.taking import (
    AlreadySubmitted,
    NoFurtherAttempt,
    Refused,
    Saved,
    save_response,
    start_attempt,
    submit_attempt,
)

__all__ = [
    "AlreadySubmitted",
    "NoFurtherAttempt",
    "NotExhausted",
    "NotReadable",
    "NothingToBringBack",
    "Refused",
    "Saved",
    "add_question",
    "allow_attempt",
    "bring_back_question",
    "edit_question",
    "import_quiz",
    "move_question",
    "note_attempt_opened",
    "remove_question",
    "save_response",
    "start_attempt",
    "submit_attempt",
]
