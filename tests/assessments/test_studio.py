"""The author's pages for the questions of a quiz."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments.actions import add_question, edit_question
from assessments.models import Question
from assessments.queries import draft_questions
from assessments.rules import OptionDraft, QuestionDraft
from core.clock import now
from courses.actions import add_activity, add_module, create_course
from courses.models import Activity
from people.choices import AccessRole
from people.models import User
from tests.assessments.building import release
from tests.factories import make_person

OPTIONS = (OptionDraft("One line through it", True, "It stays readable."), OptionDraft("Paint", False, "It hides."))
ASKED = QuestionDraft("Which entry is right?", False, OPTIONS)


@pytest.fixture
def author(db: None) -> User:
    return make_person(AccessRole.AUTHOR)


@pytest.fixture
def quiz(author: User) -> Activity:
    version = create_course(by=author, at=now(), code="GXP-777", title="Good documentation")
    module = add_module(version_id=version.pk, by=author, at=now(), title="Prove it", objective="Correct an entry")
    body = "## One line through it\n\nSo that both stay readable."
    add_activity(module_id=module.pk, by=author, at=now(), kind="page", title="When it is wrong", values={"body": body})
    return add_activity(module_id=module.pk, by=author, at=now(), kind="quiz", title="Final quiz", minutes=5)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="people.backends.PersonBackend")
    return client


def url(quiz: Activity, page: str, *more: Any) -> str:
    return reverse(f"assessments:{page}", args=[quiz.module.version_id, quiz.pk, *more])


def fields(*options: tuple[str, bool, str], text: str = "What now?", **changes: str) -> dict[str, str]:
    typed = {"text": text, "takes_several": "one", "passage": "", "revision": ""}
    typed |= {"option-TOTAL_FORMS": "4", "option-INITIAL_FORMS": "0"}
    for number, (words, is_right, why) in enumerate(options):
        typed |= {f"option-{number}-text": words, f"option-{number}-why": why}
        if is_right:
            typed[f"option-{number}-is_correct"] = "on"
    return typed | changes


TWO = (("Yes", True, "Since it is."), ("No", False, "Since it is not."))


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_new_question_is_written_with_its_passage(quiz: Activity, author: User) -> None:
    client = client_of(author)
    page = quiz.module.activities.get(kind="page")
    form = text(client.get(url(quiz, "new_question")))
    assert f'value="{page.lineage}#one-line-through-it"' in form
    typed = fields(*TWO, passage=f"{page.lineage}#one-line-through-it")
    response = client.post(url(quiz, "new_question"), typed)
    assert response.headers["Location"] == reverse("courses:activity", args=[quiz.module.version_id, quiz.pk])
    (asked,) = draft_questions(quiz.pk)
    assert (asked.text, asked.passage_lineage, asked.passage_anchor) == (
        "What now?",
        page.lineage,
        "one-line-through-it",
    )
    assert [(option.text, option.is_correct, option.why) for option in asked.options] == list(TWO)


def test_editor_of_the_quiz_lists_its_questions_and_what_they_lack(quiz: Activity, author: User) -> None:
    add_question(quiz_id=quiz.pk, draft=ASKED, by=author, at=now())
    add_question(quiz_id=quiz.pk, draft=QuestionDraft("And then?", False, ()), by=author, at=now())
    page = text(client_of(author).get(reverse("courses:activity", args=[quiz.module.version_id, quiz.pk])))
    assert "1. Which entry is right?" in page
    assert "fewer than two options" in page
    assert "no right answer" in page
    assert "Needed to pass, in percent" in page


def test_question_is_saved_by_the_page_and_by_its_script(quiz: Activity, author: User) -> None:
    asked = add_question(quiz_id=quiz.pk, draft=ASKED, by=author, at=now())
    client = client_of(author)
    where = url(quiz, "question", asked.pk)
    assert "One line through it" in text(client.get(where))
    json = {"headers": {"Accept": "application/json"}}
    seen = ASKED.sha256
    saved = client.post(where, fields(*TWO, text="By script", revision=seen), **json)
    assert saved.status_code == 200
    again = client.post(where, fields(*TWO, text="By script again", revision=saved.json()["revision"]), **json)
    assert again.status_code == 200
    by_hand = client.post(where, fields(*TWO, text="By hand", revision=again.json()["revision"]))
    assert by_hand.status_code == 302
    assert [question.text for question in draft_questions(quiz.pk)] == ["By hand"]


def test_what_somebody_else_saved_is_not_written_over(quiz: Activity, author: User) -> None:
    asked = add_question(quiz_id=quiz.pk, draft=ASKED, by=author, at=now())
    other = make_person(AccessRole.AUTHOR, name="Tomas Ek")
    theirs = QuestionDraft("Theirs", False, OPTIONS)
    edit_question(question_id=asked.pk, draft=theirs, by=other, at=now())
    client, where = client_of(author), url(quiz, "question", asked.pk)
    mine = fields(*TWO, text="Mine", revision=ASKED.sha256)
    told = client.post(where, mine, headers={"Accept": "application/json"})
    assert told.status_code == 409
    assert "Tomas Ek changed this" in told.json()["message"]
    shown = client.post(where, mine)
    assert shown.status_code == 409
    assert "Theirs" in text(shown)
    assert "Mine" in text(shown)
    assert [question.text for question in draft_questions(quiz.pk)] == ["Theirs"]
    decided = client.post(where, fields(*TWO, text="Mine", revision=theirs.sha256))
    assert decided.status_code == 302
    assert [question.text for question in draft_questions(quiz.pk)] == ["Mine"]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (fields(*TWO, text=""), "Question"),
        (fields(("", True, "why"), TWO[0]), "Write the option, or leave its whole row empty."),
        (fields(*TWO, passage="elsewhere#x"), "Passage"),
        (fields(*TWO, takes_several="none"), "Answers"),
    ],
)
def test_what_can_not_be_saved_stays_on_the_page_with_words(
    quiz: Activity, author: User, typed: dict[str, str], words: str
) -> None:
    client = client_of(author)
    response = client.post(url(quiz, "new_question"), typed)
    assert response.status_code == 422
    assert words in text(response)
    assert "Since it is." in text(response)
    assert not Question.objects.exists()
    asked = add_question(quiz_id=quiz.pk, draft=ASKED, by=author, at=now())
    told = client.post(url(quiz, "question", asked.pk), typed, headers={"Accept": "application/json"})
    assert (told.status_code, bool(told.json()["errors"])) == (422, True)


def test_question_is_moved_removed_and_brought_back(quiz: Activity, author: User) -> None:
    client = client_of(author)
    rows = [
        add_question(quiz_id=quiz.pk, draft=QuestionDraft(name, False, OPTIONS), by=author, at=now())
        for name in ("a", "b", "c")
    ]

    def order() -> str:
        return "".join(question.text for question in draft_questions(quiz.pk))

    client.post(url(quiz, "move_question", rows[2].pk), {"direction": "up"})
    assert order() == "acb"
    client.post(url(quiz, "move_question", rows[0].pk), {"direction": "down"})
    assert order() == "cab"
    client.post(url(quiz, "move_question", rows[2].pk), {"direction": "up"})
    assert order() == "cab"
    page = client.post(url(quiz, "remove_question", rows[0].pk), follow=True)
    assert order() == "cb"
    undo = next(line for line in text(page).split('"') if "/bring-back/" in line)
    client.post(undo)
    assert order() == "cab"
    assert client.post(undo).status_code == 404


def test_only_authors_edit_and_only_drafts(quiz: Activity, author: User) -> None:
    asked = add_question(quiz_id=quiz.pk, draft=ASKED, by=author, at=now())
    pages = [
        ("new_question", "get", ()),
        ("question", "get", (asked.pk,)),
        ("move_question", "post", (asked.pk,)),
        ("remove_question", "post", (asked.pk,)),
        ("bring_back_question", "post", (1,)),
    ]
    learner, approver = make_person(), make_person(AccessRole.APPROVER)
    for name, method, more in pages:
        for other in (learner, approver):
            assert getattr(client_of(other), method)(url(quiz, name, *more)).status_code == 403
    version = quiz.module.version
    release(version)
    for name, method, more in pages:
        response = getattr(client_of(author), method)(url(quiz, name, *more))
        assert response.headers["Location"] == reverse("courses:version", args=[version.pk])
    told = client_of(author).post(url(quiz, "question", asked.pk), headers={"Accept": "application/json"})
    assert told.status_code == 409
    assert draft_questions(quiz.pk)[0].text == ASKED.text


def test_question_of_another_quiz_is_not_found(quiz: Activity, author: User) -> None:
    other = add_activity(module_id=quiz.module_id, by=author, at=now(), kind="quiz", title="Another", minutes=1)
    asked = add_question(quiz_id=other.pk, draft=ASKED, by=author, at=now())
    assert client_of(author).get(url(quiz, "question", asked.pk)).status_code == 404
    assert client_of(author).get(url(other, "question", asked.pk)).status_code == 200


def test_preview_shows_the_questions_without_their_key(quiz: Activity, author: User) -> None:
    add_question(quiz_id=quiz.pk, draft=ASKED, by=author, at=now())
    page = text(client_of(author).get(reverse("courses:preview", args=[quiz.module.version_id, quiz.pk])))
    assert "Which entry is right?" in page
    assert "Paint" in page
    assert "It hides." not in page


def test_editor_asks_the_same_queries_for_one_question_and_for_three(quiz: Activity, author: User) -> None:
    client = client_of(author)
    where = reverse("courses:activity", args=[quiz.module.version_id, quiz.pk])

    def count(call: Callable[[], Any]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert call().status_code == 200
        return len(captured)

    asked = add_question(quiz_id=quiz.pk, draft=ASKED, by=author, at=now())
    client.get(where)
    one = count(lambda: client.get(where)), count(lambda: client.get(url(quiz, "question", asked.pk)))
    for _n in range(2):
        add_question(quiz_id=quiz.pk, draft=ASKED, by=author, at=now())
    many = count(lambda: client.get(where)), count(lambda: client.get(url(quiz, "question", asked.pk)))
    assert one == many
