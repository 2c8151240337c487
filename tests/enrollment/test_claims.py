"""What was learned elsewhere: claimed with a proof, decided by another with a signature, and who sees the proof."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enrollment.actions.checking import check_standings
from enrollment.actions.claiming import (
    ClaimRefused,
    claim_learned,
    content_sha256,
    return_claim,
    verify_claim,
    withdraw_claim,
)
from enrollment.choices import ClaimState, CompletionSource, Renewal, Status
from enrollment.followers import FIRST
from enrollment.models import Claim, Completion
from enrollment.queries import standings
from enrollment.queries.transcript import transcript_of
from enrollment.rules import short_day
from enrollment.rules.elsewhere import why_not_on
from enrollment.views.claims import facts_of
from notifications.models import Message
from people.actions import grant_role
from people.choices import AccessRole
from people.models import User
from records.choices import Meaning
from records.models import Certificate, Event, Signature
from tests.enrollment.classroom import a_version
from tests.enrollment.workplace import (
    AT,
    SIGNING,
    TODAY,
    a_course,
    a_picture,
    a_scan,
    browser,
    complete,
    newark,
    operator,
    rewrite,
    secrets,
    switched_on,
    write,
)
from tests.factories import BY, LONG_AGO, make_person

pytestmark = pytest.mark.signing

DAY = TODAY - timedelta(days=30)


@pytest.fixture
def maya(boss: User) -> User:
    return operator("Maya Lindqvist", since=date(2020, 1, 1), manager=boss)


def claimed(person: User, course: Any, **changed: Any) -> Claim:
    told = {"completed_on": DAY, "provider": "Red Cross Basel", "upload": a_scan("proof.png"), "at": AT, **changed}
    return claim_learned(course=course, by=person, **told)


def status_of(person: User) -> Status:
    [standing] = standings(at=AT, user_ids=[person.pk])
    return standing.status


def test_verifier_hears_of_a_proof_that_counts_longer_than_the_course(maya: User) -> None:
    version = a_version(validity_months=12)
    usual = DAY.replace(year=DAY.year + 1)
    for until, hears in ((None, False), (usual, False), (date(2099, 9, 1), True)):
        told = dict(facts_of(claimed(maya, version.course, valid_until=until, completed_on=DAY)))
        assert ("Longer than usual" in told) == hears
        withdraw_claim(claim=Claim.objects.get(state=ClaimState.WAITING), by=maya, at=AT)


def test_verified_claim_is_a_completion(admin: User, boss: User, maya: User) -> None:
    course = a_course()
    switched_on(course, by=admin)
    claim = claimed(maya, course, valid_until=TODAY + timedelta(days=200))
    assert (claim.state, status_of(maya), Completion.objects.count()) == (ClaimState.WAITING, Status.LATE, 0)
    [told] = Message.objects.filter(kind="enrollment.claimed")
    assert (told.recipient, told.path) == (boss, reverse("enrollment:claim", args=[claim.pk]))
    verify_claim(claim=claim, by=boss, at=AT, words="Seen the original", **SIGNING)
    assert status_of(maya) == Status.DONE
    assert check_standings(after=FIRST, most=1000)[1] == []
    done = Completion.objects.get()
    assert (done.source, done.claim, done.completed_on, done.recorded_at) == (CompletionSource.EXTERNAL, claim, DAY, AT)
    assert (done.valid_until, Certificate.objects.count()) == (TODAY + timedelta(days=200), 0)
    signature = Signature.objects.get(record_type="claim", record_id=claim.pk)
    assert (signature.meaning, signature.signer_id) == (Meaning.VERIFIED, boss.pk)
    assert signature.is_intact()
    claim = Claim.objects.get()
    assert signature.record["content_sha256"] == content_sha256(claim)
    assert signature.record["proof"]["sha256"] == claim.proof.sha256
    [told] = Message.objects.filter(kind="enrollment.claim_verified")
    assert told.recipient == maya
    [entry] = transcript_of(maya, on=TODAY)
    assert entry.origin.sentence == "Learned elsewhere: Red Cross Basel, verified by Jonas Keller"
    assert entry.origin.instead == "The proof stands for it"
    fact = Event.objects.get(verb="enrollment.completed_elsewhere")
    assert (fact.person_id, fact.actor_name, fact.payload["provider"]) == (maya.pk, "Jonas Keller", "Red Cross Basel")


def test_no_requirement_counts_it_longer_than_its_proof(admin: User, boss: User, maya: User) -> None:
    course, ended = a_version(validity_months=12).course, TODAY - timedelta(days=2)
    rule = switched_on(course, by=admin, renewal=Renewal.COMPLETION, validity_months=12)
    claim = claimed(maya, course, valid_until=ended)
    page = browser(boss).get(reverse("enrollment:verify_claim", args=[claim.pk])).content.decode()
    assert f"By R-{rule.number} it counted until {short_day(ended)}." in page
    verify_claim(claim=claim, by=boss, at=AT, **SIGNING)
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (standing.status, standing.valid_until) == (Status.EXPIRED, ended)
    assert check_standings(after=FIRST, most=1000)[1] == []


def test_without_a_last_day_of_its_own_a_requirement_may_count_it_longer(admin: User, boss: User, maya: User) -> None:
    course = a_version(validity_months=1).course
    switched_on(course, by=admin, renewal=Renewal.COMPLETION, validity_months=12)
    verify_claim(claim=claimed(maya, course, completed_on=date(2026, 9, 30)), by=boss, at=AT, **SIGNING)
    assert Completion.objects.get().valid_until == date(2026, 10, 30)
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (standing.status, standing.valid_until) == (Status.DONE, date(2027, 9, 30))


def test_without_its_own_end_it_counts_as_long_as_the_version_says(boss: User, maya: User) -> None:
    version = a_version(validity_months=12)
    verify_claim(claim=claimed(maya, version.course, completed_on=date(2026, 3, 2)), by=boss, at=AT, **SIGNING)
    assert Completion.objects.get().valid_until == date(2027, 3, 2)


def test_returned_claim_counts_nothing_and_says_why(boss: User, maya: User) -> None:
    course = a_course()
    claim = claimed(maya, course)
    with pytest.raises(ClaimRefused, match="at least two words"):
        return_claim(claim=claim, by=boss, at=AT, words="no", **SIGNING)
    return_claim(claim=claim, by=boss, at=AT, words="Second page missing", **SIGNING)
    assert not Completion.objects.exists()
    [told] = Message.objects.filter(kind="enrollment.claim_returned")
    assert told.recipient == maya
    assert "Second page missing" in told.body
    assert Signature.objects.get(record_id=claim.pk).meaning == Meaning.CLAIM_RETURNED
    with pytest.raises(ClaimRefused, match="decided or taken back"):
        verify_claim(claim=claim, by=boss, at=AT, **SIGNING)
    assert claimed(maya, course).state == ClaimState.WAITING


def test_nobody_but_a_manager_or_administrator_in_scope_decides(admin: User, boss: User, maya: User) -> None:
    far = make_person(name="Newark only")
    grant_role(person=far, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    auditor = make_person(AccessRole.AUDITOR)
    claim = claimed(maya, a_course())
    for user, words in (
        (maya, "Nobody decides about their own proof"),
        (User.objects.get(pk=far.pk), "Only a manager"),
        (auditor, "Only a manager"),
        (operator("A colleague", manager=boss), "Only a manager"),
    ):
        with pytest.raises(ClaimRefused, match=words):
            verify_claim(claim=claim, by=user, at=AT, **SIGNING)
    assert not Completion.objects.exists()
    verify_claim(claim=claim, by=admin, at=AT, **SIGNING)
    assert Completion.objects.count() == 1


def test_administrator_does_not_verify_for_themselves(admin: User) -> None:
    claim = claimed(admin, a_course())
    with pytest.raises(ClaimRefused, match="Nobody decides about their own proof"):
        verify_claim(claim=claim, by=admin, at=AT, **SIGNING)


def test_without_a_manager_administrators_are_told(admin: User) -> None:
    alone = operator("Alone")
    far = make_person(name="Newark only")
    grant_role(person=far, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    claimed(alone, a_course())
    assert [each.recipient for each in Message.objects.filter(kind="enrollment.claimed")] == [admin]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"completed_on": TODAY + timedelta(days=1)}, "has not come yet"),
        ({"completed_on": date(1900, 1, 1)}, "too long ago"),
        ({"valid_until": DAY}, "not after the day of completion"),
    ],
)
def test_what_can_not_be_claimed_changes_nothing(maya: User, changed: dict[str, Any], words: str) -> None:
    with pytest.raises(ClaimRefused, match=words):
        claimed(maya, a_course(), **changed)
    assert not Claim.objects.exists()


def test_one_waits_and_what_is_known_is_not_claimed(boss: User, maya: User) -> None:
    course = a_course()
    complete(maya, course, on=DAY)
    with pytest.raises(ClaimRefused, match="in your record already"):
        claimed(maya, course)
    claim = claimed(maya, course, completed_on=DAY - timedelta(days=1))
    with pytest.raises(ClaimRefused, match="waits for a decision"):
        claimed(maya, course)
    withdraw_claim(claim=claim, by=maya, at=AT)
    claimed(maya, course, completed_on=DAY - timedelta(days=1))


def test_what_came_into_the_record_meanwhile_is_not_written_again(boss: User, maya: User) -> None:
    course = a_course()
    claim = claimed(maya, course)
    complete(maya, course, on=DAY)
    with pytest.raises(ClaimRefused, match="meanwhile"):
        verify_claim(claim=claim, by=boss, at=AT, **SIGNING)
    claim.refresh_from_db()
    assert (claim.state, Completion.objects.count(), Signature.objects.filter(record_type="claim").count()) == (
        ClaimState.WAITING, 1, 0,
    )  # fmt: skip


def test_only_the_person_takes_it_back_and_only_before_the_decision(boss: User, maya: User) -> None:
    claim = claimed(maya, a_course())
    with pytest.raises(ClaimRefused):
        withdraw_claim(claim=claim, by=boss, at=AT)
    verify_claim(claim=claim, by=boss, at=AT, **SIGNING)
    with pytest.raises(ClaimRefused):
        withdraw_claim(claim=claim, by=maya, at=AT)


def test_course_that_was_never_in_effect_is_not_claimed(maya: User) -> None:
    version = a_version(in_effect=False)
    with pytest.raises(ClaimRefused, match="never in effect"):
        claimed(maya, version.course)


# What the database holds


def test_database_holds_a_claim_to_its_rules(boss: User, maya: User) -> None:
    claim = claimed(maya, a_course())
    row = Claim.objects.filter(pk=claim.pk)
    other = verify_claim(claim=claimed(maya, a_course()), by=boss, at=AT, **SIGNING)
    signed: dict[str, Any] = {"state": "verified", "decided_at": AT, "decided_by": boss, "signature": None}
    changed: dict[str, Any]
    for changed, constraint in (
        ({"state": "other"}, "claim_state_(known|dated)"),
        (signed, "claim_decision_signed"),
        ({"state": "withdrawn"}, "claim_state_dated"),
        ({"withdrawn_at": AT}, "claim_state_dated"),
    ):
        with pytest.raises(IntegrityError, match=constraint):
            rewrite(row, **changed)
    for changed in ({"provider": "x"}, {"completed_on": TODAY}, {"valid_until": TODAY}):
        with pytest.raises(DatabaseError, match="does not change"):
            rewrite(row, **changed)
    with pytest.raises(DatabaseError, match="does not change"):
        rewrite(Claim.objects.filter(pk=other.pk), decision="else")
    told = {
        "user": maya, "course": claim.course, "version": claim.version, "completed_on": DAY, "provider": "A",
        "proof": claim.proof, "claimed_at": AT,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="claim_one_waiting"):
        write([Claim(**told)])
    for changed, constraint in (
        ({"provider": ""}, "claim_names_its_provider"),
        ({"valid_until": DAY}, "claim_valid_after_completed"),
    ):
        with pytest.raises(IntegrityError, match=constraint):
            write([Claim(**{**told, "course": other.course, **changed})])
    # Nobody decides for themselves, and a return has words: not even by hand.
    fresh = Claim(**{**told, "course": other.course})
    write([fresh])
    mine = Signature.objects.get(pk=other.signature_id)
    assert mine is not None
    for changed, constraint in (
        ({"state": "verified", "decided_by": maya}, "claim_decided_by_another"),
        ({"state": "returned", "decided_by": boss}, "claim_returned_with_words"),
    ):
        with pytest.raises(IntegrityError, match=f"{constraint}|signature_id"):
            rewrite(Claim.objects.filter(pk=fresh.pk), decided_at=AT, signature=mine, **changed)


def test_completion_needs_its_claim_verified_for_this_person(boss: User, maya: User) -> None:
    claim = claimed(maya, a_course())
    told = {
        "course": claim.course, "version": claim.version, "zone": "UTC", "completed_at": AT, "completed_on": DAY,
        "recorded_at": AT, "source": CompletionSource.EXTERNAL, "claim": claim,
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="not verified"):
        write([Completion(user=maya, **told)])
    other = operator("Ana")
    verify_claim(claim=claim, by=boss, at=AT, **SIGNING)
    with pytest.raises(DatabaseError, match="not verified"):
        write([Completion(user=other, **told)])


# Pages


def sign_in(client: Client, user: User) -> Client:
    client.force_login(user)
    return client


def test_learner_sends_a_proof_and_manager_verifies_it(client: Client, boss: User, maya: User) -> None:
    course = a_course()
    sign_in(client, maya)
    address = reverse("enrollment:new_claim")
    page = client.get(f"{address}?course={course.pk}").content.decode()
    assert f'<option value="{course.pk}" selected>' in page
    typed = {"course": course.pk, "completed_on": "2026-03-02", "provider": "Red Cross"}
    reply = client.post(address, typed)
    assert reply.status_code == 422
    assert "Red Cross" in reply.content.decode()
    reply = client.post(address, {**typed, "completed_on": "2090-01-01", "proof": a_picture()})
    assert "has not come yet" in reply.content.decode()
    assert "Choose the file again" in reply.content.decode()
    reply = client.post(address, {**typed, "proof": SimpleUploadedFile("x.pdf", b"MZ no pdf")})
    assert "not a PDF, PNG or JPEG" in reply.content.decode()
    client.post(address, {**typed, "proof": a_picture()})
    claim = Claim.objects.get()
    own = reverse("enrollment:claim", args=[claim.pk])
    page = client.get(own).content.decode()
    assert "Take it back" in page
    assert "Would count until" in page
    assert "Waits for a decision" in client.get(reverse("enrollment:record")).content.decode()
    assert client.get(reverse("enrollment:verify_claim", args=[claim.pk])).status_code == 403
    sign_in(client, boss)
    for address in ("", "?kind=sessions"):
        listed = client.get(reverse("enrollment:completions") + address)
        assert "One proof waits for your decision." in listed.content.decode()
        assert [(title, count) for title, _url, count, _here in listed.context["tabs"]] == [
            ("Learned elsewhere", 1), ("Sessions", None), ("Planned sessions", None),
        ]  # fmt: skip
        assert '1<span class="visually-hidden"> waiting</span>' in listed.content.decode()
    page = client.get(own).content.decode()
    assert "Verify" in page
    assert "Take it back" not in page
    verify = reverse("enrollment:verify_claim", args=[claim.pk])
    assert content_sha256(claim) in client.get(verify).content.decode()
    reply = client.post(verify, {"words": "", "sign-email": boss.email, "sign-password": "wrong"})
    assert (reply.status_code, Completion.objects.count()) == (422, 0)
    assert client.post(verify, {"words": "", **secrets(boss)})["Location"] == own
    assert Completion.objects.get().user == maya
    page = client.get(own).content.decode()
    assert "Counts until" in page
    assert "It gets no certificate" in page
    sign_in(client, maya)
    record = client.get(reverse("enrollment:record")).content.decode()
    assert "Learned elsewhere: Red Cross, verified by Jonas Keller" in record
    assert "The proof stands for it" in record


def test_return_after_it_was_verified_says_that_nothing_was_returned(client: Client, boss: User, maya: User) -> None:
    claim = claimed(maya, a_course())
    sign_in(client, boss)
    verify, give_back = (reverse(f"enrollment:{name}_claim", args=[claim.pk]) for name in ("verify", "return"))
    client.post(verify, {"words": "", **secrets(boss)}, follow=True)
    page = client.post(give_back, {"words": "Not this course", **secrets(boss)}, follow=True).content.decode()
    assert "Nothing of what you sent was recorded" in page
    assert "Nothing of what you sent" not in client.get(give_back, follow=True).content.decode()
    claim.refresh_from_db()
    assert (claim.state, claim.decision) == (ClaimState.VERIFIED, "")


def test_proof_opens_for_whom_it_concerns_and_openings_are_in_the_trail(
    client: Client, admin: User, boss: User, maya: User
) -> None:
    claim = claimed(maya, a_course())
    stranger, colleague = make_person(), operator("Ana", manager=boss)
    auditor = make_person(AccessRole.AUDITOR)
    far = make_person(name="Newark only")
    grant_role(person=far, role=AccessRole.ADMINISTRATOR, by=BY, at=LONG_AGO, reason="for a test", site=newark())
    address = reverse("enrollment:claim_proof", args=[claim.pk])
    expected = {maya: 200, boss: 200, admin: 200, auditor: 200, stranger: 404, colleague: 404, far: 404}
    for user, status in expected.items():
        reply = sign_in(client, User.objects.get(pk=user.pk)).get(address)
        assert reply.status_code == status, user.name
        if reply.streaming:
            list(reply)
    opened = Event.objects.filter(verb="enrollment.claim_read").values_list("actor_name", flat=True)
    assert sorted(opened) == sorted(each.name for each in (boss, admin, auditor))


def test_auditor_reads_and_decides_nothing(client: Client, boss: User, maya: User) -> None:
    claim = claimed(maya, a_course())
    sign_in(client, make_person(AccessRole.AUDITOR))
    page = client.get(reverse("enrollment:claim", args=[claim.pk])).content.decode()
    assert "Verify" not in page
    assert client.get(reverse("enrollment:verify_claim", args=[claim.pk])).status_code == 403


def test_list_asks_as_much_for_many_as_for_one(client: Client, admin: User, boss: User) -> None:
    sign_in(client, admin)
    counts = []
    for many in (1, 3):
        for number in range(many):
            claimed(operator(f"P {many} {number}", manager=boss), a_course())
        client.get(reverse("enrollment:completions"))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(reverse("enrollment:completions")).content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert page.count("Waits for a decision") == 4
    assert "Nobody matches" in client.get(reverse("enrollment:completions") + "?q=nobody").content.decode()


def test_a_last_day_that_stands_for_never_is_refused_in_words() -> None:
    refusal = why_not_on(DAY, today=TODAY, valid_until=date(9999, 12, 31))
    assert refusal == "9999-12-31 is too far away. Leave the last day out where there is none."
    assert why_not_on(DAY, today=TODAY, valid_until=date(2199, 12, 31)) == ""
