"""Somebody's history as it would be, so that what a change asks of them can be shown before it is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from enrollment.rules.audiences import History, Post, Span


def with_main_post(history: History, post: Post) -> History:
    """Let somebody hold another primary position from its first day on; the one before ends then."""
    before = [
        replace(each, valid_until=post.valid_from) if each.is_primary and each.holds_on(post.valid_from) else each
        for each in history.posts
    ]
    kept = [each for each in before if not (each.is_primary and each.valid_from >= post.valid_from)]
    return _with_posts(history, [*kept, post])


def with_post_beside(history: History, post: Post) -> History:
    """Let somebody hold another position beside what they hold."""
    return _with_posts(history, [*history.posts, replace(post, is_primary=False)])


def with_post_instead(history: History, held: Post, post: Post) -> History:
    """Let a position have been another one, for all of its days."""
    same_days = replace(post, valid_from=held.valid_from, valid_until=held.valid_until, is_primary=held.is_primary)
    return _with_posts(history, [same_days if each == held else each for each in history.posts])


def with_post_until(history: History, held: Post, until: date) -> History:
    """Let a position end: `until` is the first day on which it is held no longer."""
    return _with_posts(history, [replace(each, valid_until=until) if each == held else each for each in history.posts])


def without_posts(history: History) -> History:
    """Let somebody work here no longer."""
    return replace(history, posts=[])


def with_attribute(history: History, attribute: UUID, value: str, since: date) -> History:
    """Let an attribute say something from a day on, or nothing; what it said before ends then.

    What it says already on that day is no change.
    """
    known = history.attributes.get(attribute, ())
    if value == next((each.value for each in known if each.holds_on(since)), ""):
        return history
    before = [replace(each, valid_until=since) if each.holds_on(since) else each for each in known]
    spans = [each for each in before if each.valid_from < since]
    spans += [Span(since, None, value)] if value else []
    return replace(history, attributes={**history.attributes, attribute: spans})


def with_group(history: History, group: UUID, since: date) -> History:
    """Let somebody belong to a group from a day on."""
    return replace(history, groups={**history.groups, group: [*history.groups.get(group, ()), Span(since, None)]})


def without_group(history: History, group: UUID, since: date, until: date) -> History:
    """Let the membership of a group that began on one day end: `until` is the first day without it."""
    spans = [
        replace(each, valid_until=until) if each.valid_from == since else each for each in history.groups.get(group, ())
    ]
    kept = [each for each in spans if each.valid_until is None or each.valid_until > each.valid_from]
    return replace(history, groups={**history.groups, group: kept})


def _with_posts(history: History, posts: list[Post]) -> History:
    return replace(history, posts=sorted(posts, key=lambda each: each.valid_from))
