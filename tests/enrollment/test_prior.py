"""What a completion of long ago would be worth for what is required, said before it is written."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags

from core.clock import now
from enrollment.actions.claiming import claim_learned, verify_claim
from enrollment.actions.equivalences import add_equivalence
from enrollment.choices import Renewal, Status
from enrollment.models import Claim, Completion, Requirement
from enrollment.queries import standings
from enrollment.queries.prior import Learned, how_it_counts, outlook_of_learned
from enrollment.rules import Credit, Facts, Retraining, Span, Terms
from enrollment.rules.prior import Prior, is_doubtful, prior_of
from people.models import User
from tests.enrollment.classroom import a_version
from tests.enrollment.histories import PLAIN, checked, loaded, rows_of
from tests.enrollment.workplace import (
    AT,
    SIGNING,
    TODAY,
    a_course,
    a_picture,
    a_scan,
    browser,
    complete,
    operator,
    switched_on,
)

pytestmark = pytest.mark.signing

LONG_PAST = date(1960, 3, 3)


@pytest.fixture
def maya(boss: User) -> User:
    return operator("Maya Lindqvist", since=date(2020, 1, 1), manager=boss)


def yearly(course: Any, *, by: User, **terms: Any) -> Requirement:
    return switched_on(course, by=by, validity_months=12, **terms)


def words_of(person: User, course: Any, on: date, *, ends_on: date | None = None) -> list[str]:
    learned = Learned("", course.pk, 1, on, ends_on)
    return list(outlook_of_learned(person.pk, learned, today=TODAY, at=AT).words)


def said(answer: Any) -> str:
    return " ".join(strip_tags(answer.content.decode().replace("<", " <")).split())


def test_what_counted_in_1960_is_said_before_it_is_sent_and_kept_all_the_same(
    admin: User, boss: User, maya: User
) -> None:
    course = a_course()
    rule = yearly(course, by=admin)
    fruitless = f"By R-{rule.number} it counted until 3 Mar 1961. With it, the training has been open since 4 Mar 1961."
    client, typed = browser(maya), {"course": course.pk, "completed_on": "1960-03-03", "provider": "Red Cross"}
    outlook = client.get(reverse("enrollment:claim_outlook"), typed)
    assert said(outlook) == f"No version was in effect on that day: taken as 1.0, the oldest. {fruitless}"
    address = reverse("enrollment:new_claim")
    first = client.post(address, {**typed, "proof": a_picture()})
    assert (first.status_code, Claim.objects.count()) == (422, 0), "without scripts it is said now"
    assert fruitless in said(first)
    assert 'value="Red Cross"' in first.content.decode()
    seen = outlook.context["outlook"].key
    assert f'name="seen" value="{seen}"' in first.content.decode()
    other = client.post(address, {**typed, "completed_on": "1961-01-01", "proof": a_picture(), "seen": seen})
    assert (other.status_code, Claim.objects.count()) == (422, 0), "another day was not read about"
    client.post(address, {**typed, "proof": a_picture(), "seen": seen})
    claim = Claim.objects.get()
    for person, page in ((maya, "claim"), (boss, "claim"), (boss, "verify_claim"), (boss, "return_claim")):
        assert fruitless in said(browser(person).get(reverse(f"enrollment:{page}", args=[claim.pk])))
    verify_claim(claim=claim, by=boss, at=AT, **SIGNING)
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (standing.status, standing.valid_until) == (Status.EXPIRED, date(1961, 3, 3))
    assert Completion.objects.get().completed_on == LONG_PAST
    assert fruitless not in said(browser(boss).get(reverse("enrollment:claim", args=[claim.pk])))


def test_what_counts_is_sent_at_once(admin: User, maya: User) -> None:
    course = a_course()
    rule = yearly(course, by=admin)
    client, typed = (
        browser(maya),
        {"course": course.pk, "completed_on": (now().date() - timedelta(days=20)).isoformat()},
    )
    assert f"By R-{rule.number} it counts until" in said(client.get(reverse("enrollment:claim_outlook"), typed))
    client.post(reverse("enrollment:new_claim"), {**typed, "provider": "Red Cross", "proof": a_picture()})
    assert Claim.objects.count() == 1


def test_what_is_half_typed_or_refused_has_no_outlook(maya: User) -> None:
    client, address, course = browser(maya), reverse("enrollment:claim_outlook"), a_course()
    assert said(client.get(address)) == ""
    assert said(client.get(address, {"course": course.pk})) == ""
    assert "has not come yet" in said(client.get(address, {"course": course.pk, "completed_on": "2090-01-01"}))
    typed = {"course": course.pk, "completed_on": "2026-03-02", "valid_until": "2026-03-01"}
    assert said(client.get(address, typed)) == "The last day is not after the day of completion."
    assert said(client.get(address, {"course": "x", "completed_on": "2026-03-02"})) == ""


def test_it_counts_by_the_terms_of_each_requirement(admin: User, maya: User) -> None:
    course = a_course()
    once = switched_on(course, by=admin, renewal=Renewal.ONCE)
    two_years = switched_on(course, by=admin, validity_months=24)
    own = switched_on(course, by=admin, renewal=Renewal.COURSE)
    day = TODAY - timedelta(days=400)
    assert words_of(maya, course, day, ends_on=TODAY - timedelta(days=35)) == [
        f"By R-{once.number} it counts without end.",
        f"By R-{two_years.number} it counts until 19 Oct 2027.",
        f"By R-{own.number} it counted until 19 Oct 2026. With it, the training has been open since 20 Oct 2026.",
    ]


def test_what_is_too_early_to_renew_anything_says_so(admin: User, maya: User) -> None:
    course = a_course()
    rule = switched_on(course, by=admin, renewal=Renewal.EXPIRY, validity_months=12, window_days=30)
    complete(maya, course, on=TODAY - timedelta(days=100))
    [words] = words_of(maya, course, TODAY - timedelta(days=50))
    assert words == (
        f"R-{rule.number} does not take it as a renewal: it came too early, or another course has its turn. "
        "It is kept in the record."
    )


def test_what_is_older_than_what_counts_keeps_the_training_completed(admin: User, maya: User) -> None:
    course = a_course()
    rule = yearly(course, by=admin)
    complete(maya, course, on=TODAY - timedelta(days=10))
    [words] = words_of(maya, course, LONG_PAST)
    assert words == f"By R-{rule.number} it counted until 3 Mar 1961. It is kept in the record."


def test_what_nothing_asks_for_ends_by_its_own_last_day(maya: User) -> None:
    course = a_course()
    assert words_of(maya, course, LONG_PAST) == []
    assert words_of(maya, course, LONG_PAST, ends_on=TODAY) == []
    assert words_of(maya, course, LONG_PAST, ends_on=LONG_PAST + timedelta(days=365)) == [
        "By its own last day it counted until 3 Mar 1961. It is kept in the record."
    ]


def test_a_course_that_counts_as_the_one_that_is_asked_for(admin: User, boss: User, maya: User) -> None:
    asked, learned = a_course("Asked"), a_course("Learned")
    rule = yearly(asked, by=admin)
    since = TODAY - timedelta(days=800)
    add_equivalence(course=learned, counts_as=asked, valid_from=since, reason="The same hours", by=admin, at=AT)
    late = TODAY - timedelta(days=700)
    [prior] = how_it_counts(maya.pk, Learned("", learned.pk, 1, late, None), at=AT)
    assert (prior.number, prior.is_over, prior.is_open) == (rule.number, True, True)
    assert how_it_counts(maya.pk, Learned("", learned.pk, 1, since - timedelta(days=1), None), at=AT) == []
    claim = claim_learned(
        course=learned, completed_on=late, provider="Red Cross", upload=a_scan("proof.png"), by=maya, at=AT
    )
    verify_claim(claim=claim, by=boss, at=AT, **SIGNING)
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (standing.status, standing.valid_until) == (Status.EXPIRED, prior.until)


def test_a_refresher_that_counts_as_the_course_is_taken_as_the_course(admin: User, maya: User) -> None:
    asked, refresher = a_course("Asked"), a_course("Refresher")
    terms: dict[str, Any] = {"renewal": Renewal.COMPLETION, "due_within_days": 30}
    yearly(asked, by=admin, refreshers=[refresher.pk], **terms)
    since, on = date(2020, 1, 1), TODAY - timedelta(days=30)
    add_equivalence(course=refresher, counts_as=asked, valid_from=since, reason="The same hours", by=admin, at=AT)
    [prior] = how_it_counts(maya.pk, Learned("", refresher.pk, 1, on, None), at=AT)
    complete(maya, refresher, on=on)
    [standing] = standings(at=AT, user_ids=[maya.pk])
    assert (prior.counts, prior.until) == (True, standing.valid_until)
    assert standing.status == Status.DONE


@pytest.mark.parametrize("is_asked_first", [True, False])
def test_what_counts_as_two_courses_is_taken_as_the_one_that_is_asked_for(
    admin: User, maya: User, *, is_asked_first: bool
) -> None:
    asked, refresher, learned = a_course("Asked"), a_course("Refresher"), a_course("Learned")
    yearly(asked, by=admin, refreshers=[refresher.pk], renewal=Renewal.COMPLETION, due_within_days=30)
    since = date(2020, 1, 1)
    for course in (asked, refresher) if is_asked_first else (refresher, asked):
        add_equivalence(course=learned, counts_as=course, valid_from=since, reason="The same hours", by=admin, at=AT)
    [prior] = how_it_counts(maya.pk, Learned("", learned.pk, 1, TODAY - timedelta(days=30), None), at=AT)
    assert prior.counts


def test_an_old_completion_that_shifts_the_periods_after_it_is_not_only_kept(admin: User, maya: User) -> None:
    """It has the period that a later one began: that one came too early then, and the training is open."""
    course = a_course()
    rule = yearly(course, by=admin, renewal=Renewal.EXPIRY)
    complete(maya, course, on=date(2026, 6, 1))
    [before] = standings(at=AT, user_ids=[maya.pk])
    assert (before.status, before.valid_until) == (Status.DONE, date(2027, 6, 1))
    old = date(2025, 9, 1)
    outlook = outlook_of_learned(maya.pk, Learned("", course.pk, 1, old, None), today=TODAY, at=AT)
    words = f"By R-{rule.number} it counted until 1 Sep 2026. With it, the training has been open since 2 Sep 2026."
    assert (list(outlook.words), outlook.is_doubtful) == ([words], True)
    [row] = rows_of(checked(f"{PLAIN}\n{maya.employee_number},{course.code},2025-09-01\n", admin)).values()
    assert row[1].endswith(words)
    complete(maya, course, on=old)
    [after] = standings(at=AT, user_ids=[maya.pk])
    assert (after.status, after.valid_until) == (Status.EXPIRED, date(2026, 9, 1))


def test_an_old_completion_that_makes_a_training_count_less_long_says_so(admin: User, maya: User) -> None:
    course = a_course()
    rule = switched_on(course, by=admin, validity_months=24, renewal=Renewal.EXPIRY)
    complete(maya, course, on=date(2026, 6, 1))
    outlook = outlook_of_learned(maya.pk, Learned("", course.pk, 1, date(2025, 9, 1), None), today=TODAY, at=AT)
    words = f"By R-{rule.number} it counts until 1 Sep 2027. With it, the training counts only until 1 Sep 2027."
    assert (list(outlook.words), outlook.is_doubtful) == ([words], True)


def test_an_old_full_course_before_a_refresher_makes_the_training_current(admin: User, maya: User) -> None:
    full, refresher = a_course("Full"), a_course("Refresher")
    terms: dict[str, Any] = {"renewal": Renewal.COMPLETION, "due_within_days": 30}
    rule = yearly(full, by=admin, refreshers=[refresher.pk], **terms)
    complete(maya, refresher, on=TODAY - timedelta(days=30))
    old = TODAY - timedelta(days=380)
    outlook = outlook_of_learned(maya.pk, Learned("", full.pk, 1, old, None), today=TODAY, at=AT)
    complete(maya, full, on=old)
    [after] = standings(at=AT, user_ids=[maya.pk])
    assert (after.status, after.valid_until) == (Status.DONE, date(2027, 10, 24))
    words = f"By R-{rule.number} it counted until 8 Nov 2026. With it, the training counts until 24 Oct 2027."
    assert (list(outlook.words), outlook.is_doubtful) == ([words], False)


def test_an_old_completion_that_changes_nothing_is_kept() -> None:
    now_done, old = (Credit(name, "c", 1, day, None) for name, day in (("now", TODAY), ("old", date(2020, 9, 1))))
    facts = Facts(date(2020, 1, 1), date(2020, 2, 1), "c", [old, now_done])
    prior = prior_of(7, Terms(renewal=Renewal.COMPLETION, every_months=12), facts, old, today=TODAY)
    assert (prior.is_fruitless, prior.words) == (
        True,
        "By R-7 it counted until 1 Sep 2021. It is kept in the record.",
    )
    older = Credit("older", "c", 1, date(2019, 9, 1), None)
    lapsed = Facts(date(2019, 1, 1), date(2019, 2, 1), "c", [older, old])
    prior = prior_of(7, Terms(renewal=Renewal.COMPLETION, every_months=12), lapsed, older, today=TODAY)
    assert (prior.is_fruitless, is_doubtful([prior])) == (True, True)
    assert prior.words.endswith("It is kept in the record, but the training stays open.")


def test_an_old_completion_that_ends_before_a_leave_says_until_when_it_counted() -> None:
    have, old = (Credit(name, "c", 1, day, None) for name, day in (("a", date(2026, 6, 1)), ("b", date(2025, 9, 1))))
    leave = Span(date(2026, 8, 1), date(2027, 3, 1))
    facts = Facts(date(2020, 1, 1), date(2020, 2, 1), "c", [old, have], leaves=[leave])
    prior = prior_of(7, Terms(renewal=Renewal.EXPIRY, every_months=12), facts, old, today=TODAY)
    assert prior.changed == "With it, the training counted until 1 Sep 2026."
    assert is_doubtful([prior])


def test_rows_of_a_list_that_count_no_longer_say_so_together(admin: User, maya: User) -> None:
    """What is old is followed by what is newer in the same list: then nothing stays open."""
    course, ana = a_course(), operator("Ana")
    rule = yearly(course, by=admin)
    mine, theirs = (f"{each.employee_number},{course.code}" for each in (maya, ana))
    found = rows_of(checked(f"{PLAIN}\n{mine},2019-05-02\n{mine},2026-05-02\n{theirs},2019-05-02\n", admin))
    counted = f"By R-{rule.number} it counted until 2 May 2020."
    assert found[2][1].endswith(f"{counted} It is kept in the record.")
    assert "R-" not in found[3][1]
    assert found[4][1].endswith(f"{counted} With it, the training has been open since 3 May 2020.")
    assert {kind for kind, _words in found.values()} == {"new"}


def test_a_list_asks_as_much_for_many_people_as_for_one(admin: User) -> None:
    course = a_course()
    people = [operator(f"Person {number}") for number in range(12)]
    yearly(course, by=admin)
    rows = [f"{each.employee_number},{course.code},2019-05-02" for each in people]
    asked = []
    for count in (1, 12):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            run = checked("\n".join([PLAIN, *rows[:count]]) + "\n", admin)
        asked.append(len(queries))
        assert ["has been open" in words for _kind, words in rows_of(run).values()] == [True] * count
    assert asked[0] == asked[1]


def test_what_is_in_the_record_already_says_where_the_list_differs(admin: User) -> None:
    version, ana = a_version(validity_months=12), operator("Ana")
    head = f"{PLAIN},Valid until,Score,Reference"
    row = f"{ana.employee_number},{version.course.code},2026-03-02"
    loaded(f"{head}\n{row},2027-06-01,18/20,Folder 7\n", admin)
    again = [
        f"{row},,,",
        f"{row},2027-06-01,18/20,Folder 7",
        f"{row},2028-06-01,19/20,Folder 8",
        f"{row},,90 %,",
    ]
    found = rows_of(checked("\n".join([head, *again]) + "\n", admin))
    assert [found[line] for line in (2, 3)] == [("known", "It is in the record already.")] * 2
    assert found[4] == (
        "known",
        "It is in the record already, and stays there as it is. It differs. Score: 19 of 20 in the list, 18 of 20 in "
        "the record; Valid until: 1 Jun 2028 in the list, 1 Jun 2027 in the record; Reference to the paper record: "
        "Folder 8 in the list, Folder 7 in the record.",
    )
    assert "Score: 90 of 100 in the list, 18 of 20 in the record" in found[5][1]
    taken = a_course()
    complete(ana, taken, on=date(2026, 3, 2))
    found = rows_of(checked(f"{head}\n{ana.employee_number},{taken.code},2026-03-02,,18/20,\n", admin))
    assert "Score: 18 of 20 in the list, nothing in the record" in found[2][1]


def test_a_newer_version_that_everyone_was_to_learn_ends_what_is_older() -> None:
    credit = Credit("new", "course", 1, date(2025, 3, 2), None)
    asked = Retraining(2, date(2026, 1, 1), date(2026, 2, 1))
    facts = Facts(date(2024, 1, 1), date(2024, 1, 15), "course", [credit], retrainings=[asked])
    prior = prior_of(7, Terms(renewal=Renewal.ONCE), facts, credit, today=TODAY)
    changed = "With it, the training has been open since 2 Feb 2026."
    assert prior == Prior(7, counts=True, until=date(2026, 2, 1), is_over=True, is_open=True, changed=changed)
    prior = prior_of(7, Terms(renewal=Renewal.ONCE), facts, credit, today=date(2026, 2, 1))
    assert prior.words == "By R-7 it counts until 1 Feb 2026."
