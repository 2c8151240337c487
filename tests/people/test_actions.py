"""What administrators change about people: rows, the trail, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.formats import date_format

from core.clock import now
from people import actions
from people.actions import NotAllowed
from people.choices import AccessRole, ProofMethod, Theme
from people.models import Department, IdentityProof, JobRole, Position, RoleGrant, Site, User
from records.models import Event
from tests.factories import (
    BY,
    LONG_AGO,
    PASSWORD,
    make_department,
    make_job_role,
    make_leaver,
    make_person,
    make_site,
    place,
)

DAY = date(2026, 3, 14)


def told(verb: str) -> list[dict[str, Any]]:
    return list(
        Event.objects.filter(verb=f"people.{verb}", kind="fact").order_by("id").values_list("payload", flat=True)
    )


def refused(*, match: str) -> Any:
    return pytest.raises(NotAllowed, match=match)


@pytest.mark.requirement("R-08")
@pytest.mark.requirement("R-66")
def test_person_is_added_with_fact_and_old_and_new_values(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR, name="Tomás Herrera")
    person = actions.add_person(by=admin, at=LONG_AGO, name="Maya", email=" Maya@Demo.test ", employee_number="7")
    kept = User.objects.get(pk=person.pk)
    assert (kept.name, kept.email, kept.employee_number, kept.is_active) == ("Maya", "maya@demo.test", "7", True)
    assert not kept.has_usable_password()
    fact = Event.objects.get(verb="people.person_added", subject_id=str(person.pk))
    assert fact.sentence == "Tomás Herrera added Maya"
    assert (fact.actor_id, fact.actor_roles, fact.person_id) == (admin.pk, "administrator", person.pk)
    capture = fact.captures.get()
    assert capture.new is not None
    assert capture.new["email"] == "maya@demo.test"
    assert capture.new["password"] == "(hidden)"


def test_changed_details_keep_old_and_new_with_the_reason(db: None) -> None:
    person = make_person(name="Maya Lindqvist")
    actions.change_person(person=person, by=BY, at=now(), reason="married in May", name="Maya Berg")
    fact = Event.objects.get(verb="people.person_changed")
    assert fact.reason == "married in May"
    capture = fact.captures.get()
    assert (capture.old, capture.new) == ({"name": "Maya Lindqvist"}, {"name": "Maya Berg"})


@pytest.mark.parametrize("field", ["is_active", "password", "nonsense"])
def test_only_details_can_be_changed_as_details(db: None, field: str) -> None:
    with pytest.raises(ValueError, match="not to be changed here"):
        actions.change_person(person=make_person(), by=BY, at=now(), reason="for a test", **{field: "x"})
    with pytest.raises(ValueError, match="not to be changed here"):
        actions.change_preferences(person=make_person(), at=now(), **{field: "x"})


def test_preferences_that_are_the_same_leave_no_trace(db: None) -> None:
    person = make_person()
    actions.change_preferences(person=person, at=now(), theme=Theme.SYSTEM, shortcuts_on=True)
    assert told("preferences_changed") == []
    actions.change_preferences(person=person, at=now(), theme=Theme.DARK, shortcuts_on=True)
    (fact,) = told("preferences_changed")
    assert fact["changed"] == ["theme"]


@pytest.mark.requirement("R-05")
def test_closed_account_stays_with_its_history(db: None) -> None:
    person = make_person()
    actions.deactivate_person(person=person, by=BY, at=now(), left_on=DAY, reason="left the company")
    again = actions.deactivate_person(person=person, by=BY, at=now(), left_on=date(2027, 1, 1), reason="once more")
    assert (again.is_active, again.left_on) == (False, DAY)
    assert len(told("person_deactivated")) == 1


def test_nobody_closes_their_own_account(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    with refused(match="their own account"):
        actions.deactivate_person(person=admin, by=admin, at=now(), left_on=DAY, reason="tired of it")


def take(person: User, since: date, **details: Any) -> Position:
    words = {"site": make_site(), "department": make_department(), "job_role": make_job_role(), "manager": None}
    return actions.take_position(person=person, valid_from=since, by=BY, at=now(), **{**words, **details})


def periods(person: User) -> list[tuple[date, date | None]]:
    return list(person.positions.order_by("valid_from").values_list("valid_from", "valid_until"))


def test_new_position_ends_the_one_before(db: None) -> None:
    person = make_person()
    take(person, date(2024, 2, 1))
    take(person, DAY, job_role=make_job_role("Shift Lead"))
    assert periods(person) == [(date(2024, 2, 1), DAY), (DAY, None)]
    assert person.position_on(DAY - timedelta(days=1)).job_role.name == "Tablet Operator"  # type: ignore[union-attr]
    assert person.position_on(DAY).job_role.name == "Shift Lead"  # type: ignore[union-attr]
    assert person.position_on(date(2024, 1, 31)) is None
    assert person.positions.get(valid_until=DAY).last_day == DAY - timedelta(days=1)
    assert told("position_changed")[-1]["job_role"] == "Shift Lead"


def test_new_position_cuts_one_that_has_an_end(db: None) -> None:
    person = make_person()
    take(person, date(2024, 2, 1), valid_until=date(2027, 1, 1))
    take(person, DAY)
    assert periods(person) == [(date(2024, 2, 1), DAY), (DAY, None)]


@pytest.mark.parametrize("since", [DAY, DAY - timedelta(days=1)])
def test_position_before_or_on_the_day_of_the_last_one_is_refused(db: None, since: date) -> None:
    person = make_person()
    take(person, DAY)
    named = rf"They are Tablet Operator, Basel, from {date_format(DAY, 'j M Y')} on already. Choose a day after"
    with refused(match=named):
        take(person, since)
    assert periods(person) == [(DAY, None)]


def test_who_leads_people_acts_as_their_manager(db: None) -> None:
    lead, worker = make_person(), make_person()
    assert lead.actor_roles == "learner"
    take(worker, DAY, manager=lead)
    assert User.objects.get(pk=lead.pk).actor_roles == "manager"


def test_nobody_manages_themselves_or_their_manager(db: None) -> None:
    head, lead, worker = make_person(name="Ingrid"), make_person(name="Sofia"), make_person(name="Maya")
    take(lead, DAY, manager=head)
    take(worker, DAY, manager=lead)
    with refused(match="their own manager"):
        take(head, DAY, manager=head)
    with refused(match="Maya reports to Ingrid"):
        take(head, DAY, manager=worker)


@pytest.mark.requirement("R-72")
def test_role_is_granted_with_scope_and_end(db: None) -> None:
    admin, person, site = make_person(AccessRole.ADMINISTRATOR), make_person(), make_site()
    ends_at = now() + timedelta(days=30)
    grant = actions.grant_role(
        person=person,
        role=AccessRole.AUDITOR,
        by=admin,
        at=now(),
        reason="spring inspection",
        site=site,
        ends_at=ends_at,
    )  # fmt: skip
    assert (grant.user, grant.role, grant.site, grant.ends_at, grant.granted_by) == (
        person, AccessRole.AUDITOR, site, ends_at, admin,
    )  # fmt: skip
    fact = Event.objects.get(verb="people.role_granted", person_id=person.pk)
    assert (fact.reason, fact.payload["role"], fact.payload["site"]) == ("spring inspection", "Auditor", "Basel")
    assert User.objects.get(pk=person.pk).roles == {"auditor"}


@pytest.mark.requirement("R-72")
@pytest.mark.parametrize(
    ("who", "details", "match"),
    [
        ("self", {}, "to themselves"),
        ("other", {"role": AccessRole.AUDITOR}, "needs an end"),
        ("leaver", {}, "is closed"),
        ("holder", {}, "hold this role already"),
    ],
)
def test_grant_is_refused(db: None, who: str, details: dict[str, Any], match: str) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    people = {"self": admin, "other": make_person(), "leaver": make_leaver(), "holder": make_person(AccessRole.AUTHOR)}
    before = RoleGrant.objects.count()
    with refused(match=match):
        actions.grant_role(
            person=people[who], by=admin, at=now(), reason="for a test", **{"role": AccessRole.AUTHOR, **details}
        )
    assert RoleGrant.objects.count() == before


def local_administrator(site: Site) -> User:
    person = make_person()
    actions.grant_role(
        person=person, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for one site", site=site
    )
    return person


@pytest.mark.requirement("R-72")
def test_administrator_of_a_site_grants_and_revokes_there_alone(db: None) -> None:
    here, there = make_site(), make_site("Newark", "America/New_York", "US")
    admin, person = local_administrator(here), make_person()
    grant = actions.grant_role(
        person=person, role=AccessRole.AUTHOR, by=admin, at=now(), reason="writes here", site=here
    )
    for site in (there, None):
        with refused(match="only for the sites"):
            actions.grant_role(
                person=person, role=AccessRole.APPROVER, by=admin, at=now(), reason="reaches far", site=site
            )
    wide = actions.grant_role(person=person, role=AccessRole.APPROVER, by=BY, at=now(), reason="approves all")
    with refused(match="only for the sites"):
        actions.revoke_role(grant=wide, by=admin, at=now(), reason="reaches far")
    actions.revoke_role(grant=grant, by=admin, at=now(), reason="no longer writes")
    assert User.objects.get(pk=person.pk).roles == {"approver"}


def test_revoked_role_counts_no_more_and_stays_on_record(db: None) -> None:
    admin, person = make_person(AccessRole.ADMINISTRATOR), make_person(AccessRole.AUTHOR)
    grant = person.grants.get()
    at = now()
    actions.revoke_role(grant=grant, by=admin, at=at, reason="no longer writes")
    actions.revoke_role(grant=grant, by=admin, at=now(), reason="once more please")
    kept = RoleGrant.objects.get(pk=grant.pk)
    assert (kept.revoked_at, kept.revoked_by) == (at, admin)
    assert User.objects.get(pk=person.pk).roles == frozenset()
    assert len(told("role_revoked")) == 1


def test_nobody_takes_a_role_from_themselves(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    with refused(match="from themselves"):
        actions.revoke_role(grant=admin.grants.get(), by=admin, at=now(), reason="tired of it")


def test_role_that_has_ended_counts_no_more(db: None) -> None:
    person = make_person()
    actions.grant_role(
        person=person, role=AccessRole.AUTHOR, by=BY, at=LONG_AGO, reason="one day only",
        ends_at=LONG_AGO + timedelta(days=1),
    )  # fmt: skip
    assert person.roles == frozenset()


@pytest.mark.requirement("R-36")
def test_identity_is_proved_by_somebody_else(db: None) -> None:
    admin, person = make_person(AccessRole.ADMINISTRATOR), make_person()
    with refused(match="Somebody else"):
        actions.prove_identity(person=admin, method=ProofMethod.IDENTITY_CARD, by=admin, at=now())
    at = now()
    actions.prove_identity(person=person, method=ProofMethod.IDENTITY_CARD, by=admin, at=at)
    proof = IdentityProof.objects.get()
    assert (proof.user, proof.verified_by, proof.verified_at, proof.method) == (person, admin, at, "identity_card")


def test_nobody_unlocks_themselves(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    with refused(match="their own account"):
        actions.unlock_account(person=admin, by=admin, at=now(), reason="it was me")


def test_weak_password_is_refused_and_a_good_one_kept_as_argon2(db: None) -> None:
    person = make_person()
    with pytest.raises(ValidationError):
        actions.change_password(person=person, password="short", by=person, at=now())
    assert person.check_password(PASSWORD)
    actions.change_password(person=person, password="another quiet press 8", by=person, at=now())
    kept = User.objects.get(pk=person.pk)
    assert kept.password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert kept.check_password("another quiet press 8")


@pytest.mark.requirement("R-43")
def test_two_people_with_one_password_have_different_hashes(db: None) -> None:
    first, second = make_person(), make_person()
    for person in (first, second):
        actions.change_password(person=person, password="another quiet press 8", by=person, at=now())
    assert first.password != second.password


def test_link_to_set_a_password_is_for_open_accounts(db: None) -> None:
    with refused(match="closed"):
        actions.send_password_link(person=make_leaver(), by=BY, at=now())


def test_organisation_grows_with_facts(db: None) -> None:
    site = make_site()
    production = actions.add_department(by=BY, at=now(), name="Production")
    actions.add_department(by=BY, at=now(), name="Tableting", parent=production)
    actions.add_job_role(by=BY, at=now(), name="Tablet Operator")
    assert [fact["what"] for fact in told("organisation_changed")] == [
        "site Basel", "department Production", "department Tableting", "job role Tablet Operator",
    ]  # fmt: skip
    assert str(site.zone) == "Europe/Zurich"
    assert Department.objects.get(name="Tableting").parent == production
    assert JobRole.objects.get().name == "Tablet Operator"


BROKEN: list[tuple[type[Any], dict[str, Any], str]] = [
    (User, {"email": "TAKEN@demo.test"}, "user_email_once_while_active"),
    (User, {"employee_number": "taken"}, "employee_number"),
    (User, {"theme": "pink"}, "user_theme_known"),
    (User, {"hired_on": DAY, "left_on": DAY}, "user_left_after_hired"),
    (Position, {"valid_until": date(2020, 1, 1)}, "position_period_in_order"),
    (RoleGrant, {"role": "god"}, "grant_role_known"),
    (RoleGrant, {"ends_at": LONG_AGO}, "grant_period_in_order"),
    (RoleGrant, {"revoked_at": LONG_AGO}, "grant_revoked_by_somebody"),
    (RoleGrant, {"role": "auditor", "ends_at": None}, "grant_of_auditor_ends"),
    (IdentityProof, {"method": "a hunch"}, "proof_method_known"),
]


@pytest.mark.parametrize(("model", "changes", "constraint"), BROKEN)
def test_table_refuses_what_makes_no_sense(
    db: None, model: type[Any], changes: dict[str, Any], constraint: str
) -> None:
    make_person(email="taken@demo.test", employee_number="taken")
    person = make_person(AccessRole.AUTHOR, signs=True)
    place(person)
    row = person if model is User else model.objects.filter(user=person).get()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.filter(pk=row.pk).update(**changes)


@pytest.mark.parametrize(
    ("model", "own", "constraint"),
    [
        (Position, "manager", "position_not_own_manager"),
        (RoleGrant, "granted_by", "grant_not_to_oneself"),
        (IdentityProof, "verified_by", "proof_by_somebody_else"),
    ],
)
def test_table_refuses_what_people_would_do_for_themselves(
    db: None, model: type[Any], own: str, constraint: str
) -> None:
    person = make_person(AccessRole.AUTHOR, signs=True)
    place(person)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        model.objects.filter(user=person).update(**{own: person})


def test_table_refuses_two_positions_on_one_day_and_a_role_twice(db: None) -> None:
    person = make_person(AccessRole.AUTHOR)
    place(person)
    for row, constraint in [(person.positions.get(), "position_one_primary"), (person.grants.get(), "grant_once")]:
        row.pk = None
        row._state.adding = True
        row.id = make_department(str(row)).pk
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            row.save(force_insert=True)


def test_department_is_not_its_own_parent_and_its_name_is_there_once(db: None) -> None:
    department = make_department()
    with pytest.raises(IntegrityError, match="department_not_its_own_parent"), transaction.atomic():
        Department.objects.filter(pk=department.pk).update(parent=department)
    with pytest.raises(IntegrityError, match="department_name_once"), transaction.atomic():
        actions.add_department(by=BY, at=now(), name="Production")
