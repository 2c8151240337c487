"""The rows of the requirement's form: any combination of conditions, typed, kept and shown again."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.clock import now
from enrollment.actions import switch_on_requirement
from enrollment.forms import Conditions, conditions
from enrollment.models import Assignment, Requirement
from enrollment.rules import EVERYONE, check_audience
from people import actions
from people.choices import AccessRole
from people.models import Department, User
from tests.enrollment.workplace import a_course, analyst, draft, laboratory, operator, write
from tests.factories import BY, LONG_AGO, make_department, make_job_role, make_person, make_site

pytestmark = pytest.mark.django_db


def typed(*rows: dict[str, Any]) -> QueryDict:
    """Return what a browser sends for these rows."""
    sent = QueryDict(mutable=True)
    sent["conditions"] = "1"
    for number, row in enumerate(rows, start=1):
        for name, value in row.items():
            sent.setlist(f"condition-{number}-{name}", value if isinstance(value, list) else [value])
    return sent


def shown(read: Conditions) -> list[tuple[str, str, bool, list[str]]]:
    return [(row.joins, row.asks, row.denied, row.values) for row in read.rows]


def test_rows_become_an_audience_and_the_audience_becomes_the_same_rows() -> None:
    clearance = actions.add_attribute(by=BY, at=LONG_AGO, name="Clearance", options=["A", "B"])
    group = actions.add_group(by=BY, at=LONG_AGO, name="Fire wardens")
    person, role, site = make_person(), make_job_role(), make_site()
    sent = typed(
        {"asks": f"attribute:{clearance.pk}", "values": ["A", "B"]},
        {"asks": "group", "values": [str(group.pk)], "denied": "not"},
        {"asks": "hired_from", "values": "2026-01-05"},
        {"asks": "job_role", "values": [str(role.pk), str(analyst().pk)], "joins": "or"},
        {"asks": "site", "values": [str(site.pk)]},
        {"asks": "hired_days", "values": "30"},
        {"asks": "manages", "joins": "or", "denied": "not"},
        {"asks": "person", "values": person.employee_number, "joins": "or"},
        {"asks": "employment", "values": ["agency"], "joins": "or"},
    )
    sentence = [{"field": "job_role", "is": [str(role.pk)]}]
    read = Conditions(sent, EVERYONE)
    assert [row.error for row in read.rows] == [""] * 9
    audience = read.audience(sentence)
    check_audience(audience)
    assert [len(part["all"]) for part in audience["any"]] == [4, 3, 1, 1, 1]
    assert audience["any"][2] == {"all": [{"not": {"field": "manages"}}]}
    again = Conditions(None, audience)
    assert shown(again) == shown(read)
    assert again.audience(sentence) == audience


def test_what_is_not_filled_in_asks_for_nothing_and_is_shown_again() -> None:
    read = Conditions(typed({"asks": "group"}, {"asks": "manages"}), EVERYONE)
    assert read.audience([]) == {"all": [{"field": "manages"}]}
    assert [row.asks for row in read.incomplete] == ["group"]
    assert [each.blank.number for each in read.sets if each.blank] == [3]


def test_another_field_forgets_the_values_of_the_one_before() -> None:
    role = make_job_role()
    read = Conditions(typed({"asks": "site", "was": "job_role", "values": [str(role.pk)]}), EVERYONE)
    assert [(row.asks, row.values) for row in read.rows] == [("site", [])]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"asks": "password", "values": "x"}, "Choose what this condition asks about."),
        ({"asks": "hired_from", "values": "soon"}, "Give a day, such as 2026-11-03."),
        ({"asks": "hired_from", "values": "9999-12-31"}, "Give a day, such as 2026-11-03."),
        ({"asks": "hired_days", "values": "many"}, "Give a number of days."),
        ({"asks": "hired_days", "values": "²"}, "Give a number of days."),
        ({"asks": "hired_days", "values": "-5"}, "Give a number of days."),
        ({"asks": "person", "values": "E99999999"}, "Nobody has the number E99999999."),
        ({"asks": "attribute:x", "values": "A"}, "There is no such attribute."),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row: dict[str, Any], words: str) -> None:
    read = Conditions(typed(row), EVERYONE)
    assert [each.error for each in read.rows] == [words]
    assert read.audience([]) == {"all": []}


def test_what_was_typed_stands_there_until_it_is_mended() -> None:
    read = Conditions(
        typed({"asks": "hired_from", "values": "31.2.2026"}, {"asks": "hired_days", "values": "x"}), EVERYONE
    )
    assert [(row.shape, row.text) for row in read.rows] == [("text", "31.2.2026"), ("text", "x")]


def test_where_there_is_nothing_to_choose_from_nothing_typed_is_taken() -> None:
    read = Conditions(typed({"asks": "group", "values": "wardens"}), EVERYONE)
    assert [(row.shape, row.values, row.words) for row in read.rows] == [
        ("list", [], "There is nothing to choose from yet.")
    ]


def sets(conditions: Conditions) -> list[list[str]]:
    return [[row.asks for row in each.rows] for each in conditions.sets]


MANAGES, AUTHOR = {"asks": "manages"}, {"asks": "author"}
ROLE = [{"field": "job_role", "is": ["00000000-0000-0000-0000-000000000001"]}]


def test_rows_stand_in_sets_and_each_set_takes_one_more() -> None:
    read = Conditions(typed(MANAGES, AUTHOR, {**AUTHOR, "joins": "or"}), EVERYONE)
    assert sets(read) == [["manages", "author"], ["author"]]
    assert [row.number for row in read.rows] == [1, 2, 4]
    assert [each.blank.number for each in read.sets if each.blank] == [3, 5]
    assert read.other
    assert (read.other.number, read.other.joins) == (6, "or")


def test_a_set_stays_one_when_its_first_row_is_taken_away() -> None:
    removed = {"asks": "", "joins": "or"}
    read = Conditions(typed(MANAGES, removed, AUTHOR), EVERYONE)
    assert sets(read) == [["manages"], ["author"]]


def test_a_row_to_be_filled_in_keeps_its_set_apart() -> None:
    read = Conditions(typed(MANAGES, {"asks": "employment", "joins": "or"}, AUTHOR), EVERYONE)
    assert read.audience(ROLE) == {"any": [{"all": [*ROLE, {"field": "manages"}]}, {"all": [{"field": "author"}]}]}
    alone = Conditions(typed(MANAGES, {"asks": "employment", "joins": "or"}), EVERYONE)
    assert alone.audience(ROLE) == {"all": [*ROLE, {"field": "manages"}]}, "an empty set would be everyone"


def test_the_sentence_alone_may_have_an_alternative_and_nobody_may_not() -> None:
    other = {**MANAGES, "joins": "or"}
    assert Conditions(typed(other), EVERYONE).audience(ROLE) == {
        "any": [{"all": ROLE}, {"all": [{"field": "manages"}]}]
    }
    read = Conditions(typed(other), EVERYONE, begins_empty=True)
    assert (sets(read), read.audience([])) == ([["manages"]], {"all": [{"field": "manages"}]})
    assert Conditions(typed(), EVERYONE, begins_empty=True).other is None


def test_there_is_room_for_twelve_conditions() -> None:
    read = Conditions(typed(*[MANAGES, {**AUTHOR, "joins": "or"}] * 6), EVERYONE)
    assert (len(read.rows), read.other, [each.blank for each in read.sets]) == (12, None, [None] * 7)


def test_what_is_beyond_twelve_conditions_is_kept_and_says_that_it_does_not_count() -> None:
    """Without scripts several empty rows are filled in at once."""
    day = {"asks": "hired_from", "values": "2026-01-01"}
    read = Conditions(typed(*[MANAGES] * 12, day, {**AUTHOR, "joins": "or"}), EVERYONE)
    assert [row.is_complete for row in read.rows] == [True] * 12 + [False] * 2
    assert [row.words for row in read.rows[12:]] == [
        "There is room for 12 conditions. Remove this one, or another."
    ] * 2
    assert read.rows[12].text == "2026-01-01"
    assert read.audience([]) == {"all": [{"field": "manages"}] * 12}
    assert (read.other, [each.blank for each in read.sets]) == (None, [None] * 2)
    mended = Conditions(typed(*[MANAGES] * 11, {"asks": ""}, day), EVERYONE)
    assert [row.words for row in mended.rows] == [""] * 12


@pytest.mark.parametrize(
    "test",
    [
        {"field": "hired", "from": "2026-01-01", "until": "2026-06-30"},
        {"field": "author", "is": ["00000000-0000-0000-0000-000000000001"]},
    ],
)
def test_a_test_that_a_row_would_cut_short_is_kept_as_it_is(test: dict[str, Any]) -> None:
    assert Conditions(None, {"all": [test]}).is_foreign


def test_a_value_that_is_not_offered_is_not_chosen() -> None:
    read = Conditions(typed({"asks": "site", "values": ["'; DROP TABLE", str(make_site().pk)]}), EVERYONE)
    assert [row.values for row in read.rows] == [[str(make_site().pk)]]


def test_of_a_long_list_names_are_typed_and_what_is_chosen_has_a_box(
    admin: User, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conditions, "MOST_BOXES", 3)
    first, second, third = (make_department(name) for name in ("Granulation", "Coating", "Blending"))
    for parent in (first, second):
        write([Department(name="Night shift", parent=parent)])
    row = {"asks": "department", "values": [str(first.pk)], "more": " coating "}
    [added] = Conditions(typed(row), EVERYONE).rows
    assert (added.values, added.more, added.is_added, added.is_complete) == (
        [str(first.pk), str(second.pk)], "", True, True,
    )  # fmt: skip
    assert [words for _value, words in added.boxes] == ["Coating", "Granulation"]
    [again] = Conditions(typed({**row, "more": "Granulation"}), EVERYONE).rows
    assert again.values == [str(first.pk)]
    for name in ("Nowhere", "Night shift"):
        [lost] = Conditions(typed({**row, "more": name}), EVERYONE).rows
        assert (lost.words, lost.more) == (f"Nothing to choose here is called “{name}”.", name)
        assert (lost.values, lost.is_complete) == ([str(first.pk)], False), "what was chosen before stays"
    [one] = Conditions(typed({"asks": "department", "values": "", "more": "Night shift, Coating"}), EVERYONE).rows
    assert [words for _value, words in one.boxes] == ["Night shift, Coating"]
    client.force_login(admin)
    rows = {"condition-1-asks": "department", "condition-1-was": "department", "condition-1-more": "Coating"}
    page = client.post("/requirements/new/", fields(a_course(), **rows), **HTMX).content.decode()
    assert page.count('<option value="Granulation"></option>') == 1
    assert f'value="{second.pk}" checked' in page
    assert f'value="{third.pk}" checked' not in page
    assert "data-focus" in page
    assert Requirement.objects.get().audience == {"all": [{"field": "department", "is": [str(second.pk)]}]}


def test_departments_are_named_with_as_many_above_them_as_tell_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "MOST_BOXES", 3)
    first, second = (Department(name=f"Plant {number}") for number in (1, 2))
    parts = [Department(name="Production", parent=each) for each in (first, second)]
    shifts = [Department(name="Shift A", parent=each) for each in parts]
    write([first, second, *parts, *shifts, Department(name="Shift B", parent=parts[0])])
    row = {"asks": "department", "values": "", "more": "shift a, production, plant 2"}
    [found] = Conditions(typed(row), EVERYONE).rows
    assert [words for _value, words in found.options] == [
        "Plant 1", "Plant 2", "Production, Plant 1", "Production, Plant 2",
        "Shift A, Production, Plant 1", "Shift A, Production, Plant 2", "Shift B",
    ]  # fmt: skip
    assert (found.values, found.is_complete) == ([str(shifts[1].pk)], True)


def test_of_what_differs_in_capitals_alone_each_has_a_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conditions, "MOST_BOXES", 1)
    upper, lower = (make_department(name) for name in ("QA", "Qa"))
    row = {"asks": "department", "values": "", "more": "qa"}
    [asked] = Conditions(typed(row), EVERYONE).rows
    assert (asked.words, asked.is_complete) == ("Several are called “qa”. Choose from them.", False)
    assert {value for value, _words in asked.boxes} == {str(upper.pk), str(lower.pk)}
    [ticked] = Conditions(typed({**row, "values": str(lower.pk)}), EVERYONE).rows
    assert (ticked.values, ticked.more, ticked.is_complete) == ([str(lower.pk)], "", True)
    [typed_so] = Conditions(typed({**row, "more": "QA"}), EVERYONE).rows
    assert typed_so.values == [str(upper.pk)]


def test_an_audience_that_rows_cannot_say_is_kept() -> None:
    nested = {"all": [{"any": [{"all": [{"field": "manages"}]}]}]}
    read = Conditions(None, nested)
    assert read.is_foreign
    assert read.rows == []


@pytest.fixture
def admin() -> User:
    return make_person(AccessRole.ADMINISTRATOR)


def fields(course: Any, **more: Any) -> dict[str, Any]:
    sentence = {"course": str(course.pk), "due_within_days": "14", "counted_from": "role"}
    return {**sentence, "reason": "CAPA 2026-117", "conditions": "1", **more}


def test_a_requirement_with_conditions_reaches_whom_they_say(admin: User, client: Client) -> None:
    client.force_login(admin)
    today = timezone.localdate()
    for name, department in (("Maya", make_department()), ("Rosa", laboratory()), ("Amara", make_department())):
        operator(name, department=department, since=today)
    group = actions.add_group(by=BY, at=LONG_AGO, name="Fire wardens")
    amara = User.objects.get(name="Amara")
    actions.join_group(person=amara, group=group, valid_from=today, by=BY, at=LONG_AGO)
    rows = {
        "department": str(make_department().pk),
        "condition-1-asks": "group",
        "condition-1-values": [str(group.pk)],
        "condition-1-denied": "not",
        "condition-2-asks": "department",
        "condition-2-values": [str(laboratory().pk)],
        "condition-2-joins": "or",
    }
    course = a_course()
    client.post("/requirements/new/", fields(course, **rows))
    requirement = Requirement.objects.get()
    page = f"/requirements/{requirement.pk}/"
    preview = client.get(page).content.decode()
    assert preview.count("condition-3-asks") == 1
    [expected] = re.findall(r'name="expected" value="(\w+)"', preview)
    client.post(page, fields(course, **rows, expected=expected, do="switch_on"))
    assert set(Assignment.objects.values_list("user__name", flat=True)) == {"Maya", "Rosa"}
    said = client.get(page).content.decode()
    assert "not belong to Fire wardens" in said


def test_a_job_role_in_a_condition_does_not_come_into_the_sentence_too(admin: User, client: Client) -> None:
    client.force_login(admin)
    operators, analysts = str(make_job_role().pk), str(analyst().pk)
    row = {"id": str(uuid4()), "condition-1-asks": "job_role", "condition-1-was": "job_role"}
    course = a_course()
    page = "/requirements/new/"
    for chosen in ([operators], [operators, analysts]):
        answer = client.post(page, fields(course, **row, **{"condition-1-values": chosen}), **HTMX)  # type: ignore[arg-type]
        assert answer.context["form"]["job_role"].value() is None
        requirement = Requirement.objects.get()
        page, row["revision"] = f"/requirements/{requirement.pk}/", str(requirement.revision)
        assert requirement.audience == {"all": [{"field": "job_role", "is": chosen}]}


def test_switching_on_waits_for_what_is_not_filled_in(admin: User, client: Client) -> None:
    client.force_login(admin)
    course = a_course()
    client.post("/requirements/new/", fields(course))
    page = f"/requirements/{Requirement.objects.get().pk}/"
    answer = client.post(page, fields(course, **{"condition-1-asks": "employment"}, do="switch_on"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "The draft is kept without the condition that is marked." in page
    assert "Choose at least one. Until then this condition does not count." in page
    assert Requirement.objects.get().state == "draft"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ({"validity_months": "12"}, {"renewal": "completion", "validity_months": 12}),
        ({"validity_months": "12", "renewal": "expiry", "window_days": "30"}, {"renewal": "expiry", "window_days": 30}),
        (
            {
                "validity_months": "12",
                "renewal": "calendar",
                "anchor_day": "31",
                "anchor_month": "3",
                "minimum_active_days": "90",
            },
            {"renewal": "calendar", "validity_months": 12, "anchor_day": 31, "anchor_month": 3},
        ),
        ({"validity_months": "never"}, {"renewal": "once", "validity_months": None}),
        ({"counted_from": "fixed", "due_fixed_on": "2027-03-31"}, {"counted_from": "fixed"}),
        ({"counted_from": "version", "due_within_days": "1", "due_before": "on"}, {"due_within_days": -1}),
        ({"due_in_working_days": "on", "grace_days": "7"}, {"due_in_working_days": True, "grace_days": 7}),
    ],
)
def test_terms_are_kept_and_shown_again(
    admin: User, client: Client, sent: dict[str, str], kept: dict[str, Any]
) -> None:
    client.force_login(admin)
    client.post("/requirements/new/", fields(a_course(), **sent))
    requirement = Requirement.objects.get()
    assert {name: getattr(requirement, name) for name in kept} == kept
    assert client.get(f"/requirements/{requirement.pk}/").status_code == 200


def on_page(page: str) -> set[str]:
    """Return the names of the fields of the rule."""
    names = set(re.findall(r'<(?:select|input|textarea)[^>]* name="([a-z_]+)"', page))
    about = {"job_role", "site", "department", "course", "reason", "revision", "expected", "conditions", "id", "q"}
    return names - about - {"csrfmiddlewaretoken"}


ALWAYS = {"counted_from", "grace_days", "validity_months"}
BY_DAYS = {"due_within_days", "due_in_working_days"}
ENDS = {"window_days", "renewal_days", "refreshers"}


@pytest.mark.parametrize(
    ("start", "asked"),
    [
        ({"counted_from": "role"}, BY_DAYS),
        ({"counted_from": "switch_on"}, BY_DAYS),
        ({"counted_from": "version"}, BY_DAYS | {"due_before"}),
        ({"counted_from": "fixed", "due_fixed_on": "2027-03-31"}, {"due_fixed_on"}),
    ],
)
@pytest.mark.parametrize(
    ("again", "asked_again"),
    [
        ({"validity_months": ""}, ENDS),
        ({"validity_months": "never"}, set()),
        ({"validity_months": "12"}, ENDS | {"renewal"}),
        ({"validity_months": "6", "renewal": "completion"}, ENDS | {"renewal"}),
        ({"validity_months": "12", "renewal": "expiry"}, ENDS | {"renewal", "minimum_active_days"}),
        (
            {"validity_months": "12", "renewal": "calendar", "anchor_day": "29", "anchor_month": "2"},
            ENDS | {"renewal", "minimum_active_days", "anchor_day", "anchor_month"},
        ),
    ],
)
def test_what_stands_in_the_sentence_is_what_is_kept(
    admin: User, client: Client, start: dict[str, str], asked: set[str], again: dict[str, str], asked_again: set[str]
) -> None:
    client.force_login(admin)
    course = a_course()
    given = {"due_in_working_days": "on", "due_before": "on", "grace_days": "3", "renewal_days": "5"}
    given |= {"minimum_active_days": "90", "window_days": "30", "refreshers": str(course.pk)}
    client.post("/requirements/new/", fields(course, **{"validity_months": "", **given, **start, **again}))
    kept = Requirement.objects.get()
    page = client.get(f"/requirements/{kept.pk}/").content.decode()
    assert on_page(page) == ALWAYS | asked | asked_again
    of_renewals = {"renewal_days": 5, "window_days": 30, "refreshers": [course.pk]} if asked_again else {}
    expected = {"renewal_days": 0, "window_days": 60, "refreshers": [], **of_renewals, "grace_days": 3}
    expected["minimum_active_days"] = 90 if "minimum_active_days" in asked_again else 0
    expected["due_in_working_days"] = "due_in_working_days" in asked
    expected["due_within_days"] = -14 if "due_before" in asked else 14
    assert {name: getattr(kept, name) for name in expected} == expected
    for words, is_said in (
        ("working day", "due_in_working_days" in asked),
        ("at least 14", "due_before" in asked),
        ("by 31 Mar 2027", "due_fixed_on" in asked),
        ("by 29 February", "anchor_day" in asked_again),
        ("counted from the end before", again.get("renewal") == "expiry"),
        ("once and for good", again["validity_months"] == "never"),
        ("Not within 90 days of a completion", "minimum_active_days" in asked_again),
        ("A renewal is due: 5 days after the end", bool(asked_again)),
        ("with 3 days of grace", True),
    ):
        [read_back] = re.findall(r'class="read-back.*?</div>', page, re.DOTALL)
        assert (words in read_back) == is_said, words


def test_a_wrong_value_of_what_no_longer_applies_hinders_nobody(admin: User, client: Client) -> None:
    client.force_login(admin)
    sent = {"validity_months": "never", "renewal": "whatever", "anchor_day": "99", "due_fixed_on": "31.2."}
    assert client.post("/requirements/new/", fields(a_course(), **sent)).status_code == 302
    assert Requirement.objects.get().renewal == "once"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"counted_from": "fixed"}, "Give the day by which it is due."),
        ({"validity_months": "12", "renewal": "calendar"}, "Give the day of the year by which it is renewed."),
        (
            {"renewal": "calendar", "anchor_day": "31", "anchor_month": "3", "validity_months": "18"},
            "every 12, 24, 36 or 60 months",
        ),
        (
            {"validity_months": "12", "renewal": "calendar", "anchor_day": "31", "anchor_month": "2"},
            "February has no day 31. Its last day is 29.",
        ),
        (
            {"validity_months": "12", "renewal": "calendar", "anchor_day": "31", "anchor_month": "11"},
            "November has no day 31. Its last day is 30.",
        ),
        ({"grace_days": "-1"}, "At least 0."),
        ({"window_days": "9999"}, "At most 730."),
    ],
)
def test_terms_that_do_not_fit_are_told_beside_the_field(
    admin: User, client: Client, sent: dict[str, str], words: str
) -> None:
    client.force_login(admin)
    answer = client.post("/requirements/new/", fields(a_course(), **sent))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Requirement.objects.exists()


HTMX = {"HTTP_HX_REQUEST": "true"}


def test_while_filling_in_a_day_that_is_missing_yet_is_no_mistake(admin: User, client: Client) -> None:
    client.force_login(admin)
    course = a_course()
    client.post("/requirements/new/", fields(course))
    address = f"/requirements/{Requirement.objects.get().pk}/"
    answer = client.post(address, fields(course, counted_from="fixed", revision="1"), **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "error-summary" not in page
    assert "Give the day by which it is due." in page
    assert "This is the draft as it was kept last." in page
    assert "Not saved" in page
    assert 'name="due_fixed_on"' in page
    assert Requirement.objects.get().counted_from == "role"
    sent = fields(course, counted_from="fixed", due_fixed_on="2027-03-31", revision="1")
    page = client.post(address, sent, **HTMX).content.decode()
    assert "Not saved" not in page
    assert Requirement.objects.get().counted_from == "fixed"


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_a_faulty_condition_stays_beside_its_words_and_is_said_not_to_count(
    admin: User, client: Client, headers: dict[str, str]
) -> None:
    client.force_login(admin)
    course = a_course()
    client.post("/requirements/new/", fields(course))
    requirement = Requirement.objects.get()
    rows = {"condition-1-asks": "hired_from", "condition-1-values": "31.2.2026", "condition-2-asks": "manages"}
    answer = client.post(f"/requirements/{requirement.pk}/", fields(course, revision="1", **rows), **headers)
    page = answer.content.decode()
    assert answer.status_code == (200 if headers else 422)
    assert 'value="31.2.2026"' in page
    assert "Give a day, such as 2026-11-03. Until then this condition does not count." in page
    assert "One condition does not count here until it is mended." in page
    assert ("The draft is kept without the condition that is marked." in page) == (not headers)
    requirement.refresh_from_db()
    assert requirement.audience == {"all": [{"field": "manages"}]}


def test_an_audience_of_elsewhere_stands_in_the_sentence_and_is_kept(admin: User, client: Client) -> None:
    client.force_login(admin)
    nested = {"all": [{"any": [{"all": [{"field": "manages"}]}, {"all": [{"field": "author"}]}]}]}
    requirement = draft(a_course(), by=admin, audience=nested)
    page = client.get(f"/requirements/{requirement.pk}/").content.decode()
    assert "<b>People either (to whom others report) or (who write trainings)</b>" in page
    assert 'name="job_role"' not in page
    client.post(f"/requirements/{requirement.pk}/", fields(requirement.course, due_within_days="30"))
    requirement.refresh_from_db()
    assert (requirement.due_within_days, requirement.audience) == (30, nested)


def test_enter_in_a_field_puts_nothing_in_force(admin: User, client: Client) -> None:
    """A browser presses the first button of a form: it is one that only shows whom the rule reaches."""
    client.force_login(admin)
    requirement = draft(a_course(), by=admin)
    for name in ("requirement", "reword_requirement"):
        if name == "reword_requirement":
            switch_on_requirement(requirement=requirement, by=admin, at=now())
        page = client.get(reverse(f"enrollment:{name}", args=[requirement.pk])).content.decode()
        form = page[page.index('<form class="cols"') :]
        first = re.search(r"<button[^>]*type=\"submit\"[^>]*>", form)
        assert first is not None
        assert "name=" not in first[0], name
