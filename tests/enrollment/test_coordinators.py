"""Training coordinators: for the people of their scope what a manager does for a team, and nothing beyond."""

from __future__ import annotations

import pytest
from django.urls import reverse

from enrollment.actions.claiming import claim_learned
from enrollment.actions.sessions import draft_session
from enrollment.models import Assignment
from enrollment.permissions import assignments_cared_for_by, claims_readable_by, may_except, waivers_decidable_by
from notifications.wording import kind_of
from people.actions import grant_role, revoke_role
from people.choices import AccessRole
from people.models import User
from people.permissions import inspectable_by, overseer, readable_by
from people.queries import coordinators_of
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    a_scan,
    browser,
    newark,
    open_assignments,
    operator,
    switched_on,
)
from tests.factories import BY, LONG_AGO, make_person, make_site


@pytest.fixture
def given(admin: User) -> dict[str, Assignment]:
    """Give a training to one person in Basel and one in Newark."""
    operator("Maya")
    operator("Ben", site=newark())
    return open_assignments(switched_on(a_course(), by=admin))


@pytest.fixture
def local(db: None) -> User:
    """Somebody who coordinates the training in Basel."""
    person = make_person(name="Local")
    grant_role(
        person=person, role=AccessRole.COORDINATOR, site=make_site(), by=BY, at=LONG_AGO, reason="for a test"
    )  # fmt: skip
    return User.objects.get(pk=person.pk)


def test_coordinator_of_a_site_reads_and_reminds_its_people_alone(given: dict[str, Assignment], local: User) -> None:
    everywhere = make_person(AccessRole.COORDINATOR)
    assert set(readable_by(local, on=TODAY)) == {local, given["Maya"].user}
    assert given["Ben"].user in readable_by(everywhere, on=TODAY)
    assert set(assignments_cared_for_by(local, on=TODAY)) == {given["Maya"]}
    assert set(assignments_cared_for_by(everywhere, on=TODAY)) == set(given.values())
    assert may_except(local)
    assert overseer(local)
    assert not waivers_decidable_by(local, on=TODAY).exists()


def test_pages_of_their_people_are_open_to_them_and_others_do_not_exist(
    given: dict[str, Assignment], local: User
) -> None:
    client = browser(local)
    people = client.get(reverse("reporting:people"))
    assert people.status_code == 200
    said = people.content.decode()
    assert ("Maya" in said, "Ben" in said) == (True, False)
    for name, status in (("Maya", 200), ("Ben", 404)):
        assert client.get(reverse("reporting:person", args=[given[name].user_id])).status_code == status
        for address in ("remind", "extend", "propose_waiver"):
            assert client.get(reverse(f"enrollment:{address}", args=[given[name].pk])).status_code == status
    for closed in ("enrollment:requirements", "notifications:log", "people:directory", "reporting:trail"):
        assert client.get(reverse(closed)).status_code == 403
    for shown in ("enrollment:exceptions", "enrollment:tasks", "reporting:reports"):
        assert client.get(reverse(shown)).status_code == 200


def test_role_that_was_taken_back_opens_nothing(given: dict[str, Assignment], local: User, admin: User) -> None:
    assert list(coordinators_of(given["Maya"].user_id, on=TODAY, at=AT)) == [local]
    revoke_role(grant=local.grants.get(), by=admin, at=AT, reason="somebody else does it")
    again = User.objects.get(pk=local.pk)
    assert not coordinators_of(given["Maya"].user_id, on=TODAY, at=AT).exists()
    assert set(readable_by(again, on=TODAY)) == {again}
    assert browser(again).get(reverse("reporting:people")).status_code == 403


def test_nobody_coordinates_themselves(given: dict[str, Assignment]) -> None:
    maya = given["Maya"].user
    grant_role(person=maya, role=AccessRole.COORDINATOR, by=BY, at=LONG_AGO, reason="for a test")
    again = User.objects.get(pk=maya.pk)
    assert not coordinators_of(maya.pk, on=TODAY, at=AT).exists()
    assert set(assignments_cared_for_by(again, on=TODAY)) == {given["Ben"]}


def test_messages_for_coordinators_concern_them_alone(db: None) -> None:
    kind = kind_of("enrollment.overdue_for_coordinator")
    assert kind is not None
    assert kind.may_reach({"coordinator"}, has_reports=False)
    assert not kind.may_reach({"author", "auditor"}, has_reports=True)


@pytest.mark.parametrize("role", [AccessRole.COORDINATOR, AccessRole.AUDITOR])
def test_proofs_are_hidden_from_coordinators(given: dict[str, Assignment], role: AccessRole) -> None:
    """They read the record of the same people; auditors, of the same scope, open the proofs, too."""
    maya, lead = given["Maya"].user, make_person(name="Lead", signs=True)
    reader = make_person(role, name="Reader")
    opens = role == AccessRole.AUDITOR
    course = a_course()
    claim = claim_learned(
        course=course, completed_on=TODAY, provider="A school", upload=a_scan("diploma.png"), by=maya, at=AT
    )
    operator("Ana", manager=lead)
    session = draft_session(
        course=course, held_on=TODAY, trainer="T", upload=a_scan(), user_ids=[User.objects.get(name="Ana").pk],
        by=lead, at=AT,
    )  # fmt: skip
    assert maya in readable_by(reader, on=TODAY)
    assert (maya in inspectable_by(reader, on=TODAY)) == opens
    assert claims_readable_by(reader, on=TODAY).exists() == opens
    client = browser(reader)
    for name, pk in (
        ("claim", claim.pk),
        ("claim_proof", claim.pk),
        ("session", session.pk),
        ("session_sheet", session.pk),
    ):
        reply = client.get(reverse(f"enrollment:{name}", args=[pk]))
        if reply.streaming:
            list(reply)  # closes the file
        assert (reply.status_code == 200) == opens, name
    shown = client.get(reverse("enrollment:completions"), {"kind": ""}).content.decode()
    assert ("A school" in shown) == opens
