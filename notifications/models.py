"""Words on their way to people: one row is the inbox entry and the outgoing mail."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from core.constraints import one_of
from core.models import Row
from notifications.choices import MailState
from notifications.wording import LONGEST_ACTION, LONGEST_BODY, LONGEST_SUBJECT, Notice, Wording
from people.models import User


class Message(Row):
    """One message, written in the transaction of what it tells: to a person, or to a bare address.

    A bare address (the security contact) has mail and no inbox.
    """

    recipient = models.ForeignKey(User, on_delete=models.PROTECT, related_name="messages", null=True)
    address = models.EmailField(blank=True)
    kind = models.CharField(max_length=60)
    once = models.CharField(max_length=200, unique=True)  # what makes a second one of it impossible
    subject = models.CharField(max_length=200)
    body = models.TextField()
    path = models.CharField(max_length=300, blank=True)  # where it leads, on this site
    action = models.CharField(max_length=60, blank=True)  # what the button says
    glyph = models.CharField(max_length=10, default="todo")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail_state = models.CharField(max_length=10, choices=MailState, default=MailState.WAITING)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_due_at = models.DateTimeField(null=True)  # when to try (waiting), or to call it unclear (sending)
    mail_error = models.CharField(max_length=500, blank=True)

    notice: Notice | None = None  # until it is queued: what it says, without the organisation's own wording

    class Meta:
        constraints = [
            one_of("mail_state", MailState, name="message_mail_state_known"),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, address="") | (Q(recipient__isnull=True) & ~Q(address="")),
                name="message_to_a_person_or_an_address",
            ),
            models.CheckConstraint(
                condition=~Q(mail_state__in=MailState.open()) | Q(mail_due_at__isnull=False),
                name="message_open_mail_is_due",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="message_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="message_unread"),
            models.Index(
                fields=["mail_due_at"], condition=Q(mail_state__in=MailState.open()), name="message_mail_open"
            ),
        ]

    @classmethod
    def of(cls, notice: Notice, *, once: str, path: str = "", **to: Any) -> Message:
        """Return a message for a recipient or an address that is still to be queued, and is worded then."""
        message = cls(kind=notice.kind.code, once=once, path=path or notice.path, glyph=notice.glyph, **to)
        message.notice = notice
        return message


class OwnWording(Row):
    """What messages of a kind say here instead of what Attest brings, in one language."""

    kind = models.CharField(max_length=60)
    variant = models.CharField(max_length=20, blank=True)
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    body = models.TextField(max_length=LONGEST_BODY)
    action = models.CharField(max_length=LONGEST_ACTION, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "variant", "language"], name="wording_once")]

    @property
    def wording(self) -> Wording:
        return Wording(self.subject, self.body, self.action)
