"""How a message reaches somebody: at once, in the digest, or in the inbox alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from notifications.choices import MailState, Way
from notifications.rules.hours import Calendar, Policy, digest_at, goes_out_at
from notifications.wording import MessageKind


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a message's mail: its state, and when there is something to do."""

    state: MailState
    due_at: datetime | None = None


def way_of(kind: MessageKind, chosen: Mapping[str, str]) -> Way:
    """Return the way on which a kind reaches a reader who has chosen these ways, by code of kind."""
    if not kind.by_mail:
        return Way.INBOX
    usual = Way.AT_ONCE if kind.urgent else Way.DIGEST
    if kind.mandatory:
        return usual
    return Way(chosen.get(kind.code, usual))


def plan(
    kind: MessageKind,
    *,
    policy: Policy,
    calendar: Calendar,
    chosen: Mapping[str, str],
    hour: time | None,
    at: datetime,
    since: datetime,
) -> Plan:
    """Return what becomes, from `at` on, of the mail of a message that was written at `since`."""
    way = way_of(kind, chosen)
    if way == Way.INBOX:
        return Plan(MailState.NONE)
    if way == Way.DIGEST:
        return Plan(MailState.GATHERED, digest_at(policy, calendar, at, since=since, hour=hour))
    if kind.any_hour:
        return Plan(MailState.WAITING, at)
    return Plan(MailState.WAITING, goes_out_at(policy, calendar, at, since=since))


def push_at(
    kind: MessageKind, *, policy: Policy, calendar: Calendar, chosen: Mapping[str, str], at: datetime
) -> datetime | None:
    """Return from when on a message may wake a browser: not in the quiet hours, and not for the inbox alone."""
    if way_of(kind, chosen) == Way.INBOX:
        return None
    return at if kind.any_hour else goes_out_at(policy, calendar, at)
