"""Files on the local disk: whole or not there at all, and once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from pytest_django.fixtures import Settings

from core.storage import LocalStorage, store_once


class Interrupted(ContentFile):
    """A file whose second piece never comes."""

    def chunks(self, chunk_size: int | None = None):
        yield b"first piece"
        raise OSError("the disk is full")


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    options = {"BACKEND": "core.storage.LocalStorage", "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    return tmp_path


def test_file_that_breaks_off_never_has_its_name(tmp_path: Path) -> None:
    storage = LocalStorage(location=str(tmp_path))
    with pytest.raises(OSError, match="the disk is full"):
        storage.save("ab/whole.pdf", Interrupted(b"never read"))
    assert not storage.exists("ab/whole.pdf")
    storage.save("ab/whole.pdf", ContentFile(b"all of it"))
    with storage.open("ab/whole.pdf") as kept:
        assert kept.read() == b"all of it"


def test_same_bytes_are_kept_once(folder: Path) -> None:
    first = store_once(b"same", suffix=".pdf")
    second = store_once(b"same", suffix=".pdf")
    assert first == second
    assert [path.name for path in folder.rglob("*") if path.is_file()] == [Path(first[0]).name]
    assert store_once(b"other", suffix=".pdf") != first
