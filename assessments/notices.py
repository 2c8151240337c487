"""What the assessments room tells people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from notifications.choices import Audience
from notifications.wording import Notice, Wording, declare

ATTEMPT_ALLOWED = declare(
    "assessments.attempt_allowed",
    label=gettext_lazy("One more attempt"),
    purpose=gettext_lazy("Tells a learner that somebody allowed them to try a quiz again."),
    audience=Audience.LEARNER,
    urgent=True,
    fields={
        "quiz": gettext_lazy("Check your knowledge"),
        "course": gettext_lazy("Electronic records and signatures"),
        "by": "Sofia Marino",
        "why": gettext_lazy("The alarm went off during the last attempt."),
    },
    wording=Wording(
        gettext_lazy("You may try “{quiz}” again"),
        gettext_lazy("{by} allowed you one more attempt in {course}.\n\nReason: {why}"),
        gettext_lazy("Open the quiz"),
    ),
)


def attempt_allowed(*, quiz: str, course: str, by: str, reason: str) -> Notice:
    """Tell a learner that they may try again."""
    return Notice(ATTEMPT_ALLOWED, {"quiz": quiz, "course": course, "by": by, "why": reason}, glyph="doing")
