"""Mail that came back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from notifications.bounces import Bounce
from notifications.choices import MailState
from notifications.models import Digest, Message

_MAY_BOUNCE = [MailState.SENDING, MailState.SENT, MailState.UNKNOWN]


@transaction.atomic
def note_bounce(*, bounce: Bounce, at: datetime) -> bool:
    """Note on the mail itself that it was not delivered; say whether that is news.

    The same notification again, or one about mail that never went out, changes nothing.
    """
    for model in (Message, Digest):
        mail: Message | Digest | None = (
            model._default_manager.select_for_update(of=("self",))
            .select_related("recipient")
            .filter(pk=bounce.mail_id, mail_state__in=_MAY_BOUNCE)
            .first()
        )
        if mail is not None:
            mail.mail_state, mail.mail_due_at, mail.mail_ended_at = MailState.BOUNCED, None, at
            mail.mail_error = bounce.answer
            mail.bounced_address = mail.recipient.email if mail.recipient else getattr(mail, "address", "")
            mail.bounced_hard = bounce.is_hard
            mail.save(
                update_fields=[
                    "mail_state", "mail_due_at", "mail_ended_at", "mail_error", "bounced_address", "bounced_hard"
                ]
            )  # fmt: skip
            return True
    return False
