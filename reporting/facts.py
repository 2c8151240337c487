"""What the reporting room reports: who looked at whose record, and what left the system."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from records.facts import Counted, declare

RECORD_OPENED = declare("reporting.record_opened", _("{actor} opened the record of {name}"))
EXPORTED = declare("reporting.exported", _("{actor} exported {what} as {format}: {rows} rows, {filters}"))
REPORT_ASKED = declare("reporting.report_asked", _("{actor} asked for the report “{title}”"))
REPORT_MADE = declare(
    "reporting.report_made",
    Counted(
        "people",
        lambda count: ngettext(
            "The report “{title}” was made for {name}: {people} person",
            "The report “{title}” was made for {name}: {people} people",
            count,
        ),
    ),
    glyph="done",
)
REPORT_FETCHED = declare("reporting.report_fetched", _("{actor} downloaded the report “{title}” as {format}"))
