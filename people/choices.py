"""Enumerations of the people room."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessRole(models.TextChoices):
    """What a person may do beyond learning. A manager is no role: it is one who has reports."""

    AUTHOR = "author", _("Author")
    APPROVER = "approver", _("Approver")
    ADMINISTRATOR = "administrator", _("Administrator")
    AUDITOR = "auditor", _("Auditor")


class EmploymentType(models.TextChoices):
    """In what relation someone works here."""

    EMPLOYEE = "employee", _("Employee")
    AGENCY = "agency", _("Agency worker")
    CONTRACTOR = "contractor", _("Contractor")
    TRAINEE = "trainee", _("Trainee")
    VOLUNTEER = "volunteer", _("Volunteer")


class Theme(models.TextChoices):
    SYSTEM = "system", _("Like the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class ProofMethod(models.TextChoices):
    """How the identity of a signer was verified (21 CFR 11.100(b))."""

    IDENTITY_CARD = "identity_card", _("Identity card or passport")
    PERSONNEL_FILE = "personnel_file", _("Personnel file, in person")
    IDENTITY_PROVIDER = "identity_provider", _("The organisation's identity provider")


@dataclass(frozen=True, slots=True)
class Statement:
    """A text that people accept by signature; a new version is put before them again."""

    version: str
    words: Any  # text that is translated when it is shown


# Accepted before a first signature (21 CFR 11.10(j)). Change the version with the words.
ACCOUNTABILITY = Statement(
    version="1",
    words=_(
        "I understand that my electronic signature is legally binding, like one written by hand, and that "
        "I am accountable for every action under it. I keep my password to myself."
    ),
)
