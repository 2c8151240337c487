"""The list of courses, and how a draft begins."""

from __future__ import annotations

import pytest

from courses.models import Course, CourseVersion
from courses.queries import outline_of
from people.choices import AccessRole
from people.models import User
from tests.courses.pages import edit_url, signed_in
from tests.factories import make_draft, make_effective, make_person


def test_studio_lists_courses_with_filters(author: User, draft: CourseVersion) -> None:
    make_effective(make_draft(author, title="Hand hygiene", code="HOS-004"))
    other = make_person(AccessRole.AUTHOR)
    make_draft(other, title="Lockout/tagout")
    client = signed_in(author)

    def listed(query: str) -> list[str]:
        return [each.shown.title for each in client.get(f"/studio/{query}").context["page"].object_list]

    assert listed("") == [draft.title, "Hand hygiene", "Lockout/tagout"]
    assert listed("?state=effective") == ["Hand hygiene"]
    assert listed("?owner=me") == [draft.title, "Hand hygiene"]
    assert listed("?q=hos-0") == ["Hand hygiene"]
    assert listed("?state=nonsense&q=zzz") == []
    assert "No course matches these filters" in client.get("/studio/?q=zzz").content.decode()


def test_studio_takes_the_same_queries_for_more_courses(author: User, draft: CourseVersion) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(author)
    client.get("/studio/")

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get("/studio/")
        return len(queries)

    one = count()
    for _number in range(2):
        make_effective(make_draft(author))
    assert count() == one


def test_new_course_leads_into_its_draft(author: User, draft: CourseVersion) -> None:
    client = signed_in(author)
    answer = client.post("/studio/new/", {"code": "hos-004", "title": "Hand hygiene", "copy_of": str(draft.pk)})
    version = CourseVersion.objects.get(title="Hand hygiene")
    assert answer["Location"] == edit_url(version)
    assert version.course.code == "HOS-004"
    assert outline_of(version.pk).activity_count == 2


@pytest.mark.parametrize(
    ("code", "words"), [("taken", "belongs to another course"), ("a b", "without spaces"), ("", "This is empty.")]
)
def test_new_course_says_what_is_wrong_with_its_code(author: User, draft: CourseVersion, code: str, words: str) -> None:
    taken = draft.course.code if code == "taken" else code
    answer = signed_in(author).post("/studio/new/", {"code": taken, "title": "Hand hygiene"})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Hand hygiene" in answer.content.decode()
    assert Course.objects.count() == 1


def test_next_version_begins_from_the_page_of_the_last(author: User, draft: CourseVersion) -> None:
    make_effective(draft)
    client = signed_in(author)
    answer = client.post(f"/studio/courses/{draft.course_id}/start/")
    version = CourseVersion.objects.get(state="draft")
    assert answer["Location"] == edit_url(version)
    again = client.post(f"/studio/courses/{draft.course_id}/start/")
    assert again["Location"] == edit_url(version)
    assert CourseVersion.objects.count() == 2
