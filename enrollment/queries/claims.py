"""Training elsewhere and recorded sessions, as lists and decisions need them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from enrollment.choices import ClaimState
from enrollment.models import Claim, RecordedSession
from enrollment.queries.elsewhere import editions
from enrollment.rules.elsewhere import not_here_yet
from enrollment.rules.histories import edition_for
from people.models import User
from people.queries import first_days_of, with_position

RETURNED_LATELY = timedelta(days=14)


def claims_with(claims: QuerySet[Claim]) -> QuerySet[Claim]:
    """Add to claims what a list of them shows, the latest first."""
    return claims.select_related("user", "course", "version", "proof", "decided_by", "signature").order_by(
        "-claimed_at", "pk"
    )


def sessions_with(sessions: QuerySet[RecordedSession]) -> QuerySet[RecordedSession]:
    """Add to sessions what a list of them shows, the latest first."""
    related = ("course", "version", "sheet", "recorded_by", "led_by", "decided_by", "signature", "second_signature")
    return sessions.select_related(*related).order_by("-recorded_at", "pk")


def open_claims_of(user: User, *, at: datetime) -> QuerySet[Claim]:
    """Return what a person sent that waits, or was returned within the last two weeks; one query."""
    lately = Q(state=ClaimState.RETURNED, decided_at__gt=at - RETURNED_LATELY)
    found = Claim.objects.filter(Q(state=ClaimState.WAITING) | lately, user=user)
    return found.select_related("version").order_by("-claimed_at")


def people_of(session: RecordedSession) -> list[User]:
    """Return the people of a session by name, with what they worked as on its day."""
    people = with_position(User.objects.filter(pk__in=session.user_ids), on=session.held_on)
    return list(people.order_by("name", "pk"))


def doubts_about(session: RecordedSession, people: Collection[User]) -> list[str]:
    """Say what speaks against the day of a session, for whoever signs; nothing of it refuses. Two queries."""
    found = editions([session.course_id])[session.course.code.casefold()]
    edition, note = edition_for(found, "", session.held_on)
    first_days = first_days_of(session.user_ids)
    late = not_here_yet([(each.name, first_days[each.pk]) for each in people], on=session.held_on)
    return [words for words in ("" if edition.was_in_effect(session.held_on) else note, late) if words]
