"""The catalog and the page of a course, as learners see them."""

from __future__ import annotations

from datetime import date
from typing import Any

from courses.models import CourseVersion
from people.models import User
from tests.courses.pages import signed_in
from tests.factories import make_draft, make_effective, make_person


def test_learner_finds_a_course_and_reads_about_it(author: User, draft: CourseVersion) -> None:
    version = make_effective(draft, effective_on=date(2020, 1, 1))
    client = signed_in(make_person())
    assert version.title in client.get("/catalog/?q=documentation").content.decode()
    page = client.get(f"/courses/{version.course_id}/").content.decode()
    for words in (version.title, "say what makes a record trustworthy", "Read the page", "1.0, effective 1 Jan 2020"):
        assert words in page
    assert f"/courses/{version.course_id}/start/" in page
    assert "sha256" not in page


def test_draft_is_no_course_yet(author: User, draft: CourseVersion) -> None:
    client = signed_in(make_person())
    assert client.get(f"/courses/{draft.course_id}/").status_code == 404
    assert draft.title not in client.get("/catalog/").content.decode()


def test_empty_catalog_differs_from_no_match(author: User) -> None:
    client = signed_in(make_person())
    assert "No course yet" in client.get("/catalog/").content.decode()
    assert "Nothing found for “zzz”" in client.get("/catalog/?q=zzz").content.decode()
    make_effective(make_draft(author))
    assert "No course matches these filters" in client.get("/catalog/?topic=zzz").content.decode()
    assert client.get("/catalog/?page=x&time=nonsense").status_code == 200


def test_course_page_and_catalog_take_few_queries(
    author: User, draft: CourseVersion, django_assert_num_queries: Any
) -> None:
    version = make_effective(draft)
    client = signed_in(make_person())
    for address in ("/catalog/?q=documentation", f"/courses/{version.course_id}/"):
        client.get(address)
    with django_assert_num_queries(3):  # the person, their unread messages, the effective version
        client.get(f"/courses/{version.course_id}/")
    with django_assert_num_queries(4):  # … words, and resembling titles since there are few
        client.get("/catalog/?q=documentation")
