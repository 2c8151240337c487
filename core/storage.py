"""Where private files lie: a local folder or an S3-compatible store, under the hash of their bytes."""

from __future__ import annotations

import hashlib
import os
from typing import Any, BinaryIO
from urllib.parse import parse_qs, quote, unquote, urlsplit

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage

from core.ids import new_id


class LocalStorage(FileSystemStorage):
    """Files in a folder of this machine; never served by address, only through a view."""

    def url(self, name: str | None) -> str:
        raise ValueError("Private files have no address of their own.")

    def _save(self, name: str, content: File[Any]) -> str:
        """Write aside, and give the file its name only when it is whole and on the disk.

        A crash half-way would otherwise leave a piece under the name that stands for the whole.
        """
        aside: str = super()._save(f"{name}.{new_id().hex}.part", content)  # type: ignore[misc]
        with open(self.path(aside), "rb") as written:
            os.fsync(written.fileno())
        os.replace(self.path(aside), self.path(name))
        return name


def s3_options(url: str) -> dict[str, Any]:
    """Return the options of django-storages for `s3://key:secret@bucket?endpoint=…&region=…`."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {
        "bucket_name": parts.hostname,
        "default_acl": None,
        "querystring_expire": 300,
        "file_overwrite": True,
        "signature_version": "s3v4",
    }
    if parts.username:
        options["access_key"] = unquote(parts.username)
        options["secret_key"] = unquote(parts.password or "")
    if "endpoint" in query:
        options["endpoint_url"] = query["endpoint"]
    if "region" in query:
        options["region_name"] = query["region"]
    return options


def internal_address(key: str) -> str:
    """Return where a proxy of ours finds a stored file: a path, for a store with its signature."""
    if isinstance(default_storage, FileSystemStorage):
        return "/" + quote(key)
    signed = urlsplit(default_storage.url(key))
    return f"{signed.path}?{signed.query}"


def sha256_of_file(file: BinaryIO) -> str:
    """Return the SHA-256 of an open file, in hexadecimal, and rewind it."""
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # it is open for bytes
    file.seek(0)
    return digest


def store_once(content: bytes, *, suffix: str) -> tuple[str, str]:
    """Keep `content` under its SHA-256 and return (storage key, hash). Same bytes, same key."""
    digest = hashlib.sha256(content).hexdigest()
    key = f"{digest[:2]}/{digest}{suffix}"
    if not default_storage.exists(key):
        default_storage.save(key, ContentFile(content))
    return key, digest


def store_file_once(file: BinaryIO, *, suffix: str) -> tuple[str, str]:
    """Keep an open file under its SHA-256 without reading it whole; like `store_once`, and rewinds it."""
    digest = sha256_of_file(file)
    key = f"{digest[:2]}/{digest}{suffix}"
    if not default_storage.exists(key):
        default_storage.save(key, File(file))
        file.seek(0)
    return key, digest
