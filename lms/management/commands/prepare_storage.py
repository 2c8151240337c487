"""`manage.py prepare_storage`: make the place where private files lie."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    """Create the bucket of the store, or the folder, where it is missing."""

    help = "Create the bucket or folder of STORAGE_URL or STORAGE_FOLDER where it is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.STORAGE_URL:
            Path(settings.STORAGE_FOLDER).mkdir(parents=True, exist_ok=True)
            return
        client = default_storage.connection.meta.client  # type: ignore[attr-defined]
        bucket = default_storage.bucket_name  # type: ignore[attr-defined]
        try:
            client.head_bucket(Bucket=bucket)
        except client.exceptions.ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
            client.create_bucket(Bucket=bucket)
            self.stdout.write(f"Made the bucket {bucket}.")
