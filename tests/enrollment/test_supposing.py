"""What a change of somebody's work would ask of them, shown before it is saved: it is what saving it does."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from core.clock import now
from enrollment import followers
from enrollment.actions import follow_person
from enrollment.choices import CountedFrom
from enrollment.models import Assignment
from enrollment.queries import changes_for
from enrollment.queries.changes import changes_of_person, noon_at
from enrollment.queries.effects import Effect, effect_of
from enrollment.rules import History, Post, Span
from enrollment.rules.supposing import with_attribute, with_main_post, with_post_beside
from enrollment.views import positions
from people import actions
from people.choices import AccessRole
from people.models import Attribute, Group, User
from tests.enrollment.workplace import (
    AT,
    TODAY,
    a_course,
    analyst,
    complete,
    deliver,
    newark,
    open_assignments,
    operator,
    rewrite,
    switched_on,
    write,
)
from tests.factories import BY, make_department, make_job_role, make_person, make_site

SOON = TODAY + timedelta(days=7)


@pytest.fixture
def admin(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(followers, "now", lambda: AT + timedelta(minutes=5))
    monkeypatch.setattr(positions, "now", lambda: AT)
    person = make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira")
    client.force_login(person)
    return person


def shown(client: Client, person: User, of: str, **typed: Any) -> str:
    """Return what the page says of a change while it is typed, as one line of words."""
    given = {name: value.isoformat() if isinstance(value, date) else value for name, value in typed.items()}
    answer = client.get(reverse("enrollment:effect_on_person", args=[person.pk]), {"of": of, **given})
    assert answer.status_code == 200
    return " ".join(strip_tags(answer.content.decode()).split())


def refused(client: Client, person: User, of: str, **typed: Any) -> dict[str, str]:
    given = {name: value.isoformat() if isinstance(value, date) else value for name, value in typed.items()}
    answer = client.get(reverse("enrollment:effect_on_person", args=[person.pk]), {"of": of, **given})
    found = {name: words for name, words in answer.context["says"] if words}
    assert not (found and answer.context["effect"]), "what is refused has no effect"
    return found


def place_of(**changes: Any) -> dict[str, Any]:
    first = {"site": make_site().pk, "department": make_department("First aid").pk}
    return first | {"job_role": make_job_role("First aider").pk, "valid_from": SOON} | changes


def effect_on(person: User, post: Post, *, at: datetime = AT) -> Effect:
    supposed, begins = partial(with_main_post, post=post), noon_at(post.valid_from, post.zone)
    return effect_of(changes_of_person(person_id=person.pk, supposed=supposed, begins=begins, at=at))


def as_analyst(person: User, since: date = SOON) -> Post:
    held = person.position_on(TODAY)
    assert held is not None
    return Post(analyst().pk, held.site_id, held.department_id, since, None, held.site.time_zone)


# One training, asked for by several requirements


def test_what_another_requirement_asks_for_stays(client: Client, admin: User) -> None:
    person, course = operator("Maya"), a_course("Hand hygiene")
    old = switched_on(course, by=admin)
    switched_on(course, by=admin, job_role=analyst(), due_within_days=30)
    switched_on(a_course("Signatures"), by=admin, job_role=analyst())
    effect = effect_on(person, as_analyst(person))
    assert [line.training for line in effect.gains] == ["Signatures"]
    assert (effect.loses, effect.stays, effect.minutes) == ([], [], 4)
    [line] = effect.moves
    assert (line.was_due_on, line.due_on) == (date(2026, 11, 17), SOON + timedelta(days=30))
    assert line.words == "QC Analyst since 30 Nov 2026"
    assert line.was_words == "The job role is no longer Tablet Operator"
    words = shown(client, person, "position", **place_of(job_role=analyst().pk))
    assert "Hand hygiene · stays, due 30 Dec 2026 instead of 17 Nov 2026" in words
    assert "New training to take: 4 min" in words
    actions.take_position(
        person=person, site=make_site(), department=make_department(), job_role=analyst(), manager=None,
        valid_from=SOON, by=BY, at=AT,
    )  # fmt: skip
    follow_person(user_id=person.pk, at=AT + timedelta(days=7))
    assert open_assignments(old) == {}
    assert person.assignments.get(course=course, ended_at=None).due_on == line.due_on


def test_what_is_completed_stays_by_no_day_for_another_reason(admin: User) -> None:
    person, course = operator("Maya"), a_course()
    switched_on(course, by=admin)
    switched_on(course, by=admin, job_role=analyst())
    complete(person, course, on=date(2026, 11, 10))
    effect = effect_on(person, as_analyst(person))
    assert (effect.gains, effect.loses, effect.moves, effect.minutes) == ([], [], [], 0)
    [line] = effect.stays
    assert (line.due_on, line.day_words, line.status) == (None, "", "done")
    assert [code for code, _words, lines in effect.groups if lines] == ["stays"]
    assert effect.people == 1


def test_a_requirement_that_does_not_change_keeps_a_training_too(admin: User) -> None:
    """A rule is changed alone: that another one goes on asking for the same training is looked up."""
    maya, rosa, course = operator("Maya"), operator("Rosa"), a_course()
    everyone = switched_on(course, by=admin, job_role=None, due_within_days=60)
    narrow = switched_on(course, by=admin)
    narrow.audience = {"all": [{"field": "person", "is": [str(rosa.pk)]}]}
    effect = effect_of(changes_for(at=AT, user_ids=[maya.pk, rosa.pk], requirements=[narrow]))
    assert (effect.gains, effect.loses, effect.keeps) == ([], [], [])
    first, second = effect.moves  # who is named has the time allowed from the day of naming
    assert (first.name, first.words, first.due_on) == ("Maya", "Everyone has it", date(2027, 1, 2))
    assert second.name == "Rosa"
    rewrite(Assignment.objects.filter(requirement=everyone), ended_at=AT + timedelta(minutes=1), ended_because="Over")
    effect = effect_of(changes_for(at=AT, user_ids=[maya.pk, rosa.pk], requirements=[narrow]))
    assert [line.name for line in effect.loses] == ["Maya"]


def test_one_more_reason_for_what_is_asked_already_is_no_new_training(admin: User) -> None:
    person, course = operator("Maya"), a_course()
    switched_on(course, by=admin)
    narrow = switched_on(course, by=admin, job_role=analyst(), due_within_days=90)
    narrow.audience = {"all": []}
    effect = effect_of(changes_for(at=AT, user_ids=[person.pk], requirements=[narrow]))
    assert (effect.gains, effect.moves, effect.minutes) == ([], [], 0)
    assert [(line.words, line.was_words) for line in effect.stays] == [("Everyone has it", "Asked of them already")]
    rows = list(effect.sheet())
    assert rows[1][0] == "Keep it, the reason changes"
    assert len(rows[0]) == len(rows[1])


def test_the_effect_asks_as_often_for_three_people_as_for_one(admin: User, django_assert_num_queries: Any) -> None:
    course = a_course()
    switched_on(course, by=admin)
    narrow = switched_on(course, by=admin, job_role=analyst())
    narrow.audience = {"all": []}
    people = [operator("One")]
    for more in ([], [operator("Two"), operator("Three")]):
        deliver()
        people += more
        changes = changes_for(at=AT, user_ids=[each.pk for each in people], requirements=[narrow])
        with django_assert_num_queries(5):
            assert len(effect_of(changes).stays) == len(people)


def test_time_alone_is_no_effect_of_a_change(admin: User) -> None:
    """What is for people of a month comes with time, and a position that is noted already brings its own."""
    person = operator("Maya", since=date(2026, 11, 3))
    rewrite(User.objects.filter(pk=person.pk), hired_on=date(2026, 11, 3))
    hired = {"audience": {"all": [{"field": "hired", "days": 30}]}}
    switched_on(a_course("Settled in"), by=admin, **hired)
    switched_on(a_course("Lockout"), by=admin)
    switched_on(a_course("Signatures"), by=admin, job_role=analyst())
    everyone = switched_on(a_course("Fire"), by=admin, job_role=None, counted_from=CountedFrom.POSITION)
    first = open_assignments(everyone)["Maya"].due_on
    actions.take_position(
        person=person, site=make_site(), department=make_department(), job_role=analyst(), manager=None,
        valid_from=SOON, by=BY, at=AT,
    )  # fmt: skip
    held = person.position_on(SOON)
    assert held is not None
    second = Post(
        make_job_role("First aider").pk, held.site_id, held.department_id, TODAY + timedelta(days=20), None, "UTC"
    )
    supposed = partial(with_post_beside, post=second)
    asked = {"person_id": person.pk, "begins": AT + timedelta(days=20), "at": AT}
    effect = effect_of(changes_of_person(supposed=supposed, **asked))
    assert (effect.gains, effect.loses, effect.moves, effect.stays) == ([], [], [], [])
    assert [(line.training, line.due_on) for line in effect.keeps] == [("Fire", first)]
    switched_on(a_course("First aid"), by=admin, job_role=make_job_role("First aider"))
    [line] = effect_of(changes_of_person(supposed=supposed, **asked)).gains
    assert line.training == "First aid"


# Other changes than of the main position


def test_a_position_at_another_site_has_a_preview(client: Client, admin: User) -> None:
    person = operator("Maya")
    switched_on(a_course("Lockout"), by=admin, audience={"all": [{"field": "site", "is": [str(newark().pk)]}]})
    words = shown(client, person, "position", **place_of(site=newark().pk))
    assert "Lockout · due" in words


def test_a_second_position_is_shown_as_it_will_be(client: Client, admin: User) -> None:
    person = operator("Maya")
    kept = switched_on(a_course("Lockout"), by=admin)
    gained = switched_on(a_course("First aid"), by=admin, job_role=make_job_role("First aider"))
    typed = place_of(last_day=SOON + timedelta(days=30))
    words = shown(client, person, "second", **typed)
    assert "First aid · due 14 Dec 2026" in words
    assert "1 training stays as it is. New training to take: 4 min." in words
    assert "What this changes" not in shown(client, person, "second", **{**typed, "last_day": TODAY})
    assert "What this changes" not in shown(client, person, "second", **{**typed, "site": ""})
    actions.take_position(
        person=person, site=make_site(), department=make_department("First aid"), manager=None, valid_from=SOON,
        job_role=make_job_role("First aider"), is_primary=False, by=BY, at=AT,
    )  # fmt: skip
    follow_person(user_id=person.pk, at=AT + timedelta(days=7))
    assert set(open_assignments(gained)) == set(open_assignments(kept)) == {"Maya"}
    assert open_assignments(gained)["Maya"].due_on == date(2026, 12, 14)
    again = refused(client, person, "second", **place_of(valid_from=SOON + timedelta(days=1)))
    assert again == {"job_role": "They hold this position then already."}


def test_the_end_of_a_position_and_of_work_is_shown(client: Client, admin: User) -> None:
    person = operator("Maya")
    switched_on(a_course("Lockout"), by=admin)
    switched_on(a_course("First aid"), by=admin, job_role=make_job_role("First aider"))
    beside = actions.take_position(
        person=person, site=make_site(), department=make_department("First aid"), manager=None, valid_from=TODAY,
        job_role=make_job_role("First aider"), is_primary=False, by=BY, at=AT,
    )  # fmt: skip
    deliver()
    words = shown(client, person, "end", position=beside.pk, last_day=SOON)
    assert "First aid · The job role is no longer First aider" in words
    assert "1 training stays as it is" in words
    main = person.position_on(TODAY)
    assert main is not None
    assert "Lockout · The job role is no longer Tablet Operator" in shown(
        client, person, "end", position=main.pk, last_day=SOON
    )
    early = refused(client, person, "end", position=main.pk, last_day=date(2026, 11, 1))
    assert early == {"last_day": "Choose a day on which the position is held."}
    words = shown(client, person, "closing", left_on=TODAY)
    assert words.count("No longer working here") == 2
    other = operator("Rosa").position_on(TODAY)
    assert other is not None
    assert "What this changes" not in shown(client, person, "end", position=other.pk, last_day=SOON)
    dialog = client.get(reverse("people:deactivate", args=[person.pk])).content.decode()
    assert 'name="of" value="closing"' in dialog


def test_a_correction_is_of_the_position_that_is_corrected(client: Client, admin: User) -> None:
    """A later position stays, and so do its days; one beside the main one is corrected too."""
    person = operator("Maya")
    switched_on(a_course("Lockout"), by=admin)
    switched_on(a_course("First aid"), by=admin, job_role=make_job_role("First aider"))
    beside = actions.take_position(
        person=person, site=make_site(), department=make_department("First aid"), manager=None, valid_from=TODAY,
        job_role=analyst(), is_primary=False, by=BY, at=AT,
    )  # fmt: skip
    words = shown(client, person, "correction", position=beside.pk, **place_of())
    assert "First aid · due 7 Dec 2026" in words
    assert "1 training stays as it is" in words
    actions.take_position(
        person=person, site=make_site(), department=make_department(), manager=None, valid_from=SOON,
        job_role=make_job_role("Packer"), by=BY, at=AT,
    )  # fmt: skip
    main = person.position_on(TODAY)
    assert main is not None
    words = shown(client, person, "correction", position=main.pk, **place_of(department=make_department("Second").pk))
    assert "Lockout · The job role is no longer Tablet Operator" in words
    same = place_of(job_role=analyst().pk, department=beside.department_id)
    taken = refused(client, person, "correction", position=main.pk, **same)
    assert taken == {"job_role": "They hold this position then already."}


def test_groups_and_attributes_are_shown_as_they_will_be(client: Client, admin: User) -> None:
    person = operator("Maya")
    group, attribute = Group(name="Fire wardens"), Attribute(name="Shift", options=["Day", "Night"])
    write([group, attribute])
    asks = {"field": "attribute", "attribute": str(attribute.pk), "is": ["Night"]}
    switched_on(a_course("Night work"), by=admin, audience={"all": [asks]})
    switched_on(a_course("Fire"), by=admin, audience={"all": [{"field": "group", "is": [str(group.pk)]}]})
    name = f"attribute-{attribute.pk}"
    assert "Night work · due" in shown(client, person, "attributes", valid_from=TODAY, **{name: "Night"})
    assert "Nothing changes" in shown(client, person, "attributes", valid_from=TODAY, **{name: "Day"})
    assert "Fire · due" in shown(client, person, "joining", valid_from=SOON, group=group.pk)
    actions.set_attribute(person=person, attribute=attribute, value="Night", valid_from=TODAY, by=BY, at=AT)
    membership = actions.join_group(person=person, group=group, valid_from=TODAY, by=BY, at=AT)
    deliver()
    assert "Night work · No longer" in shown(client, person, "attributes", valid_from=SOON, **{name: ""})
    words = shown(client, person, "leaving", membership=membership.pk, valid_until=SOON)
    assert "Fire · No longer in the group Fire wardens" in words
    assert refused(client, person, "joining", valid_from=SOON, group=group.pk) == {
        "group": "Maya belongs to Fire wardens then already."
    }
    early = refused(client, person, "attributes", valid_from=TODAY - timedelta(days=1), **{name: "Day"})
    assert early == {name: "A later value of Shift is known already."}


def test_attributes_that_are_not_changed_have_no_effect(
    client: Client, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands in the form as it does today is not saved, whatever the day: it is not refused either."""
    person = operator("Maya")
    line, centre = Attribute(name="Line"), Attribute(name="Cost centre")
    write([line, centre])
    asks = {"field": "attribute", "attribute": str(line.pk), "is": ["A"]}
    switched_on(a_course("Line A"), by=admin, audience={"all": [asks]})
    monkeypatch.setattr(positions, "now", now)
    today = timezone.localdate()
    for value, ago in (("A", 300), ("B", 10)):
        since = today - timedelta(days=ago)
        actions.set_attribute(person=person, attribute=line, value=value, valid_from=since, by=BY, at=AT)
    typed = {f"attribute-{line.pk}": "B", f"attribute-{centre.pk}": "77"}
    early = today - timedelta(days=100)
    assert refused(client, person, "attributes", valid_from=early, **typed) == {}
    page, day = reverse("people:set_attributes", args=[person.pk]), early.isoformat()
    assert client.post(page, {**typed, "valid_from": day}).status_code == 302
    later = {**typed, f"attribute-{line.pk}": "A"}
    assert list(refused(client, person, "attributes", valid_from=early, **later)) == [f"attribute-{line.pk}"]
    held = History(person.pk, [], attributes={line.pk: [Span(early, today, "A")]})
    assert with_attribute(held, line.pk, "A", early) == held, "what it says already is no change"


# What is refused


def test_managers_are_refused_while_they_are_typed(client: Client, admin: User) -> None:
    person, below = operator("Maya"), operator("Rosa", manager=None)
    actions.take_position(
        person=below, site=make_site(), department=make_department(), job_role=analyst(), manager=person,
        valid_from=TODAY, by=BY, at=AT,
    )  # fmt: skip
    for of in ("position", "second"):
        half = {"valid_from": SOON}
        assert refused(client, person, of, manager=person.email, **half) == {"manager": "Nobody is their own manager."}
        assert refused(client, person, of, second_manager=below.email, **half) == {
            "second_manager": "Rosa reports to Maya, so they cannot be their manager."
        }
        nobody = refused(client, person, of, manager="nobody", **place_of())
        assert nobody == {"manager": "Nobody with an open account has this address or number."}
        both = refused(client, person, of, manager=admin.email, second_manager=admin.employee_number, **place_of())
        assert both == {"second_manager": "The second manager is somebody else than the first."}
    held = person.position_on(TODAY)
    assert held is not None
    typed = {"position": held.pk, "manager": below.email}
    assert list(refused(client, person, "correction", **typed)) == ["manager"]


@pytest.mark.parametrize("of", ["position", "second", "correction"])
def test_a_manager_with_a_sign_that_no_name_has_is_nobody(client: Client, admin: User, of: str) -> None:
    person = operator("Maya", since=date(2026, 1, 5))
    typed = place_of(position=person.positions.get().pk, manager="a\x00b", second_manager="\x00")
    words = "Nobody with an open account has this address or number."
    assert refused(client, person, of, **typed) == {"manager": words, "second_manager": words}


def test_a_manager_who_left_may_stay_in_a_position_that_is_corrected(client: Client, admin: User) -> None:
    gone = make_person(name="Gone")
    person = operator("Maya", manager=gone)
    actions.deactivate_person(person=gone, by=BY, at=AT, left_on=TODAY, reason="left")
    held = person.position_on(TODAY)
    assert held is not None
    typed = {"position": held.pk, **place_of(), "manager": gone.email}
    assert refused(client, person, "correction", **typed) == {}
    assert list(refused(client, person, "correction", **typed, second_manager=gone.email)) == ["second_manager"]
