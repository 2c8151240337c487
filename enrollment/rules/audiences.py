"""Whom a requirement reaches, and since when.

An audience is a condition on a person and one of their positions, stored as data: `{"all": […]}`,
`{"any": […]}`, `{"not": …}` and tests such as `{"field": "job_role", "is": ["<id>"]}`. A person belongs
to it on a day on which the condition is true of some position that they hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from core.days import later
from enrollment.choices import AudienceField
from records.rules import day_in

EVERYONE: Mapping[str, Any] = {"all": []}
DEEPEST = 4
MOST_TESTS = 200
_LISTED = frozenset(
    {
        AudienceField.JOB_ROLE,
        AudienceField.DEPARTMENT,
        AudienceField.SITE,
        AudienceField.EMPLOYMENT,
        AudienceField.ATTRIBUTE,
        AudienceField.GROUP,
        AudienceField.PERSON,
    }
)


class UnreadableAudience(ValueError):
    """The data is no audience; the words say what is wrong."""


@dataclass(frozen=True, slots=True)
class Post:
    """A position as these rules see it: a half-open period of days, counted in its site's zone."""

    job_role: UUID
    site: UUID
    department: UUID
    valid_from: date
    valid_until: date | None
    zone: str
    employment: str = "employee"
    is_primary: bool = True

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True)
class Span:
    """Something that holds from one day until another, half-open."""

    valid_from: date
    valid_until: date | None
    value: Any = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True)
class History:
    """Everything about one person that an audience may ask for, with its periods; posts in order of time."""

    person: UUID
    posts: Sequence[Post]
    hired_on: date | None = None
    attributes: Mapping[UUID, Sequence[Span]] = field(default_factory=dict)
    groups: Mapping[UUID, Sequence[Span]] = field(default_factory=dict)
    manages: Sequence[Span] = ()  # when somebody reported to them
    authored: frozenset[UUID] = frozenset()  # courses of which they own a version


@dataclass(frozen=True, slots=True)
class Ground:
    """What an audience rests on beside the person: the tree of departments, and what a requirement says elsewhere.

    Who is named by hand belongs to it for that from the day on which they were named: of whom no instant is known,
    from ever.
    """

    below: Mapping[UUID, frozenset[UUID]] = field(default_factory=dict)  # a department and all below it
    cells: Mapping[UUID, Sequence[Span]] = field(default_factory=dict)  # of one requirement, by job role
    named: Mapping[UUID, datetime] = field(default_factory=dict)  # since when who is named in it, in force


Holds = Callable[[History, Post, date], bool]


@dataclass(frozen=True, slots=True)
class Test:
    """One test of an audience: a field of the fixed list, and the values that fit."""

    field: AudienceField
    values: tuple[str, ...] = ()
    attribute: UUID | None = None
    since: date | None = None  # hired on this day or later
    until: date | None = None  # hired before this day
    days: int | None = None  # has worked here for so many days


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an audience that was read once, for however many people: a test, or parts that are combined."""

    holds: Holds
    test: Test | None = None
    joins: str = ""  # all, any or not
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Audience:
    """A condition that was read and found in order, and what it comes to."""

    data: Mapping[str, Any]
    ground: Ground = field(default_factory=Ground)
    whole: Part = field(init=False, compare=False, repr=False)
    holds: Holds = field(init=False, compare=False, repr=False)
    tests: tuple[Test, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        whole = _compiled(self.data, self.ground)
        object.__setattr__(self, "whole", whole)
        object.__setattr__(self, "holds", whole.holds)
        object.__setattr__(self, "tests", tuple(tests_in(self.data)))

    def admits_on(self, history: History, day: date) -> bool:
        """Say whether a person belongs to the audience on a day."""
        holds = self.holds
        return any(post.holds_on(day) and holds(history, post, day) for post in history.posts)


def those_with(**fields: UUID | None) -> dict[str, Any]:
    """Return the audience of those who have all of these, such as `those_with(job_role=…, site=…)`; None is any."""
    return {"all": [{"field": name, "is": [str(each)]} for name, each in fields.items() if each is not None]}


def check_audience(data: Any) -> None:
    """Raise UnreadableAudience unless the data is an audience: known fields, readable values, not too large."""
    _check(data, depth=0)
    if sum(1 for _test in tests_in(data)) > MOST_TESTS:
        raise UnreadableAudience(_("An audience has at most {count} conditions.").format(count=MOST_TESTS))


def tests_in(data: Mapping[str, Any]) -> Iterator[Test]:
    """Yield every test of an audience, in reading order, whatever it is combined by."""
    if "field" in data:
        yield _test(data)
    elif "not" in data:
        yield from tests_in(data["not"])
    else:
        for part in data.get("all", data.get("any", ())):
            yield from tests_in(part)


def posts_at(posts: Sequence[Post], at: datetime) -> list[Post]:
    """Return the positions that someone holds at an instant, the primary one first.

    Each begins and ends at midnight at its own site. Moving west leaves hours in which the old primary
    position has ended and the new one has not begun yet: the old one holds until then.
    """
    main = _primary_at([post for post in posts if post.is_primary], at)
    beside = [post for post in posts if not post.is_primary and post.holds_on(day_in(post.zone, at))]
    return [main, *beside] if main else beside


def post_at(posts: Sequence[Post], at: datetime) -> Post | None:
    """Return the position that counts for a person at an instant: the primary one, else another."""
    return next(iter(posts_at(posts, at)), None)


def _primary_at(posts: Sequence[Post], at: datetime) -> Post | None:
    begun = [post for post in posts if post.valid_from <= day_in(post.zone, at)]
    if not begun:
        return None
    last = begun[-1]
    if last.valid_until is None or day_in(last.zone, at) < last.valid_until:
        return last
    moving = any(post.valid_from == last.valid_until for post in posts[len(begun) :])
    return last if moving else None


@dataclass(frozen=True, slots=True)
class Admission:
    """That a person belongs to an audience: by which position, since when without a gap, asked on which day."""

    post: Post
    since: date
    day: date


def admission(audience: Audience, history: History, at: datetime) -> Admission | None:
    """Return how a person belongs to an audience at an instant; nothing when they do not.

    A change of manager, or of anything else that the audience does not ask about, does not restart it.
    """
    holds = audience.holds
    for post in posts_at(history.posts, at):
        day = max(day_in(post.zone, at), post.valid_from)
        if post.valid_until is not None and day >= post.valid_until:
            day = later(post.valid_until, -1)  # moving west: its last day is not over here
        if holds(history, post, day):
            return Admission(post, _since(audience, history, day), day)
    return None


def _since(audience: Audience, history: History, day: date) -> date:
    """Return the first day of the run of days, up to this one, on which the person belongs to it."""
    since = day
    for change in sorted(_changes(audience, history, day), reverse=True):
        if not audience.admits_on(history, change):
            break
        since = change
        if not audience.admits_on(history, later(change, -1)):
            break
    return since


def _changes(audience: Audience, history: History, day: date) -> set[date]:
    """Return the days up to this one on which the answer may have changed."""
    spans: list[Post | Span] = [*history.posts, *history.manages]
    for test in audience.tests:
        if test.field == AudienceField.ATTRIBUTE and test.attribute:
            spans += history.attributes.get(test.attribute, ())
        elif test.field == AudienceField.GROUP:
            spans += (span for group in test.values for span in history.groups.get(UUID(group), ()))
        elif test.field == AudienceField.MATRIX:
            spans += (span for cells in audience.ground.cells.values() for span in cells)
        elif test.field == AudienceField.PERSON and history.person in audience.ground.named:
            named = (_named_on(audience.ground, history, post) for post in history.posts)
            spans += (Span(on, None) for on in named if on)
    found = {edge for span in spans for edge in (span.valid_from, span.valid_until) if edge and edge <= day}
    for test in audience.tests:
        if test.days is not None and history.hired_on:
            found.add(min(later(history.hired_on, test.days), day))
    return found


def position_since(posts: Sequence[Post], held: Post) -> date:
    """Return since when someone has the job role of a position without a gap."""
    return alike_since(posts, held, ["job_role"])


def alike_since(posts: Sequence[Post], held: Post, parts: Sequence[str]) -> date:
    """Return since when someone holds a position like this one in these parts, such as its site, without a gap."""
    alike, since = attrgetter(*parts), held.valid_from
    for post in sorted(posts, key=lambda each: each.valid_from, reverse=True):
        if alike(post) == alike(held) and post.valid_until == since:
            since = post.valid_from
    return since


def role_since(posts: Sequence[Post], at: datetime) -> date | None:
    """Return since when someone has the job role of their primary position at an instant."""
    held = post_at(posts, at)
    return position_since(posts, held) if held else None


def fitting(audience: Audience, history: History, post: Post, day: date) -> list[Test]:
    """Return the tests that make a person belong to an audience: all of a combination, one of alternatives."""
    return _fitting(audience.whole, history, post, day)


def _fitting(part: Part, history: History, post: Post, day: date) -> list[Test]:
    if part.test:
        return [part.test] if part.holds(history, post, day) else []
    if part.joins == "all":
        return [test for each in part.parts for test in _fitting(each, history, post, day)]
    if part.joins == "any":
        held = next((each for each in part.parts if each.holds(history, post, day)), None)
        return _fitting(held, history, post, day) if held else []
    return []


def _compiled(data: Mapping[str, Any], ground: Ground) -> Part:
    """Return the condition with its functions, so that asking it of many people does not read the data again."""
    if "field" in data:
        test = _test(data)
        return Part(_of_test(test, ground), test)
    if "not" in data:
        inner = _compiled(data["not"], ground)
        return Part(lambda history, post, day: not inner.holds(history, post, day), None, "not", (inner,))
    joins = "all" if "all" in data else "any"
    parts = tuple(_compiled(part, ground) for part in data.get(joins, ()))
    return Part(_joined(joins, [part.holds for part in parts]), None, joins, parts)


def _joined(joins: str, parts: Sequence[Holds]) -> Holds:
    if len(parts) == 1:
        return parts[0]
    if joins == "all":
        return lambda history, post, day: all(part(history, post, day) for part in parts)
    return lambda history, post, day: any(part(history, post, day) for part in parts)


def _of_test(test: Test, ground: Ground) -> Holds:
    kind = test.field
    if kind in (AudienceField.JOB_ROLE, AudienceField.SITE, AudienceField.DEPARTMENT):
        ids = frozenset(UUID(value) for value in test.values)
        if kind == AudienceField.JOB_ROLE:
            return lambda history, post, day: post.job_role in ids
        if kind == AudienceField.SITE:
            return lambda history, post, day: post.site in ids
        below = frozenset(part for each in ids for part in ground.below.get(each, frozenset({each})))
        return lambda history, post, day: post.department in below
    if kind == AudienceField.EMPLOYMENT:
        return lambda history, post, day: post.employment in test.values
    if kind == AudienceField.ATTRIBUTE:
        attribute = test.attribute or UUID(int=0)
        return lambda history, post, day: any(
            span.value in test.values and span.holds_on(day) for span in history.attributes.get(attribute, ())
        )
    if kind == AudienceField.GROUP:
        groups = [UUID(value) for value in test.values]
        return lambda history, post, day: any(
            span.holds_on(day) for group in groups for span in history.groups.get(group, ())
        )
    if kind == AudienceField.PERSON:
        people = frozenset(UUID(value) for value in test.values)
        return lambda history, post, day: history.person in people and (_named_on(ground, history, post) or day) <= day
    if kind == AudienceField.HIRED:
        return lambda history, post, day: _hired(test, history.hired_on, day)
    if kind == AudienceField.MANAGES:
        return lambda history, post, day: any(span.holds_on(day) for span in history.manages)
    if kind == AudienceField.AUTHOR:
        courses = frozenset(UUID(value) for value in test.values)
        return lambda history, post, day: bool(history.authored & courses if courses else history.authored)
    return lambda history, post, day: any(span.holds_on(day) for span in ground.cells.get(post.job_role, ()))


def _named_on(ground: Ground, history: History, post: Post) -> date | None:
    """Return since which day somebody is named, at the site of a position; nothing if not known.

    Of the position that they hold at that instant it is one of its own days.
    """
    at = ground.named.get(history.person)
    if at is None:
        return None
    on = day_in(post.zone, at)
    if post.valid_until is None or on < post.valid_until or post not in posts_at(history.posts, at):
        return on
    return later(post.valid_until, -1)  # moving west: its last day is not over here


def _hired(test: Test, hired_on: date | None, day: date) -> bool:
    if hired_on is None:
        return False
    if test.days is not None:
        return later(hired_on, test.days) <= day
    return (test.since is None or test.since <= hired_on) and (test.until is None or hired_on < test.until)


def _test(data: Mapping[str, Any]) -> Test:
    attribute, since, until = data.get("attribute"), data.get("from"), data.get("until")
    return Test(
        AudienceField(data["field"]),
        tuple(data.get("is", ())),
        UUID(attribute) if attribute else None,
        date.fromisoformat(since) if since else None,
        date.fromisoformat(until) if until else None,
        data.get("days"),
    )


def _check(data: Any, *, depth: int) -> None:
    if not isinstance(data, Mapping) or depth > DEEPEST:
        raise UnreadableAudience(_("This is no audience."))
    combined = [key for key in ("all", "any", "not", "field") if key in data]
    if len(combined) != 1:
        raise UnreadableAudience(_("A condition is one of: all, any, not, or a test of a field."))
    if "not" in data:
        _check(data["not"], depth=depth + 1)
    elif "field" in data:
        _check_test(data)
    else:
        parts = data[combined[0]]
        if not isinstance(parts, list) or (combined[0] == "any" and not parts):
            raise UnreadableAudience(_("“Any of” needs something to choose from."))
        for part in parts:
            _check(part, depth=depth + 1)


def _check_test(data: Mapping[str, Any]) -> None:
    if data["field"] not in AudienceField.values:
        raise UnreadableAudience(_("Nobody can be asked for {field}.").format(field=data["field"]))
    try:
        test = _test(data)
        ids = () if test.field in (AudienceField.EMPLOYMENT, AudienceField.ATTRIBUTE) else test.values
        for value in ids:
            UUID(value)
    except (TypeError, ValueError, AttributeError):
        raise UnreadableAudience(_("A value of {field} cannot be read.").format(field=data["field"])) from None
    if not all(isinstance(value, str) for value in test.values):
        raise UnreadableAudience(_("A value of {field} cannot be read.").format(field=data["field"]))
    if test.field in _LISTED and not test.values:
        raise UnreadableAudience(_("Choose at least one {field}.").format(field=test.field.label))
    if test.field == AudienceField.ATTRIBUTE and test.attribute is None:
        raise UnreadableAudience(_("Choose the attribute."))
    if test.field == AudienceField.HIRED and (test.since, test.until, test.days) == (None, None, None):
        raise UnreadableAudience(_("Say when the first day of work was, or how long ago."))
