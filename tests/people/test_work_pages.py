"""Pages about a person's other positions, leave, attributes and groups, and about the parts of the organisation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from core.clock import now
from people import actions
from people.actions import NotAllowed
from people.choices import AccessRole
from people.models import Attribute, Department, Group, JobRole, Site, User
from people.rules.calendars import read_holidays, read_names, spell_holidays
from records.models import Event
from tests.factories import BY, make_department, make_job_role, make_person, make_site, place
from tests.people.signing_in import words

TODAY = timezone.localdate()
SINCE = date(2024, 1, 1)


@pytest.fixture
def admin(client: Client, db: None) -> User:
    person = make_person(AccessRole.ADMINISTRATOR, name="Tomás Herrera")
    client.force_login(person)
    return person


@pytest.fixture
def maya(admin: User) -> User:
    person = make_person(name="Maya Lindqvist", email="maya@demo.test", employee_number="20418")
    place(person)
    return person


def page_of(person: User, page: str = "") -> str:
    return f"/directory/{person.pk}/{page}"


def errors(answer: Any, field: str = "__all__") -> str:
    assert answer.status_code == 422
    return " ".join(answer.context["form"].errors.get(field, []))


def position(**changes: str) -> dict[str, str]:
    first = {"site": str(make_site().pk), "department": str(make_department("First aid").pk)}
    first |= {"job_role": str(make_job_role("First aider").pk), "valid_from": str(TODAY)}
    return first | changes


def test_position_is_corrected_on_the_day_it_was_written(client: Client, admin: User, maya: User) -> None:
    held = maya.position_on(TODAY)
    assert held is not None
    typed = position()
    assert client.post(page_of(maya, "position/"), typed).status_code == 302
    wrong = maya.position_on(TODAY)
    assert wrong is not None
    page = page_of(maya, f"position/{wrong.pk}/correct/")
    assert page in client.get(page_of(maya)).content.decode()
    shown = client.get(page)
    assert shown.context["form"]["job_role"].value() == wrong.job_role_id
    assert f'name="position" value="{wrong.pk}"' in shown.content.decode(), "the preview asks about this one"
    right = {**typed, "job_role": str(make_job_role("QC Analyst").pk), "valid_from": "2001-01-01"}
    assert "at least two words" in errors(client.post(page, {**right, "reason": "x"}), "reason")
    assert client.post(page, {**right, "reason": "wrong line of the list"}).status_code == 302
    corrected = maya.position_on(TODAY)
    assert corrected is not None
    assert (corrected.pk, corrected.job_role.name, corrected.valid_from) == (wrong.pk, "QC Analyst", TODAY)
    assert maya.positions.count() == 2
    assert client.get(page_of(maya, f"position/{held.pk}/correct/")).status_code == 404, "what has ended stays"


def test_a_manager_who_has_left_stays_in_a_position_that_is_corrected(client: Client, admin: User, maya: User) -> None:
    gone = make_person(name="Gone")
    typed = position(manager=gone.email)
    assert client.post(page_of(maya, "position/"), typed).status_code == 302
    actions.deactivate_person(person=gone, by=BY, at=now(), left_on=TODAY, reason="left")
    wrong = maya.position_on(TODAY)
    assert wrong is not None
    page = page_of(maya, f"position/{wrong.pk}/correct/")
    right = {**typed, "job_role": str(make_job_role("QC Analyst").pk), "reason": "wrong line of the list"}
    refused = client.post(page, {**right, "second_manager": gone.email})
    assert "Nobody with an open account" in errors(refused, "second_manager")
    assert client.post(page, right).status_code == 302
    corrected = maya.position_on(TODAY)
    assert corrected is not None
    assert (corrected.job_role.name, corrected.manager) == ("QC Analyst", gone)


def test_position_at_another_site_is_not_corrected(client: Client, maya: User) -> None:
    beside = actions.take_position(
        person=maya, site=make_site("Newark", "America/New_York", "US"), department=make_department("First aid"),
        job_role=make_job_role("First aider"), manager=None, valid_from=TODAY, by=BY, at=now(), is_primary=False,
    )  # fmt: skip
    local = make_person(name="Local")
    actions.grant_role(
        person=local, role=AccessRole.ADMINISTRATOR, site=make_site(), by=BY, at=now(), reason="for a test"
    )  # fmt: skip
    client.force_login(local)
    main = maya.position_on(TODAY)
    assert main is not None
    for held, status in ((main, 200), (beside, 404)):
        assert client.get(page_of(maya, f"position/{held.pk}/correct/")).status_code == status


def test_second_position_is_added_and_ended(client: Client, admin: User, maya: User) -> None:
    page = page_of(maya, "position/second/")
    early = str(TODAY - timedelta(days=1))
    assert "not before the first" in errors(client.post(page, position(last_day=early)), "last_day")
    typed = position(employment_type="volunteer", second_manager=admin.employee_number)
    assert client.post(page, typed).status_code == 302
    held = maya.positions.get(is_primary=False)
    assert (held.employment_type, held.second_manager, held.valid_until) == ("volunteer", admin, None)
    assert maya.positions.filter(is_primary=True, valid_until=None).count() == 1
    assert "hold this position then already" in errors(client.post(page, typed), "job_role")
    shown = words(client.get(page_of(maya)))
    for phrase in ("beside the main position", "Volunteer", "second manager Tomás Herrera"):
        assert phrase in shown
    end = page_of(maya, f"position/{held.pk}/end/")
    assert "at least two words" in errors(client.post(end, {"last_day": str(TODAY), "reason": "x"}), "reason")
    assert "day on which the position is held" in errors(
        client.post(end, {"last_day": early, "reason": "course not renewed"}), "last_day"
    )
    assert client.post(end, {"last_day": str(TODAY), "reason": "course not renewed"}).status_code == 302
    held.refresh_from_db()
    assert held.last_day == TODAY
    stranger = make_person()
    assert client.get(page_of(stranger, f"position/{held.pk}/end/")).status_code == 404


def test_position_form_knows_type_and_second_manager(client: Client, admin: User, maya: User) -> None:
    typed = position(manager=admin.email, second_manager=admin.email)
    assert "somebody else than the first" in errors(client.post(page_of(maya, "position/"), typed), "second_manager")
    typed = position(second_manager="nobody")
    assert "Nobody with an open account" in errors(client.post(page_of(maya, "position/"), typed), "second_manager")
    typed = position(second_manager=admin.email, employment_type="agency")
    assert client.post(page_of(maya, "position/"), typed).status_code == 302
    form = client.get(page_of(maya, "position/")).context["form"]
    assert (form["second_manager"].value(), form["employment_type"].value()) == (admin.email, "agency")


def test_a_position_to_come_is_named_where_it_is_in_the_way(client: Client, admin: User, maya: User) -> None:
    place(maya, since=date(2027, 3, 1), job_role=make_job_role("QC Analyst"))
    page = words(client.get(page_of(maya)))
    assert ("from 1 Mar 2027" in page, "since 1 Mar 2027" in page) == (True, False)
    refused = errors(client.post(page_of(maya, "position/"), position(valid_from=str(TODAY))), "valid_from")
    assert refused == (
        "They are QC Analyst, Basel, from 1 Mar 2027 on already. Choose a day after that one; "
        "if that position is wrong, correct it."
    )


def test_leave_is_noted_and_ends(client: Client, maya: User) -> None:
    typed = {"valid_from": str(SINCE), "valid_until": str(SINCE), "reason": "parental leave"}
    assert "back after the leave" in errors(client.post(page_of(maya, "leave/"), typed), "valid_until")
    assert client.post(page_of(maya, "leave/"), typed | {"valid_until": ""}).status_code == 302
    assert "noted already" in errors(client.post(page_of(maya, "leave/"), typed | {"valid_until": ""}))
    leave = maya.leaves.get()
    assert "return not known" in words(client.get(page_of(maya)))
    back = page_of(maya, f"leave/{leave.pk}/")
    assert "after the leave has begun" in errors(client.post(back, {"back_on": str(SINCE)}))
    assert client.post(back, {"back_on": str(TODAY)}).status_code == 302
    noted = maya.leaves.in_force().get()
    assert (noted.valid_until, maya.leaves.count()) == (TODAY, 2)
    shown = words(client.get(page_of(maya)))
    assert ("return not known" in shown, "back on" in shown) == (False, True)
    assert client.get(page_of(make_person(), f"leave/{noted.pk}/")).status_code == 404
    refused = errors(client.post(back, {"back_on": str(TODAY - timedelta(days=1))}))
    assert refused == "This leave was changed or taken back meanwhile. Look at what is noted now."
    assert client.get(back).status_code == 404


def test_a_leave_noted_by_mistake_is_taken_back(client: Client, admin: User, maya: User) -> None:
    for first, until in ((SINCE, SINCE + timedelta(days=9)), (TODAY + timedelta(days=30), None)):
        leave = actions.take_leave(
            person=maya, valid_from=first, valid_until=until, reason="parental leave", by=admin, at=now()
        )
        page = page_of(maya, f"leave/{leave.pk}/wrong/")
        assert page in client.get(page_of(maya)).content.decode()
        assert "at least two words" in errors(client.post(page, {"reason": "x"}), "reason")
        assert client.get(page_of(make_person(), f"leave/{leave.pk}/wrong/")).status_code == 404
        assert client.post(page, {"reason": "another Maya"}).status_code == 302
        assert not maya.leaves.in_force().exists()
        told = Event.objects.get(verb="people.leave_withdrawn", payload__valid_from=str(first))
        assert (told.reason, told.person_id, told.actor_name) == ("another Maya", maya.pk, admin.name)
        assert "taken back meanwhile" in errors(client.post(page, {"reason": "another Maya"}))
        assert client.get(page).status_code == 404


def test_attributes_are_set_all_or_none(client: Client, maya: User) -> None:
    clearance = actions.add_attribute(by=BY, at=now(), name="Clearance", options=["A", "B"])
    badge = actions.add_attribute(by=BY, at=now(), name="Badge")
    page, first, second = page_of(maya, "attributes/"), f"attribute-{clearance.pk}", f"attribute-{badge.pk}"
    assert errors(client.post(page, {first: "C", "valid_from": str(TODAY)}), first)
    assert client.post(page, {first: "A", second: " 7 ", "valid_from": str(TODAY)}).status_code == 302
    said = maya.attribute_values.values_list("attribute__name", "value")
    assert sorted(said) == [("Badge", "7"), ("Clearance", "A")]
    answer = client.post(page, {first: "B", second: "8", "valid_from": str(SINCE)})
    assert "Nothing was saved" in errors(answer)
    assert "later value" in " ".join(answer.context["form"].errors[second])
    assert sorted(said.all()) == [("Badge", "7"), ("Clearance", "A")]
    assert client.post(page, {first: "A", second: "", "valid_from": str(TODAY)}).status_code == 302
    assert list(said.all()) == [("Clearance", "A")]


def test_groups_are_joined_and_left(client: Client, maya: User) -> None:
    group = actions.add_group(by=BY, at=now(), name="First aiders")
    typed = {"group": str(group.pk), "valid_from": str(SINCE)}
    assert client.post(page_of(maya, "groups/"), typed).status_code == 302
    assert "then already" in errors(client.post(page_of(maya, "groups/"), typed), "group")
    membership = maya.memberships.get()
    assert "First aiders" in words(client.get(page_of(maya)))
    leave = page_of(maya, f"groups/{membership.pk}/")
    assert client.post(leave, {"valid_until": str(TODAY)}).status_code == 302
    membership.refresh_from_db()
    assert (membership.valid_until, client.get(leave).status_code) == (TODAY, 404)


def test_closed_account_is_only_read(client: Client, maya: User) -> None:
    actions.deactivate_person(person=maya, by=BY, at=now(), left_on=TODAY, reason="left the company")
    page = words(client.get(page_of(maya)))
    for link in ("position/second/", "/leave/", "/groups/", "/end/"):
        assert link not in page


@pytest.mark.parametrize("count", [1, 3])
def test_pages_read_the_same_number_of_times(
    client: Client, admin: User, maya: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        attribute = actions.add_attribute(by=BY, at=now(), name=f"A{number}")
        actions.set_attribute(person=maya, attribute=attribute, value="x", valid_from=SINCE, by=BY, at=now())
        group = actions.add_group(by=BY, at=now(), name=f"G{number}")
        actions.join_group(person=maya, group=group, valid_from=SINCE, by=BY, at=now())
        first = SINCE + timedelta(days=10 * number)
        until = first + timedelta(days=5)
        actions.take_leave(person=maya, valid_from=first, valid_until=until, reason="for a test", by=BY, at=now())
        actions.set_calendar(
            site=make_site(), free_weekdays=[7], holidays={TODAY + timedelta(days=n): "H" for n in range(count)},
            by=BY, at=now(),
        )  # fmt: skip
        place(maya, since=SINCE + timedelta(days=number), job_role=make_job_role(f"R{number}"), manager=admin)
        for _ in range(count):
            actions.join_group(person=make_person(), group=group, valid_from=SINCE, by=BY, at=now())
    for page, queries in [
        (f"{maya.pk}/", 15), (f"{maya.pk}/attributes/", 7), ("organisation/", 9),
        (f"organisation/groups/{group.pk}/", 7), (f"organisation/sites/{make_site().pk}/", 6),
    ]:  # fmt: skip
        client.get(f"/directory/{page}")
        with django_assert_num_queries(queries):
            client.get(f"/directory/{page}")


# The organisation


def test_attribute_and_group_are_added(client: Client, admin: User) -> None:
    assert "No group yet" in words(client.get("/directory/organisation/"))
    page = "/directory/organisation/attribute/new/"
    assert client.post(page, {"name": "Clearance", "options": "A\n\n B \nA"}).status_code == 302
    assert Attribute.objects.get().options == ["A", "B"]
    assert "of this name" in errors(client.post(page, {"name": "clearance"}), "name")
    assert "at most 120" in errors(client.post(page, {"name": "Other", "options": "x" * 121}), "options")
    page = "/directory/organisation/group/new/"
    assert client.post(page, {"name": "First  aiders"}).status_code == 302
    assert Group.objects.get().name == "First aiders"
    assert "of this name" in errors(client.post(page, {"name": "FIRST aiders"}), "name")
    shown = words(client.get("/directory/organisation/"))
    assert ("A, B" in shown, "First aiders" in shown) == (True, True)


def test_group_takes_a_pasted_list_or_says_which_line_is_wrong(client: Client, admin: User, maya: User) -> None:
    group = actions.add_group(by=BY, at=now(), name="First aiders")
    page = f"/directory/organisation/groups/{group.pk}/"
    assert "Nobody belongs to it yet" in words(client.get(page))
    closed = actions.deactivate_person(
        person=make_person(employee_number="gone"), by=BY, at=now(), left_on=TODAY, reason="left the company"
    )
    typed = {"people": f"{admin.email}\nnobody, 20418\n{closed.employee_number}", "valid_from": str(TODAY)}
    answer = client.post(page, typed)
    assert errors(answer, "people") == (
        "Line 2: nobody with an open account has “nobody”. Line 3: nobody with an open account has “gone”."
    )
    assert "nobody, 20418" in words(answer)
    typed["people"] = f"{admin.email.upper()}; 20418\nmaya@demo.test"
    assert client.post(page, typed).status_code == 302
    assert sorted(group.memberships.values_list("user__name", flat=True)) == ["Maya Lindqvist", "Tomás Herrera"]
    other = make_person(name="Other", employee_number="77")
    typed["people"] = "77\n20418"
    assert "Line 2: Maya Lindqvist belongs to First aiders then already." in errors(client.post(page, typed), "people")
    assert not other.memberships.exists()
    typed["people"] = " ".join(str(number) for number in range(401))
    assert "at most 400" in errors(client.post(page, typed), "people")


def test_member_is_taken_out(client: Client, maya: User) -> None:
    group = actions.add_group(by=BY, at=now(), name="First aiders")
    member = actions.join_group(person=maya, group=group, valid_from=SINCE, by=BY, at=now())
    page = f"/directory/organisation/groups/{group.pk}/{member.pk}/remove/"
    assert errors(client.post(page, {}), "valid_until")
    assert client.post(page, {"valid_until": str(TODAY)}).status_code == 302
    assert client.get(page).status_code == 404
    assert "people.group_left" in set(Event.objects.filter(person_id=maya.pk).values_list("verb", flat=True))


def test_calendar_is_pasted(client: Client, admin: User) -> None:
    site = make_site()
    page = f"/directory/organisation/sites/{site.pk}/"
    typed = {"free_weekdays": ["6", "7"], "holidays": "2026-12-25 Christmas Day\nsoon\n2026-02-30 Nothing\n"}
    wrong = errors(client.post(page, typed), "holidays")
    assert ("Line 2:" in wrong, "Line 3: There is no such day." in wrong) == (True, True)
    assert "there is work" in errors(client.post(page, typed | {"free_weekdays": list("1234567")}), "free_weekdays")
    typed |= {"free_weekdays": ["7"], "holidays": f"2026-12-25 Christmas Day\n{TODAY} National day"}
    assert client.post(page, typed).status_code == 302
    site.refresh_from_db()
    assert (site.free_weekdays, site.holidays.count()) == ([7], 2)
    shown = client.get(page)
    assert "National day" in words(shown)
    assert shown.context["form"]["holidays"].value().splitlines()[-1] == "2026-12-25 Christmas Day"


def test_parts_are_renamed(client: Client, admin: User) -> None:
    other = make_site("Newark", "America/New_York", "US")
    parts: list[tuple[str, Any]] = [
        ("site", make_site()), ("job-role", make_job_role()), ("group", actions.add_group(by=BY, at=now(), name="G")),
    ]  # fmt: skip
    for kind, part in parts:
        page = f"/directory/organisation/{kind}/{part.pk}/"
        assert client.get(page).context["form"]["name"].value() == part.name
        assert client.post(page, {"name": " New   name "}).status_code == 302
        part.refresh_from_db()
        assert part.name == "New name"
        said = Event.objects.filter(verb="people.organisation_changed").latest("id")
        assert said.payload["what"].endswith("is called New name")
    page = f"/directory/organisation/site/{other.pk}/"
    assert "of this name" in errors(client.post(page, {"name": "NEW NAME"}), "name")
    facts = Event.objects.filter(verb="people.organisation_changed").count()
    assert client.post(page, {"name": "Newark"}).status_code == 302
    assert Event.objects.filter(verb="people.organisation_changed").count() == facts
    assert client.get(f"/directory/organisation/planet/{other.pk}/").status_code == 404
    assert client.get(f"/directory/organisation/group/{other.pk}/").status_code == 404
    assert (Site.objects.count(), JobRole.objects.count()) == (2, 1)


def test_department_is_moved_but_never_into_itself(client: Client, admin: User) -> None:
    top = make_department("Quality")
    middle = actions.add_department(by=BY, at=now(), name="Laboratory", parent=top)
    low = actions.add_department(by=BY, at=now(), name="Stability", parent=middle)
    other = make_department("Production")

    def move(part: Department, name: str, parent: Department | None) -> Any:
        typed = {"name": name, "parent": str(parent.pk) if parent else ""}
        return client.post(f"/directory/organisation/department/{part.pk}/", typed)

    for parent in (top, low):
        assert "part of itself" in errors(move(top, "Quality", parent), "parent")
    assert "of this name" in errors(move(other, "quality", None), "name")
    assert move(middle, "Labs", other).status_code == 302
    middle.refresh_from_db()
    assert (middle.name, middle.parent, low.parent_id) == ("Labs", other, middle.pk)
    said = Event.objects.filter(verb="people.organisation_changed").latest("id")
    assert said.payload["what"] == "department Laboratory: now Labs, part of Production"
    assert move(middle, "Labs", other).status_code == 302
    assert Event.objects.filter(verb="people.organisation_changed").latest("id").pk == said.pk
    with pytest.raises(NotAllowed):
        actions.change_department(department=other, name="Production", parent=low, by=BY, at=now())


def test_parts_of_the_organisation_are_for_administrators_of_all_of_it(client: Client, admin: User, maya: User) -> None:
    group = actions.add_group(by=BY, at=now(), name="First aiders")
    some = make_person()
    actions.grant_role(
        person=some, role=AccessRole.ADMINISTRATOR, by=admin, at=now(), reason="for a test", site=make_site()
    )
    client.force_login(some)
    for page in (f"sites/{make_site().pk}/", f"groups/{group.pk}/", f"group/{group.pk}/", "group/new/"):
        assert client.get(f"/directory/organisation/{page}").status_code == 403, page
    assert "Change Basel" not in words(client.get("/directory/organisation/"))
    assert client.get(page_of(maya, "leave/")).status_code == 200
    assert client.get(page_of(admin, "leave/")).status_code == 404


# Rules


def test_holidays_are_read_as_they_are_spelled() -> None:
    days = {date(2026, 12, 25): "Christmas Day", date(2026, 1, 1): "New Year"}
    assert spell_holidays(days) == "2026-01-01 New Year\n2026-12-25 Christmas Day"
    assert read_holidays(spell_holidays(days)) == (days, [])
    text = "\n2026-01-01: New Year\n2026-01-01 Again\n2026-01-02\n1.1.2026 Other\n2026-01-03 " + "x" * 121
    found, faults = read_holidays(text)
    assert found == {date(2026, 1, 1): "New Year"}
    assert [fault.split(":")[0] for fault in faults] == ["Line 3", "Line 4", "Line 5", "Line 6"]


def test_names_are_read_once_with_their_lines() -> None:
    assert read_names("1, 2;3\n\n2\tfour@x.test") == [(1, "1"), (1, "2"), (1, "3"), (3, "four@x.test")]
