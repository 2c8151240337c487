"""Reports that people asked for; the files behind their job cards."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.constraints import one_of
from core.models import Job, Row
from reporting.choices import ReportFormat


class Report(models.Model):
    """Whom a finished report is about, so that rights can be checked again when it is downloaded."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True, related_name="report")
    people = ArrayField(models.UUIDField(), default=list)
    made_at = models.DateTimeField()


class ReportFile(Row):
    """One file of a finished report; its link expires, the trail says who fetched it when."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, db_index=False, related_name="report_files")
    format = models.CharField(max_length=8, choices=ReportFormat)
    name = models.CharField(max_length=200)
    storage_key = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    expires_at = models.DateTimeField()
    discarded_at = models.DateTimeField(null=True)  # when its bytes were thrown away

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "format"], name="report_file_once_per_format"),
            one_of("format", ReportFormat, name="report_file_format_known"),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(discarded_at__isnull=True), name="report_file_kept")
        ]
