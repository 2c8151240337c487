"""How a message becomes an e-mail, and what the mail server's answer means."""

from __future__ import annotations

from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import ngettext

from notifications.models import Digest, Message
from notifications.wording import label_of

# The server answered with a refusal, so the mail is certainly not on its way. Silence, a broken
# connection or a timeout while sending is another matter: the mail may have been accepted.
CERTAINLY_NOT_ACCEPTED = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError)


def compose(mail: Message | Digest) -> EmailMultiAlternatives | None:
    """Return the e-mail of a message or a digest, in the language and zone of its recipient.

    Its Message-ID is always the same, so that a mail server or reader can tell a second copy. A digest
    whose messages have all gone another way has nothing to say, and is nothing.
    """
    person = mail.recipient
    language = person.language if person else settings.LANGUAGE_CODE
    zone = ZoneInfo(person.zone_name if person else settings.TIME_ZONE)
    with translation.override(language), timezone.override(zone):
        if isinstance(mail, Digest):
            messages = list(mail.messages.order_by("created_at", "id"))
            if not messages:
                return None
            template, subject, words = "email/digest", _digest_subject(messages), {"groups": _grouped(messages)}
        else:
            template, subject, words = "email/message", mail.subject, _words_of(mail)
        context = {**words, "subject": subject, "person": person, "language": language, "base_url": settings.BASE_URL}
        text = render_to_string(f"{template}.txt", context)
        html = render_to_string(f"{template}.html", context)
    headers = {"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"}
    if settings.BOUNCE_ADDRESS:  # the envelope has it, the reader sees the usual sender
        headers["From"] = settings.DEFAULT_FROM_EMAIL
    composed = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text,
        from_email=settings.BOUNCE_ADDRESS or None,
        to=[_address_of(mail)],
        headers=headers,
    )
    composed.attach_alternative(html, "text/html")
    return composed


def _address_of(mail: Message | Digest) -> str:
    if mail.recipient is not None:
        return mail.recipient.email
    assert isinstance(mail, Message)  # a digest has a recipient
    return mail.address


def _words_of(message: Message) -> dict[str, Any]:
    link = settings.BASE_URL + message.path if message.path else ""
    lines = [
        {"text": line["text"], "links": [(label, settings.BASE_URL + path) for label, path in line["links"]]}
        for line in message.lines
    ]
    return {"message": message, "paragraphs": message.body.split("\n\n"), "lines": lines, "link": link}


def _digest_subject(messages: list[Message]) -> str:
    if len(messages) == 1:
        return messages[0].subject
    words = ngettext("{count} message about your training", "{count} messages about your training", len(messages))
    return words.format(count=len(messages))


def _grouped(messages: list[Message]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Return what each message says by its kind in words, in the order in which kinds first occur."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for message in messages:
        groups.setdefault(label_of(message.kind), []).append(_words_of(message))
    return list(groups.items())


def message_id(mail: Message | Digest) -> str:
    """Return the Message-ID (RFC 5322, 3.6.4) that this mail has for ever."""
    return f"<{mail.id}@{urlsplit(settings.BASE_URL).hostname}>"


def explain(error: Exception) -> str:
    """Return what an error of the mail server says, for whoever runs Attest."""
    return f"{type(error).__name__}: {error}"
