"""Record classes that a law or a standard names, to begin with: each with its source, and how far that was checked.

An organisation takes one over and answers for it. Where the law names no period, none is filled in.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from enrollment.choices import KeptFrom
from enrollment.rules.retention import Period

Words = str | Promise

READ = _("The wording was checked.")
SUMMARY = _("Checked against published summaries, not against the text itself.")
NOT_READ = _("The original is not free to read and was not checked. Compare it with the copy that you hold.")


@dataclass(frozen=True, slots=True)
class Preset:
    """A record class as it is offered."""

    key: str
    name: Words
    source: str  # as it is cited
    kept_from: KeptFrom
    years: int | None  # nothing where the source names no period
    notes: Words  # what the source asks of the record
    checked: Words = READ

    @property
    def words(self) -> str:
        """The period on its own."""
        return Period(str(self.name), self.kept_from, self.years).words

    @property
    def has_no_period(self) -> bool:
        return self.years is None and self.kept_from != KeptFrom.FOREVER


PRESETS = (
    Preset(
        "hipaa",
        _("HIPAA training"),
        "45 CFR 164.316(b)(2)(i), 164.530(j)(2)",
        KeptFrom.IN_FORCE,
        6,
        _("6 years from its creation, or from the day when it last was in effect, whichever is later. Leavers too."),
    ),
    Preset(
        "device",
        _("Medical device training"),
        "ISO 13485:2016 4.2.5 (21 CFR 820.10)",
        KeptFrom.RELEASED,
        None,
        _(
            "At least the lifetime of the device as your organisation defines it, and never less than 2 years from "
            "its release. Type the lifetime in years."
        ),
        NOT_READ,
    ),
    Preset(
        "repair",
        _("Repair station training"),
        "14 CFR 145.163(c)",
        KeptFrom.COMPLETED,
        2,
        _("The training of each employee is documented in a format acceptable to the FAA, and kept 2 years or more."),
    ),
    Preset(
        "bloodborne",
        _("Bloodborne pathogens training"),
        "29 CFR 1910.1030(h)(2)",
        KeptFrom.COMPLETED,
        3,
        _(
            "The record shows the dates, a summary of the content, the names and qualifications of the trainers, and "
            "the names and job titles of those who came."
        ),
        SUMMARY,
    ),
    Preset(
        "asbestos",
        _("Asbestos training"),
        "29 CFR 1910.1001(m)(4)",
        KeptFrom.LEFT,
        1,
        _("Kept for one year beyond the last day of employment."),
        SUMMARY,
    ),
    Preset(
        "cadmium",
        _("Cadmium training"),
        "29 CFR 1910.1027(n)(4)",
        KeptFrom.COMPLETED,
        1,
        _("The certification names who was trained and when, and is signed by the employer or the trainer."),
        _(
            "Sources disagree: OSHA reported that it removed this certification in 2011 (76 FR 33590), while lists of "
            "training requirements still name it. Read the text in force before you take it over."
        ),
    ),
    Preset(
        "hazwoper",
        _("HAZWOPER training"),
        "29 CFR 1910.120(e)(6)",
        KeptFrom.COMPLETED,
        None,
        _("Each person who is certified by the instructor is given a written certificate. No period is named."),
    ),
    Preset(
        "lockout",
        _("Lockout/tagout training"),
        "29 CFR 1910.147(c)(7)(iv)",
        KeptFrom.COMPLETED,
        None,
        _("The certification shows each employee's name and the dates of training. No period is named."),
        SUMMARY,
    ),
    Preset(
        "truck",
        _("Powered industrial truck training"),
        "29 CFR 1910.178(l)(6)",
        KeptFrom.COMPLETED,
        None,
        _(
            "The certification shows the operator's name, the day of the training, the day of the evaluation, and who "
            "trained or evaluated. No period is named."
        ),
    ),
)
BY_KEY = {preset.key: preset for preset in PRESETS}
