"""The words of the messages that this room sends: to approvers and to authors."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Notice:
    """One message: what kind it is, what it says, and what its button says."""

    kind: str
    subject: str
    body: str
    action: str
    glyph: str


def waiting_for_review(*, version: str, author: str, change_summary: str) -> Notice:
    """Tell an approver that a version waits."""
    words = {"version": version, "author": author}
    body = _("%(author)s submitted %(version)s for review. Read what changed, then approve it or return it.") % words
    if change_summary:
        body += "\n\n" + _("What changed: %(summary)s") % {"summary": change_summary}
    subject = _("%(version)s waits for your review") % words
    return Notice("courses.review_waiting", subject, body, _("Review"), "doing")


def returned(*, version: str, approver: str, note: str) -> Notice:
    """Tell an author what an approver asks for."""
    words = {"version": version, "approver": approver}
    body = _("%(approver)s returned %(version)s to you. It is a draft again.") % words + f"\n\n“{note}”"
    return Notice("courses.version_returned", _("%(version)s was returned to you") % words, body, _("Open"), "soon")


def approved(*, version: str, approver: str, effective_on: str) -> Notice:
    """Tell an author that their version is approved, and from when it counts."""
    words = {"version": version, "approver": approver, "day": effective_on}
    body = _("%(approver)s approved %(version)s. It is effective from %(day)s.") % words
    return Notice("courses.version_approved", _("%(version)s was approved") % words, body, _("Open"), "done")
