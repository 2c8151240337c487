"""Who may read and look after whom."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from core.clock import now
from people import actions
from people.choices import AccessRole
from people.models import Site, User
from people.permissions import (
    administered_by,
    administrator,
    administrator_everywhere,
    author_or_approver,
    manager,
    overseer,
    readable_by,
    signed_in,
)
from people.queries import below, manager_of, reports_of, reports_to
from tests.factories import BY, LONG_AGO, make_department, make_person, make_site, place

TODAY = timezone.localdate()


def fresh(person: User) -> User:
    return User.objects.get(pk=person.pk)


def held_at(site: Site, role: AccessRole) -> User:
    person = make_person()
    ends_at = now() + timedelta(days=30)
    actions.grant_role(person=person, role=role, by=BY, at=LONG_AGO, reason="for one site", site=site, ends_at=ends_at)
    return fresh(person)


def test_manager_reads_the_own_tree_as_it_is_now(db: None) -> None:
    head, lead, worker, stranger = (make_person() for _ in range(4))
    place(lead, manager=head)
    place(worker, manager=lead)
    place(stranger)
    assert set(readable_by(head, on=TODAY)) == {head, lead, worker}
    assert set(readable_by(lead, on=TODAY)) == {lead, worker}
    assert set(readable_by(worker, on=TODAY)) == {worker}
    assert set(reports_of(manager=head, on=TODAY)) == {lead, worker}
    assert reports_to(worker, head, on=TODAY)
    assert not reports_to(head, worker, on=TODAY)
    assert manager_of(worker.pk, on=TODAY) == lead

    place(worker, manager=stranger, since=TODAY)
    assert set(readable_by(head, on=TODAY)) == {head, lead}
    assert set(readable_by(stranger, on=TODAY)) == {stranger, worker}
    assert set(reports_of(manager=head, on=TODAY - timedelta(days=1))) == {lead, worker}


@pytest.mark.parametrize("role", [AccessRole.ADMINISTRATOR, AccessRole.AUDITOR])
def test_role_for_a_site_reaches_who_works_or_last_worked_there(db: None, role: AccessRole) -> None:
    here, there = make_site(), make_site("Newark", "America/New_York", "US")
    local, abroad, left = make_person(), make_person(), make_person()
    place(local, site=here)
    place(abroad, site=there)
    place(left, site=here)
    actions.deactivate_person(person=left, by=BY, at=now(), left_on=date(2026, 1, 1), reason="left the company")
    holder = held_at(here, role)
    assert set(readable_by(holder, on=TODAY)) == {holder, local, left}
    administered = set(administered_by(holder, on=TODAY))
    assert administered == ({local, left} if role == AccessRole.ADMINISTRATOR else set())
    assert not administrator_everywhere(holder)


@pytest.mark.parametrize("role", [AccessRole.ADMINISTRATOR, AccessRole.AUDITOR])
def test_role_for_the_organisation_reaches_everyone(db: None, role: AccessRole) -> None:
    holder, somebody = make_person(role), make_person()
    assert set(readable_by(holder, on=TODAY)) == {holder, somebody}


@pytest.mark.parametrize("role", [AccessRole.AUTHOR, AccessRole.APPROVER])
def test_other_roles_read_nobody_else(db: None, role: AccessRole) -> None:
    holder = make_person(role)
    make_person()
    assert set(readable_by(holder, on=TODAY)) == {holder}
    assert not administered_by(holder, on=TODAY).exists()


def test_permissions_follow_roles_and_reports(db: None) -> None:
    learner, head, admin = make_person(), make_person(), make_person(AccessRole.ADMINISTRATOR)
    author = make_person(AccessRole.AUTHOR)
    place(learner, manager=head)
    answers = {
        check.__name__: [check(person) for person in (learner, head, admin, author)]
        for check in (signed_in, manager, overseer, administrator, administrator_everywhere, author_or_approver)
    }
    assert answers == {
        "signed_in": [True, True, True, True],
        "manager": [False, True, False, False],
        "overseer": [False, True, True, False],
        "administrator": [False, False, True, False],
        "administrator_everywhere": [False, False, True, False],
        "approver_or_author": [False, False, False, True],
    }


def test_person_of_a_request_knows_frame_without_further_reads(db: None, django_assert_num_queries: object) -> None:
    head, lead = make_person(AccessRole.AUTHOR, AccessRole.APPROVER), make_person()
    place(head)
    place(lead, manager=head)
    with django_assert_num_queries(1):  # type: ignore[operator]
        found = User.objects.for_request(head.pk)
        assert found is not None
        assert (found.title, found.zone_name, found.has_reports) == ("Tablet Operator", "Europe/Zurich", True)
        assert found.roles == {"author", "approver"}
    plain = fresh(head)
    assert (plain.title, plain.zone_name, plain.has_reports) == ("Tablet Operator", "Europe/Zurich", True)
    newcomer = User.objects.for_request(make_person().pk)
    assert newcomer is not None
    assert (newcomer.title, newcomer.zone_name, newcomer.has_reports, newcomer.roles) == ("", "UTC", False, frozenset())


def test_own_zone_beats_that_of_the_site(db: None) -> None:
    person = make_person()
    place(person)
    actions.change_preferences(person=person, at=now(), time_zone="Asia/Tokyo")
    found = User.objects.for_request(person.pk)
    assert found is not None
    assert found.zone_name == "Asia/Tokyo"


def test_department_counts_with_all_its_parts(db: None) -> None:
    production = make_department()
    tableting = actions.add_department(by=BY, at=now(), name="Tableting", parent=production)
    press = actions.add_department(by=BY, at=now(), name="Press room", parent=tableting)
    make_department("Quality")
    assert set(below(production)) == {production.pk, tableting.pk, press.pk}
    assert below(press) == [press.pk]
