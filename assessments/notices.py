"""What the assessments room tells people."""

from __future__ import annotations

from django.utils.translation import gettext as _

ATTEMPT_ALLOWED = "assessments.attempt_allowed"


def attempt_allowed_words(*, quiz: str, course: str, by: str, reason: str) -> tuple[str, str]:
    """Return subject and body for the learner who may try again."""
    subject = _("You may try “{quiz}” again").format(quiz=quiz)
    body = _("{by} allowed you one more attempt in {course}.\n\nReason: {reason}").format(
        by=by, course=course, reason=reason
    )
    return subject, body
