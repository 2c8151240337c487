"""Drafts of requirements that somebody lets go: seen nowhere any more, and kept in the trail."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError
from django.urls import reverse
from django.utils import timezone

from core.clock import now
from enrollment.actions import NotADraft, change_requirement, matrix, switch_off_requirement, switch_on_requirement
from enrollment.actions.matrix import draft_matrix_change, put_matrix_change_in_force
from enrollment.actions.requirements import NothingChanged, remove_requirement
from enrollment.choices import RequirementState
from enrollment.models import MatrixCell, Requirement
from enrollment.rules.matrix import CellChange
from enrollment.views import removing
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.courses.test_races import at_once
from tests.enrollment.test_requirement_pages import terms
from tests.enrollment.workplace import AT, a_course, browser, draft, newark, operator, rewrite, switched_on
from tests.factories import BY, LONG_AGO, make_job_role, make_person


def page_of(requirement: Requirement, more: str = "") -> str:
    return reverse("enrollment:requirement", args=[requirement.pk]) + more


def test_a_draft_is_asked_about_and_then_gone(admin: User) -> None:
    operator("Maya")
    requirement, client = draft(a_course("Lockout/tagout"), by=admin), browser(admin)
    assert page_of(requirement, "remove/") in client.get(page_of(requirement)).content.decode()
    asked = client.get(page_of(requirement, "remove/")).content.decode()
    assert f"Remove the draft R-{requirement.number}?" in asked
    assert Requirement.objects.get().state == RequirementState.DRAFT
    answer = client.post(page_of(requirement, "remove/"), follow=True)
    assert f"The draft R-{requirement.number} is removed." in answer.content.decode()
    assert "Lockout/tagout" not in answer.content.decode()
    for more in ("", "remove/", "change/", "off/", "people.csv", "progress/"):
        assert client.get(page_of(requirement, more)).status_code == 404, more
    assert client.post(page_of(requirement), {"do": "switch_on"}).status_code == 404
    again = terms(requirement.course, id=str(requirement.pk))
    assert client.post(reverse("enrollment:new_requirement"), again).status_code == 404
    fact = Event.objects.get(verb="enrollment.requirement_removed")
    assert (fact.actor_id, fact.subject_id) == (admin.pk, str(requirement.pk))
    assert "People whose job role is Tablet Operator must complete Lockout/tagout" in fact.payload["sentence"]


def test_a_list_of_nothing_but_removed_drafts_is_empty(admin: User) -> None:
    remove_requirement(requirement=draft(a_course(), by=admin), by=admin, at=now())
    page = browser(admin).get(reverse("enrollment:requirements")).content.decode()
    assert "No requirement yet" in page
    assert "?state=removed" not in page


def test_looking_at_what_is_no_draft_removes_nothing(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    requirement = switched_on(a_course(), by=admin, at=now() - timedelta(hours=1))
    monkeypatch.setattr(removing, "remove_requirement", pytest.fail)
    for ask in (browser(admin).get, browser(admin).head):
        assert ask(page_of(requirement, "remove/"))["Location"] == page_of(requirement)
        assert ask(page_of(draft(a_course(), by=admin), "remove/")).status_code == 200


def test_only_a_draft_is_removed(admin: User) -> None:
    requirement, client = switched_on(a_course(), by=admin, at=now() - timedelta(hours=1)), browser(admin)
    assert "remove/" not in client.get(page_of(requirement)).content.decode()
    for answer in (client.get(page_of(requirement, "remove/")), client.post(page_of(requirement, "remove/"))):
        assert answer["Location"] == page_of(requirement)
    assert "was switched on already" in client.get(page_of(requirement)).content.decode()
    with pytest.raises(NotADraft):
        remove_requirement(requirement=requirement, by=admin, at=now())
    with pytest.raises(DatabaseError, match="was switched on is not removed"):
        rewrite(Requirement.objects.all(), state="removed", removed_at=AT, removed_by=admin, switched_on_at=None)


def test_who_may_not_edit_it_may_not_remove_it(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    limited = make_person(name="Lina")
    grant_role(person=limited, role=AccessRole.ADMINISTRATOR, site=newark(), by=BY, at=LONG_AGO, reason="for a test")
    for other, status in ((make_person(AccessRole.AUDITOR), 403), (make_person(), 403), (limited, 404)):
        assert browser(other).post(page_of(requirement, "remove/")).status_code == status
    assert Requirement.objects.get().state == RequirementState.DRAFT


def test_what_was_removed_neither_changes_nor_comes_on(admin: User) -> None:
    requirement = draft(a_course(), by=admin)
    remove_requirement(requirement=requirement, by=admin, at=now())
    with pytest.raises(NotADraft, match="was removed"):
        change_requirement(requirement=requirement, by=admin, at=now(), due_within_days=30)
    with pytest.raises(NotADraft, match="was removed"):
        switch_on_requirement(requirement=requirement, by=admin, at=now())
    with pytest.raises(NotADraft, match="was removed"):
        remove_requirement(requirement=requirement, by=admin, at=now())
    with pytest.raises(DatabaseError, match="a draft that was removed does not change"):
        rewrite(Requirement.objects.all(), due_within_days=30)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"removed_at": AT}, "requirement_removed_by_somebody"),
        ({"state": "removed"}, "requirement_removed_dated"),
        ({"state": "removed", "removed_at": AT, "switched_on_at": AT}, "requirement_state_dated"),
    ],
)
def test_half_removed_is_refused(admin: User, changed: dict[str, Any], message: str) -> None:
    draft(a_course(), by=admin)
    by = {"removed_by": admin, "switched_on_by": admin} if "switched_on_at" in changed else {}
    with pytest.raises(IntegrityError, match=message):
        rewrite(Requirement.objects.all(), **changed, **by)


def test_the_matrix_forgets_a_removed_column(admin: User) -> None:
    column = draft(a_course("Lockout/tagout"), by=admin, audience={"all": [{"field": "matrix"}]})
    client, address = browser(admin), reverse("enrollment:matrix")
    assert "Lockout/tagout" in client.get(address).context["columns"][0].title
    cells = [CellChange(make_job_role().pk, column.pk, True, timezone.localdate())]
    change = draft_matrix_change(by=admin, at=now(), changes=cells)
    remove_requirement(requirement=column, by=admin, at=now())
    assert not client.get(address).context["columns"]
    with pytest.raises(NothingChanged, match="was removed meanwhile"):
        put_matrix_change_in_force(change=change, by=admin, at=now(), reason="for a test")
    assert not MatrixCell.objects.exists()


def test_a_draft_that_is_removed_while_its_cells_are_set_goes_after_them(
    committed_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever removes it waits: no cell is set of what is removed, and the trail says it in this order."""
    admin = make_person(AccessRole.ADMINISTRATOR)
    column = draft(a_course(), by=admin, audience={"all": [{"field": "matrix"}]})
    cells = [CellChange(make_job_role().pk, column.pk, True, timezone.localdate())]
    change = draft_matrix_change(by=admin, at=now(), changes=cells)
    looked, say = threading.Event(), matrix._say

    def say_late(*told: Any, **how: Any) -> None:
        looked.set()  # that it is there was looked up, and nothing is said or written yet
        time.sleep(0.5)
        say(*told, **how)

    monkeypatch.setattr(matrix, "_say", say_late)
    answers = at_once(
        lambda: put_matrix_change_in_force(change=change, by=admin, at=now(), reason="for a test"),
        lambda: looked.wait(10) and remove_requirement(requirement=column, by=admin, at=now()),
    )
    assert [each for each in answers if isinstance(each, Exception)] == []
    said = Event.objects.filter(verb__in=["enrollment.cell_set", "enrollment.requirement_removed"]).order_by("pk")
    assert list(said.values_list("verb", flat=True)) == ["enrollment.cell_set", "enrollment.requirement_removed"]
    column.refresh_from_db()
    assert column.state == RequirementState.REMOVED


def test_the_matrix_sets_no_cell_of_what_was_switched_off_meanwhile(admin: User) -> None:
    column = switched_on(a_course(), by=admin, at=now() - timedelta(hours=1), audience={"all": [{"field": "matrix"}]})
    cells = [CellChange(make_job_role().pk, column.pk, True, timezone.localdate())]
    change = draft_matrix_change(by=admin, at=now(), changes=cells)
    switch_off_requirement(requirement=column, by=admin, at=now(), reason="Not needed")
    with pytest.raises(NothingChanged, match="was switched off meanwhile"):
        put_matrix_change_in_force(change=change, by=admin, at=now(), reason="for a test")
    assert not MatrixCell.objects.exists()
