"""The form of a record class: sent twice, and by two people who looked at the same class."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from enrollment.actions.retention import ClassChanged, change_record_class
from enrollment.models import RecordClass
from enrollment.queries import retention
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.enrollment.test_record_classes import NEW, a_class, page_of, words
from tests.enrollment.workplace import AT, a_course, browser
from tests.factories import make_person

FIELDS = ("name", "kept_from", "years", "signed", "source", "notes", "courses", "seen")


def shown(client: Client, made: RecordClass) -> dict[str, Any]:
    """Return what the form of a class sends when nothing in it is touched."""
    form = client.get(page_of(made, "change/")).context["form"]
    return {name: form[name].value() or "" for name in FIELDS}


def test_later_change_does_not_undo_an_earlier_one_unseen(admin: User) -> None:
    first, second = a_course("First"), a_course("Second")
    made = a_class(admin, first)
    one, two = browser(admin), browser(make_person(AccessRole.ADMINISTRATOR))
    earlier, later = shown(one, made), shown(two, made)
    longer = {**earlier, "years": "6", "courses": [first.pk, second.pk], "reason": "SOP, edition 3"}
    assert one.post(page_of(made, "change/"), longer).status_code == 302
    answer = two.post(page_of(made, "change/"), {**later, "notes": "Names and dates", "reason": "What it shows"})
    made.refresh_from_db()
    assert (answer.status_code, made.years, made.notes) == (409, 6, "")
    assert set(retention.course_ids_of(made)) == {first.pk, second.pk}
    page, form = words(answer), answer.context["form"]
    assert "Somebody changed this class meanwhile. Compare what you typed" in page
    for now in ("6 years from completion", f"First ({first.code}), Second ({second.code})"):
        assert now in page
    assert (form["notes"].value(), form["years"].value(), form["reason"].value()) == (
        "Names and dates", "2", "What it shows",
    )  # fmt: skip
    assert f'name="seen" value="{form["seen"].value()}"' in page
    typed = {**{name: form[name].value() for name in FIELDS}, "reason": "What it shows"}
    assert two.post(page_of(made, "change/"), {**typed, "years": "6"}).status_code == 302
    made.refresh_from_db()
    assert (made.years, made.notes, retention.course_ids_of(made)) == (6, "Names and dates", [first.pk])


def test_change_of_its_trainings_alone_is_a_change_too(admin: User) -> None:
    first, second = a_course("First"), a_course("Second")
    made, client = a_class(admin, first), browser(admin)
    before = shown(client, made)
    change_record_class(record_class=made, courses=[second], by=admin, at=AT + timedelta(1), reason="for a test")
    assert client.post(page_of(made, "change/"), {**before, "years": "3", "reason": "for a test"}).status_code == 409
    with pytest.raises(ClassChanged):
        change_record_class(
            record_class=made, courses=[first], seen=before["seen"], by=admin, at=AT + timedelta(1), reason="for a test"
        )
    assert retention.course_ids_of(made) == [second.pk]


def test_change_without_having_seen_the_class_is_refused(admin: User) -> None:
    made = a_class(admin, a_course())
    typed = {**shown(browser(admin), made), "years": "3", "reason": "for a test", "seen": ""}
    assert browser(admin).post(page_of(made, "change/"), typed).status_code == 409


def test_same_change_sent_twice_is_written_once(admin: User) -> None:
    made, client = a_class(admin, a_course()), browser(admin)
    typed = {**shown(client, made), "years": "3", "reason": "SOP, edition 3"}
    assert client.post(page_of(made, "change/"), typed).status_code == 302
    written = Event.objects.count()
    assert client.post(page_of(made, "change/"), typed).status_code == 302
    assert Event.objects.count() == written


def test_class_that_is_sent_twice_is_added_once(admin: User) -> None:
    client = browser(admin)
    page = client.get(NEW)
    id = page.context["id"]
    assert f'name="id" value="{id}"' in words(page)
    typed = {"id": id, "name": "House rule", "kept_from": "completed", "years": "2", "signed": "nobody"}
    wrong = client.post(NEW, {**typed, "reason": "SOP"})
    assert (wrong.status_code, wrong.context["id"]) == (422, id)
    for _time in range(2):
        answer = client.post(NEW, {**typed, "reason": "SOP 9, edition 2"})
        assert (answer.status_code, answer["Location"]) == (302, page_of(RecordClass.objects.get()))
    other = browser(make_person(AccessRole.ADMINISTRATOR))
    assert other.post(NEW, {**typed, "name": "Another", "reason": "SOP 9, edition 2"}).status_code == 404
