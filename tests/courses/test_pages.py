"""Pages by role: what authors, approvers, auditors and learners see and may do."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.formats import date_format

from core.clock import now
from courses.actions import add_activity, edit_activity, return_version, submit_version
from courses.choices import UploadKind
from courses.models import Activity, Course, CourseVersion
from courses.queries import outline_of
from courses.uploads import examine
from people.choices import AccessRole
from people.models import User
from records.choices import Components
from records.models import Signature
from tests.courses.test_uploads import PDF, VTT, film
from tests.factories import PASSWORD, make_department, make_draft, make_effective, make_person

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def author(db: None) -> User:
    return make_person(AccessRole.AUTHOR, name="Priya Nair", signs=True)


@pytest.fixture
def approver(db: None) -> User:
    return make_person(AccessRole.APPROVER, name="Helen Okafor", signs=True)


@pytest.fixture
def draft(author: User) -> CourseVersion:
    return make_draft(author, pages=2)


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page_of(version: CourseVersion, title: str = "Page 1") -> Activity:
    return Activity.objects.select_related("module").get(module__version=version, title=title)


def edit_url(version: CourseVersion, activity: Activity | None = None) -> str:
    return f"/studio/{version.pk}/" + (f"activities/{activity.pk}/" if activity else "")


def typed(activity: Activity, version: CourseVersion, **changes: Any) -> dict[str, Any]:
    form = {"title": activity.title, "minutes": activity.minutes, "body": activity.body, "revision": version.revision}
    return form | changes


def signature(person: User, password: str = PASSWORD) -> dict[str, str]:
    return {"sign-email": person.email, "sign-password": password}


# Who sees what


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


# The list of courses


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


# The editor


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


# Submission, review, approval


def test_submission_waits_until_nothing_is_missing(author: User, draft: CourseVersion) -> None:
    page = page_of(draft)
    edit_activity(activity_id=page.pk, by=author, at=AT, title="Page 1", minutes=1, values={"body": ""})
    client = signed_in(author)
    answer = client.post(f"/studio/{draft.pk}/submit/", signature(author))
    assert "Text on “Page 1”" in answer.content.decode()
    assert "sign-password" not in answer.content.decode()
    assert CourseVersion.objects.get(pk=draft.pk).state == "draft"


@pytest.mark.requirement("R-38")
def test_submission_needs_the_right_password(author: User, draft: CourseVersion) -> None:
    client = signed_in(author)
    wrong = client.post(f"/studio/{draft.pk}/submit/", signature(author, "not it"))
    assert wrong.status_code == 422
    assert "4 tries" in wrong.content.decode()
    right = client.post(f"/studio/{draft.pk}/submit/", signature(author))
    assert right["Location"] == f"/versions/{draft.pk}/"
    assert CourseVersion.objects.get(pk=draft.pk).state == "in_review"


@pytest.fixture
def submitted(draft: CourseVersion, author: User) -> CourseVersion:
    return submit_version(version_id=draft.pk, by=author, at=AT, zone="UTC", components=Components.ALL)


def decision(**changes: Any) -> dict[str, Any]:
    today = now().date()
    return {
        "effective_on": today.isoformat(),
        "next_review_on": (today + timedelta(days=365)).isoformat(),
    } | changes


def approved(client: Client, version: CourseVersion, typed: dict[str, Any], **options: Any) -> Any:
    """Approve a version after having seen what is signed."""
    address = f"/reviews/{version.pk}/approve/"
    seen = client.get(address, {**typed, "show": "decided"}).context["shown"]
    return client.post(address, {**typed, "shown": seen}, **options)


def test_approver_finds_reads_and_approves(author: User, approver: User, submitted: CourseVersion) -> None:
    client = signed_in(approver)
    assert submitted.title in client.get("/reviews/").content.decode()
    review = client.get(f"/reviews/{submitted.pk}/").content.decode()
    assert "Approve and sign" in review
    assert "Write it when it happens." in review
    assert submitted.content_sha256 in review
    answer = approved(client, submitted, decision() | signature(approver), follow=True)
    page = answer.content.decode()
    assert CourseVersion.objects.get(pk=submitted.pk).state == "effective"
    assert "Approved and signed." in page
    for words in ("Priya Nair", "Helen Okafor", "I have reviewed this version and approve it for training"):
        assert words in page


@pytest.mark.requirement("R-30")
def test_version_shows_each_signature_with_name_meaning_time_and_zone(
    author: User, approver: User, submitted: CourseVersion
) -> None:
    given = Signature.objects.get(record_type="course_version")
    for reader in (author, approver):
        page = signed_in(reader).get(f"/versions/{submitted.pk}/").content.decode()
        assert given.signer_name in page
        assert given.statement in page
        assert "23 Nov 2026" in page
        assert "UTC" in page
        assert given.record_sha256[:16] in page


def test_what_is_decided_stands_in_what_is_signed(author: User, approver: User, submitted: CourseVersion) -> None:
    client = signed_in(approver)
    address = f"/reviews/{submitted.pk}/approve/"
    first = client.get(address)
    terms = dict(first.context["facts"])
    assert terms["Effective from"] == f"{date_format(now().date(), 'j F Y')}, from midnight in UTC"
    assert "Who learns it again" not in terms  # there is no version before it
    approved(client, submitted, decision() | signature(approver))

    signed_in(author).post(f"/studio/courses/{submitted.course_id}/start/")
    second = CourseVersion.objects.get(state="draft")
    CourseVersion.objects.filter(pk=second.pk).update(change_summary="Sooner.", label="1.1")
    submit_version(version_id=second.pk, by=author, at=now(), zone="UTC", components=Components.ALL)
    address = f"/reviews/{second.pk}/approve/"
    page = client.get(address)
    kept = "Nobody: who completed an earlier version stays trained"
    assert dict(page.context["facts"])["Who learns it again"] == kept

    packing = make_department("Packing")
    typed = decision(
        effective_on="2027-01-31", next_review_on="2028-01-31", retraining="repeat", retraining_within_days="30",
        departments=[str(packing.pk)],
    )  # fmt: skip
    shown = client.get(address, {**typed, "show": "decided"})
    terms = dict(shown.context["facts"])
    assert terms["Who learns it again"] == "Everyone who completed an earlier version, in Packing and below"
    assert terms["By when"] == "2 March 2027, 30 days after it takes effect"
    assert terms["Effective from"] == "31 January 2027, from midnight in UTC"

    for days, said in (("-3", "At least 0."), ("99999", "At most 365.")):
        shown = client.get(address, {**typed, "retraining_within_days": days, "show": "decided"})
        assert dict(shown.context["facts"])["Within how many days of taking effect"] == said
    shown = client.get(address, {**typed, "next_review_on": "2027-01-30", "show": "decided"})
    assert "after the one on which it takes effect" in dict(shown.context["facts"])["Next review"]

    # Signed over another decision than the one that was shown: nothing is signed, no password is tried.
    unseen = {**typed, "shown": page.context["shown"], **signature(approver, "not it")}
    again = client.post(address, unseen)
    assert again.status_code == 409
    assert "Below stands what you sign" in again.content.decode()
    assert "tries" not in again.content.decode()
    assert dict(again.context["facts"])["By when"] == "2 March 2027, 30 days after it takes effect"
    assert CourseVersion.objects.get(pk=second.pk).state == "in_review"
    client.post(address, {**typed, "shown": again.context["shown"], **signature(approver)})
    signed = CourseVersion.objects.get(pk=second.pk)
    assert (signed.state, signed.retraining, signed.effective_on) == ("approved", "repeat", date(2027, 1, 31))
    for reader in (author, approver):
        page_of_it = signed_in(reader).get(f"/versions/{second.pk}/")
        assert dict(page_of_it.context["again"]) == {name: terms[name] for name in ("Who learns it again", "By when")}
        assert "2 March 2027, 30 days after it takes effect" in page_of_it.content.decode()
    assert not client.get(f"/versions/{submitted.pk}/").context["again"], "there was no version before it"


def test_what_was_submitted_anew_meanwhile_is_not_signed_unseen(
    author: User, approver: User, submitted: CourseVersion
) -> None:
    client, address = signed_in(approver), f"/reviews/{submitted.pk}/approve/"
    shown = client.get(address, {**decision(), "show": "decided"}).context["shown"]
    words = {"by": make_person(AccessRole.APPROVER), "at": now(), "zone": "UTC", "components": Components.ALL}
    return_version(version_id=submitted.pk, **words, note="Say it in fewer words")
    CourseVersion.objects.filter(pk=submitted.pk).update(title="Another course altogether")
    again = submit_version(version_id=submitted.pk, **{**words, "by": author})
    typed = decision() | signature(approver)
    answer = client.post(address, {**typed, "shown": shown})
    assert answer.status_code == 409
    assert "was returned and submitted anew meanwhile" in answer.content.decode()
    assert again.content_sha256 in answer.content.decode()
    assert CourseVersion.objects.get(pk=submitted.pk).state == "in_review"
    client.post(address, {**typed, "shown": answer.context["shown"]})
    assert CourseVersion.objects.get(pk=submitted.pk).state == "effective"


def test_half_a_decision_is_not_shown_as_one(approver: User, submitted: CourseVersion) -> None:
    shown = signed_in(approver).get(f"/reviews/{submitted.pk}/approve/", {"show": "decided", "effective_on": "soon"})
    assert shown.status_code == 200
    assert "Something above is not in order yet." in shown.content.decode()
    assert [name for name, _words in shown.context["facts"]][-2:] == ["Effective from", "Next review"]
    assert shown.context["shown"] == ""


def test_wrong_date_costs_no_try_at_the_password(approver: User, submitted: CourseVersion) -> None:
    client = signed_in(approver)
    past = decision(effective_on="2020-01-01") | signature(approver, "not it")
    answer = client.post(f"/reviews/{submitted.pk}/approve/", past)
    assert answer.status_code == 422
    assert "This day is past" in answer.content.decode()
    assert "tries" not in answer.content.decode()
    assert CourseVersion.objects.get(pk=submitted.pk).state == "in_review"


def test_author_with_both_roles_is_told_why_they_cannot_decide(author: User, draft: CourseVersion) -> None:
    both = make_person(AccessRole.AUTHOR, AccessRole.APPROVER, signs=True)
    page = page_of(draft)
    edit_activity(activity_id=page.pk, by=both, at=AT, title="Page 1", minutes=4, values={"body": "Mine."})
    submit_version(version_id=draft.pk, by=author, at=AT, zone="UTC", components=Components.ALL)
    client = signed_in(both)
    assert "You wrote on this version" in client.get(f"/reviews/{draft.pk}/").content.decode()
    for address, form in (("approve", decision()), ("return", {"note": "Say which shift."})):
        answer = client.post(f"/reviews/{draft.pk}/{address}/", form | signature(both))
        assert answer.status_code == 422
        assert "You wrote on this version" in answer.content.decode()
    assert CourseVersion.objects.get(pk=draft.pk).state == "in_review"


def test_return_gives_the_author_the_note(author: User, approver: User, submitted: CourseVersion) -> None:
    client = signed_in(approver)
    empty = client.post(f"/reviews/{submitted.pk}/return/", {"note": "x"} | signature(approver))
    assert empty.status_code == 422
    answer = client.post(f"/reviews/{submitted.pk}/return/", {"note": "Say which shift."} | signature(approver))
    assert answer["Location"] == "/reviews/"
    page = signed_in(author).get(edit_url(submitted)).content.decode()
    assert "Returned by the approver" in page
    assert "Say which shift." in page


@pytest.mark.requirement("R-11")
def test_approver_sees_on_every_page_that_a_review_waits(
    author: User, approver: User, submitted: CourseVersion
) -> None:
    waiting = '1<span class="visually-hidden"> waiting</span>'
    assert waiting in signed_in(approver).get("/").content.decode()
    assert waiting not in signed_in(author).get("/").content.decode()
    approved(signed_in(approver), submitted, decision() | signature(approver))
    assert waiting not in signed_in(approver).get("/").content.decode()
    led = signed_in(approver).get(f"/reviews/{submitted.pk}/approve/")
    assert (led.status_code, led["Location"]) == (302, f"/versions/{submitted.pk}/")


def test_review_shows_what_differs_from_the_version_before(
    author: User, approver: User, submitted: CourseVersion
) -> None:
    approved(signed_in(approver), submitted, decision() | signature(approver))
    client = signed_in(author)
    client.post(f"/studio/courses/{submitted.course_id}/start/")
    version = CourseVersion.objects.get(state="draft")
    page = page_of(version)
    client.post(edit_url(version, page), typed(page, version, body=page.body.replace("when it", "as soon as it")))
    details: dict[str, Any] = {"title": version.title, "label": "1.1", "language": "en", "owner": str(author.pk)}
    details |= {"summary": version.summary, "objectives": "say why", "change_summary": "Sooner.", "revision": 99}
    assert client.post(edit_url(version), details).status_code == 302
    client.post(f"/studio/{version.pk}/submit/", signature(author))
    review = signed_in(approver).get(f"/reviews/{version.pk}/").content.decode()
    assert "<del>when</del>" in review
    assert "<ins>as soon as</ins>" in review
    assert "1 of 2 activities" in review
    assert "1.0 to 1.1" in review


def test_approver_retires_with_a_reason(approver: User, submitted: CourseVersion) -> None:
    client = signed_in(approver)
    approved(client, submitted, decision() | signature(approver))
    assert client.post(f"/versions/{submitted.pk}/retire/", {"reason": "x"}).status_code == 422
    answer = client.post(f"/versions/{submitted.pk}/retire/", {"reason": "The press is gone."}, follow=True)
    assert "Retired." in answer.content.decode()
    assert client.get(f"/courses/{submitted.course_id}/").status_code == 404
    assert client.get(f"/versions/{submitted.pk}/retire/")["Location"] == f"/versions/{submitted.pk}/"


# Catalog and course


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
