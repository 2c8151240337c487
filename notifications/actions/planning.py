"""When mail goes out: the policy of the organisation, and what each person prefers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time

from django.db import connection, transaction
from django.db.models import QuerySet
from psycopg2.extras import execute_values

from core.canonical import plain
from core.ids import new_id
from notifications import facts
from notifications.choices import MailState, Way
from notifications.models import MailPolicy, Message, ReaderHour, ReaderWay
from notifications.queries import mail_policy, readers, ways_of
from notifications.rules import Policy
from notifications.wording import kind_of
from people.models import User
from records.actions import record_fact

_REPLAN = """
    UPDATE notifications_message m SET mail_state = v.state, mail_due_at = v.due_at
    FROM (VALUES %s) AS v (id, state, due_at)
    WHERE m.id = v.id::uuid AND m.mail_state IN ('waiting', 'gathered') AND m.mail_attempts = 0
"""


class CannotChoose(ValueError):
    """A kind of message comes on its own way whatever its reader prefers."""


@transaction.atomic
def set_mail_policy(*, policy: Policy, by: User, at: datetime, reason: str) -> None:
    """Decide when mail may go out; what waits is planned anew. What is the same is no change."""
    row = MailPolicy.objects.select_for_update().first()
    if row is not None and row.policy == policy:
        return
    fresh = row is None
    row = row or MailPolicy(id=new_id())
    payload = {
        "quiet_from": policy.quiet_from.isoformat("minutes"),
        "quiet_until": policy.quiet_until.isoformat("minutes"),
        "digest": policy.digest_at.isoformat("minutes"),
        "on_free_days": policy.on_free_days,
    }
    record_fact(
        facts.POLICY_CHANGED, by=by, at=at, subject_type="mail_policy", subject_id=row.pk, payload=plain(payload),
        reason=reason,
    )  # fmt: skip
    for name in ("quiet_from", "quiet_until", "on_free_days", "digest_at", "longest_wait"):
        setattr(row, name, getattr(policy, name))
    row.save(force_insert=fresh)
    _plan_anew(Message.objects.all(), at=at)


@transaction.atomic
def set_preferences(*, person: User, ways: Mapping[str, str], hour: time | None, at: datetime) -> None:
    """Let a person choose how messages reach them, by code of kind, and when the digest does.

    A kind that is not named comes on its usual way again; no hour is the organisation's. What waits is
    planned anew. Raises CannotChoose for a kind that is mandatory, has no mail, or is not known.
    """
    for code in ways:
        kind = kind_of(code)
        if kind is None or kind.mandatory or not kind.by_mail:
            raise CannotChoose(code)
    before = ways_of(person)
    known_hour = ReaderHour.objects.select_for_update().filter(user=person).first()
    if dict(ways) == before and hour == (known_hour.digest_at if known_hour else None):
        return
    record_fact(
        facts.PREFERENCES_CHANGED, by=person, at=at, subject_type="user", subject_id=person.pk, person_id=person.pk
    )
    _keep_ways(person, ways, before)
    if hour is None and known_hour is not None:
        known_hour.delete()
    elif hour is not None:
        ReaderHour.objects.update_or_create(user=person, defaults={"digest_at": hour})
    _plan_anew(Message.objects.filter(recipient=person), at=at)


def _keep_ways(person: User, ways: Mapping[str, str], before: Mapping[str, str]) -> None:
    ReaderWay.objects.filter(user=person, kind__in=set(before) - set(ways)).delete()
    for code, way in ways.items():
        if code in before and before[code] != way:
            ReaderWay.objects.filter(user=person, kind=code).update(way=Way(way))
    fresh = [ReaderWay(user=person, kind=code, way=Way(way)) for code, way in ways.items() if code not in before]
    ReaderWay.objects.bulk_create(fresh)


def _plan_anew(messages: QuerySet[Message], *, at: datetime) -> None:
    """Plan the mail that has not been tried yet; the inbox keeps what no longer goes out."""
    open_ones = messages.filter(
        mail_state__in=[MailState.WAITING, MailState.GATHERED], mail_attempts=0, recipient__isnull=False
    )
    waiting = list(open_ones.values_list("id", "kind", "recipient_id", "created_at"))
    policy, found = mail_policy(), readers({recipient for _pk, _kind, recipient, _at in waiting}, at=at)
    values = []
    for pk, code, recipient, since in waiting:
        kind = kind_of(code)
        if kind is not None:
            planned = found[recipient].plan(kind, policy=policy, at=at, since=since)
            values.append((str(pk), planned.state.value, planned.due_at))
    if values:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, _REPLAN, values, template="(%s, %s, %s::timestamptz)", page_size=1000)
