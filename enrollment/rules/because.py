"""What is noted about why somebody has a requirement, in the names of that day."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.choices import AudienceField
from enrollment.rules.audiences import Admission, Audience, History, Test, alike_since, fitting
from enrollment.rules.reasons import DATELESS

_OF_THE_POST = ("job_role", "site", "department", "employment")


def because_of(audience: Audience, history: History, found: Admission, names: Mapping[str, str]) -> dict[str, str]:
    """Note why someone is reached, as `enrollment.rules.reason_sentence` says it.

    Of alternatives it names the one that is so; of several values, the person's own. Since when they
    belong to it is said of what is named only where that is so: not of a job role that they hold for
    longer than it is asked of it, or that they took over from another one of the same audience. Of who is
    named, or writes trainings, nothing tells since when: then it is not said.
    """
    because: dict[str, str] = {}
    tests = fitting(audience, history, found.post, found.day)
    for test in tests:
        field, words = _noted(test, audience, history, found, names)
        because[field] = f"{because[field]}, {words}" if field in because else words
    if not DATELESS.isdisjoint(because):
        return because
    parts = [part for part in _OF_THE_POST if part in because]
    kind = "since"
    if parts and alike_since(history.posts, found.post, parts) != found.since:
        kind = "matrix_since" if any(test.field == AudienceField.MATRIX for test in tests) else "reached_since"
    return because | {kind: found.since.isoformat()}


def _noted(
    test: Test, audience: Audience, history: History, found: Admission, names: Mapping[str, str]
) -> tuple[str, str]:
    post = found.post
    if test.field in (AudienceField.JOB_ROLE, AudienceField.MATRIX):
        return "job_role", names.get(str(post.job_role), "")
    if test.field == AudienceField.SITE:
        return "site", names.get(str(post.site), "")
    if test.field == AudienceField.DEPARTMENT:
        below = audience.ground.below
        inside = (each for each in test.values if post.department in below.get(UUID(each), {UUID(each)}))
        return "department", names.get(next(inside, ""), "")
    if test.field == AudienceField.EMPLOYMENT:
        return "employment", names.get(post.employment, post.employment)
    if test.field == AudienceField.ATTRIBUTE:
        spans = history.attributes.get(test.attribute or UUID(int=0), ())
        value = next((span.value for span in reversed(spans) if span.value in test.values), "")
        return "attribute", f"{names.get(str(test.attribute), '')}: {value}"
    if test.field == AudienceField.GROUP:
        held = (each for each in test.values if history.groups.get(UUID(each)))
        return "group", names.get(next(held, ""), "")
    if test.field == AudienceField.HIRED and test.days is not None:
        return "hired", ngettext("{count} day here", "{count} days here", test.days).format(count=test.days)
    if test.field == AudienceField.HIRED:
        return "hired", _("First day of work")
    labels = {
        AudienceField.MANAGES: _("Manages people"),
        AudienceField.AUTHOR: _("Writes trainings"),
        AudienceField.PERSON: _("Named"),
    }
    return test.field.value, labels[test.field]
