"""A company of 2,000 people, for measuring: courses and people by the actions, learning in bulk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password

from assessments.actions import import_quiz
from courses.actions import add_activity, add_module, create_course
from courses.models import CourseVersion
from enrollment.actions.requirements import draft_requirement, switch_on_requirement
from enrollment.choices import Renewal
from enrollment.models import Assignment
from enrollment.rules import those_with
from lms.demo.bulk import Begun, learn
from lms.demo.content import Desk, approve
from notifications.models import Message
from people.actions import (
    add_department,
    add_job_role,
    add_person,
    add_site,
    grant_role,
    prove_identity,
    take_position,
)
from people.choices import AccessRole, ProofMethod
from people.models import JobRole, User
from records.actions import deliver_next_fact
from records.facts import SystemActor

LOADER = SystemActor("load company")
PASSWORD = "attest-demo-2026"  # noqa: S105  of accounts that hold nothing
MANAGER = "manager1@load.test"
GROUPS, GROUP_SIZE, COURSES, PAGES, QUESTIONS = 5, 400, 50, 10, 10
REQUIRED = 11  # courses required of each group
FINISHED = [10, 10, 10, 7, 5, 4, 3, 1, 0, 0]  # of ten enrollments a person: 50 activities finished in all
SUBJECTS = ["Line clearance", "Gowning level", "Sterile filtration", "Deviation reports", "Label control"]
SUBJECTS += ["Calibration of balances", "Cleaning of presses", "Pressure cascades", "Batch record review", "Spill kits"]
PARAGRAPH = (
    "Before the work begins, compare the line with its clearance record and read each entry aloud. "
    "What does not belong to this batch leaves the room, with its label, and the record says so. "
    "A second person repeats the check without having seen the first result. "
)


def build_load(*, at: datetime, seed: int, password: str, say: Callable[[str], object]) -> None:
    """Build 2,000 people in five groups, 50 courses, 20,000 enrollments and 100,000 rows of progress."""
    began = at - timedelta(days=200)
    say(f"Adding {GROUPS * GROUP_SIZE} people …")
    desk, groups = _people(at=began, password=password)
    say(f"Writing {COURSES} courses …")
    versions = [_course(number, desk=desk, at=began) for number in range(1, COURSES + 1)]
    say("Switching requirements on …")
    for index, job_role in enumerate(groups):
        for number in range(REQUIRED):
            version = versions[(index * 10 + number) % COURSES]
            requirement = draft_requirement(
                by=desk.author, at=began, course=version.course, reason="Load company",
                audience=those_with(job_role=job_role.pk), due_within_days=180 + 8 * number,
                counted_from="switch_on", renewal=Renewal.COMPLETION, validity_months=12,
            )  # fmt: skip
            switch_on_requirement(requirement=requirement, by=desk.author, at=began)
    say("Learning …")
    begun = [each for index in range(GROUPS) for each in _begun(index, groups[index], versions)]
    written = learn(begun, by=LOADER, at=at - timedelta(days=30))
    while deliver_next_fact(at=at):
        pass
    Message.objects.update(read_at=at, mail_state="none")
    say(f"{len(begun)} enrollments, {written} rows of progress")


def _people(*, at: datetime, password: str) -> tuple[Desk, list[JobRole]]:
    """Add the people in groups of 400: one manager, twenty leads, and those whom they lead."""
    hashed = make_password(password)
    site = add_site(by=LOADER, at=at, name="Load site", time_zone="Europe/Zurich", country="CH")
    department = add_department(by=LOADER, at=at, name="Load department")
    office = add_job_role(by=LOADER, at=at, name="Office")
    number = 0

    def hire(name: str, email: str, job_role: JobRole, manager: User | None) -> User:
        nonlocal number
        number += 1
        person = add_person(
            by=LOADER, at=at, name=name, email=email, employee_number=f"L{number:05}", password_hash=hashed
        )
        take_position(
            person=person, site=site, department=department, job_role=job_role, manager=manager,
            valid_from=at.date(), by=LOADER, at=at,
        )  # fmt: skip
        return person

    author = hire("Load Author", "author@load.test", office, None)
    approver = hire("Load Approver", "approver@load.test", office, None)
    for person, role in ((author, AccessRole.AUTHOR), (approver, AccessRole.APPROVER)):
        grant_role(person=person, role=role, by=LOADER, at=at, reason="Load company")
        prove_identity(person=person, method=ProofMethod.PERSONNEL_FILE, by=LOADER, at=at)
    groups = []
    for index in range(1, GROUPS + 1):
        job_role = add_job_role(by=LOADER, at=at, name=f"Operator of group {index}")
        manager = hire(f"Manager of group {index}", f"manager{index}@load.test", office, None)
        leads: list[User] = []
        for member in range(GROUP_SIZE):
            above = manager if member < 20 else leads[member % 20]
            name = f"Operator {index}-{member:03}"
            leads.append(hire(name, f"operator{index}.{member:03}@load.test", job_role, above))
        groups.append(job_role)
    return Desk(author, approver, at), groups


def _course(number: int, *, desk: Desk, at: datetime) -> CourseVersion:
    subject = f"{SUBJECTS[number % len(SUBJECTS)]} {number}"
    version = create_course(
        by=desk.author, at=at, code=f"LOAD-{number:03}", title=subject, objectives=[f"carry out {subject.lower()}"],
        summary=f"What to do before, during and after: {subject.lower()}.", topics=["production"], validity_months=12,
        change_summary="First version.",
    )  # fmt: skip
    module = add_module(
        version_id=version.pk, by=desk.author, at=at, title=subject, objective=f"Carry out {subject.lower()}"
    )
    shared: dict[str, Any] = {"module_id": module.pk, "by": desk.author, "at": at}
    for page in range(1, PAGES + 1):
        body = f"## Step {page}\n\n{PARAGRAPH * 3}\n\n- Read\n- Compare\n- Write\n\n{PARAGRAPH * 2}"
        add_activity(kind="page", title=f"Step {page}", minutes=2, values={"body": body}, **shared)
    quiz = add_activity(kind="quiz", title="Final quiz", minutes=5, **shared)
    import_quiz(quiz_id=quiz.pk, content=_quiz(subject), passages={}, by=desk.author, at=at)
    return approve(version, desk=desk, effective_on=desk.today, next_review_on=desk.today + timedelta(days=730))


def _quiz(subject: str) -> dict[str, Any]:
    options = [
        {"text": "Compare, then write", "correct": True, "why": "What is compared first is written once."},
        {"text": "Write, then compare", "correct": False, "why": "What is written first is defended, not compared."},
        {"text": "Neither", "correct": False, "why": "Then there is no record."},
        {"text": "Ask tomorrow", "correct": False, "why": "Tomorrow's memory is no record."},
    ]
    questions = [
        {"kind": "single", "text": f"{subject}, question {each}: what comes first?", "options": options}
        for each in range(1, QUESTIONS + 1)
    ]
    return {"pass_ratio": 0.8, "questions": questions}


def _begun(index: int, job_role: JobRole, versions: list[CourseVersion]) -> list[Begun]:
    """Let everyone of a group begin the first ten of their eleven courses, each as far as FINISHED says."""
    assignments = Assignment.objects.filter(user__positions__job_role=job_role).select_related("user")
    by_pair = {(each.user_id, each.course_id): each for each in assignments}
    people = {each.user_id: each.user for each in by_pair.values()}
    chosen = versions[index * 10 : index * 10 + 10]
    return [
        Begun(person, version, by_pair[person.pk, version.course_id], finished)
        for person in people.values()
        for version, finished in zip(chosen, FINISHED, strict=True)
    ]
