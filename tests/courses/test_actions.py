"""Drafts: begun, edited by several, and never saved over somebody else's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from courses import facts
from courses.actions import (
    AlreadyInWork,
    CodeTaken,
    LabelTaken,
    NotADraft,
    NothingToUndo,
    Stale,
    add_activity,
    add_module,
    create_course,
    edit_activity,
    edit_module,
    edit_version,
    move_activity,
    move_module,
    note_activity_edited,
    remove_activity,
    remove_module,
    start_new_version,
    undo_removal,
)
from courses.models import Activity, Contributor, CourseVersion, Module
from courses.queries import content_of, content_sha256_of, outline_of
from people.choices import AccessRole
from people.models import User
from records.models import Event
from tests.factories import make_draft, make_effective, make_person

AT = datetime(2026, 11, 23, 9, 14, 31, tzinfo=UTC)


@pytest.fixture
def author(db: None) -> User:
    return make_person(AccessRole.AUTHOR, name="Priya Nair", signs=True)


@pytest.fixture
def draft(author: User) -> CourseVersion:
    return make_draft(author, pages=3)


def titles(version: CourseVersion) -> list[list[str]]:
    return [[each.title for each in module.activities] for module in outline_of(version.pk).modules]


def page(version: CourseVersion, title: str = "Page 1") -> Activity:
    return Activity.objects.select_related("module").get(module__version=version, title=title)


def last_fact() -> Event:
    return Event.objects.filter(kind="fact").latest("id")


def save(activity: Activity, by: User, body: str = "New words.", **more: Any) -> Activity:
    return edit_activity(
        activity_id=activity.pk, by=by, at=AT, title=activity.title, minutes=5, values={"body": body}, **more
    )


def test_create_course_makes_a_first_draft_of_its_author(author: User) -> None:
    version = create_course(by=author, at=AT, code="GXP-002", title="Good documentation practice", topics=["GxP"])
    assert (version.course.code, version.number, version.label, version.state) == ("GXP-002", 1, "1.0", "draft")
    assert (version.owner_id, version.topics, version.created_at) == (author.pk, ["GxP"], AT)
    assert list(Contributor.objects.values_list("version_id", "user_id")) == [(version.pk, author.pk)]
    fact = last_fact()
    assert (fact.verb, fact.subject_id, fact.actor_id) == ("courses.course_created", str(version.pk), author.pk)
    assert fact.sentence == "Priya Nair created the course GXP-002, Good documentation practice"


def test_create_course_refuses_a_code_that_is_taken(author: User, draft: CourseVersion) -> None:
    with pytest.raises(CodeTaken, match="belongs to another course"):
        create_course(by=author, at=AT, code=draft.course.code.lower(), title="Another")
    assert CourseVersion.objects.count() == 1


def test_create_course_can_copy_the_parts_of_another(author: User, draft: CourseVersion) -> None:
    copy = create_course(by=author, at=AT, code="GXP-900", title="A copy", copy_of=draft)
    assert titles(copy) == titles(draft) == [["Page 1", "Page 2", "Page 3"]]
    assert copy.title == "A copy"
    assert copy.summary == draft.summary


@pytest.mark.requirement("R-08")
def test_each_edit_is_a_fact_with_its_sentence(author: User, draft: CourseVersion) -> None:
    about = f"{draft.title} {draft.label}"
    module = add_module(version_id=draft.pk, by=author, at=AT, title="At the line", objective="correct an entry")
    assert last_fact().sentence == f"Priya Nair added the module “At the line” to {about}"
    activity = add_activity(module_id=module.pk, by=author, at=AT, kind="page", title="Late entries", minutes=4)
    assert last_fact().sentence == f"Priya Nair added “Late entries” to {about}"
    save(activity, author)
    assert last_fact().sentence == f"Priya Nair changed “Late entries” in {about}"
    captured: Any = Event.objects.filter(kind="capture", subject_id=str(activity.pk)).latest("id")
    assert (captured.fact_id, captured.old["body"], captured.new["body"]) == (last_fact().pk, "", "New words.")
    move_activity(activity_id=activity.pk, by=author, at=AT, module_id=page(draft).module_id, number=1)
    assert last_fact().sentence == f"Priya Nair moved “Late entries” in {about}"
    remove_module(module_id=module.pk, by=author, at=AT)
    assert last_fact().sentence == f"Priya Nair removed the module “At the line” from {about}"
    edit_version(version_id=draft.pk, by=author, at=AT, summary="Eleven rules.")
    assert last_fact().sentence == f"Priya Nair changed the details of {about}"
    assert last_fact().payload["changed"] == ["summary"]


def test_edit_without_a_difference_writes_nothing(author: User, draft: CourseVersion) -> None:
    before = last_fact().pk
    edit_version(version_id=draft.pk, by=author, at=AT, summary=draft.summary)
    module = page(draft).module
    edit_module(module_id=module.pk, by=author, at=AT, title=module.title, objective=module.objective)
    assert last_fact().pk == before


def test_everyone_who_edits_is_a_contributor(author: User, draft: CourseVersion) -> None:
    colleague = make_person(AccessRole.AUTHOR)
    save(page(draft), colleague)
    save(page(draft), colleague)
    users = Contributor.objects.filter(version=draft).values_list("user_id", flat=True)
    assert sorted(users) == sorted([author.pk, colleague.pk])


# Two people at the same thing


def test_stale_save_is_refused_with_who_and_when_and_writes_nothing(author: User, draft: CourseVersion) -> None:
    colleague = make_person(AccessRole.AUTHOR, name="Helen Okafor")
    seen = draft.revision
    save(page(draft), colleague, "Hers.", seen_revision=seen)
    with pytest.raises(Stale) as refusal:
        save(page(draft), author, "His.", seen_revision=seen)
    assert (refusal.value.who, refusal.value.when) == ("Helen Okafor", AT)
    assert page(draft).body == "Hers."
    save(page(draft), author, "His.", seen_revision=refusal.value.revision)
    assert page(draft).body == "His."


def test_edits_of_different_parts_do_not_collide(author: User, draft: CourseVersion) -> None:
    seen = draft.revision
    save(page(draft, "Page 1"), author, "One.", seen_revision=seen)
    save(page(draft, "Page 2"), author, "Two.", seen_revision=seen)
    edit_version(version_id=draft.pk, by=author, at=AT, summary="Eleven rules.", seen_revision=seen)
    module = page(draft).module
    edit_module(module_id=module.pk, by=author, at=AT, title="Other", objective="", seen_revision=seen)
    draft.refresh_from_db()
    assert draft.revision == seen + 4


@pytest.mark.parametrize("part", ["details", "module"])
def test_stale_details_and_modules_are_refused_too(author: User, draft: CourseVersion, part: str) -> None:
    module = page(draft).module
    seen = draft.revision

    def change(words: str) -> None:
        if part == "details":
            edit_version(version_id=draft.pk, by=author, at=AT, summary=words, seen_revision=seen)
        else:
            edit_module(module_id=module.pk, by=author, at=AT, title=words, objective="", seen_revision=seen)

    change("first")
    with pytest.raises(Stale, match="Priya Nair has changed this"):
        change("second")


def test_kinds_of_other_rooms_edit_under_the_same_rules(author: User, draft: CourseVersion) -> None:
    colleague = make_person(AccessRole.AUTHOR)
    seen = draft.revision
    edit: dict[str, Any] = {"activity_id": page(draft).pk, "at": AT, "seen_revision": seen}
    activity = note_activity_edited(by=colleague, what="a question", **edit)
    assert activity.revision == seen + 1
    assert last_fact().payload["what"] == "a question"
    assert Contributor.objects.filter(version=draft, user=colleague).exists()
    with pytest.raises(Stale):
        note_activity_edited(by=author, **edit)


# Order, removal, undo


@pytest.mark.parametrize(
    ("title", "number", "order"),
    [
        ("Page 1", 3, ["Page 2", "Page 3", "Page 1"]),
        ("Page 3", 1, ["Page 3", "Page 1", "Page 2"]),
        ("Page 2", 2, ["Page 1", "Page 2", "Page 3"]),
        ("Page 1", 99, ["Page 2", "Page 3", "Page 1"]),
    ],
)
def test_move_activity_puts_it_at_its_number(
    author: User, draft: CourseVersion, title: str, number: int, order: list[str]
) -> None:
    moved = page(draft, title)
    move_activity(activity_id=moved.pk, by=author, at=AT, module_id=moved.module_id, number=number)
    assert titles(draft) == [order]


def test_move_activity_enters_another_module(author: User, draft: CourseVersion) -> None:
    module = add_module(version_id=draft.pk, by=author, at=AT, title="At the line")
    move_activity(activity_id=page(draft, "Page 2").pk, by=author, at=AT, module_id=module.pk, number=1)
    assert titles(draft) == [["Page 1", "Page 3"], ["Page 2"]]


def test_move_activity_never_leaves_its_version(author: User, draft: CourseVersion) -> None:
    other = page(make_draft(author))
    with pytest.raises(Module.DoesNotExist):
        move_activity(activity_id=page(draft).pk, by=author, at=AT, module_id=other.module_id, number=1)


def test_move_module_changes_the_order(author: User, draft: CourseVersion) -> None:
    module = add_module(version_id=draft.pk, by=author, at=AT, title="At the line")
    move_module(module_id=module.pk, by=author, at=AT, number=1)
    assert [each.title for each in outline_of(draft.pk).modules] == ["At the line", "Why we write it down"]


def test_removed_activity_comes_back_as_it_was(author: User, draft: CourseVersion) -> None:
    before, gone = content_of(draft), page(draft, "Page 2")
    fact = remove_activity(activity_id=gone.pk, by=author, at=AT)
    assert titles(draft) == [["Page 1", "Page 3"]]
    assert undo_removal(version_id=draft.pk, fact_id=fact, by=author, at=AT) == "Page 2"
    assert content_of(draft) == before
    assert page(draft, "Page 2").pk == gone.pk
    assert last_fact().sentence.startswith("Priya Nair brought “Page 2” back")


def test_removed_module_comes_back_with_its_activities(author: User, draft: CourseVersion) -> None:
    before, module = content_of(draft), page(draft).module
    fact = remove_module(module_id=module.pk, by=author, at=AT)
    assert titles(draft) == []
    undo_removal(version_id=draft.pk, fact_id=fact, by=author, at=AT)
    assert content_of(draft) == before


def test_undo_finds_room_where_another_took_the_place(author: User, draft: CourseVersion) -> None:
    gone = page(draft, "Page 3")
    fact = remove_activity(activity_id=gone.pk, by=author, at=AT)
    add_activity(module_id=gone.module_id, by=author, at=AT, kind="page", title="Page 4")
    undo_removal(version_id=draft.pk, fact_id=fact, by=author, at=AT)
    assert titles(draft) == [["Page 1", "Page 2", "Page 3", "Page 4"]]


def test_undo_twice_of_another_draft_or_without_its_module_is_nothing(author: User, draft: CourseVersion) -> None:
    fact = remove_activity(activity_id=page(draft).pk, by=author, at=AT)
    with pytest.raises(NothingToUndo):
        undo_removal(version_id=make_draft(author).pk, fact_id=fact, by=author, at=AT)
    undo_removal(version_id=draft.pk, fact_id=fact, by=author, at=AT)
    with pytest.raises(NothingToUndo):
        undo_removal(version_id=draft.pk, fact_id=fact, by=author, at=AT)
    fact = remove_activity(activity_id=page(draft).pk, by=author, at=AT)
    remove_module(module_id=page(draft, "Page 2").module_id, by=author, at=AT)
    with pytest.raises(NothingToUndo):
        undo_removal(version_id=draft.pk, fact_id=fact, by=author, at=AT)


def test_undo_takes_only_removals(author: User, draft: CourseVersion) -> None:
    save(page(draft), author)
    with pytest.raises(NothingToUndo):
        undo_removal(version_id=draft.pk, fact_id=last_fact().pk, by=author, at=AT)


# Versions


def test_new_version_copies_what_counts_now(author: User, draft: CourseVersion) -> None:
    effective = make_effective(draft)
    colleague = make_person(AccessRole.AUTHOR)
    version = start_new_version(course=effective.course, by=colleague, at=AT)
    assert (version.number, version.label, version.state) == (2, "1.1", "draft")
    assert (version.owner_id, version.change_summary) == (author.pk, "")
    assert content_of(version)["modules"] == content_of(effective)["modules"]
    assert not set(Activity.objects.filter(module__version=version).values_list("pk")) & set(
        Activity.objects.filter(module__version=effective).values_list("pk")
    )
    assert content_sha256_of(version) != effective.content_sha256  # another version, so another record


def test_new_version_takes_the_latest_where_none_counts(author: User, draft: CourseVersion) -> None:
    later = AT + timedelta(days=30)
    make_effective(draft, at=AT, effective_on=later.date())
    version = start_new_version(course=draft.course, by=author, at=AT)
    assert titles(version) == titles(draft)


def test_there_is_one_version_in_work_at_a_time(author: User, draft: CourseVersion) -> None:
    with pytest.raises(AlreadyInWork) as refusal:
        start_new_version(course=draft.course, by=author, at=AT)
    assert refusal.value.version == draft


def test_two_versions_never_share_a_label(author: User, draft: CourseVersion) -> None:
    make_effective(draft)
    version = start_new_version(course=draft.course, by=author, at=AT)
    with pytest.raises(LabelTaken, match="Another version has the number"):
        edit_version(version_id=version.pk, by=author, at=AT, label="1.0")


@pytest.mark.requirement("R-15")
def test_nothing_in_an_approved_version_can_be_edited(author: User, draft: CourseVersion) -> None:
    activity = page(draft)
    effective = make_effective(draft)
    edits: list[Any] = [
        lambda: edit_version(version_id=draft.pk, by=author, at=AT, summary="Other"),
        lambda: add_module(version_id=draft.pk, by=author, at=AT, title="More"),
        lambda: edit_module(module_id=activity.module_id, by=author, at=AT, title="Other", objective=""),
        lambda: move_module(module_id=activity.module_id, by=author, at=AT, number=1),
        lambda: remove_module(module_id=activity.module_id, by=author, at=AT),
        lambda: add_activity(module_id=activity.module_id, by=author, at=AT, kind="page", title="More"),
        lambda: save(activity, author),
        lambda: note_activity_edited(activity_id=activity.pk, by=author, at=AT),
        lambda: move_activity(activity_id=activity.pk, by=author, at=AT, module_id=activity.module_id, number=1),
        lambda: remove_activity(activity_id=activity.pk, by=author, at=AT),
        lambda: undo_removal(version_id=draft.pk, fact_id=1, by=author, at=AT),
    ]
    for edit in edits:
        with pytest.raises(NotADraft, match="not a draft any more"):
            edit()
    assert content_sha256_of(effective) == effective.content_sha256


def test_facts_of_this_room_say_every_payload() -> None:
    told = {
        "course": "C",
        "version": "1.0",
        "code": "X",
        "part": "P",
        "successor": "2.0",
        "effective_on": "D",
        "name": "N",
        "who": "W",
    }
    for kind in vars(facts).values():
        if hasattr(kind, "verb"):
            assert "–" not in kind.say(actor="A", payload=told)
