"""What the courses room tells approvers and authors: kinds of message, and what fills them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from notifications.choices import Audience
from notifications.wording import Notice, Wording, declare

_VERSION = {"version": gettext_lazy("Electronic records and signatures 3.0")}

REVIEW_WAITING = declare(
    "courses.review_waiting",
    label=gettext_lazy("Version waits for review"),
    purpose=gettext_lazy("Tells approvers that a version was submitted."),
    audience=Audience.APPROVER,
    fields={**_VERSION, "author": "Priya Raman", "summary": gettext_lazy("What changed: the steps of chapter 2.")},
    wording=Wording(
        gettext_lazy("{version} waits for your review"),
        gettext_lazy(
            "{author} submitted {version} for review. Read what changed, then approve it or return it.\n\n{summary}"
        ),
        gettext_lazy("Review"),
    ),
)
RETURNED = declare(
    "courses.version_returned",
    label=gettext_lazy("Version returned"),
    purpose=gettext_lazy("Tells an author what an approver asks for."),
    audience=Audience.AUTHOR,
    fields={**_VERSION, "approver": "Tomás Ferreira", "note": gettext_lazy("“Please name the form in step 4.”")},
    wording=Wording(
        gettext_lazy("{version} was returned to you"),
        gettext_lazy("{approver} returned {version} to you. It is a draft again.\n\n{note}"),
        gettext_lazy("Open"),
    ),
)
APPROVED = declare(
    "courses.version_approved",
    label=gettext_lazy("Version approved"),
    purpose=gettext_lazy("Tells an author from when a version counts."),
    audience=Audience.AUTHOR,
    fields={**_VERSION, "approver": "Tomás Ferreira", "day": gettext_lazy("1 December 2026")},
    wording=Wording(
        gettext_lazy("{version} was approved"),
        gettext_lazy("{approver} approved {version}. It is effective from {day}."),
        gettext_lazy("Open"),
    ),
)


def waiting_for_review(*, version: str, author: str, change_summary: str) -> Notice:
    """Tell an approver that a version waits."""
    summary = _("What changed: %(summary)s") % {"summary": change_summary} if change_summary else ""
    return Notice(REVIEW_WAITING, {"version": version, "author": author, "summary": summary}, glyph="doing")


def returned(*, version: str, approver: str, note: str) -> Notice:
    """Tell an author what an approver asks for."""
    return Notice(RETURNED, {"version": version, "approver": approver, "note": f"“{note}”"}, glyph="soon")


def approved(*, version: str, approver: str, effective_on: str) -> Notice:
    """Tell an author that their version is approved, and from when it counts."""
    return Notice(APPROVED, {"version": version, "approver": approver, "day": effective_on}, glyph="done")
