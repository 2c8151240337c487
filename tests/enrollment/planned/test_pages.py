"""The pages of planned sessions: a seat of one's own, planning, the roster, and the calendar."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import vobject
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from core.ids import new_id
from courses.actions.joining import change_joining
from courses.choices import Joining
from courses.models import Course
from enrollment.actions.calendar import renew_calendar_feed
from enrollment.actions.planning import cancel_session, plan_session
from enrollment.actions.seating import give_up_seat, take_seat
from enrollment.models import PlannedSession, RecordedSession, Seat
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from tests.enrollment.booking import happens, in_days, states, terms
from tests.enrollment.classroom import retire, taking
from tests.enrollment.workplace import a_course, a_picture, browser, newark, operator
from tests.factories import BY, LONG_AGO, make_person, make_site


@pytest.fixture
def course(db: None) -> Course:
    return a_course("Aseptic filling")


def a_session(by: User, course: Course, *, days: float = 10, **changed: Any) -> PlannedSession:
    return plan_session(course=course, terms=terms(starts_at=in_days(days), **changed), by=by, at=timezone.now())


def seat(session: PlannedSession, *people: User) -> None:
    for each in people:
        take_seat(session=session, by=each, at=timezone.now())


def address(session: PlannedSession, name: str = "planned", **more: Any) -> str:
    return reverse(f"enrollment:{name}", kwargs={"planned_id": session.pk, **more})


def words(html: str) -> str:
    return re.sub(r"\s+", " ", strip_tags(html)).replace("&nbsp;", " ")


def shown(user: User, url: str, *, status: int = 200) -> str:
    reply = browser(user).get(url)
    assert reply.status_code == status, (user.name, url)
    return reply.content.decode() if not reply.streaming else b"".join(reply).decode()


def queries(user: User, url: str) -> int:
    client = browser(user)
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(url).status_code == 200
    return len(asked)


# A seat of one's own


def test_learner_finds_it_takes_a_seat_and_gives_it_up(boss: User, team: list[User], course: Course) -> None:
    session = a_session(boss, course, capacity=1)
    ana, ben = browser(team[0]), browser(team[1])
    start = reverse("enrollment:start", args=[course.pk])
    assert "Coming sessions" in words(ana.get(start).content.decode())
    assert "0 of 1 seat taken" in words(ana.get(start).content.decode())
    html = ana.get(address(session)).content.decode()
    assert "Take a seat" in html
    assert "Who has a seat" not in html
    reply = ana.post(address(session, "take_seat"), follow=True)
    assert "You have a seat." in words(reply.content.decode())
    assert ana.post(address(session, "take_seat")).status_code == 302, "the same form twice"
    assert "Join the waiting list" in ben.get(address(session)).content.decode()
    said = words(ben.post(address(session, "take_seat"), follow=True).content.decode())
    assert "You are 1st on the waiting list." in said
    assert "You are on the waiting list" in words(ben.get(start).content.decode())
    assert "You are on the waiting list" in words(ben.get(reverse("enrollment:training")).content.decode())
    assert "Whoever waits the longest gets it" in ana.get(address(session, "give_up_seat")).content.decode()
    said = words(ana.post(address(session, "give_up_seat"), follow=True).content.decode())
    assert "You gave up your seat." in said
    assert states(session) == {"Ana": "given_up", "Ben": "taken"}
    assert ana.post(address(session, "give_up_seat")).status_code == 302
    assert "Give up my seat" in ben.get(address(session)).content.decode()


def test_link_is_for_who_has_a_seat(boss: User, team: list[User], course: Course) -> None:
    session = a_session(boss, course, place="", link="https://meet.test/7", capacity=1)
    seat(session, *team[:2])
    assert "https://meet.test/7" in shown(team[0], address(session))
    for other in team[1:]:
        html = shown(other, address(session))
        assert "https://meet.test/7" not in html
        assert "You see the link when you have a seat." in html
        assert "meet.test" not in shown(other, address(session, "session_ics"))
    assert "https://meet.test/7" in shown(boss, address(session))


def test_why_one_can_take_no_seat_is_said(admin: User, boss: User, team: list[User], course: Course) -> None:
    session = a_session(boss, course)
    change_joining(course=course, joining=Joining.APPROVAL, by=admin, at=timezone.now(), reason="few places only")
    html = shown(team[0], address(session))
    assert "Your manager decides who takes this training. Ask first." in words(html)
    assert "disabled" in html
    reply = browser(team[0]).post(address(session, "take_seat"))
    assert (reply.status_code, "Ask first" in reply.content.decode()) == (409, True)
    cancel_session(session=session, by=boss, at=timezone.now(), reason="The trainer is ill")
    said = words(shown(team[0], address(session)))
    assert "The trainer is ill" in said
    assert "Take a seat" not in said


def test_session_that_is_nobodys_business_does_not_exist(boss: User, team: list[User], course: Course) -> None:
    session = a_session(boss, course)
    seat(session, team[0])
    retire(course.versions.get())
    assert shown(team[0], address(session))
    assert shown(boss, address(session))
    for name in ("planned", "give_up_seat", "session_ics", "roster_csv", "sign_in_sheet", "change_planned"):
        shown(team[1], address(session, name), status=404)
    assert browser(team[1]).post(address(session, "take_seat")).status_code == 404


def test_who_never_had_a_seat_has_none_to_give_up(boss: User, team: list[User], course: Course) -> None:
    shown(team[0], address(a_session(boss, course), "give_up_seat"), status=404)


def test_home_and_my_training_show_the_next_session_and_how_far_it_is(
    boss: User, team: list[User], course: Course
) -> None:
    ana, home, training = team[0], reverse("enrollment:home"), reverse("enrollment:training")
    assert "Your next session" not in words(shown(ana, home))
    far, near = a_session(boss, course, days=9), a_session(boss, a_course("Gowning"), days=5, capacity=2)
    seat(near, team[1], team[2], ana)  # she waits there
    seat(far, ana)
    said = words(shown(ana, home)).partition("Your next session")[2]
    assert "in 9 days" in said
    assert "Aseptic filling" in said[:200]
    assert "Gowning" not in said[:200], "who waits has no seat"
    assert "Room 4" in said[:300]
    assert "Room 4 · in 9 days" in words(shown(ana, training))
    assert "Room 4 · in 5 days" in words(shown(ana, training))
    assert "in 5 days" in words(shown(team[1], home))
    happens(far, in_days(-0.01), in_days(0.01))
    assert words(shown(ana, home)).partition("Your next session")[2].startswith("now")
    happens(far, in_days(-0.02), in_days(-0.01))
    assert "Your next session" not in words(shown(ana, home))


def test_home_asks_once_for_the_next_session(boss: User, team: list[User], course: Course) -> None:
    home = reverse("enrollment:home")
    without = queries(team[0], home)
    counts = []
    for days in (9, 10, 11):
        seat(a_session(boss, course, days=days), team[0])
        counts.append(queries(team[0], home))
    assert counts == [without + 1] * 3
    client = browser(team[0])
    with CaptureQueriesContext(connection) as asked:
        client.get(home)
    assert sum("enrollment_meeting" in each["sql"] for each in asked) == 1


# Who reads what


def test_roster_shows_each_reader_those_whom_they_may_read(
    admin: User, boss: User, team: list[User], course: Course
) -> None:
    session = a_session(admin, course, capacity=2)
    stranger = operator("Stranger")
    seat(session, stranger, *team[:2])
    auditor, far = make_person(AccessRole.AUDITOR), make_person(name="Newark only")
    grant_role(person=far, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    names = ["Stranger", "Ana", "Ben"]

    def read_by(user: User) -> tuple[list[str], bool, bool]:
        html = shown(user, address(session))
        roster = html.partition('id="roster"')[2].partition("</section>")[0]
        return [each for each in names if each in roster], "more" in words(roster), "people.csv" in html

    assert read_by(admin) == (names, False, True)
    assert read_by(auditor) == (names, False, True)
    assert read_by(boss) == (["Ana", "Ben"], True, False)
    assert read_by(User.objects.get(pk=far.pk)) == ([], True, False)
    assert "Take off" in shown(admin, address(session))
    assert "Take off" not in shown(auditor, address(session))
    for name in ("roster_csv", "sign_in_sheet"):
        shown(boss, address(session, name), status=404)
        assert shown(auditor, address(session, name))
    for name in ("change_planned", "cancel_planned"):
        for user in (boss, auditor, User.objects.get(pk=far.pk)):
            shown(user, address(session, name), status=404)


def test_trainer_without_a_role_reads_who_comes(boss: User, team: list[User], course: Course) -> None:
    trainer = operator("Trainer")
    session = a_session(boss, course, led_by=trainer)
    seat(session, team[0])
    assert "Ana" in shown(trainer, address(session))
    assert "Ana" in shown(trainer, address(session, "sign_in_sheet"))
    shown(team[1], address(session, "sign_in_sheet"), status=404)


def test_file_says_what_the_roster_says(admin: User, team: list[User], course: Course) -> None:
    session = a_session(admin, course, capacity=1)
    seat(session, *team)
    lines = shown(admin, address(session, "roster_csv")).lstrip("\ufeff").splitlines()
    assert lines[0] == "Person,Employee number,State,Since,Given by"
    assert [tuple(line.split(",")[part] for part in (0, 2)) for line in lines[1:]] == [
        ("Ana", "Has a seat"), ("Ben", "1st on the waiting list"), ("Cleo", "2nd on the waiting list"),
    ]  # fmt: skip
    html = words(shown(admin, address(session)))
    assert html.index("Ana") < html.index("1st on the waiting list") < html.index("2nd on the waiting list")


def test_sheet_lists_who_has_a_seat(admin: User, team: list[User], course: Course) -> None:
    session = a_session(admin, course, capacity=1)
    seat(session, *team)
    said = shown(admin, address(session, "sign_in_sheet"))
    assert "Ana" in said
    assert "Ben" not in said


def test_list_shows_what_comes_and_what_was(admin: User, boss: User, team: list[User], course: Course) -> None:
    listed = reverse("enrollment:planned_sessions")
    assert "No session is planned" in shown(admin, listed)
    coming, over = a_session(boss, course), a_session(boss, a_course("Long ago"))
    happens(over, in_days(-2), in_days(-1))
    assert ("Aseptic filling" in shown(boss, listed), "Long ago" in shown(boss, listed)) == (True, False)
    past = shown(boss, listed + "?past")
    assert ("Aseptic filling" in past, "Long ago" in past) == (False, True)
    assert address(coming) in shown(admin, listed)
    for q, found in (("aseptic room", True), (course.code, True), ("basel steiner", True), ("nothing-like-it", False)):
        assert (address(coming) in shown(admin, f"{listed}?q={q}")) == found, q
    assert "No session matches" in shown(admin, f"{listed}?q=nothing-like-it")
    shown(team[0], listed, status=403)


@pytest.mark.parametrize("of", ["list", "session", "start", "course", "training"])
def test_pages_ask_as_much_for_many_as_for_one(
    of: str, admin: User, boss: User, team: list[User], course: Course
) -> None:
    session = a_session(boss, course, capacity=20)
    begun = taking(learner=team[0])
    first = a_session(boss, begun.version.course)
    seat(session, team[0])
    reader, url = {
        "list": (boss, reverse("enrollment:planned_sessions")),
        "session": (boss, address(session)),
        "start": (team[0], reverse("enrollment:start", args=[course.pk])),
        "course": (team[0], reverse("enrollment:course", args=[begun.enrollment.pk])),
        "training": (team[0], reverse("enrollment:training")),
    }[of]
    before = queries(reader, url)
    seat(session, *team[1:])
    for days in (11, 12):
        seat(a_session(boss, course, days=days, site=newark()), *team)
        a_session(boss, begun.version.course, days=days)
    seat(first, team[0])
    assert queries(reader, url) == before


# Planning


def typed(course: Course | None, **changed: Any) -> dict[str, Any]:
    day = (timezone.now() + timedelta(days=10)).date()
    values = {
        "id": str(new_id()), "site": str(make_site().pk), "day": day.isoformat(), "begins": "09:00", "ends": "11:00",
        "place": "Room 4", "link": "", "trainer": "Dr. Steiner", "trainer_number": "", "capacity": "8", "words": "",
    }  # fmt: skip
    return {**values, **({"course": str(course.pk)} if course else {}), **changed}


def test_manager_plans_changes_and_cancels(boss: User, team: list[User], course: Course) -> None:
    client, new = browser(boss), reverse("enrollment:new_planned")
    assert "Jonas Keller" in client.get(new).content.decode()
    form = typed(course)
    reply = client.post(new, form)
    session = PlannedSession.objects.get()
    assert (reply.status_code, reply["Location"]) == (302, address(session))
    assert client.post(new, form)["Location"] == address(session), "the same form twice"
    assert (session.capacity, session.place, session.starts_at.astimezone(session.site.zone).hour) == (8, "Room 4", 9)
    change = address(session, "change_planned")
    assert 'value="09:00"' in client.get(change).content.decode()
    moved = typed(None, begins="13:00", ends="15:00", seen="")
    assert client.post(change, moved)["Location"] == address(session)
    reply = client.post(change, moved)
    assert (reply.status_code, "changed this session meanwhile" in reply.content.decode()) == (422, True)
    session.refresh_from_db()
    assert session.starts_at.astimezone(session.site.zone).hour == 13
    assert client.post(address(session, "cancel_planned"), {"reason": "no"}).status_code == 422
    assert client.post(address(session, "cancel_planned"), {"reason": "Room is flooded"}).status_code == 302
    session.refresh_from_db()
    assert session.state == "cancelled"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"place": ""}, "Say where it is held"),
        ({"place": "", "link": "http://meet.test"}, "has to begin with https"),
        ({"ends": "08:00"}, "It ends before it begins."),
        ({"day": "2020-01-01"}, "That time has passed."),
        ({"day": "2027-03-28", "begins": "02:30"}, "the clocks go forward and never show this time"),
        ({"trainer": ""}, "Say who led it."),
        ({"trainer_number": "nobody"}, "Nobody has this number: nobody."),
        ({"capacity": "0"}, "At least 1."),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    boss: User, course: Course, changed: dict[str, str], said: str
) -> None:
    reply = browser(boss).post(reverse("enrollment:new_planned"), typed(course, words="Bring a pen", **changed))
    assert reply.status_code == 422
    html = reply.content.decode()
    assert said in html
    assert "Bring a pen" in html
    assert not PlannedSession.objects.exists()


def test_what_has_begun_is_not_changed_by_a_page_that_was_left_open(
    boss: User, team: list[User], course: Course
) -> None:
    session, client = a_session(boss, course), browser(boss)
    seat(session, team[0])
    happens(session, in_days(-1), in_days(1))
    names = {
        "change_planned": {},
        "cancel_planned": {},
        "seat_people": {},
        "remove_seat": {"seat_id": Seat.objects.get().pk},
    }
    for name, more in names.items():
        for ask in (client.get, client.post):
            reply = ask(address(session, name, **more))
            assert (reply.status_code, reply["Location"]) == (302, address(session)), name
    said = words(client.get(address(session)).content.decode())
    assert "This session has begun." in said
    assert "Has begun" in said
    assert "Seat people" not in said


def test_people_are_seated_and_taken_off(boss: User, team: list[User], course: Course) -> None:
    session, client = a_session(boss, course, capacity=1), browser(boss)
    url = address(session, "seat_people")
    assert "Ana" in client.get(url).content.decode()
    assert client.post(url, {}).status_code == 422
    stranger = operator("Stranger")
    assert "Nobody has this number" in client.post(url, {"numbers": stranger.employee_number}).content.decode()
    reply = client.post(url, {"people": [str(team[0].pk)], "numbers": team[1].employee_number}, follow=True)
    assert "1 person has a seat now. 1 is on the waiting list." in words(reply.content.decode())
    assert "Ana" not in client.get(url).content.decode(), "who has a seat is not offered again"
    remove = address(session, "remove_seat", seat_id=Seat.objects.get(user=team[0]).pk)
    assert client.post(remove, {"reason": ""}).status_code == 422
    assert client.post(remove, {"reason": "Needed on the line"}).status_code == 302
    assert states(session) == {"Ana": "removed", "Ben": "taken"}
    assert client.get(remove).status_code == 302
    other = a_session(boss, course)
    shown(boss, address(other, "remove_seat", seat_id=Seat.objects.get(user=team[1]).pk), status=404)


def test_who_came_is_recorded_with_what_is_known(admin: User, boss: User, team: list[User], course: Course) -> None:
    session = a_session(boss, course, capacity=9)
    seat(session, *team[:2], operator("Stranger"))
    assert "Record who came" not in shown(boss, address(session))
    day = in_days(-1)
    happens(session, day, day + timedelta(hours=1))
    url = f"{reverse('enrollment:new_session')}?planned={session.pk}"
    assert url in shown(boss, address(session))
    html = shown(boss, url)
    ticked = re.findall(r'value="([0-9a-f-]+)"[^>]* checked', html)
    assert sorted(ticked) == sorted(str(each.pk) for each in team[:2])
    assert "1 person has a seat whom you neither manage nor look after" in words(html)
    assert 'value="Room 4"' in html
    form = {
        "id": str(new_id()), "planned": str(session.pk), "course": str(course.pk), "trainer": "Dr. Steiner",
        "held_on": day.astimezone(session.site.zone).date().isoformat(), "place": "Room 4",
        "people": [str(team[0].pk)], "sheet": a_picture(),
    }  # fmt: skip
    reply = browser(boss).post(reverse("enrollment:new_session"), form)
    record = RecordedSession.objects.get()
    assert reply["Location"] == reverse("enrollment:session", args=[record.pk])
    session.refresh_from_db()
    assert (session.state, session.record, record.user_ids) == ("held", record, [team[0].pk])
    assert "Open the record" in shown(boss, address(session))
    again = browser(boss).post(reverse("enrollment:new_session"), {**form, "id": str(new_id()), "sheet": a_picture()})
    assert (again.status_code, "is recorded already" in again.content.decode()) == (422, True)
    for wrong, reader in ((session.pk, team[0]), (new_id(), boss), ("nonsense", boss)):
        page = browser(reader).get(f"{reverse('enrollment:new_session')}?planned={wrong}")
        assert page.status_code in (403, 404)


# The calendar


def test_sessions_stand_in_the_calendar(client: Client, boss: User, team: list[User], course: Course) -> None:
    online = a_session(boss, course, place="", link="https://meet.test/7", words="Bring a pen")
    full = a_session(boss, course, days=11, capacity=1)
    seat(online, team[0])
    seat(full, team[1], team[0])
    off, given_up = a_session(boss, course, days=12), a_session(boss, course, days=13)
    for each in (off, given_up):
        seat(each, team[0])
    cancel_session(session=off, by=boss, at=timezone.now(), reason="The trainer is ill")
    give_up_seat(session=given_up, by=team[0], at=timezone.now())
    url = reverse("enrollment:calendar_feed", args=[renew_calendar_feed(person=team[0], at=timezone.now())])
    body = client.get(url).content
    first, second = vobject.readOne(body.decode()).contents["vevent"]
    assert (first.summary.value, first.status.value) == ("Session: Aseptic filling", "CONFIRMED")
    assert (first.dtstart.value, first.dtend.value) == (online.starts_at, online.ends_at)
    assert first.location.value == "https://meet.test/7"
    assert first.description.value == (
        f"Led by Dr. Steiner\nBring a pen\nhttps://meet.test/7\nhttp://testserver{address(online)}"
    )
    assert (second.status.value, second.location.value) == ("TENTATIVE", "Room 4")
    assert client.get(url).content == body
    [single] = vobject.readOne(shown(team[0], address(online, "session_ics"))).contents["vevent"]
    assert (single.uid.value, single.dtstart.value) == (first.uid.value, first.dtstart.value)
