"""A training that comes back every year: renewed early in the first year and late in the second, with each day kept."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse
from playwright.sync_api import Page, expect

from core.clock import now
from enrollment.actions.reminding import take_reminder_steps
from enrollment.choices import ASSIGNED_STEP, Renewal
from enrollment.models import Assignment, Completion, ReminderSent
from enrollment.queries import remindable
from enrollment.rules import add_months, short_day
from notifications.models import Message
from people.models import User
from records.models import Certificate
from tests.journeys.conftest import OpenPage
from tests.journeys.house import House
from tests.journeys.steps import short
from tests.journeys.steps.company import account, hire_learner

NAME, LOGIN = "Nora Amsler", "nora.amsler"
COURSE = "Aseptic gowning"
TODAY = now().astimezone(ZoneInfo("Europe/Zurich")).date()
FIRST = add_months(TODAY - timedelta(days=10), -24)  # the first completion, on which every later day rests
ENDS = [add_months(FIRST, 12 * years) for years in (1, 2, 3)]
EARLY = ENDS[0] - timedelta(days=30)
WINDOW = timedelta(days=60)
OPENS = "learner:window+0"
OF_A_RENEWAL = {"learner:due-7", "learner:due-1", "learner:late+1", "manager:late+1"}


def test_a_training_renewed_early_and_late_keeps_its_day(live_house: House, page_at: OpenPage) -> None:
    since = FIRST - timedelta(days=25)
    nora = hire_learner(NAME, department="Engineering", job_role="Maintenance Technician", since=since)
    course = short.a_course(COURSE, code="PRD-030").course
    short.required_in(
        "Engineering", course, at=morning(FIRST - timedelta(days=20)), renewal=Renewal.EXPIRY, validity_months=12
    )
    given = Assignment.objects.get(user=nora, course=course)
    short.completed(nora, course, at=morning(FIRST))
    reminded_on(ENDS[0] - WINDOW, given, steps=1)  # from now on it may be renewed
    short.completed(nora, course, at=morning(EARLY))
    assert last_days(nora) == ENDS[:2]  # early, and yet the second year begins where the first one ends
    for day, steps in ((ENDS[0], 0), (ENDS[1] - timedelta(days=7), 1), (ENDS[1] - timedelta(days=1), 1)):
        reminded_on(day, given, steps=steps)
    reminded_on(ENDS[1] + timedelta(days=1), given, steps=2)  # her and her manager

    phone = page_at("phone", account=LOGIN)
    see_expired(phone)
    see_reminders_once(phone, nora, given)
    short.take(phone, COURSE, name=LOGIN)
    see_each_year(phone, given)
    see_certificates(phone, nora)
    see_each_year(page_at("desktop", theme="dark", account="admin"), given)
    assert last_days(nora) == ENDS


def morning(day: date) -> datetime:
    """Return ten in the morning of a day in Basel."""
    return datetime.combine(day, time(10), tzinfo=ZoneInfo("Europe/Zurich"))


def reminded_on(day: date, given: Assignment, *, steps: int) -> None:
    """Sweep twice on a day, as the sweep of that morning and one after a crash; each step is taken once."""
    taken = 0
    for _time in range(2):
        for assignment_id in remindable(at=morning(day)):
            if assignment_id == given.pk:
                taken += len(take_reminder_steps(assignment_id=given.pk, at=morning(day)))
    assert taken == steps


def last_days(person: User) -> list[date]:
    """Return until when each completion counts, in the order of time."""
    ends = Completion.objects.filter(user=person).order_by("completed_at").values_list("valid_until", flat=True)
    return [day for day in ends if day]


def see_expired(page: Page) -> None:
    """See on the phone that it has expired, when, and what to do."""
    page.goto("/")
    row = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name=COURSE))
    expect(row).to_contain_text("Expired")
    expect(row).to_contain_text(short_day(ENDS[1]))
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def see_reminders_once(page: Page, person: User, given: Assignment) -> None:
    """Find each reminder of the second year once, and none of the first one."""
    page.goto("/inbox/")
    for words in (f"{COURSE} expires in 7 days", f"{COURSE} expires tomorrow", f"Expired: {COURSE}"):
        expect(page.get_by_role("main").get_by_role("heading", name=words)).to_have_count(1)
    taken = ReminderSent.objects.filter(assignment=given).exclude(step=ASSIGNED_STEP)
    expected = [(ENDS[0], OPENS), *((ENDS[1], step) for step in OF_A_RENEWAL)]
    assert sorted(taken.values_list("due_on", "step")) == sorted(expected)
    kinds = Counter(Message.objects.filter(recipient=person).values_list("kind", flat=True))
    assert (kinds["enrollment.due_soon"], kinds["enrollment.overdue"]) == (2, 1)
    assert Message.objects.filter(recipient=account("manager"), subject__contains=NAME).count() == 1


def see_each_year(page: Page, given: Assignment) -> None:
    """Read each time so far: by when it was due, when it was done, and until when it counts."""
    page.goto(reverse("enrollment:why", args=[given.pk]))
    rounds = page.get_by_role("region", name="Each time so far").get_by_role("row")
    expect(rounds).to_have_count(4)
    late = (TODAY - ENDS[1]).days
    for number, (done, words, until) in enumerate(
        [(FIRST, "in time", ENDS[0]), (EARLY, "in time", ENDS[1]), (TODAY, f"{late} days late", ENDS[2])], start=1
    ):
        for each in (short_day(done), words, f"until {short_day(until)}"):
            expect(rounds.nth(number)).to_contain_text(each)
    coming = page.get_by_role("region", name="What happens next")
    expect(coming).to_contain_text(f"It may be completed again from {short_day(ENDS[2] - WINDOW)}.")


def see_certificates(page: Page, person: User) -> None:
    """Find all three certificates in the record, only the last of them current."""
    page.goto("/record/")
    rows = page.get_by_role("row").filter(has_text=COURSE)
    expect(rows).to_have_count(3)
    expect(rows.filter(has_text="Current")).to_have_count(1)
    serials = list(Certificate.objects.filter(holder_id=person.pk).values_list("serial", flat=True))
    assert len(serials) == 3
    for serial in serials:
        expect(rows.get_by_role("link", name=serial)).to_be_visible()
