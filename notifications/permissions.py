"""Whose messages somebody may read about; the list and the page of one person share one QuerySet."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from notifications.models import Message
from people.choices import AccessRole
from people.models import RoleGrant, User
from people.permissions import readable_by


def log_readable_by(user: User, *, on: date) -> QuerySet[Message]:
    """Messages to people whose record this person may read.

    Mail to a bare address belongs to nobody; it is read by whose role counts for the whole organisation.
    """
    to_people = Q(recipient__in=readable_by(user, on=on))
    wide = [AccessRole.ADMINISTRATOR.value, AccessRole.AUDITOR.value]
    if RoleGrant.objects.in_force(Now()).filter(user=user, role__in=wide, site=None).exists():
        to_people |= Q(recipient__isnull=True)
    return Message.objects.filter(to_people)
