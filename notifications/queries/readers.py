"""What decides when mail reaches somebody: the policy, their calendar, and what they have chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from core.sql import from_json, rows
from notifications.models import MailPolicy, ReaderWay
from notifications.rules import Calendar, Plan, Policy, plan, push_at
from notifications.wording import MessageKind
from people.models import User

# The zone is the one in which somebody reads; the days off are those of the site of their main position.
_READERS = """
    SELECT u.id, coalesce(nullif(u.time_zone, ''), s.time_zone, 'UTC'), coalesce(s.free_weekdays, '{}'),
        ARRAY (SELECT h.on FROM people_holiday h
            WHERE h.site_id = s.id AND h.on BETWEEN %(today)s::date - 2 AND %(today)s::date + 60),
        h.digest_at,
        (SELECT json_object_agg(w.kind, w.way) FROM notifications_readerway w WHERE w.user_id = u.id)
    FROM people_user u
    LEFT JOIN people_position p ON p.user_id = u.id AND p.is_primary AND p.valid_from <= %(today)s
        AND (p.valid_until IS NULL OR p.valid_until > %(today)s)
    LEFT JOIN people_site s ON s.id = p.site_id
    LEFT JOIN notifications_readerhour h ON h.user_id = u.id
    WHERE u.id = ANY (%(ids)s::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """A recipient's calendar and choices."""

    calendar: Calendar = field(default_factory=Calendar)
    hour: time | None = None
    chosen: Mapping[str, str] = field(default_factory=dict)

    def plan(self, kind: MessageKind, *, policy: Policy, at: datetime, since: datetime) -> Plan:
        """Return what becomes of the mail of a message of this kind."""
        return plan(kind, policy=policy, calendar=self.calendar, chosen=self.chosen, hour=self.hour, at=at, since=since)

    def push_at(self, kind: MessageKind, *, policy: Policy, at: datetime) -> datetime | None:
        """Return from when on a message of this kind may wake a browser."""
        return push_at(kind, policy=policy, calendar=self.calendar, chosen=self.chosen, at=at)


def readers(user_ids: Iterable[UUID], *, at: datetime) -> dict[UUID, Reader]:
    """Return calendar and choices of people: one query, whatever their number."""
    ids = [str(user_id) for user_id in user_ids]
    if not ids:
        return {}
    found = {}
    for user_id, zone, free, holidays, hour, chosen in rows(_READERS, {"ids": ids, "today": at.date()}):
        ways = from_json(chosen) or {}
        found[user_id] = Reader(Calendar(zone, frozenset(free), _days(holidays)), hour, ways)
    return found


def _days(holidays: list[date]) -> frozenset[date]:
    return frozenset(holidays)


def mail_policy() -> Policy:
    """Return when mail may go out."""
    row = MailPolicy.objects.first()
    return row.policy if row else Policy()


def ways_of(user: User) -> dict[str, str]:
    """Return how a person wants to have which kinds, as far as they have chosen."""
    return dict(ReaderWay.objects.filter(user=user).values_list("kind", "way"))
