"""The secret address of a person's calendar."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from core.ids import new_id
from enrollment import facts
from enrollment.models import CalendarFeed
from people.models import User
from records.actions import record_fact


@transaction.atomic
def renew_calendar_feed(*, person: User, at: datetime) -> str:
    """Give a person a new secret for their calendar's address, and return it; the one before ends at once.

    Only its hash is kept, so that it can be shown now and never again.
    """
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.select_for_update().filter(user=person).first()
    fresh = feed is None
    feed = feed or CalendarFeed(id=new_id(), user=person)
    record_fact(facts.CALENDAR_MADE, by=person, at=at, subject_type="user", subject_id=person.pk, person_id=person.pk)
    feed.token_sha256, feed.created_at = hash_of(token), at
    feed.save(force_insert=fresh)
    return token


@transaction.atomic
def revoke_calendar_feed(*, person: User, at: datetime) -> bool:
    """End the address of a person's calendar; say whether there was one."""
    feed = CalendarFeed.objects.select_for_update().filter(user=person).first()
    if feed is None:
        return False
    record_fact(facts.CALENDAR_ENDED, by=person, at=at, subject_type="user", subject_id=person.pk, person_id=person.pk)
    feed.delete()
    return True


def hash_of(token: str) -> str:
    """Return what is kept of a token; it is long and random, so that one round is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
