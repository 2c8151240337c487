"""Every page: nothing that axe finds, at either size and in either theme, and no sideways scroll down to 320 pixels."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from assessments.models import Attempt, Question
from core.clock import now
from courses.actions import start_new_version
from courses.models import Activity, Course, CourseVersion, Module
from courses.queries import outline_of
from enrollment.actions.access import create_reading_token
from enrollment.actions.claiming import verify_claim
from enrollment.actions.excepting import begin_batch
from enrollment.actions.matrix import draft_matrix_change, put_matrix_change_in_force
from enrollment.actions.planning import cancel_session
from enrollment.actions.qualifying import add_task
from enrollment.actions.requirements import (
    change_in_force,
    draft_requirement,
    switch_off_requirement,
    switch_on_requirement,
)
from enrollment.actions.retention import add_record_class
from enrollment.actions.seating import take_seat
from enrollment.choices import ExceptionKind, KeptFrom, SignedBy
from enrollment.models import Assignment, Requirement, Waiver
from enrollment.rules import those_with
from enrollment.rules.matrix import CellChange
from people.actions import add_attribute, add_group, create_import_token, join_group, take_leave
from people.models import Department, ImportMapping, JobRole, Site, User
from records.certificates import check_address
from records.choices import Components
from records.models import Certificate, Event
from reporting.actions import ask_for_report
from reporting.choices import Scope
from tests.enrollment.histories import checked as history_checked
from tests.journeys.axe import bring_axe, violations
from tests.journeys.conftest import SIZES, OpenPage
from tests.journeys.house import House
from tests.journeys.steps import scenes
from tests.journeys.steps.company import account, today
from tests.journeys.watch import Watch
from tests.people.lists import applied, checked, line, text_of

NARROW = 320
PARTS = ("site", "department", "job-role", "attribute", "group")
PERSON_PARTS = ("qualified", "history", "attempts", "signatures", "certificates", "positions")


def learner_pages() -> list[str]:
    maya = account("learner")
    practice = scenes.ready_to_be_observed(maya)
    observed = scenes.observed(practice, by=account("shift.lead"))
    done, begun, quizzing = (
        scenes.completed_training(maya), scenes.before_signature(maya), scenes.open_quiz(maya)
    )  # fmt: skip
    scenes.newer_version(quizzing)
    booked, full = (scenes.planned_session(by=account("manager"), code=code) for code in ("HOS-004", "GXP-011"))
    take_seat(session=booked, by=maya, at=now())
    scenes.planned_session(by=account("manager"), led_by=maya, days=2)
    take_seat(session=full, by=account("shift.lead"), at=now())
    scenes.asked_to_join(maya)
    attempts = Attempt.objects.filter(enrollment=done).order_by("number")
    quiz, open_one = scenes.quiz_of(done), scenes.quiz_of(quizzing)
    first_kinds = {each.kind: each for each in reversed(outline_of(begun.version_id).activities)}
    course = Course.objects.get(code="HOS-004")
    program = scenes.begun_program(maya)  # and nothing else may be begun meanwhile
    steps = [each for each in outline_of(program.version_id).activities if each.kind == "course"]
    return [
        reverse("enrollment:map"),
        reverse("enrollment:course", args=[program.pk]),
        *(reverse("enrollment:activity", args=[program.pk, step.id]) for step in steps),
        *(reverse(name) for name in ("enrollment:home", "enrollment:training", "courses:catalog", "enrollment:record")),
        *(
            reverse(name)
            for name in (
                "notifications:inbox",
                "notifications:choices",
                "people:account",
                "mfa_index",
                "account_change_password",
            )
        ),
        *(reverse("enrollment:planned", args=[each.pk]) for each in (booked, full)),
        reverse("enrollment:led_sessions"),
        reverse("enrollment:give_up_seat", args=[booked.pk]),
        reverse("enrollment:new_claim"),
        reverse("enrollment:claim", args=[scenes.sent_claim(maya, code="HOS-004").pk]),
        reverse("courses:catalog") + "?q=nothing-like-it",
        reverse("courses:course", args=[course.pk]),
        reverse("enrollment:start", args=[course.pk]),
        reverse("enrollment:course", args=[begun.pk]),
        *(reverse(f"enrollment:{name}", args=[quizzing.pk]) for name in ("course", "move", "own_day")),
        reverse("enrollment:ask_for_waiver", args=[Assignment.objects.filter(user=maya, ended_at=None).first().pk]),
        *(reverse("enrollment:activity", args=[begun.pk, first_kinds[kind].id]) for kind in ("page", "video", "file")),
        reverse("enrollment:sign", args=[begun.pk]),
        reverse("assessments:practice", args=[practice.enrollment.pk, practice.activity.id]),
        reverse("assessments:observation", args=[observed.pk]),
        reverse("assessments:quiz", args=[quizzing.pk, open_one.id]),
        reverse("assessments:review", args=[quizzing.pk, open_one.id]),
        *(reverse("assessments:attempt", args=[done.pk, quiz.id, each.pk]) for each in attempts),
        reverse("enrollment:completed", args=[done.pk]),
        reverse("reporting:certificate", args=[Certificate.objects.get(holder_id=maya.pk).pk]),
        reverse("reporting:person", args=[maya.pk]),
        reverse("enrollment:why", args=[Assignment.objects.filter(user=maya, ended_at=None)[0].pk]),
        "/no/such/page/",
    ]


def author_pages() -> list[str]:
    draft = CourseVersion.objects.get(state="draft")
    module = Module.objects.filter(version=draft).first()
    activities = {each.kind: each for each in Activity.objects.filter(module__version=draft)}
    question = Question.objects.filter(quiz=activities["quiz"].pk).first()
    effective = CourseVersion.objects.get(course=draft.course, state="effective")
    priya = account("author")
    program = start_new_version(course=Course.objects.get(code="PRG-100"), by=priya, at=now())
    step = Activity.objects.filter(module__version=program, kind="course").first()
    return [
        reverse("courses:edit", args=[program.pk]),
        *(reverse(f"courses:{name}", args=[program.pk, step.pk]) for name in ("activity", "preview")),
        *(reverse(name) for name in ("courses:studio", "courses:new")),
        reverse("courses:joining", args=[draft.course_id]),
        *(reverse(f"courses:{name}", args=[draft.pk]) for name in ("edit", "new_module", "new_activity", "submit")),
        reverse("courses:module", args=[draft.pk, module.pk]),
        *(reverse("courses:activity", args=[draft.pk, each.pk]) for each in activities.values()),
        reverse("assessments:new_question", args=[draft.pk, activities["quiz"].pk]),
        reverse("assessments:question", args=[draft.pk, activities["quiz"].pk, question.pk]),
        reverse("courses:version", args=[effective.pk]),
        reverse("courses:version", args=[draft.pk]) + "?history",
        *(reverse("courses:preview", args=[draft.pk, each.pk]) for each in activities.values()),
    ]


def approver_pages() -> list[str]:
    version = scenes.submitted_draft()
    effective = CourseVersion.objects.get(course=version.course, state="effective")
    return [
        reverse("courses:reviews"),
        *(reverse(f"courses:{name}", args=[version.pk]) for name in ("review", "approve", "return")),
        reverse("enrollment:retraining", args=[version.pk]),
        reverse("courses:retire", args=[effective.pk]),
    ]


def import_pages(admin: User) -> list[str]:
    """Pages of lists in each state, and of what lets them come by themselves."""
    new = line("77", site="Basel", department="Quality", job_role="QC Analyst")
    stopped = checked(text_of([new, line("78", site="Nowhere")]), admin, save_as="HR", is_complete=True)
    done = applied(text_of([new]), admin)
    create_import_token(name="HR system", mapping=ImportMapping.objects.get(), by=admin, at=now())
    return [
        *(reverse(f"people:{name}") for name in ("imports", "import_access", "new_token", "import_policy")),
        *(reverse("people:import_run", args=[run.pk]) for run in (stopped, done)),
        reverse("people:import_run", args=[stopped.pk]) + "?kind=missing",
    ]


def completion_pages(admin: User, maya: User) -> list[str]:
    """Return what an administrator opens about completions that were not taken here."""
    text = f"Number,Course,Date\n{maya.employee_number},HOS-004,2025-03-02\nX1,HOS-004,2025-03-02\n"
    brought = history_checked(text, admin)
    claim = scenes.sent_claim(maya)
    session = scenes.recorded_session([maya], by=account("shift.lead"))
    draft = scenes.recorded_session([maya], by=admin, code="GXP-003", signs=False)
    equal = scenes.equivalent_courses(by=admin)
    listed = reverse("enrollment:completions")
    return [
        *(listed + query for query in ("", "?kind=sessions", "?q=nobody-like-that")),
        *(reverse(f"enrollment:{name}") for name in ("histories", "new_session", "equivalences", "new_equivalence")),
        reverse("enrollment:history", args=[brought.pk]),
        *(reverse(f"enrollment:{name}", args=[claim.pk]) for name in ("claim", "verify_claim", "return_claim")),
        *(
            reverse(f"enrollment:{name}", args=[session.pk])
            for name in ("session", "confirm_session", "return_session")
        ),
        *(reverse(f"enrollment:{name}", args=[draft.pk]) for name in ("session", "sign_session", "discard_session")),
        reverse("enrollment:end_equivalence", args=[equal.pk]),
    ]


def session_pages(admin: User, maya: User) -> list[str]:
    """Return the pages of a planned session with a waiting list, of one that was cancelled, and of one that began."""
    coming = scenes.planned_session(by=admin, link="https://meet.test/7")
    for each in (maya, account("shift.lead")):
        take_seat(session=coming, by=each, at=now())
    off = scenes.planned_session(by=admin)
    cancel_session(session=off, by=admin, at=now(), reason="The trainer is ill")
    begun = scenes.planned_session(by=admin)
    take_seat(session=begun, by=maya, at=now())
    scenes.begun_session(begun)
    long = scenes.planned_session(by=admin, led_by=maya, days=6)
    one = "planned change_planned cancel_planned seat_people sign_in_sheet plan_again"
    return [
        *(reverse("enrollment:planned_sessions") + query for query in ("", "?past=1", "?q=nothing-like-it")),
        reverse("enrollment:new_planned"),
        *(reverse(f"enrollment:{name}", args=[coming.pk]) for name in one.split()),
        reverse("enrollment:remove_seat", args=[coming.pk, coming.seats.get(user=maya).pk]),
        *(reverse("enrollment:planned", args=[each.pk]) for each in (off, begun)),
        *(reverse(f"enrollment:{name}", args=[long.pk]) for name in ("planned", "change_planned", "sign_in_sheet")),
        reverse("enrollment:plan_again", args=[long.pk]) + "?first=2030-12-19&times=3&weeks=1",
        reverse("enrollment:led_sessions"),
        reverse("enrollment:new_session") + f"?planned={begun.pk}",
    ]


def columns_page(page: Page) -> str:
    """Bring a list by the browser, so that its file lies where the web server is; return the page of its columns."""
    page.goto(reverse("people:imports"))
    text = text_of([line("77")]).encode()
    page.set_input_files("input[type=file]", {"name": "people.csv", "mimeType": "text/csv", "buffer": text})
    page.get_by_role("button", name="Go on to its columns").click()
    page.wait_for_url("**/columns/")
    return urlsplit(page.url).path


def task_pages(admin: User) -> list[str]:
    """Pages of what only qualified people may do, empty and with somebody on them."""
    course = Course.objects.filter(versions__state="effective").order_by("code")[0]
    task = add_task(name="Release a batch", courses=[course], by=admin, at=now())
    token, _secret = create_reading_token(name="Batch records", by=admin, at=now())
    return [
        reverse("enrollment:revoke_token", args=[token.pk]),
        *(reverse(f"enrollment:{name}") for name in ("tasks", "new_task", "tokens", "new_token")),
        *(reverse(f"enrollment:{name}", args=[task.pk]) for name in ("task", "change_task")),
        reverse("enrollment:task", args=[task.pk]) + "?missing=on&day=2026-03-14",
    ]


def kept_pages(admin: User) -> list[str]:
    """Return the record classes, none and some, one of them, its forms, and what they say about a course."""
    course = Course.objects.filter(versions__state="effective").order_by("code")[0]
    made = add_record_class(
        name="House rule", kept_from=KeptFrom.LEFT, years=2, signed=SignedBy.SOMEBODY, courses=[course], by=admin,
        at=now(), reason="SOP 12", source="SOP 12", notes="Names and dates",
    )  # fmt: skip
    return [
        *(reverse(f"enrollment:{name}") for name in ("record_classes", "new_record_class")),
        reverse("enrollment:new_record_class") + "?preset=cadmium",
        *(reverse(f"enrollment:{name}", args=[made.pk]) for name in ("record_class", "change_class")),
        reverse("enrollment:course_kept", args=[course.pk]),
    ]


def matrix_pages(admin: User) -> list[str]:
    """Return the matrix with a column and cells, and a change of it that is looked at."""
    role = JobRole.objects.get(name="Tablet Operator")
    requirement = draft_requirement(
        by=admin, at=now(), course=Course.objects.get(code="GXP-011"), due_within_days=14, reason="SOP 12",
        audience={"all": [{"field": "matrix"}]},
    )  # fmt: skip
    switch_on_requirement(requirement=requirement, by=admin, at=now())
    begun, ending = (
        CellChange(role.pk, requirement.pk, is_set, today() + timedelta(days=days))
        for is_set, days in ((True, 0), (False, 30))
    )
    first = draft_matrix_change(changes=[begun], by=admin, at=now())
    put_matrix_change_in_force(change=first, by=admin, at=now(), reason="SOP 12")
    change = draft_matrix_change(changes=[ending], by=admin, at=now(), refused=["Line 2: there is no such job role."])
    return [
        *(reverse(f"enrollment:{name}") for name in ("matrix", "import_matrix")),
        reverse("enrollment:curriculum", args=[role.pk]),
        reverse("enrollment:matrix_change", args=[change.pk]),
    ]


def ladder_pages() -> list[str]:
    """Return the ladder of each kind, the dialogs of its steps, and those of its changes."""
    ladder, step = reverse("enrollment:ladder"), ["first", "learner:due-7"]
    return [
        *(f"{ladder}?kind={kind}" for kind in ("first", "renewal", "retraining")),
        reverse("enrollment:add_step", args=["renewal"]),
        *(reverse(f"enrollment:{name}", args=step) for name in ("change_step", "remove_step")),
    ]


def wording_pages(admin: User) -> list[str]:
    """Return a requirement that was worded anew and switched off, and the wording before."""
    requirement = Requirement.objects.filter(state="on").last()
    change_in_force(requirement=requirement, by=admin, at=now(), reason="Too short", due_within_days=45)
    switch_off_requirement(requirement=requirement, by=admin, at=now(), reason="Replaced by another one")
    return [
        reverse("enrollment:requirement", args=[requirement.pk]),
        reverse("enrollment:wording", args=[requirement.pk, 1]),
    ]


def admin_pages() -> list[str]:
    maya, admin = account("learner"), account("admin")
    scenes.completed_training(maya)
    draft = draft_requirement(
        by=admin, at=now(), course=Course.objects.get(code="GXP-011"), due_within_days=14,
        audience=those_with(job_role=JobRole.objects.get(name="Tablet Operator").pk),
    )  # fmt: skip
    on = Requirement.objects.filter(state="on").first()
    parts = "edit_person change_position grant_role prove_identity deactivate add_position take_leave"
    parts += " set_attributes join_group"
    add_attribute(by=admin, at=now(), name="Clearance", options=["A", "B"])
    group = add_group(by=admin, at=now(), name="First aiders")
    member = join_group(person=maya, group=group, valid_from=today(), by=admin, at=now())
    site = Site.objects.order_by("name").first()
    leave = take_leave(
        person=maya, valid_from=today() + timedelta(days=200), valid_until=None, reason="Parental leave",
        by=admin, at=now(),
    )  # fmt: skip
    return [
        *(reverse(f"enrollment:{name}") for name in ("requirements", "new_requirement", "study_policy")),
        *(reverse("enrollment:requirement", args=[each.pk]) for each in (draft, on)),
        *wording_pages(admin),
        reverse("enrollment:switch_off", args=[on.pk]),
        reverse("enrollment:remove_requirement", args=[draft.pk]),
        reverse("enrollment:reword_requirement", args=[on.pk]),
        *exception_pages(scenes.proposed_waiver(maya, by=account("shift.lead"))),
        *matrix_pages(admin),
        *task_pages(admin),
        *kept_pages(admin),
        *(reverse(f"people:{name}") for name in ("directory", "new_person", "organisation")),
        *(reverse("people:add_to_organisation", args=[kind]) for kind in PARTS),
        reverse("people:change_part", args=["department", Department.objects.first().pk]),
        reverse("people:site", args=[site.pk]),
        reverse("people:group", args=[group.pk]),
        reverse("people:leave_group", args=[maya.pk, member.pk]),
        *(reverse(f"people:{name}", args=[maya.pk, leave.pk]) for name in ("return_from_leave", "withdraw_leave")),
        reverse("people:correct_position", args=[maya.pk, maya.positions.latest("valid_from").pk]),
        *import_pages(admin),
        *completion_pages(admin, maya),
        *session_pages(admin, maya),
        reverse("people:person", args=[maya.pk]),
        *(reverse(f"people:{part}", args=[maya.pk]) for part in parts.split()),
        *(reverse(f"notifications:{name}") for name in ("log", "wordings", "policy")),
        reverse("notifications:log") + "?q=nobody-like-that",
        *ladder_pages(),
        reverse("notifications:person_log", args=[maya.pk]),
        reverse("notifications:wording", args=["enrollment.overdue"]),
        reverse("reporting:trail"),
        reverse("reporting:entry", args=[Event.objects.filter(person_id=maya.pk).latest("pk").pk]),
    ]


def exception_pages(waiver: Waiver) -> list[str]:
    """Return what an administrator opens about exceptions, and the person's record with them."""
    one = ("waiver", "grant_waiver", "return_waiver", "withdraw_waiver")
    given = Assignment.objects.get(user=waiver.user, requirement=waiver.requirement, ended_at=None)
    required = begin_batch(kind=ExceptionKind.ASSIGN, assignment_ids=[given.pk], by=account("admin"), at=now())
    return [
        *(reverse("enrollment:exceptions") + query for query in ("", "?kind=time", "?q=nobody-like-that")),
        reverse("enrollment:exception_limits"),
        reverse("enrollment:people_list") + "?kind=assign",
        reverse("enrollment:batch", args=[required.pk]),
        *(reverse(f"enrollment:{name}", args=[waiver.pk]) for name in one),
        reverse("reporting:person", args=[waiver.user_id]),
        reverse("enrollment:requirement", args=[waiver.requirement_id]),
    ]


def manager_pages() -> list[str]:
    maya, manager = account("learner"), account("manager")
    scenes.completed_training(maya)
    waiver = scenes.proposed_waiver(maya, by=account("shift.lead"))
    given = Assignment.objects.get(user=maya, requirement=waiver.requirement, ended_at=None)
    asked = scenes.asked_to_join(maya)
    batch = begin_batch(kind=ExceptionKind.EXTEND, assignment_ids=[given.pk], by=manager, at=now())
    practice = scenes.ready_to_be_observed(maya)
    ask_for_report(scope=Scope.TEAM, subject_id=None, filters={}, title="Team of a manager", by=manager, at=now())
    return [
        reverse("assessments:observations"),
        reverse("assessments:observe", args=[practice.enrollment.pk, practice.activity.id]),
        reverse("reporting:team"),
        reverse("reporting:team") + "?view=list",
        reverse("reporting:team") + "?q=nobody-like-that",
        *(reverse(f"enrollment:{name}", args=[given.pk]) for name in ("extend", "propose_waiver")),
        reverse("enrollment:why", args=[given.pk]),
        reverse("enrollment:batch", args=[batch.pk]),
        reverse("enrollment:exceptions"),
        *(reverse("enrollment:join_requests") + query for query in ("", "?decided")),
        *(reverse(f"enrollment:{name}", args=[asked.pk]) for name in ("let_join", "decline_join")),
        *(reverse("enrollment:people_list") + f"?kind={kind}" for kind in ("extend", "move")),
        reverse("reporting:reports"),
        reverse("reporting:new_report"),
        reverse("reporting:new_report") + "?scope=team",
        reverse("reporting:person", args=[maya.pk]),
    ]


def auditor_pages() -> list[str]:
    maya = account("learner")
    done = scenes.completed_training(maya)
    return [
        reverse("reporting:people"),
        *(reverse("reporting:person_part", args=[maya.pk, part]) for part in PERSON_PARTS),
        reverse("assessments:attempt_record", args=[Attempt.objects.filter(enrollment=done).first().pk]),
        reverse("reporting:certificate", args=[Certificate.objects.get(holder_id=maya.pk).pk]),
        reverse("reporting:trail") + "?q=lindqvist",
    ]


def visitor_pages() -> list[str]:
    scenes.completed_training(account("learner"))
    return [
        *(reverse(name) for name in ("account_login", "account_reset_password", "records:check")),
        check_address(Certificate.objects.latest("issued_at")).removeprefix("http://testserver"),
        reverse("records:verify", args=["AAAAAAAAAAAAAAAAAAAAAA"]),
        "/no/such/page/",
    ]


PAGES = {
    "": visitor_pages, "learner": learner_pages, "author": author_pages, "approver": approver_pages,
    "admin": admin_pages, "manager": manager_pages, "auditor": auditor_pages,
}  # fmt: skip


@pytest.mark.requirement("R-83")
@pytest.mark.parametrize("role", PAGES, ids=lambda role: role or "visitor")
def test_pages_of_a_role_can_be_used_by_everyone(live_house: House, page_at: OpenPage, watch: Watch, role: str) -> None:
    watch.forgive("status of 404")
    found: list[str] = []
    addresses = PAGES[role]()
    page = page_at("desktop", account=role)
    bring_axe(page)
    if role == "admin":
        addresses.append(columns_page(page))
    for address in addresses:
        answer = page.goto(address)
        expected = 404 if "AAAA" in address or "no/such" in address else 200
        if answer is None or answer.status != expected:
            found.append(f"{address}: status {answer and answer.status}")
        else:
            found += [f"{address}: {what}" for what in _barriers(page)]
    assert not found, "\n".join(found)


def test_long_word_scrolls_nothing_sideways(live_house: House, page_at: OpenPage) -> None:
    word, jonas, admin = "Fortbildungsakademie" * 6, account("manager"), account("admin")
    claim = scenes.sent_claim(jonas, provider=word)
    verify_claim(claim=claim, by=admin, at=now(), zone="UTC", components=Components.ALL)
    task = add_task(name=word, courses=[claim.course], by=admin, at=now())
    page = page_at("phone", account="manager")
    pages = {"record": [], "claim": [claim.pk], "tasks": [], "task": [task.pk]}
    widths = {name: _width(page, reverse(f"enrollment:{name}", args=args)) for name, args in pages.items()}
    assert widths == dict.fromkeys(pages, SIZES["phone"]["width"])


def _width(page: Page, address: str) -> int:
    """Return how wide a page is that has a long word in it."""
    page.goto(address)
    assert "Fortbildungsakademie" in page.inner_text("main")
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def _barriers(page: Page) -> list[str]:
    """Return what axe finds on this page on a phone by day and on a desk by night, and where it scrolls sideways."""
    found = []
    for size, theme in (("desktop", "dark"), ("phone", "light")):
        page.set_viewport_size(SIZES[size])
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        found += [f"{size} {theme}: {each['id']} {each['nodes'][0]['target']}" for each in violations(page)]
    for width in (SIZES["phone"]["width"], NARROW):
        page.set_viewport_size({"width": width, "height": 844})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"scrolls sideways at {width}: {wide}")
    return found
