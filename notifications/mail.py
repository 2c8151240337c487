"""How a message becomes an e-mail, and what the mail server's answer means."""

from __future__ import annotations

from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from notifications.models import Message

# The server answered with a refusal, so the mail is certainly not on its way. Silence, a broken
# connection or a timeout while sending is another matter: the mail may have been accepted.
CERTAINLY_NOT_ACCEPTED = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError)


def compose(message: Message) -> EmailMultiAlternatives:
    """Return the e-mail of a message, in the language and zone of its recipient.

    Its Message-ID is always the same, so that a mail server or reader can tell a second copy.
    """
    person = message.recipient
    context = {
        "message": message,
        "person": person,
        "paragraphs": message.body.split("\n\n"),
        "language": person.language if person else settings.LANGUAGE_CODE,
        "link": settings.BASE_URL + message.path if message.path else "",
        "base_url": settings.BASE_URL,
    }
    language = person.language if person else settings.LANGUAGE_CODE
    zone = ZoneInfo(person.zone_name if person else settings.TIME_ZONE)
    with translation.override(language), timezone.override(zone):
        text = render_to_string("email/message.txt", context)
        html = render_to_string("email/message.html", context)
    mail = EmailMultiAlternatives(
        subject=" ".join(message.subject.split()),
        body=text,
        to=[person.email if person else message.address],
        headers={"Message-ID": message_id(message), "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(html, "text/html")
    return mail


def message_id(message: Message) -> str:
    """Return the Message-ID (RFC 5322, 3.6.4) that this message has for ever."""
    return f"<{message.id}@{urlsplit(settings.BASE_URL).hostname}>"


def explain(error: Exception) -> str:
    """Return what an error of the mail server says, for whoever runs Attest."""
    return f"{type(error).__name__}: {error}"
