"""The player's pages: what is opened, what is locked, what goes on, and whose it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from courses.queries import activity_content, forget_outline, outline_of
from enrollment.models import Enrollment, Place, Progress
from records.models import Event
from tests.enrollment.classroom import AT, PDF, Taking, a_learner, a_version, retire, taking
from tests.enrollment.workplace import rewrite


@pytest.fixture
def someone(db: None, client: Client) -> Taking:
    someone = taking("page", "page", "video", "file", "quiz")
    client.force_login(someone.learner)
    return someone


def url(someone: Taking, number: int, name: str = "activity", **more: str) -> str:
    return reverse(f"enrollment:{name}", kwargs={**someone.kwargs(number), **more})


def content(answer: Any) -> bytes:
    """Return what a streamed answer holds; read to its end, it closes its file."""
    return b"".join(answer.streaming_content)


def state() -> tuple[int, int, int]:
    return Event.objects.count(), Progress.objects.count(), Progress.objects.filter(state="completed").count()


# Opening


def test_opening_a_page_shows_it_and_notes_it_once(client: Client, someone: Taking) -> None:
    answer = client.get(url(someone, 1))
    assert answer.status_code == 200
    text = answer.content.decode()
    for words in ("Name, time and <strong>meaning</strong>.", "0 of 5 activities, about 20 min left", "version 1.0"):
        assert words in text
    assert Progress.objects.values_list("activity_id", "state").get() == (someone.activities[0].id, "opened")
    assert Place.objects.get().activity_id == someone.activities[0].id
    before = state()
    client.get(url(someone, 1))
    assert state() == before


def test_a_head_request_notes_nothing(client: Client, someone: Taking) -> None:
    before = state()
    assert client.head(url(someone, 1)).status_code == 200
    assert state() == before


def test_a_page_takes_few_queries(client: Client, someone: Taking, django_assert_num_queries: Any) -> None:
    activity_content(outline_of(someone.version.pk), someone.activities[0].id)  # kept, as it never changes
    client.get(url(someone, 2))
    # Person, enrollment with its place, progress; then, in one transaction, the fact, and progress with place
    with django_assert_num_queries(3 + 4):  # with a savepoint and its release
        client.get(url(someone, 1))
    with django_assert_num_queries(3):
        client.get(url(someone, 1))


def test_the_outline_says_how_each_activity_stands(client: Client, someone: Taking) -> None:
    someone.finish(1)
    text = client.get(url(someone, 2)).content.decode()
    drawer = text[text.index('class="drawer"') : text.index("</nav>", text.index('class="drawer"'))]
    for words in ('aria-label="Completed"', 'aria-label="In progress"', 'aria-label="Not started"'):
        assert words in drawer
    assert "Opens when you complete “Page 2” and 2 more" in drawer
    assert "Opens when you pass “Quiz 5”" in drawer
    assert drawer.count('aria-current="page"') == 1


# Going on


def test_next_on_a_page_completes_it_and_goes_on(client: Client, someone: Taking) -> None:
    answer = client.post(url(someone, 1))
    assert (answer.status_code, answer["Location"]) == (302, url(someone, 2))
    assert Progress.objects.values_list("state").get() == ("completed",)
    before = state()
    assert client.post(url(someone, 1))["Location"] == url(someone, 2)  # sent twice
    assert state() == before


def test_next_on_the_last_leads_to_the_signature(client: Client, db: None) -> None:
    someone = taking("page")
    client.force_login(someone.learner)
    assert client.post(url(someone, 1))["Location"] == reverse("enrollment:sign", args=[someone.enrollment.pk])


@pytest.mark.requirement("R-14")
@pytest.mark.parametrize("number", [3, 4, 5])
def test_going_on_completes_only_pages(client: Client, someone: Taking, number: int) -> None:
    before = state()
    assert client.post(url(someone, number)).status_code == 409
    assert state() == before


def test_previous_and_next_are_links_with_keys(client: Client, someone: Taking) -> None:
    text = client.get(url(someone, 3)).content.decode()
    assert f'href="{url(someone, 2)}" rel="prev" data-press="p"' in text
    assert f'href="{url(someone, 4)}" rel="next" data-press="n"' in text


# Locks


@pytest.mark.requirement("R-14")
def test_a_locked_activity_says_why_and_what_opens_it(client: Client, someone: Taking) -> None:
    someone.finish(1)
    before = state()
    answer = client.get(url(someone, 5))
    assert answer.status_code == 200
    assert "Opens when you complete “Page 2” and 2 more" in answer.content.decode()
    assert f'href="{url(someone, 2)}"' in answer.content.decode()
    assert state() == before


def test_an_unlocked_quiz_is_led_to_its_own_page(client: Client, someone: Taking) -> None:
    someone.finish(1, 2, 3, 4)
    answer = client.get(url(someone, 5))
    assert (answer.status_code, answer["Location"]) == (302, reverse("assessments:quiz", kwargs=someone.kwargs(5)))


# Files


def test_opening_the_file_gives_it_out_and_completes_it(client: Client, someone: Taking) -> None:
    answer = client.get(url(someone, 4, "file", asset="asset"))
    assert (answer.status_code, content(answer)) == (200, PDF)
    assert answer["Content-Type"] == "application/pdf"
    assert Progress.objects.values_list("activity_id", "state").get() == (someone.activities[3].id, "completed")
    before = state()
    again = client.get(url(someone, 4, "file", asset="asset"), headers={"Range": "bytes=0-7"})
    assert (again.status_code, content(again)) == (206, b"%PDF-1.7")
    assert state() == before


def test_a_film_is_given_out_in_parts_and_completes_nothing(client: Client, someone: Taking) -> None:
    before = state()
    part = client.get(url(someone, 3, "file", asset="asset"), headers={"Range": "bytes=256-511"})
    assert (part.status_code, part["Content-Range"]) == (206, "bytes 256-511/2048")
    assert content(part) == bytes(range(256))
    captions = client.get(url(someone, 3, "file", asset="captions"))
    assert captions["Content-Type"] == "text/vtt"
    assert b"Yours alone." in content(captions)
    assert state() == before


def test_a_file_that_an_activity_does_not_have_does_not_exist(client: Client, someone: Taking) -> None:
    assert client.get(url(someone, 3, "file", asset="poster")).status_code == 404
    assert client.get(url(someone, 1, "file", asset="asset")).status_code == 404


def test_the_video_page_says_where_it_reports_and_what_it_needs(client: Client, someone: Taking) -> None:
    text = client.get(url(someone, 3)).content.decode()
    for words in (url(someone, 3, "watch"), url(someone, 3, "beat"), "<noscript>", "Skipping ahead earns nothing"):
        assert words in text
    assert "Yours alone." in text  # read along


# Whose it is


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("number", [1, 3, 4, 5])
def test_somebody_elses_activity_does_not_exist(client: Client, someone: Taking, number: int) -> None:
    client.force_login(a_learner("Owen Price"))
    before = state()
    assert client.get(url(someone, number)).status_code == 404
    assert client.post(url(someone, number)).status_code == 404
    assert client.get(url(someone, number, "file", asset="asset")).status_code == 404
    assert state() == before


def test_an_activity_of_another_version_does_not_exist(client: Client, someone: Taking) -> None:
    other = taking("page", learner=someone.learner)
    mixed = {"enrollment_id": someone.enrollment.pk, "activity_id": other.activities[0].id}
    assert client.get(reverse("enrollment:activity", kwargs=mixed)).status_code == 404


def test_a_visitor_is_led_to_sign_in(client: Client, someone: Taking) -> None:
    client.logout()
    answer = client.get(url(someone, 1))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_login"))


# Versions that have changed meanwhile


def test_a_version_that_was_superseded_is_finished_and_says_so(client: Client, someone: Taking) -> None:
    a_version("page", course=someone.version.course, number=2)
    text = client.get(url(someone, 1)).content.decode()
    assert "You are taking version 1.0, on which you began." in text
    assert client.post(url(someone, 1))["Location"] == url(someone, 2)


def test_a_retired_course_can_be_finished(client: Client, someone: Taking) -> None:
    retire(someone.version)
    assert client.get(url(someone, 1)).status_code == 200
    assert client.post(url(someone, 1)).status_code == 302


def test_after_the_end_everything_can_be_read_and_nothing_is_noted(client: Client, db: None) -> None:
    someone = taking("page", "video", "file")
    client.force_login(someone.learner)
    someone.finish()
    someone.sign()
    before = state()
    for number in (1, 2, 3):
        assert client.get(url(someone, number)).status_code == 200
    assert content(client.get(url(someone, 3, "file", asset="asset"))) == PDF
    assert client.post(url(someone, 1)).status_code == 302
    assert "data-playback" not in client.get(url(someone, 2)).content.decode()
    assert state() == before


def test_what_was_cancelled_takes_nothing_more(client: Client, someone: Taking) -> None:
    rewrite(Enrollment.objects.filter(pk=someone.enrollment.pk), state="cancelled", ended_at=AT)
    forget_outline(outline_of(someone.version.pk).version_id)
    before = state()
    assert client.post(url(someone, 1)).status_code == 302
    assert content(client.get(url(someone, 4, "file", asset="asset"))) == PDF
    assert state() == before
