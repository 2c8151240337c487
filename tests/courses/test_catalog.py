"""Outlines that are kept, and courses that are found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from courses.actions import edit_activity, make_effective, retire_version, start_new_version
from courses.models import Activity, CourseVersion
from courses.queries import activity_content, catalog, effective_version, outline_of, outlines
from courses.queries import contents as content_queries
from people.choices import AccessRole
from people.models import User
from records.facts import SystemActor
from tests import factories
from tests.factories import make_draft, make_person

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    outlines._kept.clear()
    content_queries._kept.clear()


@pytest.fixture
def people(db: None) -> tuple[User, User]:
    return make_person(AccessRole.AUTHOR, signs=True), make_person(AccessRole.APPROVER, signs=True)


def offer(people: tuple[User, User], title: str, **details: Any) -> CourseVersion:
    author, approver = people
    return factories.make_effective(make_draft(author, title=title, **details), approver=approver)


# Outlines


def test_outline_tells_what_a_version_is_made_of(people: tuple[User, User]) -> None:
    references = [{"clause": "21 CFR 11.50", "title": "Signature manifestations"}]
    version = offer(people, "Electronic records", pages=2, validity_months=12, references=references)
    outline = outline_of(version.pk)
    assert (outline.title, outline.label, outline.state, outline.minutes) == (
        "Electronic records",
        "1.0",
        "effective",
        8,
    )
    assert (outline.owner_name, outline.approver_name) == (people[0].name, people[1].name)
    assert (outline.validity_months, outline.references) == (12, tuple(references))
    assert [module.number for module in outline.modules] == [1]
    assert [(each.number, each.title, each.kind) for each in outline.activities] == [
        (1, "Page 1", "page"),
        (2, "Page 2", "page"),
    ]
    assert outline.by_id[outline.activities[1].id] is outline.activities[1]


def test_outline_of_an_approved_version_is_read_once(
    people: tuple[User, User], django_assert_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = offer(people, "Electronic records")
    first = outline_of(version.pk)
    with django_assert_num_queries(0):
        assert outline_of(version.pk) is first
    monkeypatch.setattr(outlines, "STATE_IS_FRESH_FOR", 0)
    with django_assert_num_queries(1):
        assert outline_of(version.pk).modules is first.modules


def test_draft_is_read_anew_each_time(people: tuple[User, User]) -> None:
    draft = make_draft(people[0])
    assert outline_of(draft.pk).activities[0].title == "Page 1"
    page = Activity.objects.get(module__version=draft)
    edit_activity(activity_id=page.pk, by=people[0], at=AT, title="Other", minutes=1, values={})
    assert outline_of(draft.pk).activities[0].title == "Other"


def test_state_of_a_kept_outline_follows_the_version(people: tuple[User, User]) -> None:
    version = offer(people, "Electronic records")
    assert outline_of(version.pk).state == "effective"
    retire_version(version_id=version.pk, by=people[1], at=AT, reason="The press is gone.")
    assert (outline_of(version.pk).state, outline_of(version.pk).ended_at) == ("retired", AT)


def test_state_that_another_process_changed_is_seen_soon(
    people: tuple[User, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    version = offer(people, "Electronic records")
    outline_of(version.pk)
    monkeypatch.setattr("courses.actions.decisions.forget_outline", lambda version_id: None)
    retire_version(version_id=version.pk, by=people[1], at=AT, reason="The press is gone.")
    assert outline_of(version.pk).state == "effective"
    monkeypatch.setattr(outlines, "STATE_IS_FRESH_FOR", 0)
    assert outline_of(version.pk).state == "retired"


def test_process_keeps_a_limited_number_of_outlines(people: tuple[User, User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines, "KEPT_OUTLINES", 2)
    versions = [offer(people, f"Course {number}") for number in range(3)]
    for version in versions:
        outline_of(version.pk)
    assert list(outlines._kept) == [versions[1].pk, versions[2].pk]


def test_activity_of_an_approved_version_is_read_once(
    people: tuple[User, User], django_assert_num_queries: Any
) -> None:
    outline = outline_of(offer(people, "Electronic records").pk)
    other = outline_of(offer(people, "Other").pk)
    first = outline.activities[0].id
    assert activity_content(outline, first).body.startswith("## Part 1")
    with django_assert_num_queries(0):
        activity_content(outline, first)
    with pytest.raises(Activity.DoesNotExist):
        activity_content(other, first)


# Catalog


def found(query: str, **narrow: Any) -> list[str]:
    return [entry.title for entry in catalog(query=query, **narrow).entries]


@pytest.fixture
def shelf(people: tuple[User, User]) -> None:
    offer(people, "Electronic records and signatures", code="GXP-011", topics=["GxP"], summary="Each time you sign.")
    offer(people, "Good documentation practice", code="GXP-002", topics=["GxP", "data integrity"], pages=5)
    offer(people, "Lockout/tagout: control of hazardous energy", code="EHS-002", topics=["safety"], pages=9)


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("signature", ["Electronic records and signatures"]),
        ("signing", ["Electronic records and signatures"]),
        ("signa", ["Electronic records and signatures"]),
        ("record electr", ["Electronic records and signatures"]),
        ("GXP-011", ["Electronic records and signatures"]),
        ("gxp-0", ["Electronic records and signatures", "Good documentation practice"]),
        ("data integrity", ["Good documentation practice"]),
        ('"documentation practice"', ["Good documentation practice"]),
        ("hazardous -energy", ["Lockout/tagout: control of hazardous energy"]),
        ("documntation", ["Good documentation practice"]),
        ("lokout", ["Lockout/tagout: control of hazardous energy"]),
        ("zzzzqq", []),
        ("'; DROP TABLE courses_course; --", []),
        ("& | ! <-> ( ' \\ :* \x00", []),
    ],
)
def test_catalog_finds_words_beginnings_codes_and_resembling_titles(shelf: None, query: str, titles: list[str]) -> None:
    assert sorted(found(query)) == titles


def test_catalog_says_when_it_guesses(shelf: None) -> None:
    assert catalog(query="lokout").is_guess
    assert not catalog(query="lockout").is_guess


def test_catalog_without_words_lists_everything_by_title(shelf: None) -> None:
    assert found("") == [
        "Electronic records and signatures",
        "Good documentation practice",
        "Lockout/tagout: control of hazardous energy",
    ]


def test_catalog_is_narrowed_by_topic_and_time_and_counts_what_is_left(shelf: None) -> None:
    assert len(found("", topics=["GxP"])) == 2
    assert found("", topics=["GxP"], lengths=["middle"]) == ["Good documentation practice"]
    page = catalog(topics=["GxP"])
    assert {facet.value: (facet.count, facet.is_on) for facet in page.topics} == {
        "GxP": (2, True),
        "data integrity": (1, False),
        "safety": (1, False),
    }
    assert {facet.value: facet.count for facet in page.lengths} == {"short": 1, "middle": 1, "long": 0}
    gone = catalog(topics=["gone"])
    assert (gone.count, [facet.value for facet in gone.topics if facet.is_on]) == (0, ["gone"])


def test_catalog_shows_only_what_counts_now(people: tuple[User, User]) -> None:
    version = offer(people, "Electronic records")
    make_draft(people[0], title="Draft about records")
    later = make_draft(people[0], title="Records of tomorrow")
    tomorrow = (AT + timedelta(days=1)).date()
    factories.make_effective(later, approver=people[1], at=AT, effective_on=tomorrow)
    assert found("records") == found("") == ["Electronic records"]
    make_effective(version_id=later.pk, by=SystemActor("a test"), at=AT + timedelta(days=1))
    assert sorted(found("records")) == ["Electronic records", "Records of tomorrow"]
    retire_version(version_id=version.pk, by=people[1], at=AT, reason="The press is gone.")
    assert found("records") == ["Records of tomorrow"]


def test_catalog_has_pages(people: tuple[User, User], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("courses.queries.searching.PAGE", 1)
    for number in (1, 2):
        offer(people, f"Course {number}")
    first, last = catalog(page=1), catalog(page=99)
    assert [entry.title for entry in (*first.entries, *last.entries)] == ["Course 1", "Course 2"]
    assert (first.previous_page, first.next_page, last.previous_page, last.next_page) == (None, 2, 1, None)


def test_catalog_takes_the_same_queries_for_more_courses(
    people: tuple[User, User], django_assert_num_queries: Any
) -> None:
    offer(people, "Records 1")
    with django_assert_num_queries(2):
        catalog(query="records")
    for number in (2, 3):
        offer(people, f"Records {number}")
    with django_assert_num_queries(1):  # three courses by words: no need to look for resembling titles
        catalog(query="records")


def test_effective_version_is_the_one_that_counts(people: tuple[User, User]) -> None:
    version = offer(people, "Electronic records")
    assert effective_version(version.course_id) == version
    draft = start_new_version(course=version.course, by=people[0], at=AT, change_summary="More.")
    assert effective_version(version.course_id) == version
    factories.make_effective(draft, approver=people[1])
    assert effective_version(version.course_id) == draft
