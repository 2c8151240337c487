"""A learner's own pages: what is next, all trainings, a course, the signature, the record."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.actions import start_attempt
from courses.actions import submit_version
from courses.models import Course
from enrollment.actions.learning import enroll, open_activity
from enrollment.actions.watching import open_playback
from enrollment.models import Completion, Enrollment, Playback
from people.choices import AccessRole
from people.models import User
from records.actions import file_certificate
from records.choices import Components
from records.models import Certificate, Signature
from tests.assessments.building import taking as taking_quiz
from tests.enrollment.classroom import AT, Taking, a_learner, a_version, require, retire, take_effect, taking
from tests.enrollment.test_completing import NONE, ONE, rows
from tests.factories import BY, PASSWORD, make_draft, make_person


@pytest.fixture
def learner(db: None, client: Client) -> User:
    learner = a_learner()
    client.force_login(learner)
    return learner


def page(client: Client, name: str, *args: Any, status: int = 200, **query: Any) -> str:
    answer = client.get(reverse(f"enrollment:{name}", args=args), query)
    assert answer.status_code == status
    return answer.content.decode()


def words(html: str) -> str:
    """Return what a page says, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html[html.index("<main") : html.index("</main>")]))


def days(number: int) -> date:
    """Return a day so far from today where the learner is."""
    return timezone.localdate(timezone=ZoneInfo("Europe/Zurich")) + timedelta(days=number)


def test_browsers_keep_no_copy_of_what_a_person_sees(client: Client, learner: User) -> None:
    for name in ("home", "training", "record"):
        assert client.get(reverse(f"enrollment:{name}"))["Cache-Control"] == "private, no-store"


# Home


def test_a_visitor_is_led_to_sign_in(client: Client, db: None) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")


def test_home_of_somebody_new_says_where_to_look(client: Client, learner: User) -> None:
    said = words(page(client, "home"))
    assert "Nothing to do" in said
    assert "What you complete stands here" in said


def test_home_says_what_waits_for_a_decision(client: Client, db: None) -> None:
    approver, draft = make_person(AccessRole.APPROVER), make_draft()
    client.force_login(approver)
    assert "Nothing is to be done." in words(page(client, "home"))
    submit_version(version_id=draft.pk, by=draft.owner, at=timezone.now(), zone="UTC", components=Components.ALL)
    said = words(page(client, "home"))
    assert "Waiting to be decided Reviews 1 waiting" in said
    assert "Nothing to do" not in said
    assert "Nothing is to be done" not in said


def test_home_lists_what_is_due_by_urgency_with_its_reason(client: Client, learner: User) -> None:
    for title, due in (("Later one", 40), ("Late one", -6), ("Soon one", 3)):
        require(learner, a_version("page", "quiz", title=title).course, due_on=days(due))
    said = words(page(client, "home"))
    order = ("Overdue 1 Late one", "Due soon 1 Soon one", "Later 1 Later one")
    places = [said.index(each) for each in order]
    assert places == sorted(places)
    assert "2 things are due. The first takes about 8 minutes." in said
    assert "Because your job role is Tablet Operator since 1 Jan 2020" in said
    assert "8 min Score at least 80 % and sign" in said
    assert "6 days ago" in said
    assert "in 3 days" in said
    assert "Start here Late one" in said
    assert "0 of 3 current" in said


def test_what_is_begun_waits_for_what_is_due_before_it(client: Client, learner: User) -> None:
    """Whoever has begun what is due in spring sees first what is due next week, and last what is due on no day."""
    for title, due, begun in (("In spring", 80, True), ("Next", 20, False), ("By summer", 120, False)):
        course = a_version("page", "quiz", title=title).course
        require(learner, course, due_on=days(due))
        if begun:
            enroll(user=learner, course=course, by=learner, at=AT)
    enroll(user=learner, course=a_version("page", title="For myself").course, by=learner, at=AT)
    said = words(page(client, "training"))
    places = [said.index(each) for each in ("Next", "In spring", "By summer", "For myself")]
    assert places == sorted(places)


def test_home_resumes_a_video_at_the_second(client: Client, learner: User) -> None:
    someone = taking("page", "video", learner=learner)
    someone.finish(1)
    open_activity(enrollment=someone.enrollment, activity=someone.activities[1], at=AT, first=True)
    open_playback(enrollment=someone.enrollment, activity=someone.activities[1], at=AT)
    Playback.objects.update(position_seconds="72.4")
    html = page(client, "home")
    said = words(html)
    assert "Module 1 · Video “Video 2”, at 1:12 of 1:40" in said
    assert "1 of 2 activities, about 4 min left" in said
    assert "Resume at 1:12" in said
    assert reverse("enrollment:activity", kwargs=someone.kwargs(2)) in html


def test_home_resumes_a_quiz_at_the_question(client: Client, learner: User) -> None:
    someone = taking_quiz()
    client.force_login(someone.user)
    start_attempt(enrollment=someone.enrollment, quiz_id=someone.quiz.pk, by=someone.user, at=timezone.now())
    html = page(client, "home")
    assert "Resume: question 1" in words(html)
    where = {"enrollment_id": someone.enrollment.pk, "activity_id": someone.quiz.pk}
    assert f'href="{reverse("enrollment:activity", kwargs=where)}#q1"' in html


def test_home_leads_to_the_signature_when_all_is_done(client: Client, learner: User) -> None:
    someone = taking("page", learner=learner)
    someone.finish()
    html = page(client, "home")
    assert "your signature completes it" in words(html)
    assert reverse("enrollment:sign", args=[someone.enrollment.pk]) in html


def test_home_shows_what_was_completed_and_that_the_role_is_covered(client: Client, learner: User) -> None:
    someone = taking("page", learner=learner, title="Data integrity", validity_months=12, at=timezone.now())
    require(learner, someone.version.course, due_on=days(3))
    someone.finish(at=timezone.now())
    someone.sign(at=timezone.now())
    said = words(page(client, "home"))
    assert "Nothing is to be done." in said
    assert "1 of 1 current" in said
    assert "Data integrity Valid until" in said


def test_home_offers_renewal_before_the_certificate_ends(client: Client, learner: User) -> None:
    then = timezone.now() - timedelta(days=340)
    someone = taking("page", learner=learner, validity_months=12, at=then)
    require(learner, someone.version.course, due_on=days(-300))
    someone.finish(at=then)
    someone.sign(at=then)
    html = page(client, "home")
    assert "Because your certificate ends on" in words(html)
    assert "Renew" in words(html)
    assert reverse("enrollment:start", args=[someone.version.course_id]) in html


def test_home_says_when_nothing_can_be_begun(client: Client, learner: User) -> None:
    version = a_version("page")
    require(learner, version.course, due_on=days(3))
    retire(version)
    assert "No version is in effect now, so there is nothing to do" in words(page(client, "home"))


@pytest.mark.parametrize("name", ["home", "training", "record"])
def test_pages_take_the_same_queries_for_one_row_and_for_three(
    client: Client, learner: User, name: str, django_assert_num_queries: Any
) -> None:
    def one_more() -> None:
        require(learner, a_version("page").course, due_on=days(3))
        required_and_begun = taking("page", learner=learner)
        require(learner, required_and_begun.version.course, due_on=days(3))
        done = taking("page", learner=learner)
        done.finish()
        done.sign()

    one_more()
    page(client, name)
    expected = {"home": 7, "training": 8, "record": 6}[name]
    with django_assert_num_queries(expected):
        page(client, name)
    one_more()
    one_more()
    page(client, name)  # what is frozen is kept from the first time on
    with django_assert_num_queries(expected):
        page(client, name)


# All trainings


def test_training_lists_everything_and_can_be_narrowed(client: Client, learner: User) -> None:
    require(learner, a_version("page", title="Required one").course, due_on=days(30))
    taking("page", learner=learner, title="Chosen one")
    done = taking("page", learner=learner, title="Finished one")
    done.finish()
    done.sign()
    titles = {"Required one", "Chosen one", "Finished one"}

    def shown(show: str) -> set[str]:
        said = words(page(client, "training", show=show))
        return {title for title in titles if title in said}

    assert {show: shown(show) for show in ("", "open", "begun", "required", "completed", "nonsense")} == {
        "": titles,
        "open": {"Required one", "Chosen one"},
        "begun": {"Chosen one"},
        "required": {"Required one"},
        "completed": {"Finished one"},
        "nonsense": titles,
    }


def test_the_reason_of_what_is_required_leads_to_why(client: Client, learner: User) -> None:
    assignment = require(learner, a_version().course, due_on=days(3))
    taking(learner=learner)
    for name in ("home", "training"):
        links = re.findall(r'<p class="why"><a href="([^"]+)"', page(client, name))
        assert links == [reverse("enrollment:why", args=[assignment.pk])]


def test_training_to_be_done_again_stands_once_and_names_its_completion(client: Client, learner: User) -> None:
    then = timezone.now() - timedelta(days=500)
    again = taking("page", learner=learner, title="Locked machines", validity_months=12, at=then)
    require(learner, again.version.course, due_on=days(-480))
    again.finish(at=then)
    on = again.sign(at=then).completed_on
    heading = re.compile(r"<h\d[^>]*>\s*(?:<a[^>]*>)?Locked machines")
    html = page(client, "training")
    said = words(html)
    assert len(heading.findall(html)) == 1
    assert f"Last completed on {on.day} {on:%b %Y}" in said
    certificate = Certificate.objects.get()
    assert f'<a href="{reverse("reporting:certificate", args=[certificate.pk])}">Last completed on' in html
    assert "Expired" in said
    assert "Renew" in said
    completed = page(client, "training", show="completed")
    assert len(heading.findall(completed)) == 1
    assert f"Completed on {on.day} {on:%b %Y}" in words(completed)


def test_training_tells_nothing_found_from_nothing_there(client: Client, learner: User) -> None:
    assert "No training yet" in words(page(client, "training"))
    taking("page", learner=learner)
    assert "None of your trainings are like this" in words(page(client, "training", show="completed"))


# One course


def test_a_course_says_what_it_holds_why_and_how_far(client: Client, learner: User) -> None:
    someone = taking("page", "page", "quiz", learner=learner, validity_months=12)
    require(learner, someone.version.course, due_on=days(-6))
    someone.finish(1)
    html = page(client, "course", someone.enrollment.pk)
    said = words(html)
    for part in (
        "say what a signature means",
        "Overdue",
        "Because your job role is Tablet Operator since 1 Jan 2020.",
        "1 of 3 activities, about 8 min left",
        "Read the page · 4 min",
        "Score at least 80 %. Opens when you complete “Page 2”",
        "Opens when you pass “Quiz 3”",
        "Quiz 3: As many attempts as it takes; after each you see why",
        "12 months",
        "1.0, effective 1 Jan 2020",
        "Priya Nair",
        "Helen Okafor, 1 Jan 2020",
    ):
        assert part in said
    assert reverse("enrollment:activity", kwargs=someone.kwargs(2)) in html
    assert reverse("enrollment:activity", kwargs=someone.kwargs(3)) not in html


def test_a_course_page_takes_few_queries(client: Client, learner: User, django_assert_num_queries: Any) -> None:
    someone = taking("page", "page", "quiz", learner=learner)
    page(client, "course", someone.enrollment.pk)
    with django_assert_num_queries(6):  # person, enrollment, progress, sessions, why, unread
        page(client, "course", someone.enrollment.pk)


def test_a_course_that_has_a_newer_version_says_that_the_old_one_is_finished(client: Client, learner: User) -> None:
    someone = taking("page", learner=learner)
    newer = a_version("page", course=someone.version.course, number=2, in_effect=False)
    take_effect(newer)
    said = words(page(client, "course", someone.enrollment.pk))
    assert "You began version 1.0 and finish it. Version 2.0 is in effect since 1 Jan 2020." in said


def test_a_retired_course_says_that_it_can_be_finished(client: Client, learner: User) -> None:
    someone = taking("page", learner=learner)
    retire(someone.version)
    assert "This course was retired after you began it." in words(page(client, "course", someone.enrollment.pk))


@pytest.mark.requirement("R-16")
@pytest.mark.parametrize("name", ["course", "sign", "completed"])
def test_somebody_elses_enrollment_does_not_exist(client: Client, learner: User, name: str) -> None:
    someone = taking("page", learner=a_learner("Owen Price"))
    someone.finish()
    assert client.get(reverse(f"enrollment:{name}", args=[someone.enrollment.pk])).status_code == 404
    assert client.post(reverse("enrollment:sign", args=[someone.enrollment.pk])).status_code == 404
    assert rows() == NONE


# Beginning


def test_a_course_can_be_looked_at_before_it_is_begun(client: Client, learner: User) -> None:
    version = a_version("page", "quiz", number=2)
    said = words(page(client, "start", version.course_id))
    assert "Start · 8 min" in said
    assert "It is not required of you; you may take it all the same." in said
    assert "New in version 2.0 A section on passkeys." in said
    assert not Enrollment.objects.exists()


def test_starting_begins_once_and_leads_to_the_first_activity(client: Client, learner: User) -> None:
    version = a_version("page", "page")
    address = reverse("enrollment:start", args=[version.course_id])
    answers = [client.post(address), client.post(address)]  # pressed twice
    enrollment = Enrollment.objects.get()
    first = Taking(learner, version, enrollment).kwargs(1)
    assert {answer["Location"] for answer in answers} == {reverse("enrollment:activity", kwargs=first)}
    again = client.get(address)
    assert again["Location"] == reverse("enrollment:course", args=[enrollment.pk])


def test_what_is_not_in_effect_can_not_be_begun(client: Client, learner: User) -> None:
    version = a_version("page")
    retire(version)
    assert "No version of it is in effect." in words(page(client, "start", version.course_id, status=404))
    assert client.post(reverse("enrollment:start", args=[version.course_id])).status_code == 409
    draft = a_version("page", in_effect=False)
    for method in (client.get, client.post):
        assert method(reverse("enrollment:start", args=[draft.course_id])).status_code == 404
    assert not Enrollment.objects.exists()


def test_a_course_that_does_not_exist_is_not_found(client: Client, learner: User) -> None:
    address = reverse("enrollment:start", args=["01a20500-0000-7000-8000-000000000000"])
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)
    assert not Course.objects.filter(code="nothing").exists()


# Signing


@pytest.fixture
def ready(client: Client, learner: User) -> Taking:
    someone = taking("page", "quiz", learner=learner, validity_months=12)
    someone.finish()
    return someone


def fields(someone: Taking, html: str, **changes: str) -> dict[str, str]:
    shown = re.search(r'name="shown" value="(\w+)"', html)
    assert shown
    typed = {"sign-email": someone.learner.email, "sign-password": PASSWORD, "shown": shown[1]}
    if "sign-accept" in html:
        typed["sign-accept"] = "on"
    return {**typed, **changes}


def test_the_signing_page_says_what_is_signed_and_what_it_means(client: Client, ready: Taking) -> None:
    html = page(client, "sign", ready.enrollment.pk)
    said = words(html)
    for part in (
        "Passed: 9 of 10",
        "Electronic records",
        "1.0, effective 1 Jan 2020",
        "Passed, 9 of 10",
        "I have completed and understood this training",
        "sha256",
        "First signature since you signed in, so both are asked.",
        "Signing as Maya Lindqvist.",
    ):
        assert part in said
    assert 'name="sign-email"' in html


@pytest.mark.requirement("R-39")
def test_signing_leads_to_the_completion_and_later_asks_for_the_secret_alone(client: Client, ready: Taking) -> None:
    address = reverse("enrollment:sign", args=[ready.enrollment.pk])
    typed = fields(ready, client.get(address).content.decode())
    done = reverse("enrollment:completed", args=[ready.enrollment.pk])
    answers = [client.post(address, typed), client.post(address, typed)]  # pressed twice
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, done), (302, done)]
    assert rows() == ONE
    assert Completion.objects.get().signature.components == "all"
    assert client.get(address)["Location"] == done

    other = taking("page", learner=ready.learner)
    other.finish()
    address = reverse("enrollment:sign", args=[other.enrollment.pk])
    html = client.get(address).content.decode()
    assert 'name="sign-email"' not in html
    typed = fields(other, html)
    del typed["sign-email"]
    assert client.post(address, typed).status_code == 302
    assert other.enrollment.pk in set(Completion.objects.values_list("enrollment_id", flat=True))
    latest = Signature.objects.filter(record_type="completion").order_by("-signed_at")[0]
    assert latest.components == "secret"


@pytest.mark.requirement("R-38")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"sign-password": "wrong"}, "4 tries are left"),
        ({"sign-email": "somebody@demo.test"}, "4 tries are left"),
        ({"sign-password": ""}, "This is empty. Fill it in."),
        ({"sign-email": ""}, "This is empty. Fill it in."),
    ],
)
def test_what_is_typed_wrong_is_said_beside_the_field(
    client: Client, ready: Taking, changes: dict[str, str], said: str
) -> None:
    address = reverse("enrollment:sign", args=[ready.enrollment.pk])
    answer = client.post(address, fields(ready, client.get(address).content.decode(), **changes))
    html = answer.content.decode()
    assert answer.status_code == 422
    assert said in html
    assert 'aria-invalid="true"' in html
    assert PASSWORD not in html
    assert rows() == NONE


def test_what_changed_meanwhile_is_shown_again_instead_of_signed(client: Client, ready: Taking) -> None:
    address = reverse("enrollment:sign", args=[ready.enrollment.pk])
    typed = fields(ready, client.get(address).content.decode())
    require(ready.learner, ready.version.course, due_on=days(3), validity_months=6)
    answer = client.post(address, typed)
    assert answer.status_code == 409
    assert "What you sign has changed since this page was shown." in answer.content.decode()
    assert rows() == NONE


@pytest.mark.requirement("R-14")
def test_what_is_missing_is_listed_and_not_signed(client: Client, learner: User) -> None:
    someone = taking("page", "page", learner=learner)
    someone.finish(1)
    html = page(client, "sign", someone.enrollment.pk)
    assert "This is still to be done: Page 2" in words(html)
    assert reverse("enrollment:activity", kwargs=someone.kwargs(2)) in html
    answer = client.post(
        reverse("enrollment:sign", args=[someone.enrollment.pk]),
        {"sign-email": learner.email, "sign-password": PASSWORD},
    )
    assert answer.status_code == 409
    assert rows() == NONE


@pytest.mark.requirement("R-14")
def test_the_completion_page_comes_only_after_the_signature(client: Client, ready: Taking) -> None:
    answer = client.get(reverse("enrollment:completed", args=[ready.enrollment.pk]))
    assert answer["Location"] == reverse("enrollment:course", args=[ready.enrollment.pk])


def test_the_completion_page_shows_signature_and_certificate(client: Client, ready: Taking) -> None:
    ready.sign()
    certificate = Certificate.objects.get()
    html = page(client, "completed", ready.enrollment.pk)
    said = words(html)
    for part in (
        "Completed and signed",
        "Your certificate is being made",
        "9 of 10",
        certificate.serial,
        "Maya Lindqvist signed: “I have completed and understood this training”",
        "23 Nov 2026 10:00:00 CET (09:00:00 UTC)",
    ):
        assert part in said
    assert 'hx-trigger="every 2s"' in html
    assert reverse("records:verify", args=[certificate.token]) in html
    file_certificate(certificate=certificate, by=BY, at=AT, sha256="f" * 64, storage_key="x", size_bytes=1)
    html = page(client, "completed", ready.enrollment.pk)
    assert "Your certificate is ready" in html
    assert "hx-trigger" not in html


# The record


def test_the_record_shows_each_completion_with_its_signature(client: Client, learner: User) -> None:
    old = timezone.now() - timedelta(days=800)
    first = taking("page", learner=learner, title="Gowning", validity_months=12, at=old)
    first.finish(at=old)
    first.sign(at=old)
    require(learner, first.version.course, due_on=days(-700))
    said = words(page(client, "record"))
    for part in ("1 completion, 0 of them current", "Gowning", "Expired", "Renew", "Maya Lindqvist signed:"):
        assert part in said
    second = Taking(
        learner, first.version, enroll(user=learner, course=first.version.course, by=learner, at=timezone.now())
    )
    second.finish(at=timezone.now())
    second.sign(at=timezone.now())
    said = words(page(client, "record"))
    assert "2 completions, 1 of them current" in said
    assert "Expired" in said  # nothing was taken away


def test_an_empty_record_says_what_will_stand_there(client: Client, learner: User) -> None:
    assert "Nothing completed yet" in words(page(client, "record"))
