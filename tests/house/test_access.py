"""Every address × every role × somebody's own and somebody else's objects.

The table says who is let in; the test walks the addresses themselves, so that a new one fails here
until it is said who may use it. What is not yours looks as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from assessments.actions.observing import observe
from assessments.models import Attempt
from assessments.queries.observations import practice_in
from core.clock import now
from core.tasks import run_job
from courses.actions import submit_version
from courses.actions.joining import change_joining
from courses.choices import Joining
from courses.models import Activity, Course, CourseVersion
from enrollment.actions import enroll, propose_waiver
from enrollment.actions.access import create_reading_token
from enrollment.actions.calendar import renew_calendar_feed
from enrollment.actions.claiming import claim_learned
from enrollment.actions.equivalences import add_equivalence
from enrollment.actions.excepting import begin_batch
from enrollment.actions.joining import ask_to_join
from enrollment.actions.matrix import draft_matrix_change
from enrollment.actions.planning import Terms, plan_session
from enrollment.actions.qualifying import add_task
from enrollment.actions.requirements import change_in_force, draft_requirement, switch_on_requirement
from enrollment.actions.retention import add_record_class
from enrollment.actions.seating import take_seat
from enrollment.actions.sessions import draft_session
from enrollment.choices import ExceptionKind, KeptFrom
from enrollment.models import Assignment, Enrollment
from enrollment.rules.meetings import Span
from lms.demo.build import build_small
from lms.demo.history import learn
from notifications.models import Message, PushDevice
from people.actions import (
    add_group,
    add_person,
    create_import_token,
    join_group,
    take_leave,
    take_position,
)
from people.models import ImportMapping, Position, RoleGrant, Site, User
from records.choices import Components
from records.facts import SystemActor
from records.models import Certificate, Event
from records.tasks import render_certificate
from reporting.actions import ask_for_report
from reporting.choices import Scope
from tests.enrollment.classroom import taking
from tests.enrollment.histories import checked as history_checked
from tests.enrollment.workplace import SIGNING, a_scan
from tests.factories import make_draft, make_effective, make_job_role
from tests.people.lists import checked

BY = SystemActor("a test")
EVERYONE = {"owner", "colleague", "lead", "stranger_lead", "author", "approver", "admin", "auditor"}
READERS = {"owner", "lead", "admin", "auditor"}  # of the owner's record

LEADS = {"lead", "stranger_lead", "approver"}  # the approver leads the administrator
INSPECTORS = {"admin", "auditor"}
QUIZ = "quiz start save review submit attempt"
PRACTICE = "practice ask_to_be_observed observe"
QUESTIONS = "new_question question move_question remove_question"
STUDIO = "new start_version checks page_preview new_module module move_module remove_module new_activity activity"
STUDIO += " move_activity remove_activity submit"
DIRECTORY = "directory new_person organisation add_to_organisation person edit_person change_position grant_role"
IMPORTS = "imports import_access new_token revoke_token import_policy import_run import_columns import_job"
IMPORTS += " call_off_import apply_import discard_import import_rejects"
HISTORIES = "histories history history_columns history_job load_history discard_history history_errors"
ORGANISATION = "site group remove_member change_part"
WORK = "add_position correct_position end_position take_leave return_from_leave set_attributes join_group leave_group"
WORK += " withdraw_leave"
DIRECTORY += " revoke_role prove_identity unlock deactivate send_password_link"

# Who is let in to which addresses of a room, for the objects of `World`; `public` stands for a visitor, too
TABLE: list[tuple[set[str], str, str]] = [
    (EVERYONE | {"public"}, "", "healthz readyz favicon"),
    (EVERYONE | {"public"}, "records", "check verify"),
    (EVERYONE | {"public"}, "people", "import_feed"),  # which asks for a token
    (EVERYONE | {"public"}, "enrollment", "calendar_feed"),
    (EVERYONE | {"public"}, "enrollment", "qualified_feed"),  # which asks for a token
    (EVERYONE, "enrollment", "home training map record start calendar"),
    (EVERYONE, "notifications", "inbox mark_shown_read choices add_device"),
    (EVERYONE, "people", "account theme"),
    (EVERYONE, "courses", "catalog course"),
    ({"owner"}, "enrollment", "course sign completed activity watch beat file"),
    ({"owner"}, "assessments", QUIZ),
    ({"owner"}, "notifications", "open mark_unread remove_device"),
    (EVERYONE | {"public"}, "notifications", "service_worker"),
    (READERS, "reporting", "person person_part certificate certificate_pdf"),
    (READERS, "assessments", "attempt_record observation"),
    ({"owner"}, "assessments", "practice ask_to_be_observed"),
    ({"lead", "admin"}, "assessments", "observe"),
    (EVERYONE, "assessments", "observations"),
    ({"lead", "admin"}, "enrollment", "remind extend propose_waiver withdraw_waiver"),
    ({"owner"}, "enrollment", "ask_for_waiver"),
    (LEADS | INSPECTORS, "enrollment", "exceptions"),
    (READERS, "enrollment", "waiver waiver_evidence"),  # of a waiver for the owner
    ({"admin"}, "enrollment", "exception_limits grant_waiver return_waiver"),
    (READERS, "enrollment", "why"),
    (LEADS | INSPECTORS, "enrollment", "completions"),
    (EVERYONE, "enrollment", "new_claim claim_outlook"),
    (READERS, "enrollment", "claim claim_proof"),  # of the owner
    ({"owner"}, "enrollment", "withdraw_claim"),
    ({"lead", "admin"}, "enrollment", "verify_claim return_claim"),
    (LEADS | {"admin"}, "enrollment", "new_session"),
    ({"lead"} | INSPECTORS, "enrollment", "session session_sheet"),  # that the lead recorded of the owner
    ({"lead", "admin"}, "enrollment", "sign_session confirm_session return_session"),
    ({"lead"}, "enrollment", "discard_session"),
    (LEADS | INSPECTORS, "enrollment", "planned_sessions"),
    (EVERYONE, "enrollment", "planned take_seat session_ics led_sessions"),  # of a course in the catalog
    ({"owner"}, "enrollment", "give_up_seat"),
    (LEADS | {"admin"}, "enrollment", "new_planned seat_people"),
    ({"lead", "admin"}, "enrollment", "change_planned cancel_planned remove_seat plan_again"),  # that the lead planned
    ({"lead"} | INSPECTORS, "enrollment", "roster_csv sign_in_sheet"),
    ({"admin"}, "enrollment", HISTORIES),
    (INSPECTORS, "enrollment", "equivalences"),
    (INSPECTORS, "enrollment", "record_classes record_class class_records"),
    (EVERYONE, "enrollment", "course_kept"),
    ({"admin"}, "enrollment", "new_equivalence end_equivalence"),
    ({"admin"}, "enrollment", "new_record_class change_class"),
    ({"lead", "admin"}, "assessments", "allow_attempt"),
    (LEADS, "reporting", "team team_csv team_xlsx team_exceptions"),
    (LEADS | {"admin"}, "enrollment", "new_batch"),
    (LEADS | {"admin"}, "enrollment", "people_list"),
    (LEADS | INSPECTORS, "enrollment", "join_requests"),
    (EVERYONE, "enrollment", "ask_to_join"),
    ({"lead", "admin"}, "enrollment", "let_join decline_join"),  # of what the owner asked
    ({"owner"}, "enrollment", "withdraw_join move own_day"),
    ({"author"}, "courses", "joining"),
    ({"lead"}, "enrollment", "batch batch_progress"),  # of whom the lead has chosen
    (LEADS | INSPECTORS, "reporting", "reports new_report"),
    (READERS - {"owner"}, "reporting", "ask"),  # for a report about the owner
    ({"lead"}, "reporting", "job cancel report_file"),  # of the lead's own report
    (INSPECTORS, "reporting", "people trail trail_csv trail_json entry"),
    (INSPECTORS, "enrollment", "requirements requirement requirement_people matrix matrix_file"),
    (INSPECTORS, "enrollment", "curriculum curriculum_sheet"),
    (INSPECTORS, "enrollment", "wording wording_people"),
    (
        {"admin"},
        "enrollment",
        "new_requirement remove_requirement requirement_progress reword_requirement switch_off study_policy",
    ),
    ({"admin"}, "enrollment", "add_column effect_on_person import_matrix matrix_change"),
    (LEADS | INSPECTORS, "enrollment", "tasks task task_people"),
    (INSPECTORS, "enrollment", "ladder"),
    ({"admin"}, "enrollment", "add_step change_step remove_step"),
    ({"admin"}, "enrollment", "new_task change_task tokens new_token revoke_token"),
    ({"admin"}, "people", DIRECTORY),
    ({"admin"}, "people", IMPORTS),
    ({"admin"}, "people", ORGANISATION),
    ({"admin"}, "people", WORK),
    (INSPECTORS, "notifications", "log log_csv wordings"),
    (READERS, "notifications", "person_log"),
    ({"admin"}, "notifications", "wording wording_preview reset_wording policy bounced"),
    ({"author"}, "courses", STUDIO),
    ({"author"}, "assessments", QUESTIONS),
    (set(), "courses", "undo"),  # nothing was removed here, so there is nothing to bring back
    (set(), "assessments", "bring_back_question"),
    ({"author"}, "courses", "edit"),
    ({"author", "approver"}, "courses", "studio version preview_first preview file"),
    ({"author", "approver"}, "enrollment", "retraining retraining_people"),
    ({"approver"}, "courses", "reviews review approve return retire"),
]
ALLOWED = {f"{room}:{name}".lstrip(":"): who for who, room, names in TABLE for name in names.split()}

READ_ONLY = {("auditor", "post", "enrollment:requirement")}
ELSEWHERE = ("account_", "mfa_", "usersessions_")  # allauth's own pages


@dataclass
class World:
    """Somebody's objects, and the people who are after them."""

    accounts: dict[str, User]
    objects: dict[str, Any]
    bodies: dict[str, dict[str, Any]]  # without them, nobody's object is looked for

    def arguments(self, route: str, names: list[str]) -> dict[str, Any]:
        """Return the owner's objects for the parameters of an address."""
        return {name: self.objects.get(f"{route}.{name}", self.objects.get(name)) for name in names}


@pytest.fixture
def world(db: None) -> World:
    at = now()
    build_small(at=at, seed=1, password="irrelevant here", say=lambda words: None)
    everyone = {user.email.split("@")[0]: user for user in User.objects.all()}
    owner, lead = everyone["learner"], everyone["shift.lead"]
    place = Position.objects.filter(user=owner, valid_until=None).select_related("site", "department", "job_role").get()
    fresh = {}
    for name in ("colleague", "stranger_lead", "stranger"):
        fresh[name] = add_person(
            by=BY, at=at, name=name.title(), email=f"{name}@demo.test", employee_number=name, password="a quiet press 7"
        )
    for name, manager in (("colleague", lead), ("stranger_lead", None), ("stranger", fresh["stranger_lead"])):
        take_position(
            person=fresh[name], site=place.site, department=place.department, job_role=place.job_role, manager=manager,
            valid_from=at.date() - timedelta(days=2), by=BY, at=at,
        )  # fmt: skip
    accounts = {name: everyone[name] for name in ("author", "approver", "admin", "auditor")}
    accounts |= {"owner": owner, "lead": lead, **fresh}
    accounts.pop("stranger")
    bodies = {
        "assessments:save": {"question": "x", "chosen": "y"},
        "reporting:ask": {"scope": "person", "person": str(owner.pk)},
    }
    return World(accounts, _objects(owner, lead, everyone, at=at), bodies)


def guarded_course(*, by: User, at: Any) -> Course:
    """Return a course in effect for which one must ask."""
    course = make_effective(make_draft(code="ASK-001")).course
    return change_joining(course=course, joining=Joining.APPROVAL, by=by, at=at, reason="few places only")


def _objects(owner: User, lead: User, everyone: dict[str, User], *, at: Any) -> dict[str, Any]:
    done = Assignment.objects.filter(user=owner, course__code="GXP-003").get()
    learn(done, at=at - timedelta(hours=3), failed_first=True)
    lockout = Assignment.objects.get(user=owner, course__code="EHS-002", ended_at=None)
    effective = CourseVersion.objects.filter(state="effective").select_related("course")
    versions = {each.course.code: each for each in effective}
    draft = CourseVersion.objects.get(state="draft")
    film_course = enroll(user=owner, course=versions["GXP-011"].course, by=owner, at=at)
    activities = {each.kind: each for each in Activity.objects.filter(module__version=film_course.version)}
    in_draft = {each.kind: each for each in Activity.objects.filter(module__version=draft)}
    attempt = Attempt.objects.filter(enrollment__user=owner).first()
    admin = everyone["admin"]
    requirement = draft_requirement(by=admin, at=at, course=draft.course, due_within_days=5, reason="for a test")
    switch_on_requirement(requirement=requirement, by=admin, at=at)
    change_in_force(requirement=requirement, by=admin, at=at, reason="for a test", due_within_days=9)
    grant = RoleGrant.objects.filter(user=everyone["author"]).get()
    job = ask_for_report(scope=Scope.PERSON, subject_id=owner.pk, filters={}, title="A report", by=lead, at=at)
    run_job(str(job.pk))
    certificate = Certificate.objects.filter(holder_id=owner.pk).first()
    render_certificate(str(certificate.pk))
    submitted = make_draft(everyone["author"], at=at)
    submit_version(
        version_id=submitted.pk, by=everyone["author"], at=at, zone="Europe/Zurich", components=Components.ALL
    )
    waiver = propose_waiver(
        assignment=lockout, valid_from=at.date(), valid_until=at.date() + timedelta(days=30), by=lead, at=at,
        reason="pregnant until spring", upload=a_scan(),
    )  # fmt: skip
    asked = ask_to_join(course=guarded_course(by=admin, at=at), by=owner, at=at)[0]
    batch = begin_batch(kind=ExceptionKind.EXTEND, assignment_ids=[lockout.pk], by=lead, at=at)
    quiz_path = {"enrollment_id": attempt.enrollment_id, "activity_id": attempt.quiz_id}
    question = in_draft["quiz"].quiz.questions.first()
    site = Site.objects.first()
    group = add_group(by=admin, at=at, name="First aiders")
    member = join_group(person=owner, group=group, valid_from=at.date(), by=admin, at=at)
    leave = take_leave(person=owner, valid_from=at.date(), valid_until=None, reason="parental leave", by=admin, at=at)
    brought = checked("Number,Name\n1,Somebody\n", admin, save_as="HR")
    mapping = ImportMapping.objects.get()
    token, _secret = create_import_token(name="HR", mapping=mapping, by=admin, at=at)
    claim = claim_learned(
        course=versions["EHS-002"].course, completed_on=at.date() - timedelta(days=9), provider="Red Cross",
        upload=a_scan(), by=owner, at=at,
    )  # fmt: skip
    session = draft_session(
        course=versions["EHS-002"].course, held_on=at.date() - timedelta(days=8), trainer="Somebody", upload=a_scan(),
        user_ids=[owner.pk], by=lead, at=at,
    )  # fmt: skip
    starts = at + timedelta(days=5)
    hall = Terms(
        site=Site.objects.first(), days=(Span(starts, starts + timedelta(hours=1)),), trainer="S", place="Hall"
    )
    planned = plan_session(course=versions["EHS-002"].course, terms=hall, by=lead, at=at)
    seat = take_seat(session=planned, by=owner, at=at)
    equivalence = add_equivalence(
        course=versions["EHS-002"].course, counts_as=versions["GXP-011"].course, valid_from=at.date(),
        reason="for a test", by=admin, at=at,
    )  # fmt: skip
    history = history_checked(f"Number,Course,Date\n{owner.employee_number},EHS-002,2025-01-01\n", admin)
    practising = taking("practice", learner=owner, at=at)
    practice = practice_in(practising.enrollment, practising.activities[0].id)
    assert practice is not None
    observed = observe(
        practice=practice, seen=[True, False], observed_on=at.date(), words="Try it, too", by=lead, at=at, **SIGNING
    )
    task = add_task(name="Release a batch", courses=[versions["EHS-002"].course], by=admin, at=at)
    kept = add_record_class(
        name="House rule", kept_from=KeptFrom.LEFT, years=1, courses=[versions["EHS-002"].course], by=admin, at=at,
        reason="for a test",
    )  # fmt: skip
    return {
        "enrollment_id": film_course.pk,
        "enrollment:completed.enrollment_id": Enrollment.objects.get(user=owner, state="completed").pk,
        "activity_id": activities["page"].pk,
        **{f"enrollment:{name}.activity_id": activities["video"].pk for name in ("watch", "beat", "file")},
        **{f"assessments:{name}.{key}": value for name in QUIZ.split() for key, value in quiz_path.items()},
        **{
            f"assessments:{name}.{key}": value
            for name in PRACTICE.split()
            for key, value in practising.kwargs(1).items()
        },
        "observation_id": observed.pk,
        **{f"assessments:{name}.activity_id": in_draft["quiz"].pk for name in QUESTIONS.split()},
        **{f"courses:{name}.activity_id": in_draft["page"].pk for name in [*STUDIO.split(), "preview"]},
        "courses:file.activity_id": in_draft["video"].pk,
        "courses:file.name": "poster",
        "asset": "poster",
        "course_id": versions["EHS-002"].course_id,
        "courses:start_version.course_id": versions["EHS-002"].course_id,
        "version_id": draft.pk,
        **{f"courses:{name}.version_id": submitted.pk for name in ("review", "approve", "return")},
        "module_id": draft.modules.first().pk,
        "question_id": question.pk,
        "fact_id": Event.objects.filter(kind="fact").first().pk,
        "class_id": kept.pk,
        "person_id": owner.pk,
        "import_id": brought.pk,
        "site_id": site.pk,
        "part_id": site.pk,
        "group_id": group.pk,
        "membership_id": member.pk,
        "leave_id": leave.pk,
        "position_id": owner.positions.latest("valid_from").pk,
        "token_id": token.pk,
        "people:revoke_role.person_id": grant.user_id,
        "grant_id": grant.pk,
        "code": "enrollment.overdue",
        "part": "history",
        "kind": "site",
        "why": "first",
        "key": "learner:due-7",
        "certificate_id": certificate.pk,
        "attempt_id": attempt.pk,
        "assignment_id": lockout.pk,
        "requirement_id": requirement.pk,
        **{f"enrollment:{name}.number": 1 for name in ("wording", "wording_people")},
        "waiver_id": waiver.pk,
        "batch_id": batch.pk,
        "asked_id": asked.pk,
        "task_id": task.pk,
        "role_id": make_job_role().pk,
        "change_id": draft_matrix_change(
            changes=[], by=admin, at=at, refused=["Line 2: there is no such job role."]
        ).pk,
        "claim_id": claim.pk,
        "session_id": session.pk,
        "planned_id": planned.pk,
        "seat_id": seat.pk,
        "equivalence_id": equivalence.pk,
        **{f"enrollment:{name}.import_id": history.pk for name in HISTORIES.split()},
        "enrollment:revoke_token.token_id": create_reading_token(name="Batch records", by=admin, at=at)[0].pk,
        "message_id": Message.objects.filter(recipient=owner).first().pk,
        "device_id": PushDevice.objects.create(user=owner, endpoint="https://push.test/1", created_at=at).pk,
        "job_id": job.pk,
        "format": "pdf",
        "number": Event.objects.filter(kind="fact").first().pk,
        "token": certificate.token,
        "enrollment:calendar_feed.token": renew_calendar_feed(person=owner, at=at),
    }


def routes(patterns: list[URLPattern | URLResolver] | None = None, space: str = "") -> Iterator[tuple[str, list[str]]]:
    """Yield the name of every address with the names of its parameters."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern.url_patterns, inner)
        elif pattern.name and not pattern.name.startswith(ELSEWHERE):
            yield space + pattern.name, list(pattern.pattern.converters)


def read_whole(reply: HttpResponseBase) -> None:
    """Read a streamed answer to its end, so that its file is closed."""
    if reply.streaming:
        for _part in reply:
            pass


def answer(client: Client, method: str, path: str, body: dict[str, Any] | None) -> int:
    """Return the status of one request, without leaving anything of it."""
    with transaction.atomic():
        reply = getattr(client, method)(path, body if method == "post" else None)
        read_whole(reply)
        transaction.set_rollback(True)
    return int(reply.status_code)


@pytest.mark.requirement("R-16")
def test_every_address_lets_in_whom_the_table_names_and_nobody_else(world: World) -> None:
    wrong = []
    named = dict(routes())
    assert sorted(set(named) - set(ALLOWED)) == [], "say in ALLOWED who may use these addresses"
    assert sorted(set(ALLOWED) - set(named)) == [], "these addresses are gone"
    clients = {name: Client() for name in world.accounts}
    for name, user in world.accounts.items():
        clients[name].force_login(user)
    for route, names in named.items():
        path = reverse(route, kwargs=world.arguments(route, names))
        for name, client in clients.items():
            for method in ("get", "post"):
                status = answer(client, method, path, world.bodies.get(route))
                expected = name in ALLOWED[route] and (name, method, route) not in READ_ONLY
                # 405 says nothing about an object: the method is refused before one is looked for
                if status >= 500 or (status != 405 and (status not in (403, 404)) != expected):
                    wrong.append(f"{status} {name} {method} {route}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.requirement("R-16")
def test_visitor_is_led_to_the_sign_in_form(world: World) -> None:
    wrong = []
    for route, names in routes():
        path = reverse(route, kwargs=world.arguments(route, names))
        with transaction.atomic():
            reply = Client().get(path)
            read_whole(reply)
            transaction.set_rollback(True)
        open_to_all = "public" in ALLOWED[route]
        led = reply.status_code == 302 and reply["Location"].startswith("/accounts/login/")
        if led == open_to_all and reply.status_code != 405:
            wrong.append(f"{reply.status_code} {route}")
    assert not wrong, "\n".join(wrong)
