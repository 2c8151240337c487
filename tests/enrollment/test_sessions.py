"""Completions for people without accounts: a session with its sheet, signed by two who are none of the people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.ids import new_id
from enrollment.actions.checking import check_standings
from enrollment.actions.sessions import (
    OPEN,
    SessionRefused,
    confirm_session,
    content_sha256,
    discard_session,
    draft_session,
    return_session,
    sign_session,
)
from enrollment.choices import CompletionSource, SessionState, Status
from enrollment.followers import FIRST
from enrollment.models import Completion, RecordedSession
from enrollment.queries import standings
from enrollment.queries.claims import people_of
from enrollment.queries.transcript import transcript_of
from notifications.models import Message
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from records.choices import Meaning
from records.models import Certificate, Event, Signature
from reporting.views.people import PARTS
from tests.enrollment.classroom import a_version
from tests.enrollment.workplace import (
    AT,
    SIGNING,
    TODAY,
    a_course,
    a_picture,
    a_scan,
    complete,
    newark,
    operator,
    rewrite,
    secrets,
    switched_on,
    write,
)
from tests.factories import BY, LONG_AGO, make_person, place

pytestmark = pytest.mark.signing

DAY = TODAY - timedelta(days=3)


def drafted(people: list[User], by: User, **changed: Any) -> RecordedSession:
    told = {"course": None, "held_on": DAY, "trainer": "Dr. Steiner", "place": "Room 4", "at": AT, **changed}
    told["course"] = told["course"] or a_course()
    return draft_session(user_ids=[each.pk for each in people], by=by, upload=a_scan("sheet.png"), **told)


def signed(people: list[User], by: User, **changed: Any) -> RecordedSession:
    return sign_session(session=drafted(people, by, **changed), by=by, at=AT, **SIGNING)


def test_completions_exist_after_the_second_signature_and_not_before(admin: User, boss: User, team: list[User]) -> None:
    course = a_course()
    switched_on(course, by=admin)
    session = drafted(team, boss, course=course)
    assert (session.state, Completion.objects.count()) == (SessionState.DRAFT, 0)
    sign_session(session=session, by=boss, at=AT, **SIGNING)
    assert Completion.objects.count() == 0
    [waits] = Message.objects.filter(kind="enrollment.session_waits")
    assert (waits.recipient, waits.path) == (admin, reverse("enrollment:session", args=[session.pk]))
    confirm_session(session=session, by=admin, at=AT, words="All on the sheet", **SIGNING)
    done = Completion.objects.order_by("user__name")
    assert [each.user.name for each in done] == ["Ana", "Maya", "Rosa"]
    assert {(each.source, each.completed_on, each.session_id, each.recorded_at) for each in done} == {
        (CompletionSource.PROXY, DAY, session.pk, AT)
    }
    assert {each.status for each in standings(at=AT, course_id=course.pk)} == {Status.DONE}
    assert check_standings(after=FIRST, most=1000)[1] == []
    assert not Certificate.objects.exists()
    first, second = Signature.objects.filter(record_type="session").order_by("signed_at", "id")
    assert {(first.meaning, first.signer_id), (second.meaning, second.signer_id)} == {
        (Meaning.RECORDED, boss.pk), (Meaning.CONFIRMED, admin.pk),
    }  # fmt: skip
    kept = RecordedSession.objects.get()
    sha256 = content_sha256(kept, people_of(kept))
    assert first.record["content_sha256"] == second.record["content_sha256"] == sha256
    assert [each["name"] for each in first.record["people"]] == ["Ana", "Maya", "Rosa"]
    [entry] = transcript_of(team[0], on=TODAY)
    assert entry.origin.sentence == "Recorded by Jonas Keller, confirmed by Tomás Ferreira"
    assert entry.origin.instead == "The sign-in sheet stands for it"
    told = Message.objects.filter(kind="enrollment.recorded_for_you")
    assert sorted(each.recipient.name for each in told) == ["Ana", "Maya", "Rosa"]
    assert [each.recipient for each in Message.objects.filter(kind="enrollment.session_decided")] == [boss]
    facts = Event.objects.filter(verb="enrollment.completed_in_session")
    assert {fact.person_id for fact in facts} == {each.pk for each in team}
    assert facts[0].sentence.startswith("Recorded by Jonas Keller, confirmed by Tomás Ferreira: ")


def test_it_counts_as_long_as_the_version_says(admin: User, boss: User, team: list[User]) -> None:
    version = a_version(validity_months=6)
    session = signed(team[:1], boss, course=version.course, held_on=date(2026, 8, 31))
    confirm_session(session=session, by=admin, at=AT, **SIGNING)
    assert Completion.objects.get().valid_until == date(2027, 2, 28)


# Who signs


def test_nobody_records_themselves_or_people_of_others(admin: User, boss: User, team: list[User]) -> None:
    stranger = operator("Stranger")
    for people, by, words in (
        ([*team, boss], boss, "Nobody records a completion for themselves"),
        ([*team, stranger], boss, "You neither manage nor look after: Stranger"),
        ([admin], admin, "Nobody records a completion for themselves"),
        ([], boss, "Choose at least one person"),
    ):
        with pytest.raises(SessionRefused, match=words):
            drafted(people, by)
    assert not RecordedSession.objects.exists()


def test_only_the_recorder_signs_first(admin: User, boss: User, team: list[User]) -> None:
    session = drafted(team, boss)
    with pytest.raises(SessionRefused):
        sign_session(session=session, by=admin, at=AT, **SIGNING)
    sign_session(session=session, by=boss, at=AT, **SIGNING)
    with pytest.raises(SessionRefused):
        sign_session(session=session, by=boss, at=AT, **SIGNING)


def test_the_second_signature_is_a_thirds(admin: User, boss: User, team: list[User]) -> None:
    among = make_person(AccessRole.ADMINISTRATOR, name="Among them", signs=True)
    far = make_person(name="Newark only")
    grant_role(person=far, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    session = signed([*team, among], admin)
    part = make_person(name="Manages one")
    operator("Their own", manager=part)
    for user, words in (
        (admin, "You signed first"),
        (among, "You are among the people"),
        (boss, "You neither manage nor look after: Among them"),
        (User.objects.get(pk=far.pk), "You neither manage nor look after: Among them, Ana, Maya, Rosa"),
        (part, "You neither manage nor look after"),
        (team[0], "You are among the people"),
    ):
        for act in (confirm_session, return_session):
            extra = {"words": "not right at all"} if act is return_session else {}
            with pytest.raises(SessionRefused, match=words):
                act(session=session, by=user, at=AT, **SIGNING, **extra)
    assert not Completion.objects.exists()
    third = make_person(AccessRole.ADMINISTRATOR, signs=True)
    confirm_session(session=session, by=third, at=AT, **SIGNING)
    assert Completion.objects.count() == 4


def test_draft_is_not_confirmed(admin: User, boss: User, team: list[User]) -> None:
    with pytest.raises(SessionRefused, match="does not wait"):
        confirm_session(session=drafted(team, boss), by=admin, at=AT, **SIGNING)


def test_returned_session_counts_nothing(admin: User, boss: User, team: list[User]) -> None:
    session = signed(team, boss)
    with pytest.raises(SessionRefused, match="at least two words"):
        return_session(session=session, by=admin, at=AT, words="no", **SIGNING)
    return_session(session=session, by=admin, at=AT, words="Rosa is not on it", **SIGNING)
    assert not Completion.objects.exists()
    [told] = Message.objects.filter(kind="enrollment.session_decided")
    assert (told.recipient, "Rosa is not on it" in told.body) == (boss, True)
    with pytest.raises(SessionRefused):
        confirm_session(session=session, by=admin, at=AT, **SIGNING)


def test_discarded_session_is_not_confirmed(admin: User, boss: User, team: list[User]) -> None:
    session = signed(team, boss)
    with pytest.raises(SessionRefused):
        discard_session(session=session, by=admin, at=AT, reason="not right at all")
    with pytest.raises(SessionRefused, match="at least two words"):
        discard_session(session=session, by=boss, at=AT, reason="no")
    discard_session(session=session, by=boss, at=AT, reason="Wrong sheet")
    with pytest.raises(SessionRefused):
        confirm_session(session=session, by=admin, at=AT, **SIGNING)


# What is in the record already


def test_what_is_known_is_not_recorded_again(admin: User, boss: User, team: list[User]) -> None:
    course = a_course()
    complete(team[1], course, on=DAY)
    with pytest.raises(SessionRefused, match="in their record already: Maya"):
        drafted(team, boss, course=course)


def test_second_session_of_the_same_day_writes_nothing_twice(admin: User, boss: User, team: list[User]) -> None:
    course = a_course()
    one, two = (signed(team, boss, course=course) for _each in range(2))
    confirm_session(session=one, by=admin, at=AT, **SIGNING)
    with pytest.raises(SessionRefused, match="meanwhile"):
        confirm_session(session=two, by=admin, at=AT, **SIGNING)
    assert Completion.objects.count() == 3


@pytest.mark.parametrize(
    ("changed", "words"),
    [({"held_on": TODAY + timedelta(days=1)}, "has not come yet"), ({"held_on": date(1900, 1, 1)}, "too long ago")],
)
def test_day_can_not_be(boss: User, team: list[User], changed: dict[str, Any], words: str) -> None:
    with pytest.raises(SessionRefused, match=words):
        drafted(team, boss, **changed)


# What whoever signs should know


def notes(client: Client, by: User, name: str, session: RecordedSession) -> str:
    """Return a page of a session as somebody reads it."""
    client.force_login(by)
    return client.get(reverse(f"enrollment:{name}", args=[session.pk])).content.decode()


@pytest.mark.parametrize(("before", "is_said"), [(timedelta(days=1), True), (timedelta(0), False)])
def test_whoever_signs_reads_that_no_version_was_in_effect(
    client: Client, admin: User, boss: User, team: list[User], before: timedelta, is_said: bool
) -> None:
    course = a_course()
    a_version(course=course, number=2)
    session = drafted(team, boss, course=course, held_on=LONG_AGO.date() - before)
    assert session.version.label == ("1.0" if is_said else "2.0")
    words = "No version was in effect on that day: taken as 1.0, the oldest."
    for name in ("session", "sign_session"):
        assert (words in notes(client, boss, name, session)) == is_said, name
    sign_session(session=session, by=boss, at=AT, **SIGNING)
    for name in ("session", "confirm_session", "return_session"):
        assert (words in notes(client, admin, name, session)) == is_said, name
    confirm_session(session=session, by=admin, at=AT, **SIGNING)
    assert words not in notes(client, admin, "session", session)


def test_whoever_signs_reads_who_was_not_employed_yet(
    client: Client, admin: User, boss: User, team: list[User]
) -> None:
    hired = make_person(name="Hired since", hired_on=DAY + timedelta(days=1))
    place(hired, since=date(2020, 1, 1), manager=boss)
    known = make_person(name="Hired before", hired_on=DAY)
    place(known, since=TODAY, manager=boss)
    since = [operator(f"Came {day}", since=day, manager=boss) for day in (DAY, DAY + timedelta(days=1))]
    session = drafted([*team, hired, known, *since], boss)
    words = "Not employed here yet on that day: Came 2026-11-21, Hired since."
    for name in ("session", "sign_session"):
        assert words in notes(client, boss, name, session), name
    sign_session(session=session, by=boss, at=AT, **SIGNING)
    for name in ("session", "confirm_session"):
        assert words in notes(client, admin, name, session), name
    confirm_session(session=session, by=admin, at=AT, **SIGNING)
    assert Completion.objects.count() == 7  # a warning, not a refusal
    assert "Not employed" not in notes(client, admin, "session", session)


def test_nothing_is_said_of_a_day_on_which_everybody_was_there(client: Client, boss: User, team: list[User]) -> None:
    session = drafted(team, boss)
    for name in ("session", "sign_session"):
        page = notes(client, boss, name, session)
        assert "in effect on that day" not in page
        assert "Not employed" not in page


def test_session_asks_as_much_for_many_as_for_one(client: Client, boss: User, team: list[User]) -> None:
    late = [operator(f"Late {number}", since=TODAY, manager=boss) for number in range(3)]
    counts = []
    for people in (late[:1], late + team):
        session = drafted(people, boss, held_on=DAY)
        for name in ("session", "sign_session"):
            address = reverse(f"enrollment:{name}", args=[session.pk])
            client.force_login(boss)
            client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert "Late 0" in client.get(address).content.decode()
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


@pytest.mark.parametrize(
    ("typed", "words"), [("2026-11-24", "has not come yet"), ("1949-12-31", "between 1950 and 2199")]
)
def test_page_refuses_a_day_that_can_not_be(
    client: Client, boss: User, team: list[User], typed: str, words: str
) -> None:
    client.force_login(boss)
    told = {"course": a_course().pk, "trainer": "Dr. Steiner", "people": [team[0].pk], "held_on": typed}
    reply = client.post(reverse("enrollment:new_session"), {**told, "sheet": a_picture()})
    assert (reply.status_code, RecordedSession.objects.count()) == (422, 0)
    assert words in reply.content.decode()


# What the database holds


@pytest.mark.parametrize(
    ("changed", "constraint"),
    [
        ({"user_ids": []}, "session_of_somebody"),
        ({"user_ids": ["boss"]}, "session_recorded_by_another"),
        ({"trainer": ""}, "session_names_its_trainer"),
        ({"state": "other"}, "session_state_(known|dated)"),
        ({"state": "signed"}, "session_state_dated"),
        ({"signed_at": AT}, "session_(first_signature_dated|state_dated)"),
        ({"state": "confirmed", "signed_at": AT, "signature": "one"}, "session_state_dated"),
        ({"state": "discarded"}, "session_state_dated"),
        ({"decided_by": "boss", "decided_at": AT, "state": "confirmed"}, "session_(confirmed_by_a_third|decision)"),
        ({"decided_by": "maya", "decided_at": AT, "state": "confirmed"}, "session_(confirmed_by_a_third|decision)"),
        ({"decided_by": "admin", "decided_at": AT, "state": "confirmed"}, "session_decision_signed"),
        (
            {
                "decided_by": "admin", "decided_at": AT, "state": "returned", "signature": "one", "signed_at": AT,
                "second_signature": "two",
            },
            "session_returned_with_words",
        ),
        (
            {
                "decided_by": "boss", "decided_at": AT, "state": "confirmed", "signature": "one", "signed_at": AT,
                "second_signature": "two",
            },
            "session_confirmed_by_a_third",
        ),
        (
            {
                "decided_by": "maya", "decided_at": AT, "state": "confirmed", "signature": "one", "signed_at": AT,
                "second_signature": "two",
            },
            "session_confirmed_by_a_third",
        ),
    ],
)  # fmt: skip
def test_the_database_refuses_a_session(
    admin: User, boss: User, team: list[User], changed: dict[str, Any], constraint: str
) -> None:
    like = drafted(team, boss)
    one, two = Signature.objects.all()[:2]
    named = {"boss": boss, "maya": team[1], "admin": admin, "one": one, "two": two}
    row: dict[str, Any] = {
        "course": like.course, "version": like.version, "held_on": DAY, "trainer": "T", "sheet": like.sheet,
        "user_ids": [each.pk for each in team], "recorded_at": AT, "recorded_by": boss,
    }  # fmt: skip
    if changed.get("state") == "discarded":
        changed = {**changed, "discarded_at": None}
    given = {name: named.get(value, value) if isinstance(value, str) else value for name, value in changed.items()}
    if given.get("user_ids") == ["boss"]:
        given["user_ids"] = [boss.pk]
    with pytest.raises(IntegrityError, match=constraint):
        write([RecordedSession(id=new_id(), **{**row, **given})])


def test_what_was_signed_stays_and_completions_need_it_confirmed(admin: User, boss: User, team: list[User]) -> None:
    session = signed(team, boss)
    row = RecordedSession.objects.filter(pk=session.pk)
    for changed in ({"held_on": TODAY}, {"user_ids": [team[0].pk]}, {"trainer": "X"}, {"recorded_by": admin}):
        with pytest.raises(DatabaseError, match="does not change"):
            rewrite(row, **changed)
    told = {
        "course": session.course, "version": session.version, "zone": "UTC", "completed_at": AT, "completed_on": DAY,
        "recorded_at": AT, "source": CompletionSource.PROXY, "session": session,
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="not confirmed"):
        write([Completion(user=team[0], **told)])
    confirm_session(session=session, by=admin, at=AT, **SIGNING)
    with pytest.raises(DatabaseError, match="not confirmed"):
        write([Completion(user=operator("Else"), **told)])
    with pytest.raises(DatabaseError, match="does not change"):
        rewrite(row, decision="else")


@pytest.mark.requirement("R-95")
@pytest.mark.parametrize("lacking", ["completed_on", "user", "version", "course"])
def test_completion_has_its_day_its_training_and_its_person(
    admin: User, boss: User, team: list[User], lacking: str
) -> None:
    session = signed(team, boss)
    told: dict[str, Any] = {
        "course": session.course, "version": session.version, "zone": "UTC", "completed_at": AT, "completed_on": DAY,
        "recorded_at": AT, "source": CompletionSource.IMPORTED, "user": team[0],
    }  # fmt: skip
    with pytest.raises(IntegrityError, match=f'null value in column "{lacking}'):
        write([Completion(**{**told, lacking: None})])


# Pages


def test_manager_records_previews_signs_and_administrator_confirms(
    client: Client, admin: User, boss: User, team: list[User]
) -> None:
    course = a_course()
    client.force_login(boss)
    address = reverse("enrollment:new_session")
    assert "Maya, E" in client.get(address).content.decode()
    typed = {"course": course.pk, "held_on": "2026-11-20", "trainer": "Dr. Steiner", "place": ""}
    reply = client.post(address, {**typed, "sheet": a_picture()})
    assert "Choose at least one person" in reply.content.decode()
    reply = client.post(address, {**typed, "numbers": "X1 X2", "sheet": a_picture()})
    assert "Nobody has these numbers: X1, X2." in reply.content.decode()
    reply = client.post(address, {**typed, "people": [team[0].pk]})
    assert (reply.status_code, RecordedSession.objects.count()) == (422, 0)
    numbers = f"{team[1].employee_number}, {team[2].employee_number}"
    client.post(address, {**typed, "people": [team[0].pk], "numbers": numbers, "sheet": a_picture()})
    session = RecordedSession.objects.get()
    own = reverse("enrollment:session", args=[session.pk])
    page = client.get(own).content.decode()
    assert "This is the preview" in page
    assert "Who would be recorded" in page
    sign, confirm = (reverse(f"enrollment:{name}_session", args=[session.pk]) for name in ("sign", "confirm"))
    assert client.get(confirm)["Location"] == own
    assert "Maya" in client.get(sign).content.decode()
    assert client.post(sign, {"sign-email": boss.email, "sign-password": "wrong"}).status_code == 422
    client.post(sign, secrets(boss))
    assert "You signed first" in client.get(own).content.decode()
    assert client.post(confirm, secrets(boss))["Location"] == own
    assert not Completion.objects.exists()
    client.force_login(admin)
    assert "Signed by one" in client.get(reverse("enrollment:completions") + "?kind=sessions").content.decode()
    listed = client.get(reverse("enrollment:completions"))
    assert "One session waits for your signature." in listed.content.decode()
    assert [(title, count) for title, _url, count, _here in listed.context["tabs"]] == [
        ("Learned elsewhere", None), ("Sessions", 1), ("Planned sessions", None),
    ]  # fmt: skip
    client.post(confirm, {"words": "", **secrets(admin)})
    assert Completion.objects.count() == 3
    assert "Who is recorded" in client.get(own).content.decode()
    give_back = reverse("enrollment:return_session", args=[session.pk])
    late = client.post(give_back, {"words": "Rosa is not on it", **secrets(admin)}, follow=True).content.decode()
    assert "Nothing of what you sent was recorded" in late


def test_numbers_of_strangers_look_as_if_nobody_had_them(client: Client, boss: User, team: list[User]) -> None:
    stranger = operator("Wilhelmina Strange", since=date(2020, 1, 1), manager=make_person(name="Other lead"))
    client.force_login(boss)
    typed = {"course": a_course().pk, "held_on": "2026-11-20", "trainer": "Dr. Steiner", "people": [team[0].pk]}
    pages = []
    for number in (stranger.employee_number, "X1"):
        reply = client.post(
            reverse("enrollment:new_session"), {**typed, "numbers": number, "sheet": a_picture(), "id": new_id()}
        )
        assert (reply.status_code, RecordedSession.objects.count()) == (422, 0)
        pages.append(reply.content.decode())
        assert f"Nobody has this number: {number}." in pages[-1]
    assert "Wilhelmina" not in "".join(pages)


@pytest.mark.parametrize("make", [drafted, signed])
def test_session_is_discarded_with_a_reason_and_not_by_one_click(
    client: Client, boss: User, team: list[User], make: Callable[..., RecordedSession]
) -> None:
    session = make(team, boss)
    client.force_login(boss)
    own, discard = (reverse(f"enrollment:{name}", args=[session.pk]) for name in ("session", "discard_session"))
    assert f'href="{discard}" data-dialog' in client.get(own).content.decode()
    asked = client.get(discard).content.decode()
    assert "Discard this session?" in asked
    assert ("Your signature stays" in asked) == (session.state == SessionState.SIGNED)
    for typed in ({}, {"reason": "no"}):
        assert client.post(discard, typed).status_code == 422
    session.refresh_from_db()
    assert session.state in OPEN
    assert client.post(discard, {"reason": "Wrong sheet"})["Location"] == own
    session.refresh_from_db()
    assert session.state == SessionState.DISCARDED
    assert Event.objects.get(verb="enrollment.session_discarded").reason == "Wrong sheet"
    assert client.get(discard)["Location"] == own
    assert "Nothing of what you sent was recorded" in client.post(discard, {}, follow=True).content.decode()


def test_session_is_read_by_whom_it_concerns(client: Client, admin: User, boss: User, team: list[User]) -> None:
    session = signed(team, boss)
    auditor, stranger_lead = make_person(AccessRole.AUDITOR), make_person(name="Other lead")
    operator("Theirs", manager=stranger_lead)
    far = make_person(name="Newark only")
    grant_role(person=far, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    for name in ("session", "session_sheet"):
        address = reverse(f"enrollment:{name}", args=[session.pk])
        expected = {boss: 200, admin: 200, auditor: 200, stranger_lead: 404, far: 404, team[0]: 403}
        for user, status in expected.items():
            client.force_login(User.objects.get(pk=user.pk))
            reply = client.get(address)
            assert reply.status_code == status, user.name
            if reply.streaming:
                list(reply)
    opened = Event.objects.filter(verb="enrollment.session_sheet_read").values_list("actor_name", flat=True)
    assert sorted(opened) == sorted(each.name for each in (boss, admin, auditor))
    client.force_login(auditor)
    assert client.get(reverse("enrollment:confirm_session", args=[session.pk])).status_code == 403


def test_list_of_sessions_asks_as_much_for_many_as_for_one(
    client: Client, admin: User, boss: User, team: list[User]
) -> None:
    client.force_login(admin)
    address = reverse("enrollment:completions") + "?kind=sessions"
    assert "No sessions yet" in client.get(address).content.decode()
    counts = []
    for many in (1, 3):
        for _each in range(many):
            signed(team, boss)
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_every_page_stands_with_a_completion_that_nobody_took_here(
    client: Client, admin: User, boss: User, team: list[User]
) -> None:
    """It has no enrollment, no score and no certificate."""
    course = a_course("Gowning")
    switched_on(course, by=admin)
    confirm_session(session=signed(team, boss, course=course), by=admin, at=AT, **SIGNING)
    maya = team[1]
    record = [reverse("reporting:person", args=[maya.pk])]
    record += [reverse("reporting:person_part", args=[maya.pk, part]) for part in PARTS if part != "requirements"]
    own = [reverse(f"enrollment:{name}") for name in ("home", "training", "record", "map", "calendar")]
    own += [f"{reverse('enrollment:training')}?show=completed", reverse("enrollment:start", args=[course.pk])]
    own += [reverse("courses:course", args=[course.pk]), reverse("enrollment:why", args=[maya.assignments.get().pk])]
    team_pages = [f"{reverse('reporting:team')}{query}" for query in ("", "?view=list", "?format=csv")]
    auditor = make_person(AccessRole.AUDITOR)
    for reader, addresses in ((maya, own + record), (boss, team_pages + record), (auditor, record)):
        client.force_login(reader)
        for address in addresses:
            assert client.get(address, follow=True).status_code == 200, (reader.name, address)
    client.force_login(maya)
    assert "Gowning" in client.get(reverse("enrollment:home")).content.decode()
