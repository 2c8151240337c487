"""What follows from facts about people: they are told, and so is whoever watches over security."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation

from core.clock import now
from notifications import notices
from notifications.actions import queue_mail, queue_notice
from people import facts
from people.models import User
from people.queries import administrators_at
from records.facts import Fact, FactKind, follow

NEWS_LASTS = timedelta(days=7)  # what is older, such as a history that was loaded, is no news


def connect() -> None:
    """Follow what happens to accounts."""
    follow(facts.ACCOUNT_LOCKED, name="notifications.account_locked", react=_account_locked)
    _tell_the_person(facts.PASSWORD_CHANGED, notices.your_password_was_changed)
    _tell_the_person(facts.SECOND_FACTOR_CHANGED, notices.your_second_factor_was_changed)
    _tell_the_person(facts.ROLE_GRANTED, notices.you_were_granted_a_role)
    _tell_the_person(facts.IMPORT_CHECKED, notices.your_list_was_checked, only="waits")
    _tell_the_person(facts.IMPORT_STOPPED, notices.your_list_waits)
    _tell_the_person(facts.IMPORT_APPLIED, notices.your_list_was_applied)
    _tell_the_person(facts.IMPORT_FAILED, notices.your_list_failed)


def _tell_the_person(kind: FactKind, wording: notices.Telling, *, only: str = "") -> None:
    """Tell whom a fact is about; `only` where it says so itself."""

    def react(fact: Fact) -> None:
        if only and not fact.payload.get(only):
            return
        if now() - fact.occurred_at < NEWS_LASTS:
            tell(User.objects.get(pk=UUID(fact.payload["person_id"])), fact, wording)

    follow(kind, name=f"notifications.{wording.__name__}", react=react)


@transaction.atomic
def _account_locked(fact: Fact) -> None:
    """Tell the person, every administrator in force, and the security contact (21 CFR 11.300(d))."""
    person = User.objects.get(pk=UUID(fact.payload["person_id"]))
    tell(person, fact, notices.your_account_was_locked)
    for administrator in administrators_at(fact.occurred_at).exclude(pk=person.pk):
        tell(administrator, fact, notices.an_account_was_locked)
    if settings.SECURITY_CONTACT:
        notice = notices.an_account_was_locked(fact.payload)
        once = f"{fact.id}:security-contact"
        queue_mail(address=settings.SECURITY_CONTACT, notice=notice, once=once, at=fact.occurred_at)


@transaction.atomic
def tell(recipient: User, fact: Fact, wording: notices.Telling) -> None:
    """Queue the words about a fact for one person, in their language and time zone, once."""
    with translation.override(recipient.language), timezone.override(ZoneInfo(recipient.zone_name)):
        notice = wording(fact.payload)
    queue_notice(recipient=recipient, notice=notice, once=f"{fact.id}:{recipient.pk}", at=fact.occurred_at)
