"""The watched folder: lists that another system puts there are taken one by one, and put away."""

from __future__ import annotations

import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

from people import actions
from people.actions import NotAllowed
from people.choices import ImportSource, ImportState
from people.models import ImportMapping, PeopleImport
from people.uploads import UploadRefused, data_rows, examine
from records.facts import SystemActor

log = logging.getLogger(__name__)

STABLE_AFTER = timedelta(seconds=30)  # since the file was last written
LOST_AFTER = timedelta(minutes=10)  # whoever took it has died
SUFFIXES = frozenset({".csv", ".txt", ".tsv", ".xlsx"})
WORKING, DONE, FAILED = "working", "done", "failed"
BY = SystemActor("watched folder")


def take_next(*, folder: str, mapping_name: str, at: datetime) -> PeopleImport | None:
    """Bring the oldest list of the folder that is not written any more, and put the file into `done` or `failed`.

    One at a time, so that each is checked against what the one before has made. A file is taken by
    renaming it, so that two workers never take the same. Beside a failed one lies a text that says why.
    """
    under_way = (ImportState.CHECKING, ImportState.APPLYING)
    if PeopleImport.objects.filter(source=ImportSource.FOLDER, state__in=under_way).exists():
        return None
    place = Path(folder)
    for name in (WORKING, DONE, FAILED):
        (place / name).mkdir(parents=True, exist_ok=True)
    taken = _take(place, at=at)
    if taken is None:
        return None
    try:
        run = _bring(taken, mapping_name=mapping_name, at=at)
    except (UploadRefused, NotAllowed) as refusal:
        log.warning("The list %s was refused: %s", taken.name, refusal)
        away = _put(taken, place / FAILED, at=at)
        away.with_suffix(away.suffix + ".why.txt").write_text(f"{refusal}\n", encoding="utf-8")
        return None
    _put(taken, place / DONE, at=at)
    return run


def _take(place: Path, *, at: datetime) -> Path | None:
    """Rename the oldest file that is whole into the folder of work; a file left there by a dead worker comes first."""
    for folder, age in ((place / WORKING, LOST_AFTER), (place, STABLE_AFTER)):
        for path in sorted(folder.iterdir(), key=lambda each: each.lstat().st_mtime):
            is_list = path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
            if not is_list or path.is_symlink() or not path.is_file():
                continue
            if at.timestamp() - path.stat().st_mtime < age.total_seconds():
                continue
            try:
                return path.rename(place / WORKING / path.name)
            except FileNotFoundError:  # another worker was faster
                continue
    return None


def _bring(path: Path, *, mapping_name: str, at: datetime) -> PeopleImport:
    mapping = ImportMapping.objects.select_related("saved_by").filter(name=mapping_name).first()
    if mapping is None:
        raise NotAllowed(f"There is no saved mapping “{mapping_name}”. Save one, and name it in IMPORT_MAPPING.")
    with path.open("rb") as file:
        sheet = examine(file)
        for _row in data_rows(file):
            pass  # a file that can not be read to its end goes to `failed`
        return actions.bring_import(
            file=file,
            name=path.name,
            sheet=sheet,
            owner=mapping.saved_by,
            source=ImportSource.FOLDER,
            by=BY,
            at=at,
            mapping=mapping,
        )


def _put(path: Path, folder: Path, *, at: datetime) -> Path:
    away = folder / f"{at:%Y%m%dT%H%M%S}-{path.name}"
    os.replace(path, away)
    return away
