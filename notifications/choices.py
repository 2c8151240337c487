"""Enumerations of the notifications room."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class MailState(models.TextChoices):
    """How far the e-mail of a message is; at most one is ever sent."""

    NONE = "none", _("Not by e-mail")
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused by the mail server")
    UNKNOWN = "unknown", _("Unclear, not repeated")

    @classmethod
    def open(cls) -> list[MailState]:
        """The states in which there is something left to do."""
        return [cls.WAITING, cls.SENDING]
