"""Every write of the assessments room, by noun."""

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
    "Refused",
    "Saved",
    "save_response",
    "start_attempt",
    "submit_attempt",
]
