"""Exceptions for several people at once: chosen, shown, confirmed, and with a result for each."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from core.models import Job
from core.tasks import run_job
from enrollment.actions import propose_waiver
from enrollment.actions.excepting import AT_ONCE, begin_batch, go_on_with_batch
from enrollment.choices import ExceptionKind
from enrollment.models import Assignment, ExceptionBatch, Extension, Requirement, Waiver
from notifications.models import Message
from people.choices import AccessRole
from people.models import User
from tests.enrollment.workplace import (
    a_course,
    browser,
    complete,
    days,
    move,
    open_assignments,
    operator,
    switched_on,
)
from tests.factories import make_person

WHY = "Line four is rebuilt"


def team(admin: User, boss: User, *names: str) -> Requirement:
    """Let something be overdue by six days for each of these, whose manager is the boss."""
    for name in names:
        operator(name, since=now().date() - days(20), manager=boss)
    return switched_on(a_course(), by=admin)


def chosen(requirement: Requirement, by: User, *names: str, kind: str = "extend") -> str:
    """Begin with these of the team, as the team page does; return the address of what is begun."""
    given = open_assignments(requirement)
    asked = {"assignment": [str(given[name].pk) for name in names], "kind": kind}
    answer = browser(by).post(reverse("reporting:team_exceptions"), asked)
    assert answer.status_code == 302
    return str(answer["Location"])


def typed(**changed: Any) -> dict[str, Any]:
    return {"days": "14", "until": "", "reason": WHY, **changed}


def expected_in(page: str) -> str:
    return page.split('name="expected" value="')[1].split('"')[0]


def test_several_get_more_time_after_a_preview(admin: User, boss: User) -> None:
    requirement = team(admin, boss, "Amara", "Maya", "Rosa")
    complete(User.objects.get(name="Rosa"), requirement.course, on=now().date())
    address, client = chosen(requirement, boss, "Amara", "Maya", "Rosa"), browser(boss)
    assert "Amara, Maya, Rosa" in client.get(address).content.decode()
    page = client.post(address, typed(do="show")).content.decode()
    assert "2 exceptions are made. 1 is not." in page
    assert "Rosa has completed this already." in page
    assert not Extension.objects.exists()
    for _ in range(2):  # pressed twice
        assert client.post(address, typed(do="confirm", expected=expected_in(page)))["Location"] == address
    assert sorted(Extension.objects.values_list("user__name", flat=True)) == ["Amara", "Maya"]
    assert {each.due_on for each in Extension.objects.all()} == {now().date() + days(14)}
    result = client.get(address).content.decode()
    assert "2 of 3 made." in result
    assert "Rosa has completed this already." in result


def test_waivers_for_several_share_one_proof(admin: User, boss: User) -> None:
    requirement = team(admin, boss, "Amara", "Maya", "Rosa")
    today = now().date()
    propose_waiver(
        assignment=open_assignments(requirement)["Rosa"], valid_from=today, valid_until=today + days(5), reason=WHY,
        by=admin, at=now(),
    )  # fmt: skip
    address, client = chosen(requirement, boss, "Amara", "Maya", "Rosa", kind="waive"), browser(boss)
    form = {"first_on": today.isoformat(), "last_on": (today + days(9)).isoformat(), "reason": WHY}
    page = client.post(address, {**form, "do": "show"}).content.decode()
    assert "Tomás Ferreira has proposed one for Rosa already" in page
    proof = SimpleUploadedFile("plan.pdf", b"%PDF-1.7\n" + b"x" * 600)
    client.post(address, {**form, "do": "confirm", "expected": expected_in(page), "evidence": proof})
    made = Waiver.objects.filter(proposed_by=boss).select_related("evidence")
    assert sorted(each.user.name for each in made) == ["Amara", "Maya"]
    assert {each.evidence.name for each in made} == {"plan.pdf"}
    assert client.get(address).content.decode().count("waiver proposed") == 2


def test_what_has_changed_since_it_was_shown_is_shown_again(admin: User, boss: User) -> None:
    requirement = team(admin, boss, "Amara", "Maya")
    address, client = chosen(requirement, boss, "Amara", "Maya"), browser(boss)
    page = client.post(address, typed(do="show")).content.decode()
    complete(User.objects.get(name="Maya"), requirement.course, on=now().date())
    answer = client.post(address, typed(do="confirm", expected=expected_in(page)))
    assert answer.status_code == 409
    assert "Something has changed since this was shown" in answer.content.decode()
    assert not Extension.objects.exists()


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"reason": "late"}, "Say why in at least two words."), ({"days": "another"}, "Choose the new due day.")],
)
def test_bad_input_is_said_in_place_and_kept(admin: User, boss: User, changed: dict[str, str], words: str) -> None:
    address = chosen(team(admin, boss, "Maya"), boss, "Maya")
    answer = browser(boss).post(address, typed(do="confirm", **changed))
    assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert not Extension.objects.exists()


def test_nobody_chosen_is_said(admin: User, boss: User) -> None:
    team(admin, boss, "Maya")
    for chosen_ids in ([], ["nonsense"], [str(admin.pk)]):
        answer = browser(boss).post(reverse("reporting:team_exceptions"), {"assignment": chosen_ids}, follow=True)
        assert "Choose at least one person first." in answer.content.decode()
    assert not ExceptionBatch.objects.exists()


def test_strangers_are_left_out_and_see_nothing(admin: User, boss: User) -> None:
    requirement = team(admin, boss, "Maya")
    stranger = make_person()
    operator("Somebody", since=now().date() - days(20), manager=stranger)
    team(admin, boss, "Rosa")
    given = [str(pk) for pk in Assignment.objects.values_list("pk", flat=True)]
    answer = browser(stranger).post(reverse("reporting:team_exceptions"), {"assignment": given})
    batch = ExceptionBatch.objects.get(owner=stranger)
    assert {each.name for each in User.objects.filter(assignments__in=batch.subject_ids)} == {"Somebody"}
    assert browser(boss).get(answer["Location"]).status_code == 404
    assert requirement.pk


def test_all_of_the_team_who_match_the_filters(admin: User, boss: User) -> None:
    requirement = team(admin, boss, "Amara", "Maya", "Rosa")
    complete(User.objects.get(name="Rosa"), requirement.course, on=now().date())
    page = browser(boss).get("/team/?view=list&status=late").content.decode()
    assert "All 2, on every page" in page
    browser(boss).post(reverse("reporting:team_exceptions") + "?status=late", {"all": "1", "kind": "waive"})
    batch = ExceptionBatch.objects.get()
    assert batch.kind == ExceptionKind.WAIVE
    assert sorted(User.objects.filter(assignments__in=batch.subject_ids).values_list("name", flat=True)) == [
        "Amara",
        "Maya",
    ]


def test_administrator_chooses_from_a_requirement(admin: User, boss: User) -> None:
    requirement = team(admin, boss, "Amara", "Maya", "Rosa")
    address = reverse("enrollment:requirement", args=[requirement.pk])
    page = browser(admin).get(address).content.decode()
    assert "All 3, on every page" in page
    assert 'form="several"' in page
    assert 'form="several"' not in browser(make_person(AccessRole.AUDITOR)).get(address).content.decode()
    form = {"all": "1", "kind": "extend", "requirement": str(requirement.pk), "status": "late", "next": address}
    answer = browser(admin).post(reverse("enrollment:new_batch"), form)
    assert len(ExceptionBatch.objects.get().subject_ids) == 3
    assert "60 days" in browser(admin).get(answer["Location"]).content.decode()
    nobody = browser(admin).post(reverse("enrollment:new_batch"), {**form, "status": "soon"})
    assert nobody["Location"] == address


def test_many_are_done_by_a_job_with_the_rights_of_that_moment(
    admin: User, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("enrollment.actions.excepting.AT_ONCE", 2)
    monkeypatch.setattr("enrollment.followers.A_PART", 2)
    requirement = team(admin, boss, "Amara", "Maya", "Rosa")
    address, client = chosen(requirement, boss, "Amara", "Maya", "Rosa"), browser(boss)
    page = client.post(address, typed(do="show")).content.decode()
    client.post(address, typed(do="confirm", expected=expected_in(page)))
    job = Job.objects.get()
    assert not Extension.objects.exists()
    assert "More time, 3 times" in client.get(address).content.decode()
    assert "data-job" in client.get(address + "progress/").content.decode()
    move(User.objects.get(name="Rosa"), since=now().date() - days(1), manager=admin, at=now())
    run_job(str(job.pk))
    batch = ExceptionBatch.objects.get()
    assert sorted(each["name"] for each in batch.results.values() if each["done"]) == ["Amara", "Maya"]
    assert "This is not yours to change any more." in client.get(address).content.decode()
    message = Message.objects.get(kind="enrollment.exceptions_done")
    assert (message.recipient, message.path) == (boss, address)
    assert message.body == "2 exceptions were made.\n\n1 was not; the page says why."
    assert go_on_with_batch(batch_id=batch.pk, at=now(), most=AT_ONCE) == 0
    assert Extension.objects.count() == 2


def test_preview_asks_as_often_for_three_as_for_one(admin: User, boss: User, django_assert_num_queries) -> None:
    requirement = team(admin, boss, "Amara", "Maya", "Rosa")
    client = browser(boss)
    one, three = (chosen(requirement, boss, *names) for names in (["Maya"], ["Amara", "Maya", "Rosa"]))
    client.post(one, typed(do="show"))
    with CaptureQueriesContext(connection) as first:
        client.post(one, typed(do="show"))
    with django_assert_num_queries(len(first)):
        client.post(three, typed(do="show"))


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"kind": "gift"}, "batch_kind_known"),
        ({"subject_ids": []}, "batch_of_somebody"),
        ({"finished_at": now()}, "batch_confirmed_first"),
    ],
)
def test_the_database_refuses_a_batch(admin: User, boss: User, changed: dict[str, Any], constraint: str) -> None:
    given = open_assignments(team(admin, boss, "Maya"))["Maya"]
    batch = begin_batch(kind=ExceptionKind.EXTEND, assignment_ids=[given.pk], by=boss, at=now())
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ExceptionBatch.objects.filter(pk=batch.pk).update(**changed)
