"""Enumerations of the people room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessRole(models.TextChoices):
    """What a person may do beyond learning. A manager is no role: it is one who has reports."""

    AUTHOR = "author", _("Author")
    APPROVER = "approver", _("Approver")
    ADMINISTRATOR = "administrator", _("Administrator")
    AUDITOR = "auditor", _("Auditor")


class Theme(models.TextChoices):
    SYSTEM = "system", _("Like the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class ProofMethod(models.TextChoices):
    """How the identity of a signer was verified (21 CFR 11.100(b))."""

    IDENTITY_CARD = "identity_card", _("Identity card or passport")
    PERSONNEL_FILE = "personnel_file", _("Personnel file, in person")
    IDENTITY_PROVIDER = "identity_provider", _("The organisation's identity provider")
