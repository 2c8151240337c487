"""Who may read which versions and their files."""

from __future__ import annotations

import io

import pytest
from django.test import Client

from courses.actions import add_activity
from courses.choices import UploadKind
from courses.models import CourseVersion
from courses.uploads import examine
from people.choices import AccessRole
from people.models import User
from tests.courses.pages import AT, edit_url, page_of, signed_in
from tests.courses.test_uploads import PDF
from tests.factories import make_draft, make_effective, make_person


@pytest.fixture
def others(db: None) -> dict[str, User]:
    return {
        "colleague": make_person(AccessRole.AUTHOR),
        "approver": make_person(AccessRole.APPROVER),
        "administrator": make_person(AccessRole.ADMINISTRATOR),
        "auditor": make_person(AccessRole.AUDITOR),
        "learner": make_person(),
    }


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize(
    ("who", "draft_page", "effective_page", "editor"),
    [
        ("colleague", 200, 200, 200),
        ("approver", 200, 200, 403),
        ("administrator", 404, 200, 403),
        ("auditor", 404, 200, 403),
        ("learner", 403, 403, 403),
    ],
)
def test_versions_are_readable_by_role(
    author: User,
    draft: CourseVersion,
    others: dict[str, User],
    who: str,
    draft_page: int,
    effective_page: int,
    editor: int,
) -> None:
    effective = make_effective(make_draft(author))
    client = signed_in(others[who])
    for version, expected in ((draft, draft_page), (effective, effective_page)):
        activity = page_of(version)
        assert client.get(f"/versions/{version.pk}/").status_code == expected
        assert client.get(f"/versions/{version.pk}/preview/{activity.pk}/").status_code == expected
    assert client.get(edit_url(draft)).status_code == editor
    assert client.get(edit_url(draft, page_of(draft))).status_code == editor


@pytest.mark.requirement("R-16")
def test_files_follow_the_version_that_shows_them(author: User, draft: CourseVersion, others: dict[str, User]) -> None:
    upload = examine(io.BytesIO(PDF), name="ten rules.pdf", kind=UploadKind.DOCUMENT)
    file = add_activity(
        module_id=page_of(draft).module_id, by=author, at=AT, kind="file", title="Job aid", values={"asset": upload}
    )
    answers = {who: signed_in(person).get(f"/files/{file.pk}/asset/") for who, person in others.items()}
    assert {who: answer.status_code for who, answer in answers.items()} == {
        "colleague": 200,
        "approver": 200,
        "administrator": 404,
        "auditor": 404,
        "learner": 403,
    }
    assert answers["approver"].getvalue() == answers["colleague"].getvalue() == PDF
    client = signed_in(author)
    answer = client.get(f"/files/{file.pk}/asset/")
    assert answer.getvalue() == PDF
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert client.get(f"/files/{file.pk}/captions/").status_code == 404
    download = client.get(f"/files/{file.pk}/asset/?download")
    assert download["Content-Disposition"] == 'attachment; filename="ten rules.pdf"'
    assert download.getvalue() == PDF


def test_visitor_is_led_to_sign_in(draft: CourseVersion) -> None:
    for address in ("/studio/", "/catalog/", "/reviews/", edit_url(draft), f"/courses/{draft.course_id}/"):
        answer = Client().get(address)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={address}")
