"""What could wait goes out in one mail a day."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min
from psycopg2.extras import execute_values

from core.ids import new_id
from core.jobs import enqueue
from notifications.choices import MailState
from notifications.models import Message
from notifications.queries import Reader, mail_policy, readers
from notifications.rules import Policy, digest_at, digest_goes

AT_ONCE = 10_000  # people in one sweep; whoever is left is found by the next
_CLAIM = """
    INSERT INTO notifications_digest
        (id, recipient_id, "on", created_at, mail_state, mail_attempts, mail_due_at, mail_error)
    VALUES %s ON CONFLICT (recipient_id, "on") DO NOTHING RETURNING id, recipient_id
"""
_CLAIM_VALUES = "(%s, %s, %s, %s, 'waiting', 0, %s, '')"
_GATHER = """
    UPDATE notifications_message m SET mail_state = 'digested', digest_id = v.digest::uuid, mail_due_at = NULL
    FROM (VALUES %s) AS v (digest, recipient)
    WHERE m.recipient_id = v.recipient::uuid AND m.mail_state = 'gathered'
"""
_WAIT = """
    UPDATE notifications_message m SET mail_due_at = v.due_at
    FROM (VALUES %s) AS v (recipient, due_at)
    WHERE m.recipient_id = v.recipient::uuid AND m.mail_state = 'gathered' AND m.mail_due_at < v.due_at
"""


@transaction.atomic
def gather_digests(*, at: datetime) -> int:
    """Make the digests that go out now, at most one for each person and day; return how many.

    A digest is a row that is unique for person and day, and so claimed once whoever sweeps; it is sent
    as any other mail. Who has had today's, or is reached at night or on a day off, is planned anew. The
    number of queries does not depend on the number of people.
    """
    due = Message.objects.filter(mail_state=MailState.GATHERED, mail_due_at__lte=at)
    due.filter(recipient__is_active=False).update(mail_state=MailState.NEEDLESS, mail_due_at=None, mail_ended_at=at)
    waiting = dict(
        due.values("recipient_id").annotate(since=Min("created_at")).values_list("recipient_id", "since")[:AT_ONCE]
    )
    if not waiting:
        return 0
    policy, found = mail_policy(), readers(waiting, at=at)
    now_due = [
        user_id
        for user_id, since in waiting.items()
        if digest_goes(policy, found[user_id].calendar, at, since=since, hour=found[user_id].hour)
    ]
    made = _claim(now_due, found, at=at)
    left = {user_id: since for user_id, since in waiting.items() if user_id not in made}
    _plan_anew(left, policy, found, had_one=set(now_due) - made, at=at)
    if made:
        enqueue("notifications.send_waiting_mail")
    return len(made)


def _claim(user_ids: list[UUID], found: dict[UUID, Reader], *, at: datetime) -> set[UUID]:
    """Write today's digest of these people, with everything that is gathered for them; return who had none yet."""
    digests = [(new_id(), user_id, found[user_id].calendar.day(at), at, at) for user_id in user_ids]
    if not digests:
        return set()
    with connection.cursor() as cursor:
        made = execute_values(cursor.cursor, _CLAIM, digests, template=_CLAIM_VALUES, page_size=AT_ONCE, fetch=True)
        if made:
            execute_values(cursor.cursor, _GATHER, [(str(pk), str(user)) for pk, user in made], page_size=AT_ONCE)
    return {user for _pk, user in made}


def _plan_anew(
    waiting: dict[UUID, datetime], policy: Policy, found: dict[UUID, Reader], *, had_one: set[UUID], at: datetime
) -> None:
    """Let what cannot go out now wait for the next digest; for whoever has had today's, tomorrow's at the earliest."""
    later = []
    for user_id, since in waiting.items():
        calendar, earliest = found[user_id].calendar, at
        if user_id in had_one:
            earliest = next(calendar.moments(calendar.day(at) + timedelta(days=1), time(0)))
        planned = digest_at(policy, calendar, earliest, since=since, hour=found[user_id].hour)
        later.append((str(user_id), planned))
    if later:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, _WAIT, later, template="(%s, %s::timestamptz)", page_size=AT_ONCE)
