"""Stored files over HTTP: whole, in parts, or by way of nginx."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from core import http
from core.http import stored_file
from core.storage import s3_options, store_once

CONTENT = bytes(range(256)) * 4
pytestmark = pytest.mark.django_db  # closing an answer tidies up the connections to the database


@pytest.fixture
def key(settings: Settings, tmp_path) -> str:
    folder = {"BACKEND": "core.storage.LocalStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": folder}
    return store_once(CONTENT, suffix=".mp4")[0]


def ask(key: str, *, asked: str = "", content_type: str = "video/mp4", download: bool = False):
    request = RequestFactory().get("/", headers={"Range": asked} if asked else {})
    answer = stored_file(request, key=key, name="Ärger & Co.mp4", content_type=content_type, download=download)
    sent = SimpleNamespace(status_code=answer.status_code, headers=answer.headers, content=b"".join(answer))
    answer.close()
    return sent


def test_whole_file(key: str) -> None:
    answer = ask(key)
    assert (answer.status_code, answer.headers["Content-Length"], answer.headers["Accept-Ranges"]) == (
        200,
        "1024",
        "bytes",
    )
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Cache-Control"]) == (
        "nosniff",
        "private, max-age=3600",
    )
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert answer.content == CONTENT


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=10-19", 10, 19),
        ("bytes=1000-", 1000, 1023),
        ("bytes=-24", 1000, 1023),
        ("bytes=1000-9999", 1000, 1023),
    ],
)
def test_part_of_a_file(key: str, asked: str, first: int, last: int) -> None:
    answer = ask(key, asked=asked)
    assert (answer.status_code, answer.headers["Content-Range"]) == (206, f"bytes {first}-{last}/1024")
    assert answer.content == CONTENT[first : last + 1]
    assert answer.headers["Content-Length"] == str(last - first + 1)


def test_part_to_the_end_is_given_in_pieces(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_AT_ONCE", 100)
    assert ask(key, asked="bytes=50-").headers["Content-Range"] == "bytes 50-149/1024"
    assert ask(key, asked="bytes=50-900").headers["Content-Range"] == "bytes 50-900/1024"


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=20-10"])
def test_part_beyond_the_file_is_refused(key: str, asked: str) -> None:
    answer = ask(key, asked=asked)
    assert (answer.status_code, answer.headers["Content-Range"]) == (416, "bytes */1024")


@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/octet-stream"])
def test_what_a_browser_could_run_is_a_download(key: str, content_type: str) -> None:
    assert ask(key, content_type=content_type).headers["Content-Disposition"].startswith("attachment")
    assert ask(key, download=True).headers["Content-Disposition"].startswith("attachment")


def test_nginx_is_told_where_a_local_file_lies(key: str, settings: Settings) -> None:
    settings.ACCEL_LOCATION = "/stored"
    answer = ask(key)
    assert (answer.headers["X-Accel-Redirect"], answer.content) == (f"/stored/{key}", b"")
    assert answer.headers["Content-Disposition"] == "inline; filename*=utf-8''%C3%84rger%20%26%20Co.mp4"


def test_nginx_is_told_where_a_file_of_the_store_lies(settings: Settings) -> None:
    store = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": s3_options("s3://key:secret@attest?endpoint=http://store:7070&region=us-east-1"),
    }
    settings.STORAGES = {**settings.STORAGES, "default": store}
    settings.ACCEL_LOCATION = "/stored"
    answer = ask("ab/abc.mp4")
    assert answer.headers["X-Accel-Redirect"].startswith("/stored/attest/ab/abc.mp4?")
    assert "X-Amz-Signature=" in answer.headers["X-Accel-Redirect"]
    assert "secret" not in answer.headers["X-Accel-Redirect"]
