"""The directory: who sees whom, what is changed, and what a mistake looks like."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from core.clock import now
from people import actions
from people.choices import AccessRole, ProofMethod
from people.models import Department, JobRole, Site, User
from people.views.directory import ON_A_PAGE
from records.models import Event
from tests.factories import BY, make_department, make_job_role, make_leaver, make_person, make_site, place
from tests.people.signing_in import words

TODAY = timezone.localdate()


@pytest.fixture
def admin(client: Client, db: None) -> User:
    """Sign in an administrator of the whole organisation."""
    person = make_person(AccessRole.ADMINISTRATOR, name="Tomás Herrera")
    client.force_login(person)
    return person


def names(client: Client, query: str = "") -> list[str]:
    return [person.name for person in client.get(f"/directory/{query}").context["page"]]


def dialog(person: User, page: str) -> str:
    return f"/directory/{person.pk}/{page}/"


def error_of(answer: Any, field: str) -> str:
    return " ".join(answer.context["form"].errors.get(field, []))


def test_list_is_for_administrators(client: Client, db: None) -> None:
    person = make_person()
    pages = ["/directory/", "/directory/new/", "/directory/organisation/", f"/directory/{person.pk}/"]
    assert {client.get(page).status_code for page in pages} == {302}
    for roles in [(), (AccessRole.AUTHOR,), (AccessRole.AUDITOR,)]:
        client.force_login(make_person(*roles))
        assert {client.get(page).status_code for page in pages} == {403}


def test_list_shows_where_people_work_and_what_they_may(client: Client, admin: User) -> None:
    head, maya = make_person(name="Sofia Marino"), make_person(AccessRole.AUTHOR, name="Maya Lindqvist")
    place(maya, manager=head)
    row = next(person for person in client.get("/directory/").context["page"] if person.pk == maya.pk)
    assert (row.title, row.department_name, row.site_name, row.manager_name) == (
        "Tablet Operator", "Production", "Basel", "Sofia Marino",
    )  # fmt: skip
    assert row.role_labels == ["Author"]


def test_list_is_filtered_by_its_address(client: Client, admin: User) -> None:
    newark, quality = make_site("Newark", "America/New_York", "US"), make_department("Quality")
    laboratory = actions.add_department(by=BY, at=now(), name="Laboratory", parent=quality)
    lead = make_job_role("Shift Lead")
    maya, kenji = make_person(name="Maya Lindqvist"), make_person(AccessRole.AUTHOR, name="Kenji Mori")
    place(maya)
    place(kenji, site=newark, department=laboratory, job_role=lead)
    leaver = make_leaver()
    for _ in range(5):
        actions.note_wrong_secret(person=maya, purpose="sign-in", at=now())
    assert names(client) == ["Kenji Mori", "Maya Lindqvist", "Tomás Herrera"]
    for query, expected in [
        ("q=lindq", ["Maya Lindqvist"]),
        ("q=maya+lind", ["Maya Lindqvist"]),
        (f"q={kenji.employee_number}", ["Kenji Mori"]),
        (f"q={maya.email.upper()}", ["Maya Lindqvist"]),
        ("q=nobody", []),
        (f"site={newark.pk}", ["Kenji Mori"]),
        (f"department={quality.pk}", ["Kenji Mori"]),
        (f"job_role={lead.pk}", ["Kenji Mori"]),
        ("role=author", ["Kenji Mori"]),
        ("role=approver", []),
        ("state=locked", ["Maya Lindqvist"]),
        ("state=closed", [leaver.name]),
        ("state=all&sort=-name", ["Tomás Herrera", leaver.name, "Maya Lindqvist", "Kenji Mori"]),
        ("sort=site", ["Maya Lindqvist", "Kenji Mori", "Tomás Herrera"]),
        ("site=nonsense&sort=password", ["Kenji Mori", "Maya Lindqvist", "Tomás Herrera"]),
    ]:
        assert names(client, f"?{query}") == expected, query
    page = words(client.get(f"/directory/?site={newark.pk}&q=nobody"))
    assert "Nobody matches" in page
    assert "Site: <b>Newark</b>" in page


def test_former_positions_do_not_count(client: Client, admin: User) -> None:
    newark, person = make_site("Newark", "America/New_York", "US"), make_person(name="Maya Lindqvist")
    place(person, site=newark)
    place(person, since=TODAY - timedelta(days=3))
    assert names(client, f"?site={newark.pk}") == []
    assert names(client, f"?site={make_site().pk}") == ["Maya Lindqvist"]


def test_list_has_pages(client: Client, admin: User) -> None:
    for _ in range(ON_A_PAGE):
        make_person()
    assert len(names(client)) == ON_A_PAGE
    assert len(names(client, "?page=2")) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_pages_read_the_same_number_of_times(
    client: Client, admin: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    person = make_person()
    for number in range(count):
        other = make_person(AccessRole.AUTHOR)
        place(other, manager=admin)
        make_department(f"Department {number}")
        place(person, since=TODAY - timedelta(days=count - number), manager=other)
        grant = actions.grant_role(
            person=person, role=list(AccessRole)[number], by=BY, at=now(), reason="for a test", site=make_site()
        )
        actions.revoke_role(grant=grant, by=admin, at=now(), reason="and away again")
        actions.prove_identity(person=person, method=ProofMethod.IDENTITY_CARD, by=other, at=now())
    for page, queries in [("", 10), ("organisation/", 9), (f"{person.pk}/", 15)]:
        client.get(f"/directory/{page}")
        with django_assert_num_queries(queries):
            client.get(f"/directory/{page}")


def new_person(**changes: str) -> dict[str, str]:
    typed = {"name": "Maya  Lindqvist", "email": "Maya@Demo.test", "employee_number": "20418", "manager": ""}
    typed |= {"hired_on": "2026-03-01", "valid_from": "2026-03-02", "job_role": str(make_job_role().pk)}
    return {**typed, "department": str(make_department().pk), "site": str(make_site().pk), **changes}


def test_person_is_added_with_position_and_link(
    client: Client, admin: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/directory/new/", new_person(manager=admin.employee_number))
    person = User.objects.get(employee_number="20418")
    assert answer["Location"] == f"/directory/{person.pk}/"
    assert (person.name, person.email) == ("Maya Lindqvist", "maya@demo.test")
    assert person.positions.get().manager == admin
    assert not person.has_usable_password()
    (sent,) = mail.outbox
    assert sent.to == ["maya@demo.test"]


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("email", "taken@demo.test", "open account with this address"),
        ("email", "no address", "valid email address"),
        ("employee_number", "taken", "never given again"),
        ("name", "", "This is empty."),
        ("manager", "nobody@demo.test", "Nobody with an open account"),
        ("valid_from", "soon", "Give a day that exists"),
        ("site", "", "Nothing is chosen yet."),
    ],
)
def test_mistake_stands_beside_its_field_and_what_was_typed_stays(
    client: Client, admin: User, field: str, value: str, error: str
) -> None:
    make_person(email="taken@demo.test", employee_number="taken")
    before = User.objects.count()
    answer = client.post("/directory/new/", new_person(**{field: value}))
    assert answer.status_code == 422
    assert error in error_of(answer, field)
    assert 'aria-invalid="true"' in answer.content.decode()
    if field != "employee_number":
        assert 'value="20418"' in answer.content.decode()
    assert User.objects.count() == before


def test_details_are_changed_with_a_reason(client: Client, admin: User) -> None:
    person = make_person(name="Maya Lindqvist", email="maya@demo.test")
    typed = {"name": "Maya Berg", "email": "maya@demo.test", "employee_number": person.employee_number, "hired_on": ""}
    answer = client.post(dialog(person, "edit"), {**typed, "reason": "typo"})
    assert (answer.status_code, error_of(answer, "reason")) == (422, "Say why in at least two words.")
    assert client.post(dialog(person, "edit"), {**typed, "reason": "married in May"}).status_code == 302
    fact = Event.objects.get(verb="people.person_changed")
    assert (fact.reason, fact.payload["changed"], fact.actor_name) == ("married in May", ["name"], "Tomás Herrera")


def test_position_is_changed(client: Client, admin: User) -> None:
    person = make_person()
    place(person)
    lead = make_job_role("Shift Lead")
    typed = {"site": str(make_site().pk), "department": str(make_department().pk), "job_role": str(lead.pk)}
    answer = client.post(dialog(person, "position"), {**typed, "manager": person.email, "valid_from": str(TODAY)})
    assert "Nobody is their own manager." in words(answer)
    answer = client.post(dialog(person, "position"), {**typed, "manager": "", "valid_from": str(TODAY)})
    assert answer.status_code == 302
    assert person.position_on(TODAY).job_role == lead  # type: ignore[union-attr]
    assert "Shift Lead, Basel" in words(client.get(f"/directory/{person.pk}/"))


def test_role_is_granted_until_the_end_of_its_last_day_and_taken_away(client: Client, admin: User) -> None:
    person = make_person()
    page = dialog(person, "roles/new")
    typed = {"role": "auditor", "site": "", "reason": "spring inspection"}
    assert "Set the last day" in error_of(client.post(page, {**typed, "ends_on": ""}), "ends_on")
    past = str(TODAY - timedelta(days=1))
    assert "today or a later day" in error_of(client.post(page, {**typed, "ends_on": past}), "ends_on")
    assert client.post(page, {**typed, "ends_on": str(TODAY)}).status_code == 302
    grant = person.grants.get()
    assert grant.ends_at is not None
    assert (grant.ends_at.date(), grant.ends_at.hour) == (TODAY + timedelta(days=1), 0)

    revoke = f"/directory/{person.pk}/roles/{grant.pk}/revoke/"
    assert client.post(revoke, {"reason": "no"}).status_code == 422
    assert client.post(revoke, {"reason": "inspection is over"}).status_code == 302
    assert client.get(revoke).status_code == 404
    assert "Not in force" in words(client.get(f"/directory/{person.pk}/"))


@pytest.mark.requirement("R-72")
def test_administrator_does_nothing_for_themselves(client: Client, admin: User) -> None:
    page = words(client.get(f"/directory/{admin.pk}/"))
    assert "This is you." in page
    assert "Grant a role" not in page
    grant = admin.grants.get()
    for path, typed, error in [
        ("roles/new", {"role": "author", "reason": "because I can"}, "Nobody grants a role to themselves"),
        (f"roles/{grant.pk}/revoke", {"reason": "because I can"}, "Nobody takes a role from themselves"),
        ("identity", {"method": "identity_card"}, "Somebody else verifies"),
        ("unlock", {"reason": "because I can"}, "Nobody unlocks their own"),
        ("close", {"left_on": str(TODAY), "reason": "because I can"}, "Nobody closes their own"),
    ]:
        answer = client.post(dialog(admin, path), typed)
        assert (answer.status_code, error in words(answer)) == (422, True), path


@pytest.mark.requirement("R-36")
def test_identity_lock_and_account_are_looked_after(client: Client, admin: User) -> None:
    person = make_person()
    assert client.post(dialog(person, "identity"), {}).status_code == 422
    client.post(dialog(person, "identity"), {"method": "identity_card"})
    assert person.proofs.get().verified_by == admin

    for _ in range(5):
        actions.note_wrong_secret(person=person, purpose="sign-in", at=now())
    assert "Unlock the account" in words(client.get(f"/directory/{person.pk}/"))
    client.post(dialog(person, "unlock"), {"reason": "asked her by phone"})
    assert "Unlock the account" not in words(client.get(f"/directory/{person.pk}/"))

    client.post(dialog(person, "close"), {"left_on": str(TODAY), "reason": "left the company"})
    page = words(client.get(f"/directory/{person.pk}/"))
    assert "closed for ever" in page
    assert "Grant a role" not in page
    answer = client.post(dialog(person, "password-link"), follow=True)
    assert "This account is closed" in words(answer)


def test_last_day_comes_after_the_first(client: Client, admin: User) -> None:
    person = make_person(hired_on=TODAY)
    answer = client.post(dialog(person, "close"), {"left_on": str(TODAY), "reason": "never came at all"})
    assert "after the first day" in error_of(answer, "left_on")


def test_link_to_set_a_password_goes_to_the_person(
    client: Client, admin: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    person = make_person()
    with django_capture_on_commit_callbacks(execute=True):
        client.post(dialog(person, "password-link"))
    assert [sent.to for sent in mail.outbox] == [[person.email]]
    assert client.get(dialog(person, "password-link")).status_code == 405


PAGES = ["", "edit/", "position/", "roles/new/", "identity/", "unlock/", "close/", "password-link/"]


def test_administrator_of_a_site_finds_nobody_elsewhere(client: Client, db: None) -> None:
    here, there = make_site(), make_site("Newark", "America/New_York", "US")
    holder, local, abroad = make_person(), make_person(name="Local"), make_person(AccessRole.AUTHOR, name="Abroad")
    actions.grant_role(person=holder, role=AccessRole.ADMINISTRATOR, by=BY, at=now(), reason="for one site", site=here)
    place(local, site=here)
    place(abroad, site=there)
    client.force_login(holder)
    assert names(client) == ["Local"]
    for page in PAGES:
        address = f"/directory/{abroad.pk}/{page}"
        assert client.get(address).status_code in {404, 405}, page
        assert client.post(address, {"reason": "because I can"}).status_code in {404, 405}, page
    grant = abroad.grants.get()
    assert client.post(f"/directory/{abroad.pk}/roles/{grant.pk}/revoke/").status_code == 404
    assert client.post(f"/directory/{local.pk}/roles/{grant.pk}/revoke/").status_code == 404

    choices = client.get("/directory/new/").context["form"].fields["site"].queryset
    assert list(choices) == [here]
    typed = {"role": "author", "site": "", "ends_on": "", "reason": "reaches far away"}
    assert "Nothing is chosen yet." in error_of(client.post(dialog(local, "roles/new"), typed), "site")
    typed["site"] = str(there.pk)
    assert "That is not offered." in error_of(client.post(dialog(local, "roles/new"), typed), "site")
    assert client.get("/directory/organisation/").status_code == 200
    assert client.get("/directory/organisation/site/new/").status_code == 403


def test_organisation_is_shown_and_grows(client: Client, admin: User) -> None:
    place(make_person())
    for kind, typed in [
        ("site", {"name": "Newark", "time_zone": "America/New_York", "country": "us"}),
        ("department", {"name": "Tableting", "parent": str(make_department().pk)}),
        ("job-role", {"name": "Shift Lead"}),
    ]:
        assert client.post(f"/directory/organisation/{kind}/new/", typed).status_code == 302
        assert client.post(f"/directory/organisation/{kind}/new/", typed).status_code == 422, "it is there already"
    assert Site.objects.get(name="Newark").country == "US"
    assert JobRole.objects.filter(name="Shift Lead").exists()
    context = client.get("/directory/organisation/").context
    (production,) = context["departments"]
    assert (production["department"].name, production["department"].people) == ("Production", 1)
    assert [part["department"].name for part in production["parts"]] == ["Tableting"]
    assert Department.objects.count() == 2
    assert client.get("/directory/organisation/planet/new/").status_code == 404


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": "Newark", "time_zone": "Mars/Base", "country": "US"}, "time_zone"),
        ({"name": "Newark", "time_zone": "UTC", "country": "U1"}, "country"),
        ({"name": "", "time_zone": "UTC", "country": "US"}, "name"),
    ],
)
def test_site_needs_a_zone_and_a_country(client: Client, admin: User, typed: dict[str, Any], field: str) -> None:
    answer = client.post("/directory/organisation/site/new/", typed)
    assert answer.status_code == 422
    assert error_of(answer, field)
