"""What the assessments room reports."""

from django.utils.translation import gettext_lazy as _

from records.facts import declare

ATTEMPT_STARTED = declare("assessments.attempt_started", _("Began attempt {number} of “{activity}”"), glyph="doing")
ATTEMPT_PASSED = declare(
    "assessments.attempt_passed", _("Attempt {number} of “{activity}” passed: {score} of {max_score}"), glyph="done"
)
ATTEMPT_NOT_PASSED = declare(
    "assessments.attempt_not_passed",
    _("Attempt {number} of “{activity}” not passed: {score} of {max_score}, {needed} needed"),
    glyph="soon",
)
ATTEMPT_OPENED = declare(
    "assessments.attempt_opened", _("{actor} opened attempt {number} of “{activity}” by {name}"), glyph="doing"
)
ATTEMPT_ALLOWED = declare(
    "assessments.attempt_allowed", _("{actor} allowed {name} another attempt of “{activity}”"), glyph="waived"
)
OBSERVATION_ASKED = declare(
    "assessments.observation_asked", _("{name} asks to be observed: “{practice}”"), glyph="doing"
)
OBSERVED = declare("assessments.observed", _("{actor} observed “{practice}”: all {points} points seen"), glyph="done")
OBSERVED_IN_PART = declare(
    "assessments.observed_in_part", _("{actor} observed “{practice}”: {met} of {points} points seen"), glyph="soon"
)
