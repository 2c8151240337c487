"""The pages on which a draft is written."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from courses.actions import add_activity, edit_activity, submit_version
from courses.models import Activity, CourseVersion
from courses.queries import outline_of
from people.choices import AccessRole
from people.models import User
from records.choices import Components
from tests.courses.pages import AT, edit_url, page_of, signed_in, typed
from tests.courses.test_uploads import VTT, film
from tests.factories import make_draft, make_person


def test_saving_writes_and_says_so(author: User, draft: CourseVersion) -> None:
    client, activity = signed_in(author), page_of(draft)
    answer = client.post(edit_url(draft, activity), typed(activity, draft, body="New.\r\nWords."), follow=True)
    assert "Saved." in answer.content.decode()
    assert page_of(draft).body == "New.\nWords."


def test_bad_input_stands_beside_its_field_and_is_kept(author: User, draft: CourseVersion) -> None:
    activity = page_of(draft)
    answer = signed_in(author).post(edit_url(draft, activity), typed(activity, draft, minutes=0, body="Typed."))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Typed." in page
    assert 'aria-invalid="true"' in page
    assert page_of(draft).body != "Typed."


def test_draft_saves_itself(author: User, draft: CourseVersion) -> None:
    client, activity = signed_in(author), page_of(draft)
    accept = {"headers": {"Accept": "application/json"}}
    answer = client.post(edit_url(draft, activity), typed(activity, draft, body="By itself."), **accept)
    assert answer.status_code == 200
    assert answer.json()["revision"] == draft.revision + 1
    assert page_of(draft).body == "By itself."
    same = client.post(edit_url(draft, activity), typed(activity, draft, body="By itself."), **accept)
    assert same.json()["revision"] == draft.revision + 1  # nothing new: nothing written
    refused = client.post(edit_url(draft, activity), typed(activity, draft, title=""), **accept)
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["title"])


def test_stale_save_shows_who_when_and_what_and_keeps_what_was_typed(author: User, draft: CourseVersion) -> None:
    activity, colleague = page_of(draft), make_person(AccessRole.AUTHOR, name="Jonas Keller")
    client = signed_in(author)
    mine = typed(activity, draft, body="Mine, typed for an hour.")
    edit_activity(
        activity_id=activity.pk, by=colleague, at=AT, title=activity.title, minutes=4, values={"body": "Theirs."}
    )
    script = client.post(edit_url(draft, activity), mine, headers={"Accept": "application/json"})
    assert (script.status_code, script.json()["by"]) == (409, "Jonas Keller")
    answer = client.post(edit_url(draft, activity), mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Jonas Keller changed this at" in page
    assert "Mine, typed for an hour." in page
    assert "<del>Theirs.</del>" in page
    assert page_of(draft).body == "Theirs."
    knowing = client.post(edit_url(draft, activity), mine | {"revision": answer.context["form"]["revision"].value()})
    assert knowing.status_code == 302
    assert page_of(draft).body == "Mine, typed for an hour."


def test_editor_leads_to_the_version_once_it_is_submitted(author: User, approver: User, draft: CourseVersion) -> None:
    client, activity = signed_in(author), page_of(draft)
    submit_version(version_id=draft.pk, by=author, at=AT, zone="UTC", components=Components.ALL)
    for answer in (
        client.get(edit_url(draft)),
        client.post(edit_url(draft, activity), typed(activity, draft, body="Late.")),
    ):
        assert answer["Location"] == f"/versions/{draft.pk}/"
    script = client.post(edit_url(draft, activity), typed(activity, draft), headers={"Accept": "application/json"})
    assert script.status_code == 409
    assert "not a draft any more" in script.json()["message"]


def test_parts_are_added_moved_removed_and_brought_back(author: User, draft: CourseVersion) -> None:
    client = signed_in(author)
    client.post(f"/studio/{draft.pk}/modules/new/", {"title": "At the line", "objective": "correct an entry"})
    first, second = outline_of(draft.pk).modules
    added = {"kind": "page", "title": "Late entries", "module": str(second.id)}
    answer = client.post(f"/studio/{draft.pk}/activities/new/", added)
    late = page_of(draft, "Late entries")
    assert answer["Location"] == edit_url(draft, late)
    moved = client.post(f"{edit_url(draft, late)}move/", {"direction": "up"}, follow=True).content.decode()
    assert "“Late entries” is now 3 of 3 in “Why we write it down”." in moved
    client.post(f"{edit_url(draft, late)}move/", {"module": str(first.id), "number": 1})
    assert outline_of(draft.pk).modules[0].activities[0].title == "Late entries"
    client.post(f"/studio/{draft.pk}/modules/{second.id}/move/", {"direction": "up"})
    assert outline_of(draft.pk).modules[0].title == "At the line"
    gone = client.post(f"{edit_url(draft, late)}remove/", follow=True)
    tags = [str(each.extra_tags) for each in gone.context["messages"]]
    undo_at = next(tag.removeprefix("undo:") for tag in tags if tag.startswith("undo:"))
    assert "“Late entries” was removed." in gone.content.decode()
    assert not Activity.objects.filter(pk=late.pk).exists()
    assert "“Late entries” is back." in client.post(undo_at, follow=True).content.decode()
    assert page_of(draft, "Late entries").pk == late.pk
    assert client.post(undo_at).status_code == 404


def test_parts_of_another_draft_do_not_exist_here(author: User, draft: CourseVersion) -> None:
    other = page_of(make_draft(author))
    client = signed_in(author)
    for address in ("", "move/", "remove/"):
        assert client.post(f"{edit_url(draft, other)}{address}", {"direction": "up"}).status_code == 404
        module = f"/studio/{draft.pk}/modules/{other.module_id}/{address}"
        assert client.post(module, {"direction": "up", "title": "x"}).status_code == 404
    into = {"module": str(other.module_id), "number": 1}
    assert client.post(f"{edit_url(draft, page_of(draft))}move/", into).status_code == 404


def test_upload_is_kept_and_a_hostile_one_refused_beside_its_field(author: User, draft: CourseVersion) -> None:
    module = page_of(draft).module_id
    clip = add_activity(module_id=module, by=author, at=AT, kind="video", title="Correcting", minutes=3)
    client = signed_in(author)
    form = {"title": "Correcting", "minutes": 3, "revision": 99}
    files = {"asset": SimpleUploadedFile("a.mp4", film(12)), "captions": SimpleUploadedFile("a.vtt", VTT)}
    assert client.post(edit_url(draft, clip), form | files).status_code == 302
    clip.refresh_from_db()
    assert (clip.asset.name, clip.captions.name) == ("a.mp4", "a.vtt")
    assert str(outline_of(draft.pk).activities[-1].extent_words) == "0:12"
    svg = SimpleUploadedFile("poster.png", b"<svg><script>alert(1)</script></svg>", content_type="image/png")
    answer = client.post(edit_url(draft, clip), form | {"poster": svg})
    assert answer.status_code == 422
    assert "This is not a file that can be used here" in answer.content.decode()
    clip.refresh_from_db()
    assert clip.poster is None


def test_page_preview_shows_what_is_typed_without_keeping_it(author: User, draft: CourseVersion) -> None:
    answer = signed_in(author).post(f"/studio/{draft.pk}/page-preview/", {"body": "## New\n\n<script>x</script>"})
    page = answer.content.decode()
    assert '<h2 id="new">New</h2>' in page
    assert "<script>" not in page


@pytest.mark.parametrize("address", ["", "checks/"])
def test_editor_takes_the_same_queries_for_more_parts(
    author: User, draft: CourseVersion, django_assert_max_num_queries: Any, address: str
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client = signed_in(author)
    client.get(edit_url(draft) + address)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(edit_url(draft) + address)
        return len(queries)

    few = count()
    for number in range(3):
        module = page_of(draft).module_id
        add_activity(module_id=module, by=author, at=AT, kind="page", title=f"More {number}", values={"body": "x y"})
    assert count() == few
