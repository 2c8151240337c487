"""What the reporting room tells people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from notifications.choices import Audience
from notifications.wording import Wording, declare

REPORT_READY = declare(
    "reporting.report_ready",
    label=gettext_lazy("Report ready"),
    purpose=gettext_lazy("Tells whoever asked for a report that it can be downloaded."),
    audience=Audience.ASKER,
    urgent=True,
    fields={"title": gettext_lazy("Compliance of my team")},
    wording=Wording(
        gettext_lazy("Your report is ready: {title}"),
        gettext_lazy("You can download it as PDF and XLSX for seven days."),
        gettext_lazy("Open reports"),
    ),
)
