"""Enumerations of the reporting room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """Whom a compliance report is about."""

    TEAM = "team", _("My team")
    SITE = "site", _("A site")
    DEPARTMENT = "department", _("A department")
    COURSE = "course", _("A course")
    PERSON = "person", _("A person")


class ReportFormat(models.TextChoices):
    PDF = "pdf", "PDF"
    XLSX = "xlsx", "XLSX"
