"""Enumerations of the records room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Meaning(models.TextChoices):
    """What a signature can mean: a controlled list (21 CFR 11.50(a)(3)); the label is what is signed."""

    COMPLETED = "completed", _("I have completed and understood this training")
    AUTHORED = "authored", _("I wrote this version and submit it for review")
    APPROVED = "approved", _("I have reviewed this version and approve it for training")
    RETURNED = "returned", _("I have reviewed this version and return it to its author")
    ASSESSED = "assessed", _("I have observed and assessed this performance")
    WAIVED = "waived", _("I approve this waiver")
    WAIVER_RETURNED = "waiver_returned", _("I have reviewed this waiver and return it")
    VERIFIED = "verified", _("I have checked this proof, and it shows that the course was completed")
    CLAIM_RETURNED = "claim_returned", _("I have checked this proof and return it")
    RECORDED = "recorded", _("These people completed this course in this session")
    CONFIRMED = "confirmed", _("I have compared this with the sign-in sheet and confirm it")
    SESSION_RETURNED = "session_returned", _("I have compared this with the sign-in sheet and return it")
    CORRECTED = "corrected", _("I have corrected this record")
    TRAIL_REVIEWED = "trail_reviewed", _("I have reviewed this part of the trail")
    ACCOUNTABLE = "accountable", _("I understand that my electronic signature binds me like one by hand")


class Components(models.TextChoices):
    """What the signer showed: everything at the first signing of a session, the secret later."""

    ALL = "all", _("User ID and password")
    SECRET = "secret", _("Password")


class EventKind(models.TextChoices):
    FACT = "fact", _("Fact")
    CAPTURE = "capture", _("Old and new values")


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class CertificateStatus(models.TextChoices):
    CURRENT = "current", _("Current")
    SUPERSEDED = "superseded", _("Superseded")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
