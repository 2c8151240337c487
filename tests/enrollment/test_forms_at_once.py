"""The same form sent twice at the same moment: one thing is written, and both answers lead to it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from core.ids import new_id
from enrollment.models import Claim, RecordClass, RecordedSession, Requirement, Waiver
from enrollment.views import claims, requirements, sessions, waivers
from people.choices import AccessRole
from people.models import User
from tests.courses.test_races import at_once
from tests.enrollment.workplace import AT, TODAY, a_course, a_picture, open_assignments, operator, switched_on
from tests.factories import make_person

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (claims, requirements, sessions, waivers):
        monkeypatch.setattr(module, "now", lambda: AT)


def sent_twice(user: User, address: str, typed: dict[str, Any], *, file: str = "") -> list[Any]:
    """Send a form twice at once; return where each answer leads, or what went wrong."""

    def send() -> str:
        client = Client()
        client.force_login(user)
        reply = client.post(address, {**typed, **({file: a_picture()} if file else {})})
        return f"{reply.status_code} {reply.get('Location', '')}"

    return at_once(send, send)


def led_to(model: type[Model], name: str) -> list[str]:
    return [f"302 {reverse(name, args=[model._base_manager.get().pk])}"] * 2


def test_session_is_one() -> None:
    boss, course = make_person(name="Jonas Keller", signs=True), a_course()
    maya = operator("Maya", since=date(2020, 1, 1), manager=boss)
    typed = {"course": course.pk, "held_on": "2026-11-20", "trainer": "T", "people": [maya.pk], "id": new_id()}
    answers = sent_twice(boss, reverse("enrollment:new_session"), typed, file="sheet")
    assert answers == led_to(RecordedSession, "enrollment:session")


def test_claim_is_one() -> None:
    maya, course = operator("Maya", since=date(2020, 1, 1)), a_course()
    typed = {"course": course.pk, "completed_on": "2026-11-20", "provider": "School", "id": new_id()}
    answers = sent_twice(maya, reverse("enrollment:new_claim"), typed, file="proof")
    assert answers == led_to(Claim, "enrollment:claim")


def test_record_class_is_one() -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    typed = {"name": "House rule", "kept_from": "completed", "years": "2", "signed": "nobody", "reason": "SOP 9, first"}
    answers = sent_twice(admin, reverse("enrollment:new_record_class"), {**typed, "id": new_id()})
    assert answers == led_to(RecordClass, "enrollment:record_class")


def test_waiver_is_one() -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    operator("Maya")
    assignment = open_assignments(switched_on(a_course(), by=admin))["Maya"]
    days = {"first_on": TODAY, "last_on": TODAY + timedelta(days=9)}
    typed = {**days, "reason": "Works elsewhere", "id": new_id()}
    answers = sent_twice(admin, reverse("enrollment:propose_waiver", args=[assignment.pk]), typed)
    assert answers == led_to(Waiver, "enrollment:waiver")


def test_draft_of_a_requirement_is_one() -> None:
    admin, course = make_person(AccessRole.ADMINISTRATOR), a_course()
    page = Client()
    page.force_login(admin)
    form = page.get(reverse("enrollment:new_requirement")).context["form"]
    typed = {each.html_name: each.value() for each in form if each.value() is not None}
    typed |= {"course": course.pk, "reason": "Signatures bind", "id": new_id()}
    answers = sent_twice(admin, reverse("enrollment:new_requirement"), typed)
    assert answers == led_to(Requirement, "enrollment:requirement")
