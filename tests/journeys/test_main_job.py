"""The main job from a draft to a checked certificate, as people do it in a browser, at both sizes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from core.clock import now
from enrollment.models import Assignment
from enrollment.tasks import send_reminders
from notifications.models import Message
from people.actions import grant_role
from people.choices import AccessRole
from records.actions import revoke_certificate
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps import admin, auditor, author, learner, manager, reminders
from tests.journeys.steps.company import account, hire, today
from tests.journeys.watch import Watch

TEAM = {"Sofia Marino", "Maya Lindqvist", "Daniel Weiss", "Amara Diallo"}
OPERATORS = {"Maya Lindqvist", "Daniel Weiss", "Amara Diallo", "Rosa Delgado"}


@pytest.mark.parametrize(("size", "theme"), [("phone", "light"), ("desktop", "dark")])
def test_main_job_from_draft_to_checked_certificate(
    live_house: House, page_at: OpenPage, watch: Watch, size: str, theme: str
) -> None:
    for name, lead, site in (
        ("Daniel Weiss", "shift.lead", "Basel"),
        ("Amara Diallo", "shift.lead", "Basel"),
        ("Rosa Delgado", "site.head", "Newark"),
    ):
        hire(name, manager=lead, site=site)
    # Even somebody who may approve others' versions never approves their own.
    grant_role(
        person=account("author"), role=AccessRole.APPROVER, by=account("admin"), at=now(), reason="Covers for QA"
    )

    desk = page_at(size, theme=theme, account="author")
    version = author.edit_and_submit(desk)
    author.is_refused_own_approval(desk, version, today=today())
    author.approve(page_at(size, theme=theme, account="approver"), version, today=today())
    author.is_fixed(desk, version)

    requirement = admin.require(page_at(size, theme=theme, account="admin"), names=OPERATORS)
    given = Assignment.objects.filter(requirement=requirement)
    assert sorted(each.user.name for each in given.select_related("user")) == sorted(OPERATORS)

    phone = page_at(size, theme=theme, account="learner")
    enrollment = learner.begin(phone)
    learner.read_pages(phone)
    learner.watch(phone, enrollment)
    learner.download_job_aid(phone)
    learner.fail_and_pass_quiz(phone)
    certificate = learner.sign_completion(phone, enrollment)
    document = learner.hold_certificate(phone, certificate)

    office = page_at(size, theme=theme, account="manager")
    states = manager.see_team(office, names=TEAM)
    manager.remind(office, live_house)
    manager.ask_for_report(office, live_house, states=states)

    visitor = page_at(size, theme=theme, account="auditor")
    auditor.read_record(visitor, certificate)
    assert auditor.download_certificate(visitor, certificate) == document
    address = auditor.check_address(visitor)
    stranger = page_at(size, theme=theme)
    auditor.check_signed_out(stranger, address, expected="Genuine and current")
    expect(stranger.get_by_role("main")).to_contain_text("Maya Lindqvist")
    revoke_certificate(certificate=certificate, by=account("admin"), at=now(), reason="Signed by mistake")
    auditor.check_signed_out(stranger, address, expected="Revoked on")
    watch.forgive("status of 404")
    auditor.check_signed_out(stranger, "/v/AAAAAAAAAAAAAAAAAAAAAA/", expected="No such certificate", status=404)


def test_reminders_go_out_once_each_by_mail_and_inbox_and_the_manager_hears(
    live_house: House, page_at: OpenPage
) -> None:
    people = reminders.people_with_due_dates(at=now())
    expected = {"Vera Seven": "is due in 7 days", "Otto One": "is due tomorrow", "Ida Late": "Overdue:"}
    live_house.send("enrollment.send_reminders")
    live_house.mail_to(people["Ida Late"].email, about=expected["Ida Late"])  # what is overdue does not wait
    send_reminders()  # a second sweep, here where we see its end
    reminders.let_digests_go(live_house)
    for name, words in expected.items():
        live_house.mail_to(people[name].email, about=words)
    live_house.mail_to("manager@demo.test", about="Overdue in your team: Ida Late")
    for name, words in expected.items():
        told = Message.objects.filter(recipient=people[name], kind__in=["enrollment.due_soon", "enrollment.overdue"])
        assert [words in each.subject for each in told] == [True]
        assert len(live_house.mails_to(people[name].email, about=words)) == 1
    page = page_at("phone", account="manager")
    page.goto("/inbox/")
    expect(page.get_by_role("heading", name="Overdue in your team: Ida Late")).to_have_count(1)
