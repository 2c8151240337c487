"""The pages on which a version is submitted, approved, returned and retired."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.formats import date_format

from core.clock import now
from courses.actions import approve_version, edit_activity, return_version, start_new_version, submit_version
from courses.models import CourseVersion
from people.choices import AccessRole
from people.models import User
from records.choices import Components
from records.models import Signature
from tests.courses.pages import AT, approved, decision, edit_url, page_of, signature, signed_in, typed
from tests.factories import make_department, make_person


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
        departments=[str(packing.pk)], looked_at=page.context["looked_at"],
    )  # fmt: skip
    shown = client.get(address, {**typed, "show": "decided"})
    terms = dict(shown.context["facts"])
    assert terms["Who learns it again"] == "Everyone who completed an earlier version, in Packing and below"
    assert terms["By when"] == "2 March 2027, 30 days after it takes effect"
    assert terms["Effective from"] == "31 January 2027, from midnight in UTC"

    for days, said in (("-3", "At least 0."), ("99999", "At most 365.")):
        shown = client.get(address, {**typed, "retraining_within_days": days, "show": "decided"})
        assert said_beside(shown, "retraining_within_days") == said
        assert dict(shown.context["facts"])["Decision"] == "Something above is not in order yet."
        spared = client.get(address, {**typed, "retraining": "keep", "retraining_within_days": days, "show": "decided"})
        assert spared.context["shown"], "what is not asked can not be wrong"
    shown = client.get(address, {**typed, "next_review_on": "2027-01-30", "show": "decided"})
    assert "after the one on which it takes effect" in said_beside(shown, "next_review_on")
    assert said_beside(shown, "effective_on") == ""

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
    looked_at = {"looked_at": client.get(address).context["looked_at"]}
    shown = client.get(address, {**decision(), **looked_at, "show": "decided"}).context["shown"]
    assert shown.startswith(submitted.content_sha256)
    again = submitted_anew(submitted, author)
    typed = decision() | signature(approver)

    # A day is changed in the open dialog: the content that came meanwhile is not slipped in.
    part = client.get(address, {**decision(next_review_on="2099-01-01"), **looked_at, "show": "decided"})
    assert "was returned and submitted anew meanwhile" in part.content.decode()
    assert again.content_sha256 not in part.content.decode()
    assert part.context["shown"] == ""
    of_new = client.get(address, {**decision(), "looked_at": again.content_sha256, "show": "decided"}).context["shown"]
    for sent in ({"shown": ""}, {"shown": of_new}, {"shown": shown, "effective_on": "2020-01-01"}):
        refused = client.post(address, {**typed, **looked_at, **sent})
        assert refused.status_code == 409
        assert "was returned and submitted anew meanwhile" in refused.content.decode()
    assert CourseVersion.objects.get(pk=submitted.pk).state == "in_review"

    answer = client.post(address, {**typed, **looked_at, "shown": shown})
    assert answer.status_code == 409
    assert "was returned and submitted anew meanwhile" in answer.content.decode()
    assert again.content_sha256 in answer.content.decode()
    assert CourseVersion.objects.get(pk=submitted.pk).state == "in_review"
    client.post(address, {**typed, "looked_at": answer.context["looked_at"], "shown": answer.context["shown"]})
    assert CourseVersion.objects.get(pk=submitted.pk).state == "effective"


def submitted_anew(version: CourseVersion, author: User) -> CourseVersion:
    """Return a version in review, let its author change it, and submit it once more."""
    words = {"by": make_person(AccessRole.APPROVER), "at": now(), "zone": "UTC", "components": Components.ALL}
    return_version(version_id=version.pk, **words, note="Say it in fewer words")
    CourseVersion.objects.filter(pk=version.pk).update(title="Another course altogether")
    return submit_version(version_id=version.pk, **{**words, "by": author})


def test_a_note_is_not_signed_onto_what_was_submitted_anew_meanwhile(
    author: User, approver: User, submitted: CourseVersion
) -> None:
    client, address = signed_in(approver), f"/reviews/{submitted.pk}/return/"
    shown = client.get(address).context["shown"]
    again = submitted_anew(submitted, author)
    typed = {"note": "Say which shift."} | signature(approver, "not it")
    refused = client.post(address, typed | {"note": "x", "shown": shown})
    assert refused.status_code == 409, "whatever else is wrong, it is said that another content waits"
    for seen in ({"shown": shown}, {}):
        answer = client.post(address, typed | seen)
        page = answer.content.decode()
        assert answer.status_code == 409
        assert "Say which shift." in page
        assert "tries" not in page
        assert again.content_sha256 in page
    assert (
        "was returned and submitted anew meanwhile" in client.post(address, typed | {"shown": shown}).content.decode()
    )
    assert CourseVersion.objects.get(pk=submitted.pk).state == "in_review"
    client.post(address, typed | signature(approver) | {"shown": answer.context["shown"]})
    assert CourseVersion.objects.get(pk=submitted.pk).state == "draft"


@pytest.mark.parametrize("what", ["approve", "return"])
def test_what_is_submitted_anew_between_looking_and_signing_is_refused(
    author: User, approver: User, submitted: CourseVersion, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """The password is right and the page was fresh: the action itself looks again, under its lock."""
    client, address = signed_in(approver), f"/reviews/{submitted.pk}/{what}/"
    typed = decision() | {"note": "Say which shift.", "looked_at": submitted.content_sha256} | signature(approver)
    shown = client.get(address, {**typed, "show": "decided"}).context["shown"]
    write: Any = {"approve": approve_version, "return": return_version}[what]

    def late(**told: Any) -> Any:
        submitted_anew(submitted, author)
        return write(**told)

    monkeypatch.setattr(f"courses.views.decisions.{what}_version", late)
    answer = client.post(address, {**typed, "shown": shown})
    again = CourseVersion.objects.get(pk=submitted.pk)
    assert (answer.status_code, again.state) == (409, "in_review")
    assert "was returned and submitted anew meanwhile" in answer.content.decode()
    assert again.content_sha256 in answer.content.decode()
    monkeypatch.undo()
    client.post(address, {**typed, "looked_at": again.content_sha256, "shown": answer.context["shown"]})
    assert CourseVersion.objects.get(pk=submitted.pk).state == {"approve": "effective", "return": "draft"}[what]


def said_beside(page: Any, name: str) -> str:
    """Return what an answer to a decision that is being filled in says is wrong with a field."""
    said = " ".join(page.context["decided"].errors.get(name, []))
    place = f'<div id="id_{name}_wrong" data-wrong hx-swap-oob="true">'
    assert place + ("<div" if said else "</div>") in page.content.decode()
    assert said in page.content.decode()
    return said


def test_half_a_decision_is_not_shown_as_one(approver: User, submitted: CourseVersion) -> None:
    sent = {"show": "decided", "looked_at": submitted.content_sha256, "effective_on": "soon"}
    shown = signed_in(approver).get(f"/reviews/{submitted.pk}/approve/", sent)
    assert shown.status_code == 200
    assert "Something above is not in order yet." in shown.content.decode()
    assert said_beside(shown, "effective_on") == "Give a day that exists, such as 2026-11-03."
    assert said_beside(shown, "next_review_on") == "This is empty. Fill it in."
    assert shown.context["shown"] == ""


def test_wrong_date_costs_no_try_at_the_password(approver: User, submitted: CourseVersion) -> None:
    client = signed_in(approver)
    past = decision(effective_on="2020-01-01") | signature(approver, "not it")
    answer = client.post(f"/reviews/{submitted.pk}/approve/", past)
    assert answer.status_code == 422
    assert "This day is past" in answer.content.decode()
    assert answer.context["sign"]["email"].value() == approver.email
    assert "not it" not in answer.content.decode(), "what was typed is kept, but no password"
    assert "tries" not in answer.content.decode()
    assert CourseVersion.objects.get(pk=submitted.pk).state == "in_review"


def test_a_day_before_that_of_a_version_that_waits_stands_beside_its_field(
    author: User, approver: User, submitted: CourseVersion
) -> None:
    client, today = signed_in(approver), now().date()
    approved(client, submitted, decision() | signature(approver))
    for label, days in (("1.1", 9), ("1.2", 8)):
        begun = start_new_version(course=submitted.course, by=author, at=now(), change_summary="Sooner.")
        CourseVersion.objects.filter(pk=begun.pk).update(label=label)
        begun = submit_version(version_id=begun.pk, by=author, at=now(), zone="UTC", components=Components.ALL)
        typed = decision(effective_on=(today + timedelta(days=days)).isoformat()) | {"retraining": "keep"}
        if label == "1.1":
            approved(client, begun, typed | signature(approver))
    answer = client.post(f"/reviews/{begun.pk}/approve/", typed | signature(approver, "not it"))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        "effective_on": ["An earlier version takes effect after this day. Choose that day or a later one."]
    }
    assert "tries" not in answer.content.decode()


def test_the_number_of_people_is_shown_where_it_is_decided_and_where_it_is_submitted(
    author: User, approver: User, submitted: CourseVersion
) -> None:
    first = signed_in(approver).get(f"/reviews/{submitted.pk}/approve/").content.decode()
    assert "/retraining/" not in first, "there is no version before it"
    approved(signed_in(approver), submitted, decision() | signature(approver))
    second = start_new_version(course=submitted.course, by=author, at=now(), change_summary="Sooner.")
    where = f"/versions/{second.pk}/retraining/"
    assert (
        f'hx-get="{where}?retraining=repeat"' in signed_in(author).get(f"/studio/{second.pk}/submit/").content.decode()
    )
    submit_version(version_id=second.pk, by=author, at=now(), zone="UTC", components=Components.ALL)
    typed = decision(retraining="repeat", retraining_within_days="9", sites=["x"]) | signature(approver)
    page = signed_in(approver).post(f"/reviews/{second.pk}/approve/", typed)
    assert page.context["effect_query"] == (
        f"effective_on={typed['effective_on']}&retraining=repeat&retraining_within_days=9&sites=x"
    )
    assert f'href="{where}?' in page.content.decode()


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
    seen = {"shown": empty.context["shown"]}
    answer = client.post(f"/reviews/{submitted.pk}/return/", {"note": "Say which shift."} | seen | signature(approver))
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
