"""What is said to people: declared by the rooms, worded by administrators, filled by nothing but names."""

from __future__ import annotations

from datetime import UTC, datetime
from string import Formatter

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import DjangoAssertNumQueries

from notifications.actions import queue_messages, queue_notice, reset_wording, set_wording
from notifications.models import Message, OwnWording
from notifications.wording import BadWording, Notice, Wording, declare, fill, kind_of, kinds, label_of, names_in
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.factories import make_person, make_site
from tests.notifications.saying import DUE, NEWS, news

AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
OWN = Wording("Changed: {course}", "Please read it.\n\n{reason}", "Read now")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Overdue: {course}", "Overdue: Lockout"),
        ("{course} {course}", "Lockout Lockout"),
        ("{{course}}", "{course}"),
        ("nothing", "nothing"),
        ("", ""),
    ],
)
def test_template_is_filled(template: str, expected: str) -> None:
    assert fill(template, {"course": "Lockout"}) == expected


@pytest.mark.parametrize(
    "template",
    [
        "{course.__class__}",
        "{course[0]}",
        "{course!r}",
        "{course:>1000000000}",
        "{course:{course}}",
        "{0}",
        "{}",
        "{ course }",
        "{co urse}",
        "{",
        "}",
        "{course",
        "{ç}",
    ],
)
def test_anything_but_a_name_in_braces_is_refused(template: str) -> None:
    with pytest.raises(BadWording):
        fill(template, {"course": "Lockout", "ç": "x"})


def test_field_that_is_missing_is_named() -> None:
    with pytest.raises(BadWording, match=r"There is no field \{manager\}\."):
        fill("{manager}", {"course": "Lockout"})


def test_what_a_field_says_is_not_filled_again() -> None:
    assert fill("{course}", {"course": "{secret} {course.x}", "secret": "!"}) == "{secret} {course.x}"


@given(st.text(max_size=60), st.text(max_size=20))
def test_whatever_is_typed_is_filled_or_refused(template: str, value: str) -> None:
    try:
        names = names_in(template)
    except BadWording:
        return
    filled = fill(template, dict.fromkeys(names, value))
    plain = "".join(text for text, *_rest in Formatter().parse(template))
    assert len(filled) == len(plain) + sum(1 for _t, name, *_r in Formatter().parse(template) if name) * len(value)


def test_paragraph_that_comes_out_empty_is_left_out() -> None:
    filled = Wording("{course}\nnow", "{words}\n\nDo it.\r\n\r\n{reason}").filled(
        {"course": "Lockout", "words": "", "reason": "Because."}
    )
    assert (filled.subject, filled.body) == ("Lockout now", "Do it.\n\nBecause.")


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.code)
def test_every_declared_wording_can_be_filled_with_its_examples(kind) -> None:
    assert str(kind.label)
    assert str(kind.purpose).endswith(".")
    for variant in ("", *kind.variants):
        wording = kind.default(variant)
        assert kind.complaints(wording) == {}
        filled = wording.filled(kind.examples())
        assert filled.subject
        assert filled.body


def test_kind_is_declared_once() -> None:
    with pytest.raises(ValueError, match="declared twice"):
        declare("due", label="", purpose="", audience="learner", wording=Wording("", ""))
    assert kind_of("due") is DUE
    assert (label_of("due"), label_of("long-gone")) == ("Due", "long-gone")


def test_message_says_the_default_until_an_administrator_words_it(db: None) -> None:
    person, admin = make_person(), make_person(AccessRole.ADMINISTRATOR)
    with transaction.atomic():
        queue_notice(recipient=person, notice=news(reason="Because."), once="1", at=AT)
    set_wording(kind=NEWS, variant="", language="en", wording=OWN, by=admin, at=AT)
    queue_notice(recipient=person, notice=news(), once="2", at=AT)
    queue_notice(
        recipient=person, notice=Notice(NEWS, {"course": "X", "reason": "R"}, variant="again"), once="3", at=AT
    )
    reset_wording(kind=NEWS, variant="", language="en", by=admin, at=AT)
    queue_notice(recipient=person, notice=news(), once="4", at=AT)
    said = Message.objects.filter(kind="news").order_by("once").values_list("subject", "body", "action")
    assert list(said) == [
        ("News of Lockout/tagout", "It has changed.\n\nBecause.", "Read"),
        ("Changed: Lockout/tagout", "Please read it.", "Read now"),
        ("More news of X", "R", "Read"),
        ("News of Lockout/tagout", "It has changed.", "Read"),
    ]


def test_wording_for_a_field_that_is_gone_gives_way_to_the_default(db: None) -> None:
    notice = news()
    assert notice.said(Wording("{vanished}", "x")).subject == notice.subject


@pytest.mark.parametrize("count", [1, 3])
def test_wording_many_messages_asks_once(
    db: None, count: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    people = [make_person() for _ in range(count)]
    messages = [Message.of(news(), recipient=person, once=f"n:{person.pk}") for person in people]
    with django_assert_max_num_queries(4):
        assert queue_messages(messages, at=AT) == count


def test_change_of_a_wording_is_a_fact_with_what_was_and_is(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR, name="Tomás Ferreira")
    set_wording(kind=NEWS, variant="", language="en", wording=OWN, by=admin, at=AT)
    set_wording(kind=NEWS, variant="", language="en", wording=OWN, by=admin, at=AT)  # no change
    second = Wording("Changed again: {course}", OWN.body, OWN.action)
    set_wording(kind=NEWS, variant="", language="en", wording=second, by=admin, at=AT)
    assert reset_wording(kind=NEWS, variant="", language="en", by=admin, at=AT)
    assert not reset_wording(kind=NEWS, variant="", language="en", by=admin, at=AT)
    facts = Event.objects.filter(kind="fact", verb__startswith="notifications.wording").order_by("id")
    assert [fact.sentence for fact in facts] == [
        "Tomás Ferreira changed the wording of “News” (en)",
        "Tomás Ferreira changed the wording of “News” (en)",
        "Tomás Ferreira reset the wording of “News” (en)",
    ]
    captured = Event.objects.get(kind="capture", fact=facts[1])
    assert (captured.old["subject"], captured.new["subject"]) == ("Changed: {course}", "Changed again: {course}")


def test_wording_with_an_unknown_field_is_refused_by_the_action(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    with pytest.raises(BadWording, match=r"no field \{password\}\. Its fields are: \{course\}, \{reason\}\."):
        set_wording(kind=NEWS, variant="", language="en", wording=Wording("{password}", "x"), by=admin, at=AT)
    assert not OwnWording.objects.exists()


def test_wording_without_a_fact_is_refused_by_the_database(db: None) -> None:
    with pytest.raises(DatabaseError, match="needs a fact"), transaction.atomic():
        OwnWording.objects.create(kind="news", language="en", subject="x", body="y")


def test_second_wording_of_a_kind_is_refused_by_the_database(db: None) -> None:
    admin = make_person(AccessRole.ADMINISTRATOR)
    set_wording(kind=NEWS, variant="", language="en", wording=OWN, by=admin, at=AT)
    with pytest.raises(IntegrityError, match="wording_once"), transaction.atomic():
        OwnWording.objects.create(kind="news", language="en", subject="x", body="y")


# Pages


@pytest.fixture
def admin(db: None, client: Client) -> User:
    person = make_person(AccessRole.ADMINISTRATOR)
    client.force_login(person)
    return person


@pytest.mark.parametrize("own", [0, 3])
def test_list_shows_every_kind_and_which_is_our_own(
    client: Client, admin: User, own: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for kind in kinds()[:own]:
        set_wording(kind=kind, variant="", language="en", wording=Wording("S", "B"), by=admin, at=AT)
    client.get("/messages/wording/")
    with django_assert_num_queries(5):
        page = client.get("/messages/wording/").content.decode()
    assert page.count("Your own") == own
    assert all(str(kind.label) in page.replace("&#x27;", "'") for kind in kinds())


def test_administrator_words_a_message_and_resets_it(client: Client, admin: User) -> None:
    page = client.get("/messages/wording/news/").content.decode()
    assert "News of Lockout/tagout" in page
    typed = {"subject": "Read {course}", "body": "{reason}", "action": "Go"}
    looked = client.post("/messages/wording/news/", {**typed, "do": "preview"})
    assert "Read Lockout/tagout" in looked.content.decode()
    assert not OwnWording.objects.exists()
    assert client.post("/messages/wording/news/?case=again", typed).status_code == 302
    row = OwnWording.objects.get()
    assert (row.variant, row.language, row.subject) == ("again", "en", "Read {course}")
    assert client.post("/messages/wording/news/reset/?case=again").status_code == 302
    assert not OwnWording.objects.exists()


def test_field_that_the_message_does_not_have_is_refused_with_a_sentence(client: Client, admin: User) -> None:
    typed = {"subject": "{password}", "body": "{course.x}", "action": ""}
    answer = client.post("/messages/wording/news/", typed)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This message has no field {password}." in page
    assert "is not a field" in page
    fragment = client.post("/messages/wording/news/preview/", typed).content.decode()
    assert "no field {password}" in fragment


def test_preview_escapes_what_is_typed(client: Client, admin: User) -> None:
    typed = {"subject": "<script>x</script>", "body": "<b>{reason}</b>"}
    fragment = client.post("/messages/wording/news/preview/", typed).content.decode()
    assert "&lt;script&gt;" in fragment
    assert "<b>" not in fragment


@pytest.mark.parametrize(
    "address", ["/messages/wording/none/", "/messages/wording/news/?case=x", "/messages/wording/news/?language=xx"]
)
def test_wording_that_does_not_exist_is_not_found(client: Client, admin: User, address: str) -> None:
    assert client.get(address).status_code == 404


def test_administrator_of_one_site_reads_and_does_not_change(client: Client, db: None) -> None:
    from people.actions import grant_role
    from tests.factories import BY, LONG_AGO

    person = make_person()
    grant_role(person=person, role=AccessRole.ADMINISTRATOR, site=make_site(), by=BY, at=LONG_AGO, reason="for a test")
    client.force_login(person)
    assert client.get("/messages/wording/").status_code == 200
    assert client.get("/messages/wording/news/").status_code == 403
