"""Reports that people asked for; the files behind their job cards."""

from __future__ import annotations

from django.db import models

from core.models import Job, Row


class ReportFile(Row):
    """One file of a finished report; its link expires, the row says who fetched it when."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="report_files")
    format = models.CharField(max_length=8)
    name = models.CharField(max_length=200)
    storage_key = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "format"], name="report_file_once_per_format")]
