"""The watched folder: lists are taken one by one, put away, and stop at the guard."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import now
from people import tasks
from people.choices import AccessRole, ImportState
from people.folder import take_next
from people.models import PeopleImport, User
from tests.factories import make_department, make_job_role, make_person, make_site
from tests.people.lists import checked, line, text_of, worked


@pytest.fixture
def admin(db: None) -> User:
    make_site(), make_department("Quality"), make_job_role("QC Analyst")
    person = make_person(AccessRole.ADMINISTRATOR)
    checked(text_of([line("1")]), person, save_as="HR")
    return person


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.IMPORT_FOLDER, settings.IMPORT_MAPPING = str(tmp_path), "HR"
    return tmp_path


def put(folder: Path, name: str, text: str, *, age: int = 60) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    written = now().timestamp() - age
    os.utime(path, (written, written))
    return path


def lying(folder: Path, place: str = "") -> list[str]:
    return sorted(path.name.split("-")[-1] for path in (folder / place).iterdir() if path.is_file())


def runs() -> list[str]:
    return list(PeopleImport.objects.filter(source="folder").order_by("created_at").values_list("file_name", flat=True))


def test_list_is_taken_applied_and_put_away(admin: User, folder: Path) -> None:
    put(folder, "staff.csv", text_of([line("1"), line("2")]))
    tasks.watch_import_folder()
    run = PeopleImport.objects.get(source="folder")
    assert (lying(folder), lying(folder, "done"), lying(folder, "working")) == ([], ["staff.csv"], [])
    run = worked(worked(run))
    assert (run.state, run.owner, User.objects.filter(employee_number__in="12").count()) == (
        ImportState.APPLIED, admin, 2,
    )  # fmt: skip


def test_one_is_taken_at_a_time_the_oldest_first(admin: User, folder: Path) -> None:
    put(folder, "b.csv", text_of([line("1")]), age=90)
    put(folder, "a.csv", text_of([line("2")]), age=60)
    tasks.watch_import_folder()
    tasks.watch_import_folder()
    assert runs() == ["b.csv"]
    worked(worked(PeopleImport.objects.get(file_name="b.csv")))
    tasks.watch_import_folder()
    assert runs() == ["b.csv", "a.csv"]


def test_what_is_still_written_hidden_or_no_list_stays(admin: User, folder: Path) -> None:
    put(folder, "fresh.csv", text_of([line("1")]), age=5)
    put(folder, ".hidden.csv", text_of([line("1")]))
    put(folder, "notes.pdf", "x")
    (folder / "link.csv").symlink_to(put(folder, "target.dat", text_of([line("1")])))
    tasks.watch_import_folder()
    assert runs() == []
    assert lying(folder) == [".hidden.csv", "fresh.csv", "link.csv", "notes.pdf", "target.dat"]


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "empty"), ("Name\nMaya\n", "no column"), (text_of([line(str(n)) for n in range(300)]) + '"', "quotation")],
)
def test_what_can_not_be_read_is_put_away_with_the_reason(admin: User, folder: Path, text: str, why: str) -> None:
    put(folder, "staff.csv", text)
    tasks.watch_import_folder()
    assert (runs(), lying(folder), lying(folder, "failed")) == ([], [], ["staff.csv", "staff.csv.why.txt"])
    [reason] = (folder / "failed").glob("*.why.txt")
    assert why in reason.read_text()


def test_folder_without_its_mapping_fails_with_words(admin: User, folder: Path, settings: Any) -> None:
    settings.IMPORT_MAPPING = "Payroll"
    put(folder, "staff.csv", text_of([line("1")]))
    tasks.watch_import_folder()
    [reason] = (folder / "failed").glob("*.why.txt")
    assert "“Payroll”" in reason.read_text()


def test_guard_stops_a_list_of_the_folder(admin: User, folder: Path) -> None:
    make_person()
    checked(text_of([line("1")]), admin, save_as="HR", is_complete=True)
    put(folder, "staff.csv", text_of([line("1")]))
    tasks.watch_import_folder()
    run = worked(PeopleImport.objects.get(source="folder"))
    assert (run.state, User.objects.filter(is_active=True).count()) == (ImportState.STOPPED, 2)


def test_file_of_a_dead_worker_is_taken_again(admin: User, folder: Path) -> None:
    put(folder, "working/staff.csv", text_of([line("1")]), age=60)
    assert take_next(folder=str(folder), mapping_name="HR", at=now()) is None
    run = take_next(folder=str(folder), mapping_name="HR", at=now() + timedelta(minutes=11))
    assert (run.file_name, lying(folder, "done")) == ("staff.csv", ["staff.csv"])


def test_without_a_folder_nothing_happens(admin: User, settings: Any) -> None:
    settings.IMPORT_FOLDER = ""
    tasks.watch_import_folder()
    assert runs() == []
