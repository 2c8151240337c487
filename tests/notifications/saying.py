"""Kinds of message that only tests send."""

from __future__ import annotations

from notifications.choices import Audience
from notifications.wording import Notice, Wording, declare

DUE = declare(  # goes out by e-mail whenever it is queued
    "due",
    label="Due",
    purpose="A message of tests that waits for nothing.",
    audience=Audience.LEARNER,
    urgent=True,
    any_hour=True,
    fields={"course": "Lockout/tagout"},
    wording=Wording("{course} is due", "On Thursday.", "Resume"),
)
NEWS = declare(  # waits for the digest
    "news",
    label="News",
    purpose="A message of tests that can wait.",
    audience=Audience.LEARNER,
    fields={"course": "Lockout/tagout", "reason": "Because you work at Basel."},
    wording=Wording("News of {course}", "It has changed.\n\n{reason}", "Read"),
    variants={"again": ("When it changed before", Wording("More news of {course}", "{reason}", "Read"))},
)


def news(course: str = "Lockout/tagout", *, reason: str = "") -> Notice:
    return Notice(NEWS, {"course": course, "reason": reason})
