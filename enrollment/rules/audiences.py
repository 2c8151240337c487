"""Whom a requirement reaches, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from records.rules import day_in


@dataclass(frozen=True, slots=True)
class Post:
    """A position as these rules see it: a half-open period of days, counted in its site's zone."""

    job_role: UUID
    site: UUID
    department: UUID
    valid_from: date
    valid_until: date | None
    zone: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: a job role, at a site, in some departments; each of them may be any."""

    job_role: UUID | None = None
    site: UUID | None = None
    departments: frozenset[UUID] | None = None  # one department and all below it

    def admits(self, post: Post) -> bool:
        """Say whether whoever holds this position is meant."""
        return (
            (self.job_role is None or post.job_role == self.job_role)
            and (self.site is None or post.site == self.site)
            and (self.departments is None or post.department in self.departments)
        )


def post_at(posts: Sequence[Post], at: datetime) -> Post | None:
    """Return the position that someone holds at an instant, out of all theirs in order of time.

    Each begins and ends at midnight at its own site. Moving west leaves hours in which the old
    position has ended and the new one has not begun yet: the old one holds until then.
    """
    begun = [post for post in posts if post.valid_from <= day_in(post.zone, at)]
    if not begun:
        return None
    last = begun[-1]
    if last.valid_until is None or day_in(last.zone, at) < last.valid_until:
        return last
    moving = any(post.valid_from == last.valid_until for post in posts[len(begun) :])
    return last if moving else None


def admitted_since(posts: Sequence[Post], held: Post, audience: Audience) -> date:
    """Return the first day of the unbroken run of positions, up to the one held, that the audience admits.

    A change of manager, or of anything else that the audience does not ask about, does not restart it.
    """
    since = held.valid_from
    for post in reversed(posts[: posts.index(held)]):
        if post.valid_until != since or not audience.admits(post):
            break
        since = post.valid_from
    return since


def role_since(posts: Sequence[Post], at: datetime) -> date | None:
    """Return since when someone has the job role that they hold at an instant."""
    held = post_at(posts, at)
    return admitted_since(posts, held, Audience(job_role=held.job_role)) if held else None


def missing_from(audience: Audience, held: Post | None) -> str:
    """Name the first thing that no longer fits the audience: work, job_role, department or site."""
    if held is None:
        return "work"
    if audience.job_role not in (None, held.job_role):
        return "job_role"
    if audience.departments is not None and held.department not in audience.departments:
        return "department"
    return "site"
