"""Words on their way to people: one row is the inbox entry and the outgoing mail."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from core.constraints import one_of
from core.models import Row
from notifications import rules
from notifications.choices import MailState, PushState, Way
from notifications.wording import LONGEST_ACTION, LONGEST_BODY, LONGEST_SUBJECT, Notice, Wording
from people.models import User


class Mail(Row):
    """What goes out by e-mail at most once, and how far it is."""

    mail_state = models.CharField(max_length=10, choices=MailState, default=MailState.WAITING)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_due_at = models.DateTimeField(null=True)  # when to try (waiting), or to call it unclear (sending)
    mail_ended_at = models.DateTimeField(null=True)  # when the mail server answered, or nobody waits any more
    mail_error = models.CharField(max_length=500, blank=True)
    bounced_address = models.EmailField(blank=True, db_default="")  # to which it could not be delivered
    bounced_hard = models.BooleanField(default=False, db_default=False)  # and will not be later

    class Meta:
        abstract = True


class Digest(Mail):
    """The one mail of a day in which a person finds what could wait."""

    recipient = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="digests")
    on = models.DateField()  # the recipient's own day
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "on"], name="digest_once_a_day"),
            one_of("mail_state", MailState, name="digest_mail_state_known"),
            models.CheckConstraint(
                condition=~Q(mail_state__in=MailState.due()) | Q(mail_due_at__isnull=False), name="digest_open_is_due"
            ),
        ]
        indexes = [
            models.Index(fields=["mail_due_at"], condition=Q(mail_state__in=MailState.open()), name="digest_mail_open"),
            models.Index(fields=["recipient"], condition=Q(bounced_hard=True), name="digest_bounced"),
        ]


class Message(Mail):
    """One message, written in the transaction of what it tells: to a person, or to a bare address.

    A bare address (the security contact) has mail and no inbox. Mail that can wait is gathered until
    `mail_due_at`, and then goes out in a digest.
    """

    recipient = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="messages", null=True)
    address = models.EmailField(blank=True)
    kind = models.CharField(max_length=60)
    once = models.CharField(max_length=200, unique=True)  # what makes a second one of it impossible
    subject = models.CharField(max_length=LONGEST_SUBJECT)
    body = models.TextField()
    path = models.CharField(max_length=300, blank=True)  # where it leads, on this site
    action = models.CharField(max_length=LONGEST_ACTION, blank=True)  # what the button says
    lines = models.JSONField(default=list, db_default=[], blank=True)  # as `notifications.wording.Line.kept`
    glyph = models.CharField(max_length=10, default="todo")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    digest = models.ForeignKey(Digest, on_delete=models.PROTECT, null=True, related_name="messages")

    notice: Notice | None = None  # until it is queued: what it says, without the organisation's own wording

    class Meta:
        constraints = [
            one_of("mail_state", MailState, name="message_mail_state_known"),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False, address="") | (Q(recipient__isnull=True) & ~Q(address="")),
                name="message_to_a_person_or_an_address",
            ),
            models.CheckConstraint(
                condition=~Q(mail_state__in=MailState.due()) | Q(mail_due_at__isnull=False),
                name="message_open_mail_is_due",
            ),
            models.CheckConstraint(
                condition=Q(mail_state=MailState.DIGESTED, digest__isnull=False)
                | (~Q(mail_state=MailState.DIGESTED) & Q(digest__isnull=True)),
                name="message_digest_when_digested",
            ),
            models.CheckConstraint(
                condition=~Q(mail_state=MailState.GATHERED) | Q(recipient__isnull=False),
                name="message_gathered_for_a_person",
            ),
        ]
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="message_inbox"),
            models.Index(fields=["recipient"], condition=Q(read_at__isnull=True), name="message_unread"),
            models.Index(
                fields=["mail_due_at"], condition=Q(mail_state__in=MailState.open()), name="message_mail_open"
            ),
            models.Index(
                fields=["mail_due_at"], condition=Q(mail_state=MailState.GATHERED), name="message_mail_gathered"
            ),
            models.Index(fields=["-created_at"], name="message_newest"),
            models.Index(fields=["recipient"], condition=Q(bounced_hard=True), name="message_bounced"),
        ]

    @classmethod
    def of(cls, notice: Notice, *, once: str, path: str = "", **to: Any) -> Message:
        """Return a message for a recipient or an address that is still to be queued, and is worded then."""
        message = cls(kind=notice.kind.code, once=once, path=path or notice.path, glyph=notice.glyph, **to)
        message.notice = notice
        message.lines = [line.kept() for line in notice.lines]
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


class MailPolicy(Row):
    """When mail may go out; at most one row, and without it what Attest brings holds."""

    only = models.BooleanField(default=True, unique=True)  # there is no second one
    quiet_from = models.TimeField()
    quiet_until = models.TimeField()
    on_free_days = models.BooleanField()
    digest_at = models.TimeField()
    longest_wait = models.DurationField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(only=True), name="mail_policy_only_one")]

    @property
    def policy(self) -> rules.Policy:
        return rules.Policy(self.quiet_from, self.quiet_until, self.on_free_days, self.digest_at, self.longest_wait)


class ReaderWay(Row):
    """How somebody wants to have messages of one kind."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, db_index=False, related_name="message_ways")
    kind = models.CharField(max_length=60)
    way = models.CharField(max_length=8, choices=Way)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="reader_way_once"),
            one_of("way", Way, name="reader_way_known"),
        ]


class ReaderHour(Row):
    """At what time somebody wants their digest."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="digest_hour")
    digest_at = models.TimeField()


class PushDevice(Row):
    """A browser that messages to somebody may wake, because they turned it on there."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="push_devices")
    endpoint = models.CharField(max_length=1000, unique=True)  # whoever turns it on last has the browser
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField()


class Push(Row):
    """That one message wakes one browser, at most once."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, db_index=False, related_name="pushes")
    device = models.ForeignKey(PushDevice, on_delete=models.CASCADE, related_name="pushes")
    state = models.CharField(max_length=10, choices=PushState, default=PushState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "device"], name="push_once"),
            one_of("state", PushState, name="push_state_known"),
            models.CheckConstraint(
                condition=~Q(state__in=PushState.open()) | Q(due_at__isnull=False), name="push_open_is_due"
            ),
        ]
        indexes = [models.Index(fields=["due_at"], condition=Q(state__in=PushState.open()), name="push_open")]
