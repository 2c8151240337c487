"""The companies that can be built, by scale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from courses.models import Course, CourseVersion
from lms.demo.company import Company, found_company
from lms.demo.content import Desk, begin_revision, load_course
from lms.demo.history import begin_program, live_through, require
from lms.demo.load import build_load
from lms.demo.today import go_on
from notifications.models import Message
from records.actions import deliver_next_fact

Say = Callable[[str], object]
AT_WORK = ("classroom-documentation", "lockout-observed")  # what is learned with others
FOLDERS = ("electronic-records", "hand-hygiene", "lockout-tagout", "good-documentation", "ready-for-the-line")
PROGRAM_CODE = "PRG-100"
WRITTEN = timedelta(days=500)
RECENT = timedelta(days=10)
NEW_PASSAGE = """## New in this version

Signing on a shared tablet is signing all the same. Sign out before you hand the tablet on: a session that \
somebody left open is not a signature, and what was done in it can be attributed to nobody. §11.200(a), §11.300"""


def build_small(*, at: datetime, seed: int, password: str, say: Say) -> None:
    """Build the eight accounts, the four courses and the program, with requirements and a draft, but no history."""
    _found(at=at, seed=seed, password=password, say=say, colleagues=False)


def build_demo(*, at: datetime, seed: int, password: str, say: Say) -> None:
    """Build the whole demo company with its history."""
    company = _found(at=at, seed=seed, password=password, say=say, colleagues=True)
    say("Living through two years of training …")
    live_through(company, at=at, seed=seed)
    begin_program(company, PROGRAM_CODE, at=at)
    for folder in AT_WORK:
        load(company, folder, at=at)
    go_on(company, at=at)
    _settle(at=at)


def _found(*, at: datetime, seed: int, password: str, say: Say, colleagues: bool) -> Company:
    say("Founding the demo company …")
    company = found_company(at=at, password=password, seed=seed, colleagues=colleagues)
    say("Writing and approving its courses …")
    courses = _load_courses(company, at=at)
    require(company, courses, at=at)
    _settle(at=at)
    return company


def _load_courses(company: Company, *, at: datetime) -> dict[str, Course]:
    courses = {}
    for folder in FOLDERS:
        version = load(company, folder, at=at)
        courses[folder] = version.course
        if folder == "electronic-records":
            begin_revision(
                version,
                desk=Desk(company["author"], company["approver"], at - timedelta(days=3)),
                passage=NEW_PASSAGE,
                change_summary="A passage on shared tablets, after the deviation on line 4.",
            )
    return courses


def load(company: Company, folder: str, *, at: datetime) -> CourseVersion:
    """Write the course of a folder long ago, and let it be approved and take effect."""
    desk = Desk(company["author"], company["approver"], at - WRITTEN)
    return load_course(folder, desk=desk, effective_on=desk.today, next_review_on=desk.today + timedelta(days=730))


def _settle(*, at: datetime) -> None:
    """Deliver every fact, and let old messages count as read and never go out as mail."""
    while deliver_next_fact(at=at):
        pass
    old = Message.objects.filter(created_at__lt=at - RECENT)
    old.filter(read_at__isnull=True).update(read_at=at)
    Message.objects.filter(mail_state__in=["waiting", "gathered"]).update(mail_state="none", mail_due_at=None)


SCALES = {"small": build_small, "demo": build_demo, "load": build_load}
