"""Why somebody no longer has a requirement: they have changed, the rule has, or the training matrix."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum, auto
from itertools import pairwise
from uuid import UUID

from django.utils.translation import gettext as _

from core.days import later
from enrollment.choices import AudienceField
from enrollment.rules.audiences import Admission, Audience, History, Part, Post, Test, admission, posts_at
from enrollment.rules.because import because_of
from enrollment.rules.reasons import no_longer
from records.rules import day_in

_SINGLE = frozenset({AudienceField.SITE, AudienceField.EMPLOYMENT})  # of which a position has one


class Cause(Enum):
    """What it is that has changed."""

    PERSON = auto()
    RULE = auto()
    MATRIX = auto()


@dataclass(frozen=True, slots=True)
class Asking:
    """Of whom a requirement asks from an instant on, until the next."""

    since: datetime
    audience: Audience
    wording: int = 1  # by which number it began


@dataclass(frozen=True, slots=True)
class Gone:
    """Why a requirement no longer holds for somebody.

    `missing` is the field that no longer fits: `work` when no position is held, `other` where it is no single one.
    `name`, in names of today, is of whom the rule or the matrix no longer asks it; `wording` the number of that one
    of the rule which no longer does.
    """

    cause: Cause
    missing: str
    name: str = ""
    wording: int | None = None


def why_gone(
    asking: Sequence[Asking],
    history: History,
    *,
    given_at: datetime,
    at: datetime,
    noted: Collection[str] = (),
    names: Mapping[str, str] | None = None,
) -> Gone:
    """Say because of what a requirement that was given at an instant no longer holds at another.

    `asking` are its audiences in order of time, the last one that of now, and `noted` the fields that were noted
    when it was given. It is asked from the last one back: who belonged to it when it came into force has changed
    since; who did not, and belonged to the one before at that instant or does now, has lost it by the rule.
    """
    if not posts_at(history.posts, at):
        return Gone(Cause.PERSON, "work")
    first = max((place for place, each in enumerate(asking) if each.since <= given_at), default=0)
    held = asking[first:]
    for after, before in pairwise(reversed(held)):
        if admission(after.audience, history, after.since):
            return _changed(after.audience, history, given_at=given_at, at=at, noted=noted, names=names or {})
        for instant in (at, after.since):
            if found := admission(before.audience, history, instant):
                gone = _reworded(before.audience, after.audience, history, found, instant, names or {})
                return replace(gone, wording=after.wording)
    return _changed(held[0].audience, history, given_at=given_at, at=at, noted=noted, names=names or {})


def missing_from(audience: Audience, history: History, at: datetime, noted: Collection[str] = ()) -> str:
    """Name the field that no longer fits: `work` when no position is held, `other` where it is no single one.

    Of alternatives, only one that was `noted` when it was given.
    """
    if not posts_at(history.posts, at):
        return "work"
    for test, is_alone in _lacking(audience, history, at):
        if is_alone or _noted_as(test) in noted:
            return test.field.value
    return "other"


def gone_said(gone: Gone, because: Mapping[str, str], number: int) -> str:
    """Say why it no longer holds: of who has changed, in the names that were noted when it was given."""
    if gone.cause == Cause.PERSON:
        return no_longer(gone.missing, because)
    if gone.cause == Cause.MATRIX:
        return _("The training matrix no longer asks it of {name}").format(
            name=gone.name or because.get("job_role", "")
        )
    no_more = {
        "job_role": _("R-{number} was changed: it is no longer for the job role {name}"),
        "department": _("R-{number} was changed: it is no longer for {name}"),
        "site": _("R-{number} was changed: it is no longer for {name}"),
        "employment": _("R-{number} was changed: it is no longer for who is employed as {name}"),
        "attribute": _("R-{number} was changed: it is no longer for whose record says {name}"),
    }
    now = {
        "job_role": _("R-{number} was changed: it is for other job roles now"),
        "department": _("R-{number} was changed: it is for other departments now"),
        "site": _("R-{number} was changed: it is for other sites now"),
        "employment": _("R-{number} was changed: it is for other kinds of employment now"),
        "attribute": _("R-{number} was changed: it asks for something else in the record now"),
        "group": _("R-{number} was changed: it is for members of other groups now"),
        "hired": _("R-{number} was changed: it goes by the first day of work now"),
        "manages": _("R-{number} was changed: it is for those to whom others report now"),
        "author": _("R-{number} was changed: it is for those who write trainings now"),
        "person": _("R-{number} was changed: it is for those who are named in it now"),
        "matrix": _("R-{number} was changed: it goes by the training matrix now"),
    }
    other = _("R-{number} was changed: it is no longer for everyone who had it")
    words = no_more.get(gone.missing, other) if gone.name else now.get(gone.missing, other)
    return words.format(number=number, name=gone.name)


def _changed(
    audience: Audience,
    history: History,
    *,
    given_at: datetime,
    at: datetime,
    noted: Collection[str],
    names: Mapping[str, str],
) -> Gone:
    """Say what of a person no longer fits; a cell of the matrix may have ended for a job role that they keep."""
    missing = missing_from(audience, history, at, noted)
    if missing != AudienceField.MATRIX:
        return Gone(Cause.PERSON, missing)
    before = {post.job_role for post in posts_at(history.posts, given_at)}
    for post, day in _held(history, at):
        if post.job_role in before or _ended(audience, post, day):
            return Gone(Cause.MATRIX, missing, names.get(str(post.job_role), ""))
    return Gone(Cause.PERSON, AudienceField.JOB_ROLE.value)


def _ended(audience: Audience, post: Post, day: date) -> bool:
    """Say whether a cell of the matrix ended while a position was held: then it is the matrix that has changed."""
    spans = audience.ground.cells.get(post.job_role, ())
    return any(span.valid_until and post.valid_from < span.valid_until <= day for span in spans)


def _reworded(
    before: Audience, after: Audience, history: History, found: Admission, at: datetime, names: Mapping[str, str]
) -> Gone:
    """Say by which field an audience leaves somebody out who belonged to the one before."""
    test = next((test for test, is_alone in _lacking(after, history, at) if is_alone), None)
    if test is None:
        return Gone(Cause.RULE, "other")
    field = test.field
    were = because_of(before, history, found, names)
    if field in (AudienceField.JOB_ROLE, AudienceField.MATRIX):
        name = were.get("job_role", "")
        return Gone(Cause.RULE, "job_role" if name else field.value, name)
    asked = [each for each in before.tests if each.field == field]
    is_single = field in _SINGLE
    if field == AudienceField.ATTRIBUTE:
        is_single = len(asked) == 1 and asked[0].attribute == test.attribute
    if field == AudienceField.DEPARTMENT:
        is_single = len(asked) == 1 and _parts(asked[0], before, found.post).isdisjoint(_parts(test, after))
    return Gone(Cause.RULE, field.value, were.get(field.value, "") if is_single else "")


def _parts(test: Test, audience: Audience, post: Post | None = None) -> frozenset[UUID]:
    """Return the departments that a test asks for and all below them, or those of it that hold a position's."""
    below = audience.ground.below
    found = [below.get(each, frozenset({each})) for each in map(UUID, test.values)]
    return frozenset(part for parts in found if post is None or post.department in parts for part in parts)


def _lacking(audience: Audience, history: History, at: datetime) -> Iterator[tuple[Test, bool]]:
    """Yield the tests that fit no position of a person, each with whether it alone keeps them out."""
    held = _held(history, at)

    def fits(part: Part) -> bool:
        return any(part.holds(history, post, day) for post, day in held)

    return _unfit(audience.whole, fits, is_alone=True)


def _unfit(part: Part, fits: Callable[[Part], bool], *, is_alone: bool) -> Iterator[tuple[Test, bool]]:
    if fits(part) or part.joins == "not":  # who is what is denied lacks no field
        return
    if part.test:
        yield part.test, is_alone
        return
    is_alone = is_alone and (part.joins == "all" or len(part.parts) == 1)
    for each in part.parts:
        yield from _unfit(each, fits, is_alone=is_alone)


def _held(history: History, at: datetime) -> list[tuple[Post, date]]:
    """Return the positions that a person holds at an instant, each with its day, which is one of its own."""
    found = []
    for post in posts_at(history.posts, at):
        day = max(day_in(post.zone, at), post.valid_from)
        found.append((post, day if post.valid_until is None else min(day, later(post.valid_until, -1))))
    return found


def _noted_as(test: Test) -> str:
    return "job_role" if test.field == AudienceField.MATRIX else test.field.value
