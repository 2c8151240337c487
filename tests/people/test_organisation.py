"""Several positions at once, leave, attributes, groups, calendars: what is allowed, and what PostgreSQL refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.ids import new_id
from people import actions
from people.actions import NotAllowed
from people.models import Attribute, AttributeValue, Holiday, Leave, Membership, Position, Site, User
from people.queries import reports_of, with_position
from records.actions import record_fact
from records.facts import declare
from records.models import Event
from tests.factories import BY, LONG_AGO, make_department, make_job_role, make_person, make_site, place

pytestmark = pytest.mark.django_db
MADE = declare("tests.organisation_made", "{actor} made what a test needs")
MARCH = date(2026, 3, 1)
JUNE = date(2026, 6, 1)


def second_position(person: User, **details: Any) -> Position:
    return actions.take_position(
        **{
            "person": person,
            "site": make_site(),
            "department": make_department("First aid"),
            "job_role": make_job_role("First aider"),
            "manager": None,
            "valid_from": MARCH,
            "by": BY,
            "at": LONG_AGO,
            "is_primary": False,
            **details,
        }
    )


def facts_of(person: User) -> list[str]:
    said = Event.objects.filter(kind="fact", person_id=person.pk).order_by("id")
    return list(said.values_list("verb", flat=True))


def save(row: Any) -> None:
    """Save a row that no action would, so that only the database can refuse it."""
    with transaction.atomic():
        record_fact(MADE, by=BY, at=LONG_AGO, subject_type="test", subject_id=new_id())
        row.save(force_insert=True)


# Positions


def test_a_second_position_stands_beside_the_first() -> None:
    person = make_person()
    place(person)
    second_position(person)
    assert [each.job_role.name for each in person.positions.held_on(JUNE).order_by("-is_primary")] == [
        "Tablet Operator",
        "First aider",
    ]
    held = person.position_on(JUNE)
    assert held is not None
    assert held.job_role.name == "Tablet Operator"
    [listed] = with_position(User.objects.filter(pk=person.pk), on=JUNE)
    assert listed.title == "Tablet Operator"


def as_it_should_be(held: Position, **changed: Any) -> dict[str, Any]:
    names = ("site", "department", "job_role", "manager", "second_manager", "employment_type")
    told = {name: getattr(held, name) for name in names}
    return {**told, "reason": "typed the wrong role", "by": BY, "at": LONG_AGO, **changed}


def test_what_was_typed_wrong_is_put_right_and_stays_in_the_trail() -> None:
    person, boss = make_person(), make_person()
    place(person, since=MARCH)
    held = person.positions.get()
    right = make_job_role("QC Analyst")
    actions.correct_position(position=held, **as_it_should_be(held, job_role=right, manager=boss))
    corrected = person.positions.get()
    assert (corrected.pk, corrected.job_role, corrected.manager) == (held.pk, right, boss)
    assert (corrected.valid_from, corrected.valid_until) == (MARCH, None)
    fact = Event.objects.get(verb="people.position_corrected")
    assert (fact.reason, fact.payload["job_role"]) == ("typed the wrong role", "QC Analyst")
    kept = fact.captures.get()
    assert (kept.old["job_role_id"], kept.new["job_role_id"]) == (str(held.job_role_id), str(right.pk))
    facts = Event.objects.count()
    actions.correct_position(position=corrected, **as_it_should_be(corrected))
    assert Event.objects.count() == facts, "what is the same is no change"


def test_a_correction_is_refused_in_words() -> None:
    person, below, boss = make_person(), make_person(), make_person()
    place(person, since=MARCH)
    place(below, since=MARCH, manager=person)
    held, beside = person.positions.get(), second_position(person)
    same = {"job_role": beside.job_role, "department": beside.department, "site": beside.site}
    for changed, words in (
        ({"manager": person}, "their own manager"),
        ({"manager": below}, "cannot be their manager"),
        ({"manager": boss, "second_manager": boss}, "somebody else than the first"),
        (same, "hold this position then already"),
    ):
        with pytest.raises(NotAllowed, match=words):
            actions.correct_position(position=held, **as_it_should_be(held, **changed))
    assert "people.position_corrected" not in facts_of(person)


def test_a_correction_makes_no_circle_on_any_of_its_days() -> None:
    person, later, between = make_person(), make_person(), make_person()
    place(person, since=MARCH)
    place(between, since=MARCH)
    place(later, since=JUNE, manager=between)
    held = person.positions.get()
    actions.correct_position(position=held, **as_it_should_be(held, manager=later))
    held, below = person.positions.get(), between.positions.get()
    with pytest.raises(NotAllowed, match="cannot be their manager"):
        actions.correct_position(position=below, **as_it_should_be(below, manager=person))
    with pytest.raises(NotAllowed, match="Nothing is different"):
        place(person, since=JUNE, manager=later)


def test_a_new_primary_position_ends_the_primary_one_and_no_other() -> None:
    person = make_person()
    place(person)
    beside = second_position(person)
    place(person, since=JUNE, job_role=make_job_role("QC Analyst"))
    beside.refresh_from_db()
    assert beside.valid_until is None
    assert person.positions.get(job_role__name="Tablet Operator").valid_until == JUNE


def test_the_same_position_is_not_held_twice() -> None:
    person = make_person()
    place(person)
    second_position(person)
    with pytest.raises(NotAllowed, match="hold this position"):
        second_position(person)
    with pytest.raises(NotAllowed, match="hold this position"):
        second_position(person, department=make_department(), job_role=make_job_role())


def test_a_position_ends_after_its_last_day() -> None:
    person = make_person()
    beside = second_position(person)
    actions.end_position(position=beside, last_day=date(2026, 5, 31), by=BY, at=LONG_AGO, reason="no longer needed")
    assert not person.positions.held_on(JUNE).exists()
    assert person.positions.held_on(date(2026, 5, 31)).exists()
    assert facts_of(person)[-1] == "people.position_ended"


@pytest.mark.parametrize("last_day", [date(2026, 2, 28), date(2026, 9, 30)])
def test_a_position_ends_on_a_day_on_which_it_is_held(last_day: date) -> None:
    held = second_position(make_person(), valid_until=date(2026, 9, 1))
    with pytest.raises(NotAllowed, match="on which the position is held"):
        actions.end_position(position=held, last_day=last_day, by=BY, at=LONG_AGO)


def test_a_dotted_line_reaches_one_person_and_not_those_below() -> None:
    dotted, lead, worker = make_person(), make_person(), make_person()
    second_position(lead, second_manager=dotted)
    place(worker, manager=lead)
    assert set(reports_of(manager=dotted, on=JUNE)) == {lead}
    assert set(reports_of(manager=lead, on=JUNE)) == {worker}
    assert dotted.has_reports


def test_the_two_managers_differ() -> None:
    manager = make_person()
    with pytest.raises(NotAllowed, match="somebody else than the first"):
        second_position(make_person(), manager=manager, second_manager=manager)


def position_of(person: User, **details: Any) -> Position:
    return Position(
        **{
            "user": person,
            "site": make_site(),
            "department": make_department("Elsewhere"),
            "job_role": make_job_role("Something else"),
            "valid_from": MARCH,
            **details,
        }
    )


@pytest.mark.parametrize(
    ("constraint", "details"),
    [
        ("position_one_primary", {"is_primary": True}),
        ("position_employment_type_known", {"is_primary": False, "employment_type": "robot"}),
        ("position_period_in_order", {"is_primary": False, "valid_until": MARCH}),
    ],
)
def test_the_database_refuses_a_position(constraint: str, details: dict[str, Any]) -> None:
    person = make_person()
    place(person)
    with pytest.raises(IntegrityError, match=constraint):
        save(position_of(person, **details))


def test_the_database_refuses_the_same_position_twice() -> None:
    person = make_person()
    place(person)
    again = {"department": make_department(), "job_role": make_job_role(), "is_primary": False}
    with pytest.raises(IntegrityError, match="position_held_once"):
        save(position_of(person, **again))


def test_the_database_refuses_managers_who_are_one_or_oneself() -> None:
    person, manager = make_person(), make_person()
    with pytest.raises(IntegrityError, match="position_two_managers_differ"):
        save(position_of(person, manager=manager, second_manager=manager))
    with pytest.raises(IntegrityError, match="position_not_own_second_manager"):
        save(position_of(person, second_manager=person))


# Leave


def leave_of(person: User, **details: Any) -> Leave:
    days = {"valid_from": MARCH, "valid_until": JUNE, "reason": "parental leave", **details}
    return actions.take_leave(person=person, by=BY, at=LONG_AGO, **days)


def test_a_leave_holds_until_the_day_back() -> None:
    person = make_person()
    leave_of(person)
    assert person.leaves.held_on(date(2026, 5, 31)).exists()
    assert not person.leaves.held_on(JUNE).exists()
    assert facts_of(person)[-1] == "people.leave_taken"


def test_two_leaves_share_no_day() -> None:
    person = make_person()
    leave_of(person)
    with pytest.raises(NotAllowed, match="noted already"):
        leave_of(person, valid_from=date(2026, 5, 1), valid_until=None)
    leave_of(person, valid_from=JUNE, valid_until=None)
    with pytest.raises(IntegrityError, match="leave_one_at_a_time"):
        save(Leave(user=person, valid_from=date(2026, 7, 1), reason="again", noted_at=LONG_AGO))


def test_somebody_is_back_later_or_earlier_than_thought() -> None:
    person = make_person()
    noted = leave_of(person, valid_until=None)
    leave = actions.return_from_leave(leave=noted, back_on=JUNE, by=BY, at=LONG_AGO)
    assert not person.leaves.in_force().held_on(JUNE).exists()
    with pytest.raises(NotAllowed, match="changed or taken back meanwhile"):
        actions.return_from_leave(leave=noted, back_on=JUNE, by=BY, at=LONG_AGO)
    with pytest.raises(NotAllowed, match="after the leave has begun"):
        actions.return_from_leave(leave=leave, back_on=MARCH, by=BY, at=LONG_AGO)
    leave_of(person, valid_from=date(2026, 8, 1), valid_until=None)
    with pytest.raises(NotAllowed, match="Another leave"):
        actions.return_from_leave(leave=leave, back_on=date(2026, 8, 2), by=BY, at=LONG_AGO)


# Attributes and groups


def clearance() -> Attribute:
    return actions.add_attribute(by=BY, at=LONG_AGO, name="Clearance", options=["A", "B"])


def says(person: User, attribute: Attribute, value: str, since: date) -> AttributeValue | None:
    return actions.set_attribute(person=person, attribute=attribute, value=value, valid_from=since, by=BY, at=LONG_AGO)


def said_on(person: User, day: date) -> list[str]:
    return list(person.attribute_values.held_on(day).values_list("value", flat=True))


def test_an_attribute_says_one_thing_at_a_time_and_remembers_what_it_said() -> None:
    person, attribute = make_person(), clearance()
    says(person, attribute, "A", MARCH)
    says(person, attribute, "B", JUNE)
    assert (said_on(person, date(2026, 5, 31)), said_on(person, JUNE)) == (["A"], ["B"])
    says(person, attribute, "", date(2026, 9, 1))
    assert said_on(person, date(2026, 9, 1)) == []


def test_what_an_attribute_says_already_is_no_change() -> None:
    person, attribute = make_person(), clearance()
    says(person, attribute, "A", MARCH)
    before = facts_of(person)
    says(person, attribute, "A", JUNE)
    assert facts_of(person) == before


def test_an_attribute_is_corrected_on_its_first_day() -> None:
    person, attribute = make_person(), clearance()
    says(person, attribute, "A", MARCH)
    says(person, attribute, "B", MARCH)
    assert list(person.attribute_values.values_list("value", "valid_until")) == [("B", None)]


def test_an_attribute_takes_its_options_only_and_does_not_go_back() -> None:
    person, attribute = make_person(), clearance()
    with pytest.raises(NotAllowed, match="none of the options of Clearance: A, B"):
        says(person, attribute, "C", MARCH)
    says(person, attribute, "A", JUNE)
    with pytest.raises(NotAllowed, match="later value"):
        says(person, attribute, "B", MARCH)


def test_the_database_refuses_two_values_at_once_and_an_empty_one() -> None:
    person, attribute = make_person(), clearance()
    says(person, attribute, "A", MARCH)
    with pytest.raises(IntegrityError, match="attribute_value_one_at_a_time"):
        save(AttributeValue(user=person, attribute=attribute, value="B", valid_from=JUNE))
    with pytest.raises(IntegrityError, match="attribute_value_not_empty"):
        save(AttributeValue(user=make_person(), attribute=attribute, value="", valid_from=JUNE))


def test_somebody_joins_a_group_and_leaves_it() -> None:
    person = make_person()
    group = actions.add_group(by=BY, at=LONG_AGO, name="Fire wardens")
    membership = actions.join_group(person=person, group=group, valid_from=MARCH, by=BY, at=LONG_AGO)
    with pytest.raises(NotAllowed, match="belongs to Fire wardens"):
        actions.join_group(person=person, group=group, valid_from=JUNE, by=BY, at=LONG_AGO)
    with pytest.raises(IntegrityError, match="membership_once"):
        save(Membership(user=person, group=group, valid_from=JUNE))
    actions.leave_group(membership=membership, valid_until=JUNE, by=BY, at=LONG_AGO)
    assert person.memberships.held_on(date(2026, 5, 31)).exists()
    assert not person.memberships.held_on(JUNE).exists()


def test_who_leaves_a_group_on_the_first_day_was_never_in_it() -> None:
    person = make_person()
    group = actions.add_group(by=BY, at=LONG_AGO, name="Fire wardens")
    membership = actions.join_group(person=person, group=group, valid_from=MARCH, by=BY, at=LONG_AGO)
    actions.leave_group(membership=membership, valid_until=MARCH, by=BY, at=LONG_AGO)
    assert not person.memberships.exists()
    assert facts_of(person)[-1] == "people.group_left"


# Calendars


def test_a_calendar_is_set_whole_and_the_same_is_no_change() -> None:
    site = make_site()
    holidays = {date(2026, 12, 25): "Christmas Day", date(2027, 1, 1): "New Year's Day"}
    actions.set_calendar(site=site, free_weekdays=[7], holidays=holidays, by=BY, at=LONG_AGO)
    before = Event.objects.count()
    actions.set_calendar(site=site, free_weekdays=[7], holidays=holidays, by=BY, at=LONG_AGO)
    assert Event.objects.count() == before
    renamed = {date(2026, 12, 25): "Christmas"}
    actions.set_calendar(site=site, free_weekdays=[6, 7], holidays=renamed, by=BY, at=LONG_AGO)
    site.refresh_from_db()
    assert site.free_weekdays == [6, 7]
    assert dict(site.holidays.values_list("on", "name")) == renamed


def test_the_database_refuses_a_week_without_work_and_a_holiday_twice() -> None:
    for free in ([1, 2, 3, 4, 5, 6, 7], [8]):
        with pytest.raises(IntegrityError, match="site_free_weekdays_known"):
            save(Site(name="Nowhere", time_zone="UTC", country="CH", free_weekdays=free))
    site = make_site()
    save(Holiday(site=site, on=MARCH, name="St David's Day"))
    with pytest.raises(IntegrityError, match="holiday_once_per_site"):
        save(Holiday(site=site, on=MARCH, name="Again"))
