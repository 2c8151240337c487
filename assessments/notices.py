"""What the assessments room tells people."""

from __future__ import annotations

from django.utils.translation import gettext as _
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


OBSERVATION_ASKED = declare(
    "assessments.observation_asked",
    label=gettext_lazy("Observation asked for"),
    purpose=gettext_lazy("Tells a manager that somebody wants to be observed at work."),
    audience=Audience.MANAGER,
    fields={
        "name": "Maya Lindqvist",
        "practice": gettext_lazy("Lock out a tablet press"),
        "course": gettext_lazy("Lockout/tagout"),
        "who": gettext_lazy("Whoever is qualified for “Teach lockout” observes it."),
    },
    wording=Wording(
        gettext_lazy("{name} asks to be observed: {practice}"),
        gettext_lazy("It is part of {course}.\n\n{who}"),
        gettext_lazy("Open the checklist"),
    ),
)
OBSERVER_NEEDED = declare(
    "assessments.observer_needed",
    label=gettext_lazy("Observer needed"),
    purpose=gettext_lazy("Tells somebody who is qualified for a task that a colleague wants to be observed at it."),
    audience=Audience.ANYONE,
    fields={
        "name": "Maya Lindqvist",
        "practice": gettext_lazy("Lock out a tablet press"),
        "course": gettext_lazy("Lockout/tagout"),
        "task": gettext_lazy("Teach lockout"),
    },
    wording=Wording(
        gettext_lazy("{name} asks to be observed: {practice}"),
        gettext_lazy(
            "You are qualified for “{task}”, so you may observe it. Others who are were told, too: "
            "whoever comes first does it.\n\nIt is part of {course}."
        ),
        gettext_lazy("Open the checklist"),
    ),
)
OBSERVED = declare(
    "assessments.observed",
    label=gettext_lazy("Observed"),
    purpose=gettext_lazy("Tells a learner what somebody saw of their practice."),
    audience=Audience.LEARNER,
    fields={
        "by": "Sofia Marino",
        "practice": gettext_lazy("Lock out a tablet press"),
        "course": gettext_lazy("Lockout/tagout"),
        "outcome": gettext_lazy("Every point was seen."),
        "words": gettext_lazy("Calm and in the right order."),
    },
    wording=Wording(
        gettext_lazy("{by} observed “{practice}”"),
        gettext_lazy("{outcome}\n\nIt is part of {course}.\n\n{words}"),
        gettext_lazy("Open the practice"),
    ),
)


def observation_asked(*, name: str, practice: str, course: str, task: str) -> Notice:
    """Tell a manager that somebody wants to be observed."""
    who = _("Whoever is qualified for “{task}” observes it.").format(task=task) if task else ""
    values = {"name": name, "practice": practice, "course": course, "who": who}
    return Notice(OBSERVATION_ASKED, values, glyph="doing")


def observer_needed(*, name: str, practice: str, course: str, task: str) -> Notice:
    """Tell somebody who is qualified that they may observe a colleague."""
    values = {"name": name, "practice": practice, "course": course, "task": task}
    return Notice(OBSERVER_NEEDED, values, glyph="doing")


def observed(*, by: str, practice: str, course: str, words: str, is_met: bool) -> Notice:
    """Tell a learner what was seen."""
    outcome = _("Every point was seen.") if is_met else _("Not every point was seen yet. Practise, and ask again.")
    values = {"by": by, "practice": practice, "course": course, "outcome": outcome, "words": words}
    return Notice(OBSERVED, values, glyph="done" if is_met else "soon")
