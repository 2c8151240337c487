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
    COORDINATOR = "coordinator", _("Training coordinator")


class EmploymentType(models.TextChoices):
    """In what relation someone works here."""

    EMPLOYEE = "employee", _("Employee")
    AGENCY = "agency", _("Agency worker")
    CONTRACTOR = "contractor", _("Contractor")
    TRAINEE = "trainee", _("Trainee")
    VOLUNTEER = "volunteer", _("Volunteer")


class ImportField(models.TextChoices):
    """What a column of a list of people may say; attributes of the organisation's own come beside these."""

    NUMBER = "employee_number", _("Employee number")
    NAME = "name", _("Name")
    FIRST_NAME = "first_name", _("First name")
    LAST_NAME = "last_name", _("Last name")
    EMAIL = "email", _("E-mail address")
    LANGUAGE = "language", _("Language")
    HIRED_ON = "hired_on", _("First day of work")
    LEFT_ON = "left_on", _("Last day of work")
    SITE = "site", _("Site")
    DEPARTMENT = "department", _("Department")
    JOB_ROLE = "job_role", _("Job role")
    EMPLOYMENT_TYPE = "employment_type", _("Employment type")
    MANAGER = "manager", _("Manager")
    SECOND_MANAGER = "second_manager", _("Second manager")
    SINCE = "since", _("Position since")


class DateOrder(models.TextChoices):
    """In which order a file writes the parts of a date; a year that comes first is understood in any."""

    YEAR_FIRST = "ymd", _("Year, month, day")
    DAY_FIRST = "dmy", _("Day, month, year")
    MONTH_FIRST = "mdy", _("Month, day, year")


class ImportSource(models.TextChoices):
    """By which way a list of people came."""

    UPLOAD = "upload", _("Uploaded")
    FOLDER = "folder", _("Watched folder")
    FEED = "feed", _("Sent by another system")


class ImportState(models.TextChoices):
    """How far an import is. Nobody's record is written before APPLYING."""

    MAPPING = "mapping", _("Not read yet")
    CHECKING = "checking", _("Being checked")
    CHECKED = "checked", _("Checked")
    STOPPED = "stopped", _("Stopped")
    APPLYING = "applying", _("Being applied")
    APPLIED = "applied", _("Applied")
    FAILED = "failed", _("Failed")
    DISCARDED = "discarded", _("Discarded")


class RowKind(models.TextChoices):
    """What becomes of one row of a list of people; MISSING is who has an account and no row."""

    ADDED = "added", _("Added")
    CHANGED = "changed", _("Changed")
    MOVED = "moved", _("Moved")
    LEFT = "left", _("Left")
    MISSING = "missing", _("Left, not in the file")
    UNCHANGED = "unchanged", _("Unchanged")
    REJECTED = "rejected", _("Rejected")


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
