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


class Way(models.TextChoices):
    """How messages of a kind reach somebody; all of them stand in the inbox."""

    DIGEST = "digest", _("In the daily digest")
    AT_ONCE = "at_once", _("By e-mail at once")
    INBOX = "inbox", _("In the inbox only")


class MailState(models.TextChoices):
    """How far an e-mail is; at most one is ever sent."""

    NONE = "none", _("Not by e-mail")
    NEEDLESS = "needless", _("Not needed")
    GATHERED = "gathered", _("Waiting for the digest")
    DIGESTED = "digested", _("In a digest")  # what becomes of it stands there
    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused by the mail server")
    UNKNOWN = "unknown", _("Unclear, not repeated")
    BOUNCED = "bounced", _("Bounced")

    @classmethod
    def open(cls) -> list[MailState]:
        """The states in which there is something left to do with a single mail."""
        return [cls.WAITING, cls.SENDING]

    @classmethod
    def due(cls) -> list[MailState]:
        """The states in which it is known when there is something to do."""
        return [cls.WAITING, cls.SENDING, cls.GATHERED]


class PushState(models.TextChoices):
    """How far the waking of one browser is; it happens at most once for a message."""

    WAITING = "waiting", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused by the push service")
    UNKNOWN = "unknown", _("Unclear, not repeated")
    NEEDLESS = "needless", _("Not needed")

    @classmethod
    def open(cls) -> list[PushState]:
        """The states in which there is something left to do."""
        return [cls.WAITING, cls.SENDING]
