"""The learner's quiz pages, and the attempt on record: by role, and in a constant number of queries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.actions import start_attempt, submit_attempt
from assessments.models import Attempt, Response
from assessments.queries import quiz_content
from core.clock import now
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment, Progress
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests import factories
from tests.assessments.building import (
    AT,
    WHY_RIGHT,
    WHY_WRONG,
    Taking,
    person,
    right_keys,
    taking,
    write,
    wrong_keys,
)

LEARNER_PAGES = ("quiz", "start", "save", "review", "submit")


def client_of(user: User) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(user, backend="people.backends.PersonBackend")
    return client


def url(someone: Taking, page: str = "quiz", **more: Any) -> str:
    where = {"enrollment_id": someone.enrollment.pk, "activity_id": someone.quiz.pk}
    return reverse(f"assessments:{page}", kwargs=where | more)


def begin(someone: Taking) -> Attempt:
    return start_attempt(enrollment=someone.enrollment, quiz_id=someone.quiz.pk, by=someone.user, at=now())


def save(client: Client, someone: Taking, question: str, chosen: Any, **headers: str) -> Any:
    sent = json.dumps({"question": question, "chosen": chosen})
    return client.post(url(someone, "save"), sent, content_type="application/json", headers=headers)


def submitted(someone: Taking, chosen: dict[str, list[str]] | None = None) -> Attempt:
    attempt = begin(someone)
    client = client_of(someone.user)
    for question, keys in (right_keys(attempt) if chosen is None else chosen).items():
        save(client, someone, question, keys)
    return submit_attempt(attempt_id=attempt.pk, by=someone.user, at=now())


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


# The way through


def test_rules_stand_on_the_page_before_the_start(db: None) -> None:
    page = text(client_of((someone := taking()).user).get(url(someone)))
    assert "To pass you need <b>2 of 3</b> (60 %)." in page
    assert "You have 3 attempts." in page
    assert "Every attempt is kept in your record" in page
    assert "Question 1" not in page
    assert Progress.objects.filter(activity=someone.quiz.pk, state="opened").exists()


def test_whole_flow_leads_from_start_to_signature(db: None) -> None:
    someone = taking()
    client = client_of(someone.user)
    started = client.post(url(someone, "start"), follow=True)
    assert started.redirect_chain == [(url(someone), 302)]
    attempt = Attempt.objects.get()
    for number, (question, chosen) in enumerate(right_keys(attempt).items(), start=1):
        saved = save(client, someone, question, chosen, idempotency_key=f"key-{number}")
        assert saved.status_code == 200
        assert (saved.json()["answered"], saved.json()["open"]) == (number, 3 - number)
    assert "All questions are answered." in text(client.get(url(someone, "review")))
    result = client.post(url(someone, "submit"), {"attempt": str(attempt.pk)}, follow=True)
    assert result.redirect_chain == [(url(someone, "attempt", attempt_id=attempt.pk), 302)]
    page = text(result)
    assert "Passed: 3 of 3" in page
    assert reverse("enrollment:sign", kwargs={"enrollment_id": someone.enrollment.pk}) in page
    assert ">Try again<" not in page
    again = text(client.get(url(someone)))
    assert "You have passed this quiz; it counts once." in again
    assert "attempt 4" not in again


def test_failed_attempt_says_why_for_every_option_and_offers_another(db: None) -> None:
    someone = taking()
    attempt = submitted(someone, {})
    page = text(client_of(someone.user).get(url(someone, "attempt", attempt_id=attempt.pk)))
    assert "Not passed yet: 0 of 3" in page
    assert "2 attempts are left" in page
    assert page.count(WHY_RIGHT) == 4
    assert page.count(WHY_WRONG) == 5
    assert ">Try again<" in page
    passage = reverse("enrollment:activity", args=[someone.enrollment.pk, someone.page.pk])
    assert f'{passage}#one-line-through-it"' in page


def test_result_shows_what_to_learn_from_or_everything(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    chosen = right_keys(attempt)
    missed = next(iter(chosen))
    client = client_of(someone.user)
    for question, keys in {**chosen, missed: wrong_keys(attempt)[missed]}.items():
        save(client, someone, question, keys)
    submit_attempt(attempt_id=attempt.pk, by=someone.user, at=now())
    where = url(someone, "attempt", attempt_id=attempt.pk)
    assert text(client.get(where)).count('class="question small') == 1
    assert text(client.get(f"{where}?show=all")).count('class="question small') == 3


def test_last_failed_attempt_says_whom_to_ask(db: None) -> None:
    someone = taking(attempts_allowed=1)
    attempt = submitted(someone, {})
    client = client_of(someone.user)
    assert "Ask your manager or an administrator" in text(client.get(url(someone, "attempt", attempt_id=attempt.pk)))
    refused = client.post(url(someone, "start"))
    assert refused.status_code == 409
    assert "The one attempt is used." in text(refused)


def test_open_attempt_is_where_it_was_left_after_a_reload(db: None) -> None:
    someone = taking()
    client = client_of(someone.user)
    attempt = begin(someone)
    question, chosen = next(iter(right_keys(attempt).items()))
    save(client, someone, question, chosen)
    for _reload in range(2):
        page = text(client.get(url(someone)))
        assert page.count(" checked>") == len(chosen)
        assert f'value="{chosen[0]}" checked>' in page
    assert client.get(url(someone, "attempt", attempt_id=attempt.pk)).headers["Location"] == url(someone)


# Without scripts


def test_page_without_scripts_saves_what_was_changed_and_shows_what_is_open(db: None) -> None:
    someone = taking()
    client = client_of(someone.user)
    attempt = begin(someone)
    first, second, third = right_keys(attempt).items()
    save(client, someone, *second)
    fields = {
        f"q-{first[0]}": first[1],
        f"was-{second[0]}": ",".join(second[1]),
        f"q-{second[0]}": second[1],
    }
    page = text(client.post(url(someone, "review"), fields, follow=True))
    assert "2 of 3 questions are answered." in page
    number = [shown["key"] for shown in attempt.layout].index(third[0]) + 1
    assert f'{url(someone)}#q{number}">question {number}</a>' in page
    assert Response.objects.count() == 2
    assert set(Response.objects.values_list("saves", flat=True)) == {1}


def test_old_page_without_scripts_does_not_take_back_what_another_page_saved(db: None) -> None:
    someone = taking()
    client = client_of(someone.user)
    attempt = begin(someone)
    question, chosen = next(iter(right_keys(attempt).items()))
    save(client, someone, question, chosen)
    client.post(url(someone, "review"), {f"was-{question}": ""})
    assert Response.objects.get().chosen == chosen
    client.post(url(someone, "review"), {f"was-{question}": ",".join(chosen)})
    assert Response.objects.get().chosen == []


def test_page_of_a_closed_attempt_saves_nothing(db: None) -> None:
    someone = taking()
    attempt = submitted(someone, {})
    question, chosen = next(iter(right_keys(attempt).items()))
    response = client_of(someone.user).post(url(someone, "review"), {f"q-{question}": chosen})
    assert response.headers["Location"] == url(someone)
    assert not Response.objects.exists()


# What is refused


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"question": "x"}',
        b'{"question": 1, "chosen": []}',
        b'{"question": "x", "chosen": "y"}',
        b'{"question": "x", "chosen": [1]}',
        b"[" * 3000,
        b" " * 5000,
        b"\xff",
    ],
)
def test_save_refuses_what_can_not_be_read(db: None, body: bytes) -> None:
    someone = taking()
    begin(someone)
    client = client_of(someone.user)
    response = client.post(url(someone, "save"), body, content_type="application/json")
    assert (response.status_code, response.json()["error"]) == (400, "unreadable")


def test_save_takes_the_fields_of_a_form_too(db: None) -> None:
    someone = taking()
    question, chosen = next(iter(right_keys(begin(someone)).items()))
    client = client_of(someone.user)
    assert client.post(url(someone, "save"), {"question": question, f"q-{question}": chosen}).status_code == 200
    assert Response.objects.get().chosen == chosen
    assert client.post(url(someone, "save"), {}).status_code == 400


def test_save_of_a_foreign_key_is_refused_with_words(db: None) -> None:
    someone = taking()
    question = next(iter(right_keys(begin(someone))))
    response = save(client_of(someone.user), someone, question, ["nosuchky"])
    assert (response.status_code, response.json()["words"]) == (
        422,
        "That answer belongs to another attempt. Reload the page.",
    )


def test_late_save_says_that_the_attempt_is_closed_and_where_its_result_is(db: None) -> None:
    someone = taking()
    attempt = submitted(someone)
    response = save(client_of(someone.user), someone, next(iter(right_keys(attempt))), [])
    assert response.status_code == 409
    assert response.json() == {
        "error": "submitted",
        "words": "This attempt was submitted; its answers do not change any more.",
        "next": url(someone, "attempt", attempt_id=attempt.pk),
    }


def test_second_submit_leads_to_the_first_result(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    client = client_of(someone.user)
    where = url(someone, "attempt", attempt_id=attempt.pk)
    for _time in range(2):
        assert client.post(url(someone, "submit"), {"attempt": str(attempt.pk)}).headers["Location"] == where
    assert Attempt.objects.get().score == 0


@pytest.mark.parametrize(
    ("named", "status", "state"), [("old", 302, "open"), ("new", 302, "submitted"), ("x", 404, "open")]
)
def test_submit_from_an_old_page_leaves_the_newer_attempt_open(db: None, named: str, status: int, state: str) -> None:
    someone = taking()
    attempts = {"old": submitted(someone, {}), "new": begin(someone)}
    sent = {"attempt": str(attempts[named].pk) if named in attempts else named}
    assert client_of(someone.user).post(url(someone, "submit"), sent).status_code == status
    assert Attempt.objects.get(number=2).state == state


def test_locked_quiz_says_what_opens_it_and_refuses_a_start(db: None) -> None:
    someone = taking(unlocked=False)
    client = client_of(someone.user)
    shown, refused = client.get(url(someone)), client.post(url(someone, "start"))
    assert (shown.status_code, refused.status_code) == (200, 409)
    key = reverse("enrollment:activity", args=[someone.enrollment.pk, someone.page.pk])
    for response in (shown, refused):
        assert "Opens when you complete “When the entry is wrong”" in text(response)
        assert key in text(response)
    someone.finish_page()
    assert client.post(url(someone, "start")).status_code == 302


def test_ended_training_refuses_a_submit_and_keeps_its_attempts_readable(db: None) -> None:
    someone = taking()
    failed = submitted(someone, {})
    begin(someone)
    enrollments = Enrollment.objects.filter(pk=someone.enrollment.pk)
    write(lambda: enrollments.update(state=EnrollmentState.CANCELLED, ended_at=AT))
    client = client_of(someone.user)
    refused = client.post(url(someone, "submit"))
    assert refused.status_code == 409
    assert "This training has ended" in text(refused)
    assert client.get(url(someone, "attempt", attempt_id=failed.pk)).status_code == 200
    assert "This training has ended" in text(client.get(url(someone)))


# Whose it is


def test_somebody_elses_quiz_does_not_exist(db: None) -> None:
    someone = taking()
    attempt = submitted(someone)
    stranger, owner = client_of(person("Stranger")), client_of(someone.user)
    for page in LEARNER_PAGES:
        method = "post" if page in ("start", "save", "submit") else "get"
        body = {"question": "x"} if page == "save" else {}
        assert getattr(stranger, method)(url(someone, page), body).status_code == 404, page
        assert getattr(owner, method)(url(someone, page), body).status_code != 404, page
    for address in (
        url(someone, "attempt", attempt_id=attempt.pk),
        reverse("assessments:attempt_record", args=[attempt.pk]),
    ):
        assert stranger.get(address).status_code == 404
        assert owner.get(address).status_code == 200


def test_visitor_is_led_to_the_sign_in_form(db: None) -> None:
    someone = taking()
    for page in LEARNER_PAGES:
        response = Client().post(url(someone, page)) if page != "quiz" else Client().get(url(someone))
        assert response.status_code == 302
        assert response.headers["Location"].startswith(reverse("account_login"))


def test_activity_that_is_no_quiz_has_no_quiz_page(db: None) -> None:
    someone = taking()
    where = {"enrollment_id": someone.enrollment.pk, "activity_id": someone.page.pk}
    assert client_of(someone.user).get(reverse("assessments:quiz", kwargs=where)).status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("manager", 200), ("auditor", 200), ("administrator", 200), ("author", 404)]
)
def test_record_of_an_attempt_is_for_those_who_may_read_about_the_person(db: None, role: str, status: int) -> None:
    someone = taking()
    attempt = submitted(someone, {})
    if role == "manager":
        reader = factories.make_person()
        factories.place(someone.user, manager=reader, since=date(2020, 1, 1))
    else:
        reader = factories.make_person(AccessRole(role))
    response = client_of(reader).get(reverse("assessments:attempt_record", args=[attempt.pk]))
    assert response.status_code == status
    if status == 200:
        assert someone.user.name in text(response)
        assert "0 of 3, 2 needed" in text(response)
        assert text(response).count(WHY_RIGHT) == 4


def test_look_of_an_auditor_is_written_down_once(db: None) -> None:
    someone = taking()
    attempt = submitted(someone, {})
    address = reverse("assessments:attempt_record", args=[attempt.pk])
    looks = Event.objects.filter(verb="assessments.attempt_opened")
    client_of(someone.user).get(address)
    assert not looks.exists()
    auditor = factories.make_person(AccessRole.AUDITOR, name="Ruth Feldmann")
    for _time in range(2):
        client_of(auditor).get(address)
    look = looks.get()
    assert look.person_id == someone.user.pk
    assert look.sentence == "Ruth Feldmann opened attempt 1 of “Final quiz” by Ana Costa"


def test_open_attempt_is_not_on_record_yet(db: None) -> None:
    someone = taking()
    attempt = begin(someone)
    auditor = client_of(factories.make_person(AccessRole.AUDITOR))
    address = reverse("assessments:attempt_record", args=[attempt.pk])
    assert auditor.get(address).status_code == 404
    submit_attempt(attempt_id=attempt.pk, by=someone.user, at=now())
    assert auditor.get(address).status_code == 200


# The key stays on the server


def key_material(someone: Taking) -> dict[str, list[str]]:
    """Return what must not leave the server before an attempt closes: reasons, words of the key, ids of options."""
    content = quiz_content(someone.quiz.pk)
    options = [option for question in content.questions for option in question.options]
    return {
        "reasons": [WHY_RIGHT, WHY_WRONG],
        "names": ["is_correct", "is_right", '"correct"', "data-right", "data-correct"],
        "ids": [str(option.id) for option in options] + [str(question.id) for question in content.questions],
    }


def leaks(response: Any, someone: Taking) -> list[str]:
    whole = response.content.decode() + json.dumps(dict(response.headers.items())) + str(response.cookies)
    return [part for parts in key_material(someone).values() for part in parts if part in whole]


def test_nothing_before_submission_carries_the_key(db: None) -> None:
    someone = taking()
    client = client_of(someone.user)
    opened = reverse("enrollment:activity", args=[someone.enrollment.pk, someone.quiz.pk])
    responses = {
        "rules": client.get(url(someone)),
        "started": client.post(url(someone, "start"), follow=True),
        "quiz": client.get(url(someone)),
        "course": client.get(reverse("enrollment:course", args=[someone.enrollment.pk])),
        "activity": client.get(opened, follow=True),
    }
    attempt = Attempt.objects.get()
    for question, chosen in right_keys(attempt).items():
        responses[f"save {question}"] = save(client, someone, question, chosen)
        responses[f"refused {question}"] = save(client, someone, question, ["x"])
    responses["review"] = client.get(url(someone, "review"))
    responses["unreadable"] = save(client, someone, "", None)
    responses["attempt"] = client.get(url(someone, "attempt", attempt_id=attempt.pk), follow=True)
    responses["home"] = client.get("/")
    for name, response in responses.items():
        assert response.status_code < 500, name
        assert leaks(response, someone) == [], name
    client.post(url(someone, "submit"))
    after = client.get(url(someone, "attempt", attempt_id=attempt.pk))
    assert WHY_RIGHT in leaks(after, someone), "feedback must tell what the search above looks for"


def test_saves_and_pages_look_the_same_for_right_and_wrong_answers(db: None) -> None:
    """Neither a reply nor the order of a page depends on whether the answer is right."""
    someone = taking()
    client = client_of(someone.user)
    attempt = begin(someone)
    for question, right in right_keys(attempt).items():
        wrong = wrong_keys(attempt)[question]
        replies = [save(client, someone, question, keys) for keys in (right, wrong)]
        assert replies[0].json().keys() == replies[1].json().keys()
        assert len(replies[0].content) == len(replies[1].content)


def test_new_attempt_after_a_failed_one_does_not_carry_the_key(db: None) -> None:
    someone = taking()
    submitted(someone, {})
    client = client_of(someone.user)
    page = client.post(url(someone, "start"), follow=True)
    assert "Question 1 of 3" in text(page)
    assert leaks(page, someone) == []


# Speed


def queries_of_a_flow(questions: int) -> dict[str, int]:
    """Return how many queries each page of a quiz with so many questions asks."""
    someone = taking(rights=[(True, False)] * questions)
    client = client_of(someone.user)
    quiz_content(someone.quiz.pk)
    client.get(url(someone))
    asked: dict[str, int] = {}

    def count(name: str, call: Callable[[], Any]) -> None:
        with CaptureQueriesContext(connection) as captured:
            assert call().status_code < 400
        asked[name] = len(captured)

    count("rules", lambda: client.get(url(someone)))
    count("start", lambda: client.post(url(someone, "start")))
    attempt = Attempt.objects.get(enrollment=someone.enrollment)
    count("quiz", lambda: client.get(url(someone)))
    first, *others = right_keys(attempt).items()
    count("save", lambda: save(client, someone, *first))
    for other in others:
        save(client, someone, *other)
    count("save again", lambda: save(client, someone, *first))
    count("review", lambda: client.get(url(someone, "review")))
    count("submit", lambda: client.post(url(someone, "submit")))
    count("result", lambda: client.get(url(someone, "attempt", attempt_id=attempt.pk)))
    return asked


def test_pages_ask_the_same_few_queries_for_one_question_and_for_many(db: None) -> None:
    one, many = queries_of_a_flow(1), queries_of_a_flow(7)
    assert one == many
    most = {"rules": 5, "start": 9, "quiz": 5, "save": 6, "save again": 6, "review": 4, "submit": 17, "result": 6}
    assert {name: count for name, count in many.items() if count > most[name]} == {}
