"""What auditors look at is written down, like everything that they open."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from assessments import facts
from assessments.models import Attempt
from assessments.queries import quiz_content
from people.models import User
from records.actions import record_fact
from records.models import Event

SAME_LOOK = timedelta(minutes=10)


@transaction.atomic
def note_attempt_opened(*, attempt: Attempt, by: User, at: datetime) -> None:
    """Write to the trail that an auditor opened an attempt; once in ten minutes."""
    looks = Event.objects.filter(
        subject_type="attempt", subject_id=str(attempt.pk), verb=facts.ATTEMPT_OPENED.verb, actor_id=by.pk
    )
    if looks.filter(occurred_at__gt=at - SAME_LOOK).exists():
        return
    person = attempt.enrollment.user
    record_fact(
        facts.ATTEMPT_OPENED,
        by=by,
        at=at,
        subject_type="attempt",
        subject_id=attempt.pk,
        person_id=person.pk,
        payload={"number": attempt.number, "activity": quiz_content(attempt.quiz_id).title, "name": person.name},
    )
