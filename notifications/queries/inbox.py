"""Named reads about messages."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from core.sql import rows
from notifications.models import Digest, Message, OwnWording
from notifications.wording import Wording
from people.models import User

OwnWordings = dict[tuple[str, str, str], Wording]  # by kind, variant and language

_UNREAD = "SELECT count(*) FROM notifications_message WHERE recipient_id = %s AND read_at IS NULL"


def inbox_of(user: User) -> QuerySet[Message]:
    """Return the messages of a person."""
    return Message.objects.filter(recipient=user)


def unread_count(user: User) -> int:
    """Return how many messages a person has not opened. Every page asks, so it is asked without detours."""
    return int(rows(_UNREAD, [user.pk])[0][0])


def own_wordings(kinds: Collection[str]) -> OwnWordings:
    """Return what the organisation says instead of what Attest brings, for these kinds, in one query."""
    found = OwnWording.objects.filter(kind__in=kinds) if kinds else OwnWording.objects.none()
    return {(row.kind, row.variant, row.language): row.wording for row in found}


@dataclass(frozen=True, slots=True)
class Bounced:
    """The last mail that came back for good."""

    address: str
    at: datetime
    answer: str


def hard_bounce_of(person: User) -> Bounced | None:
    """Return the last mail to a person's present address that came back for good; nothing after it was changed."""
    wanted = {"recipient": person, "bounced_hard": True, "bounced_address__iexact": person.email}
    columns = ("mail_ended_at", "bounced_address", "mail_error")
    single = Message.objects.filter(**wanted).values_list(*columns)
    last = single.union(Digest.objects.filter(**wanted).values_list(*columns)).order_by("-mail_ended_at").first()
    return Bounced(address=last[1], at=last[0], answer=last[2].rstrip(".")) if last else None
