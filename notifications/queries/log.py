"""What was told to whom, on which way, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, When
from django.utils import timezone
from django.utils.translation import gettext as _

from core.components.times import moment_words
from notifications.choices import MailState
from notifications.models import Digest, Message, Push
from notifications.wording import label_of
from people.models import User
from people.queries import matching


@dataclass(frozen=True, slots=True)
class LogFilters:
    """What is looked for in the log."""

    q: str = ""
    kind: str = ""
    state: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def is_empty(self) -> bool:
        return not any(getattr(self, each.name) for each in fields(self))


@dataclass(frozen=True, slots=True)
class LogLine:
    """One message as the log shows it, on the page and in the file alike."""

    message: Message
    written: str
    name: str
    number: str  # of the employee
    kind: str
    subject: str
    channel: str
    state: str
    detail: str  # what a mail server said

    @property
    def glyph(self) -> str:
        state = _outcome(self.message)[0]
        if state in (MailState.REFUSED, MailState.UNKNOWN, MailState.BOUNCED):
            return "late"
        if state in (MailState.NONE, MailState.NEEDLESS):
            return "todo"
        return "done" if state == MailState.SENT else "doing"


def log(readable: QuerySet[Message], filters: LogFilters) -> QuerySet[Message]:
    """Return the messages that are looked for, newest first, with what their lines need."""
    found = readable.annotate(
        is_pushed=Exists(Push.objects.filter(message=OuterRef("pk"))),
        outcome=Case(When(mail_state=MailState.DIGESTED, then=F("digest__mail_state")), default=F("mail_state")),
    )
    if filters.q:
        named = matching(User.objects.all(), filters.q)
        found = found.filter(Q(recipient__in=named) | Q(subject__icontains=filters.q) | Q(address__icontains=filters.q))
    if filters.kind:
        found = found.filter(kind=filters.kind)
    if filters.state:
        found = found.filter(outcome=filters.state)
    if filters.since:
        found = found.filter(created_at__gte=_midnight(filters.since))
    if filters.until:
        found = found.filter(created_at__lt=_midnight(filters.until + timedelta(days=1)))
    return found.select_related("recipient", "digest").order_by("-created_at", "-id")


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=timezone.get_current_timezone())


def line_of(message: Message, *, at: datetime) -> LogLine:
    """Return a message as a line of the log, in the reader's zone and language."""
    person = message.recipient
    state, due_at, ended_at, error = _outcome(message)
    return LogLine(
        message=message,
        written=moment_words(message.created_at),
        name=person.name if person else message.address,
        number=person.employee_number if person else "",
        kind=label_of(message.kind),
        subject=message.subject,
        channel=_channel(message),
        state=_state_words(message, MailState(state), due_at, ended_at, at=at),
        detail=error,
    )


def _outcome(message: Message) -> tuple[str, datetime | None, datetime | None, str]:
    """Return state, due and ended of the mail in which a message goes out, and what went wrong."""
    mail: Message | Digest = message.digest or message
    return mail.mail_state, mail.mail_due_at, mail.mail_ended_at, mail.mail_error


def _channel(message: Message) -> str:
    if getattr(message, "is_pushed", False):
        return _("{channel}, browser").format(channel=_by_mail(message))
    return _by_mail(message)


def _by_mail(message: Message) -> str:
    if message.recipient is None:
        return _("E-mail")
    if message.mail_state in (MailState.NONE, MailState.NEEDLESS):
        return _("Inbox")
    if message.mail_state in (MailState.GATHERED, MailState.DIGESTED):
        return _("Inbox and digest")
    return _("Inbox and e-mail")


def _state_words(
    message: Message, state: MailState, due_at: datetime | None, ended_at: datetime | None, *, at: datetime
) -> str:
    """Say what became of a mail."""
    due, ended = moment_words(due_at), moment_words(ended_at)
    mail = message.digest or message
    if state == MailState.WAITING and mail.mail_attempts:
        return _("Not accepted yet, tried again {moment}").format(moment=due)
    if state == MailState.WAITING and due_at is not None and due_at > at:
        return _("Quiet until {moment}").format(moment=due)
    words = {
        MailState.NONE: _("In the inbox only"),
        MailState.NEEDLESS: _("Not needed: the account is closed"),
        MailState.GATHERED: _("Waiting for the digest of {moment}").format(moment=due),
        MailState.WAITING: _("Waiting"),
        MailState.SENDING: _("Being sent"),
        MailState.SENT: _("Sent {moment}").format(moment=ended) if ended_at else _("Sent"),
        MailState.REFUSED: _("Refused by the mail server"),
        MailState.UNKNOWN: _("Unclear whether it arrived, not repeated"),
        MailState.BOUNCED: _("Bounced {moment}").format(moment=ended),
        MailState.DIGESTED: _("In a digest"),
    }
    return words[state]


def columns() -> list[tuple[str, str]]:
    """Return the columns of the log: the name of the field of a line, and the words above it."""
    return [
        ("written", _("Written")),
        ("name", _("To")),
        ("number", _("Number")),
        ("kind", _("Kind")),
        ("subject", _("Subject")),
        ("channel", _("Channel")),
        ("state", _("State")),
        ("detail", _("What was answered")),
    ]


def cells(line: LogLine) -> list[Any]:
    """Return a line as the file shows it."""
    return [getattr(line, name) for name, _words in columns()]
