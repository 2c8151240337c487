"""Enumerations of the notifications room."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Audience(models.TextChoices):
    """To whom a kind of message speaks."""

    LEARNER = "learner", _("The learner")
    MANAGER = "manager", _("Their manager")
    SECOND_MANAGER = "second_manager", _("Their second manager")
    COORDINATOR = "coordinator", _("The training coordinator")
    ADMINISTRATOR = "administrator", _("Administrators")
    AUTHOR = "author", _("The author")
    APPROVER = "approver", _("Approvers")
    ASKER = "asker", _("Whoever asked for it")
    ANYONE = "anyone", _("Whom it concerns")


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
