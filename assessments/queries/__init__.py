"""Named reads of the assessments room."""

from assessments.queries.attempts import (
    AttemptLine,
    Feedback,
    FeedbackOption,
    FeedbackQuestion,
    ObjectiveTally,
    Sheet,
    SheetOption,
    SheetQuestion,
    attempt_sheet,
    attempts_of,
    feedback,
    first_unanswered,
    history_of,
    regraded,
    verdict_of,
)
from assessments.queries.contents import draft_of, draft_questions, passages_of, plain_questions, quiz_content

__all__ = [
    "AttemptLine",
    "Feedback",
    "FeedbackOption",
    "FeedbackQuestion",
    "ObjectiveTally",
    "Sheet",
    "SheetOption",
    "SheetQuestion",
    "attempt_sheet",
    "attempts_of",
    "draft_of",
    "draft_questions",
    "feedback",
    "first_unanswered",
    "history_of",
    "passages_of",
    "plain_questions",
    "quiz_content",
    "regraded",
    "verdict_of",
]
