"""What goes on in the demo company these weeks: its matrix, exceptions, and what waits for somebody to decide."""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw

from assessments.actions.observing import ask_to_be_observed, observe
from assessments.queries.observations import practice_in
from core.columns import matching_columns
from core.tasks import run_job
from courses.actions.joining import change_joining
from courses.choices import Joining, UploadKind
from courses.models import Course
from courses.queries import outline_of
from courses.uploads import Upload, examine
from enrollment.actions import extend, grant_waiver, propose_waiver
from enrollment.actions.asking import ask_for_waiver
from enrollment.actions.claiming import claim_learned, return_claim
from enrollment.actions.equivalences import add_equivalence
from enrollment.actions.histories import bring_history, load_history, read_history
from enrollment.actions.joining import ask_to_join
from enrollment.actions.learning import enroll, record_outcome
from enrollment.actions.matrix import draft_matrix_change, put_matrix_change_in_force
from enrollment.actions.planning import Terms, plan_session
from enrollment.actions.qualifying import add_task
from enrollment.actions.requirements import draft_requirement, switch_on_requirement
from enrollment.actions.retention import add_record_class
from enrollment.actions.seating import seat_people, take_seat
from enrollment.actions.series import candidates, plan_again
from enrollment.actions.sessions import draft_session, sign_session
from enrollment.choices import CountedFrom, KeptFrom, Renewal, SignedBy, Status
from enrollment.models import Assignment, CompletionImport
from enrollment.queries import standings
from enrollment.queries.standings import Standing
from enrollment.rules import Outcome
from enrollment.rules.histories import HEADINGS
from enrollment.rules.matrix import CellChange
from enrollment.rules.meetings import Span, instant_of
from enrollment.rules.retention_presets import BY_KEY
from lms.demo.company import Company
from lms.demo.history import learn
from people import uploads as lists
from people.actions import grant_role, take_leave
from people.choices import AccessRole
from people.models import User
from people.queries import reports_of
from records.choices import Components

CLASSROOM = "GXP-002"
MATRIX_BEGAN = timedelta(days=15)  # after the learner came to her job role
TO_DO = (Status.TODO, Status.DOING, Status.SOON, Status.LATE)
# Code of the training, why, days allowed, months until it is to be renewed, and the job roles that have it
COLUMNS: list[tuple[str, str, int, int | None, tuple[str, ...]]] = [
    ("GXP-011", "SOP-QA-015: who checks and releases records", 18, 12, ("Shift Lead", "Production Manager")),
    ("EHS-002", "SOP-EHS-011: who walks the floor", 60, 12, ("Shift Lead",)),
    ("PRG-100", "SOP-PRD-021: who works on a line alone", 90, None, ("Tablet Operator",)),
]
SPARED = ("learner@demo.test", "amara.diallo@demo.test")  # who has her own road, and who is away
CAME = ("daniel.weiss", "owen.price", "hanna.virtanen")  # to the last session in the classroom
FROM_NEXT_MONTH = ("EHS-002", "Trainee")
HISTORY = """Employee number,Course code,Completed on,Reference
{keisha},HOS-004,{first},Binder 7 page 12
{david},HOS-004,{first},Binder 7 page 12
{maria},HOS-004,{second},Binder 7 page 31
20999,HOS-004,{second},Binder 7 page 31
"""


def go_on(company: Company, *, at: datetime) -> None:
    """Let the weeks before `at` bring what the pages about requirements, exceptions and completions show."""
    at = at.astimezone(ZoneInfo(company.sites["Basel"].time_zone))  # its days are the company's
    courses = {course.code: course for course in Course.objects.all()}
    fill_matrix(company, courses, at=at - MATRIX_BEGAN)
    release_tasks(company, courses, at=at - MATRIX_BEGAN)
    take_over_history(company, at=at)
    look_after_newark(company, at=at - timedelta(days=20))
    hold_classroom(company, courses[CLASSROOM], counts_as=courses["GXP-003"], at=at)
    plan_classroom(company, courses[CLASSROOM], at=at)
    practise(company, courses["EHS-003"], at=at)
    plan_two_days(company, courses["EHS-003"], at=at)
    learn_elsewhere(company, courses["HOS-004"], at=at)
    make_exceptions(company, at=at)
    keep_records(company, courses, at=at - MATRIX_BEGAN)


def fill_matrix(company: Company, courses: dict[str, Course], *, at: datetime) -> None:
    """Have requirements in force through the matrix, and one cell that begins later."""
    admin, today = company["admin"], at.date()
    changes = []
    for code, reason, days, months, roles in COLUMNS:
        column = draft_requirement(
            by=admin, at=at, course=courses[code], reason=reason, audience={"all": [{"field": "matrix"}]},
            counted_from=CountedFrom.SWITCH_ON, due_within_days=days, validity_months=months,
            renewal=Renewal.COMPLETION if months else Renewal.COURSE,
        )  # fmt: skip
        switch_on_requirement(requirement=column, by=admin, at=at)
        changes += [CellChange(company.job_roles[role].pk, column.pk, True, today) for role in roles]
        if FROM_NEXT_MONTH[0] == code:
            later = today + MATRIX_BEGAN + timedelta(days=14)
            changes.append(CellChange(company.job_roles[FROM_NEXT_MONTH[1]].pk, column.pk, True, later))
    change = draft_matrix_change(changes=changes, by=admin, at=at)
    put_matrix_change_in_force(change=change, by=admin, at=at, reason="Training matrix of SOP-QA-002, edition 5")
    done = Assignment.objects.get(user=company["martin.egli"], course=courses["GXP-011"], ended_at=None)
    learn(done, at=at + timedelta(days=9), failed_first=False)


def release_tasks(company: Company, courses: dict[str, Course], *, at: datetime) -> None:
    """Name a task that only qualified people do."""
    needed = [courses["GXP-003"], courses["EHS-002"]]
    add_task(name="Set up a tablet press", courses=needed, by=company["admin"], at=at)


def keep_records(company: Company, courses: dict[str, Course], *, at: datetime) -> None:
    """Say how long records are kept: by a rule of the house, and where the law leaves the years to it."""
    admin, blood, lockout = company["admin"], BY_KEY["bloodborne"], BY_KEY["lockout"]
    add_record_class(
        name="GMP training", kept_from=KeptFrom.IN_FORCE, years=6, source="SOP-QA-009, edition 3", by=admin, at=at,
        courses=[courses[code] for code in ("GXP-002", "GXP-003", "GXP-011")],
        reason="Records schedule of SOP-QA-009, edition 3",
    )  # fmt: skip
    add_record_class(
        name=str(blood.name), kept_from=blood.kept_from, years=blood.years, source=blood.source,
        notes=str(blood.notes), courses=[courses["HOS-004"]], by=admin, at=at, reason="Exposure control plan, part 7",
    )  # fmt: skip
    add_record_class(
        name=str(lockout.name), kept_from=KeptFrom.LEFT, years=3, source=lockout.source, notes=str(lockout.notes),
        courses=[courses[code] for code in ("EHS-002", "EHS-003")], signed=SignedBy.SOMEBODY, by=admin, at=at,
        reason="The law names no period: three years after leaving, SOP-EHS-011",
    )  # fmt: skip


def take_over_history(company: Company, *, at: datetime) -> CompletionImport:
    """Load what was completed in Newark on paper; one line names nobody."""
    numbers = {name: company[account].employee_number for name, account in (
        ("keisha", "keisha.brown"), ("david", "david.nguyen"), ("maria", "maria.lopez")
    )}  # fmt: skip
    days = {"first": at.date() - timedelta(days=480), "second": at.date() - timedelta(days=474)}
    file, admin = io.BytesIO(HISTORY.format(**numbers, **days).encode()), company["admin"]
    run = bring_history(file=file, name="newark-paper-records.csv", sheet=lists.examine(file), by=admin, at=at)
    columns = matching_columns(run.headings, HEADINGS)
    run_job(str(read_history(run=run, columns=columns, date_order="ymd", by=admin, at=at).job_id))
    run = load_history(run=run, by=admin, at=at)
    run_job(str(run.job_id))
    return run


def look_after_newark(company: Company, *, at: datetime) -> None:
    """Let somebody coordinate the training of the other site, and somebody be away."""
    grant_role(
        person=company["denise.foster"], role=AccessRole.COORDINATOR, by=company["admin"], at=at,
        site=company.sites["Newark"], reason="Coordinates training in Newark",
    )  # fmt: skip
    take_leave(
        person=company["amara.diallo"], valid_from=at.date(), valid_until=at.date() + timedelta(days=110),
        reason="Parental leave", by=company["admin"], at=at,
    )  # fmt: skip


def hold_classroom(company: Company, classroom: Course, *, counts_as: Course, at: datetime) -> None:
    """Have a course that one asks for, a session of it that waits for a second signature, and what it counts as."""
    admin, lead, week_ago = company["admin"], company["shift.lead"], at - timedelta(days=7)
    reason = "A room of eight seats"
    change_joining(
        course=classroom, joining=Joining.APPROVAL, by=company["author"], at=at - MATRIX_BEGAN, reason=reason
    )
    add_equivalence(
        course=classroom, counts_as=counts_as, valid_from=(at - MATRIX_BEGAN).date(), by=admin, at=at - MATRIX_BEGAN,
        reason="Same objectives, taught with a trainer",
    )  # fmt: skip
    add_task(name="Teach documentation", courses=[counts_as], leads=[classroom], by=admin, at=at - MATRIX_BEGAN)
    came = [company[account] for account in CAME]
    session = draft_session(
        course=classroom, held_on=week_ago.date(), trainer="", led_by=lead, place="Training room 2", by=lead,
        user_ids=[each.pk for each in came], at=at - timedelta(days=6),
        upload=scan("sign-in sheet.png", ["Sign-in sheet", "Good documentation in the classroom", *map(str, came)]),
    )  # fmt: skip
    sign_session(session=session, at=at - timedelta(days=6), **signed_by(lead))
    ask_to_join(
        course=classroom, by=lead, at=at - timedelta(days=2), wished_on=at.date() + timedelta(days=21),
        words="I check batch records on nights and would like to practise it.",
    )  # fmt: skip


def plan_classroom(company: Company, classroom: Course, *, at: datetime) -> None:
    """Have a session of the classroom course that comes, with its seats taken and somebody who waits; and it again."""
    lead, site = company["shift.lead"], company.sites["Basel"]
    day = at.date() + timedelta(days=9)
    day += timedelta(days=7 - day.weekday() if day.weekday() > 4 else 0)  # not at a weekend
    begins, ends = (instant_of(day, clock, site.time_zone) for clock in (time(13, 30), time(16, 30)))
    assert begins is not None
    assert ends is not None
    terms = Terms(
        site=site, days=(Span(begins, ends),), trainer="", led_by=lead, place="Training room 2", capacity=2,
        words="Bring a batch record of your line that may be shown to others.",
    )  # fmt: skip
    session = plan_session(course=classroom, terms=terms, by=company["manager"], at=at - timedelta(days=5))
    came = [company[account].pk for account in (*CAME, "learner")]
    team = reports_of(manager=lead, on=at.date()).exclude(pk__in=came).exclude(email__in=SPARED).order_by("name")
    *first, last = team[:3]
    seat_people(session=session, user_ids=[each.pk for each in first], by=lead, at=at - timedelta(days=4))
    seat_people(session=session, user_ids=[last.pk], by=lead, at=at - timedelta(days=3))
    found = candidates(
        session=session, first=day + timedelta(days=14), times=2, weeks=2, by=company["manager"], at=at
    )  # fmt: skip
    again = [each.days for each in found if each.is_chosen]
    if again:
        plan_again(session=session, planned=again, by=company["manager"], at=at - timedelta(days=2))


def plan_two_days(company: Company, course: Course, *, at: datetime) -> None:
    """Have a session of two days that somebody leads who has no role, and in which the learner has a seat."""
    site, first = company.sites["Basel"], at.date() + timedelta(days=2)
    first += timedelta(days=7 - first.weekday() if first.weekday() > 3 else 0)  # both days within a week of work
    hours = time(9), time(12)
    days = []
    for day in (first, first + timedelta(days=1)):
        begins, ends = (instant_of(day, clock, site.time_zone) for clock in hours)
        assert begins is not None
        assert ends is not None
        days.append(Span(begins, ends))
    terms = Terms(
        site=site, days=tuple(days), trainer="", led_by=company["daniel.weiss"], place="Press hall, line 2", capacity=6,
        words="Come in work clothes and safety shoes.",
    )  # fmt: skip
    session = plan_session(course=course, terms=terms, by=company["manager"], at=at - timedelta(days=4))
    take_seat(session=session, by=company["learner"], at=at - timedelta(days=3))


def practise(company: Company, course: Course, *, at: datetime) -> None:
    """Have two who practise: of one not every point was seen, and one is ready to be observed."""
    lead = company["shift.lead"]
    for account, days in (("daniel.weiss", 3), ("learner", 1)):
        learner, then = company[account], at - timedelta(days=days)
        enrollment = enroll(user=learner, course=course, by=learner, at=then)
        reading, doing = outline_of(enrollment.version_id).activities
        read = Outcome(completed=True)
        record_outcome(enrollment=enrollment, activity_id=reading.id, outcome=read, by=learner, at=then)
        practice = practice_in(enrollment, doing.id)
        if practice is None:
            raise LookupError(f"{course} has no practice")
        ask_to_be_observed(practice=practice, by=learner, at=then)
        if account == "daniel.weiss":
            seen = [True] * (len(practice.points) - 1) + [False]
            words = "Calm and in the right order. The start button was not tried."
            observe(
                practice=practice, seen=seen, words=words, observed_on=then.date(), at=then + timedelta(hours=4),
                **signed_by(lead),
            )  # fmt: skip


def learn_elsewhere(company: Company, course: Course, *, at: datetime) -> None:
    """Have a proof of something learned elsewhere that was returned, and one that waits."""
    maya, lead = company["learner"], company["shift.lead"]
    shared: dict[str, Any] = {"course": course, "provider": "Cantonal hospital, Basel"}
    returned = claim_learned(
        completed_on=at.date() - timedelta(days=60), by=maya, at=at - timedelta(days=12),
        upload=scan("certificate.png", ["Certificate", "Hand hygiene", maya.name]), **shared,
    )  # fmt: skip
    words = "The certificate shows no date. Please send the page that has it."
    return_claim(claim=returned, at=at - timedelta(days=11), words=words, **signed_by(lead))
    nurse = company["ursula.graf"]
    claim_learned(
        completed_on=at.date() - timedelta(days=20), by=nurse, at=at - timedelta(days=3),
        words="I worked there on Fridays until October.",
        upload=scan("certificate.png", ["Certificate", "Hand hygiene", nurse.name]), **shared,
    )  # fmt: skip


def make_exceptions(company: Company, *, at: datetime) -> None:
    """Have waivers that hold, wait and are asked for, and more time for somebody."""
    admin, open_ones = company["admin"], _Open(company, at=at)
    for code, days, reason, is_granted in (
        ("HOS-004", 90, "Skin condition, no work with open product until it has healed", True),
        ("PRG-100", 60, "On loan to the warehouse until the new press is qualified", False),
    ):
        assignment, lead = open_ones.take(code)
        waiver = propose_waiver(
            assignment=assignment, valid_from=at.date() - timedelta(days=5 if is_granted else 0), reason=reason,
            valid_until=at.date() + timedelta(days=days), by=lead, at=at - timedelta(days=5 if is_granted else 1),
        )  # fmt: skip
        if is_granted:
            grant_waiver(waiver=waiver, at=at - timedelta(days=4), **signed_by(admin))
    assignment, lead = open_ones.take("HOS-004")
    was = open_ones.due_on(assignment)
    until = max(was, at.date()) + timedelta(days=14)
    extend(
        assignment=assignment, was_due_on=was, due_on=until, reason="Night shift until the end of the month", by=lead,
        at=at - timedelta(days=1),
    )  # fmt: skip
    assignment, _lead = open_ones.take("GXP-011", under=company["manager"])
    reason = "I hand the line over in two weeks"
    ask_for_waiver(assignment=assignment, by=assignment.user, at=at - timedelta(days=1), reason=reason)


class _Open:
    """What people still have to do, each handed out once."""

    def __init__(self, company: Company, *, at: datetime) -> None:
        found = standings(at=at, user_ids=[person.pk for person in company.people.values()])
        self._left = {each.assignment_id: each for each in found if each.status in TO_DO}
        self._taken: dict[Any, Standing] = {}
        self._today = at.date()

    def take(self, code: str, *, under: User | None = None) -> tuple[Assignment, User]:
        """Return an assignment of this course that is still to do, and the manager of its person."""
        rows = Assignment.objects.filter(pk__in=self._left, course__code=code).exclude(user__email__in=SPARED)
        for assignment in rows.select_related("user").order_by("user__name"):
            position = assignment.user.position_on(self._today)
            assert position is not None
            if position.manager is not None and under in (None, position.manager):
                self._taken[assignment.pk] = self._left.pop(assignment.pk)
                return assignment, position.manager
        raise LookupError(f"nobody has {code} to do")

    def due_on(self, assignment: Assignment) -> Any:
        """Return by when it was to be done."""
        return self._taken[assignment.pk].due_on


def signed_by(person: User) -> dict[str, Any]:
    """Return how somebody signs, where they work."""
    return {"by": person, "zone": person.zone_name, "components": Components.ALL}


def scan(name: str, lines: list[str]) -> Upload:
    """Return a picture of a sheet with these lines on it, as a file that was examined."""
    sheet = Image.new("RGB", (600, 420), "white")
    pen = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        pen.text((40, 40 + 60 * number), line, fill="black", font_size=24)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return examine(file, name=name, kind=UploadKind.IMAGE)
