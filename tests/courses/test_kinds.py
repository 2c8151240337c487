"""What each kind of activity shows, asks and keeps."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from core.canonical import canonical_json
from courses.actions import add_activity, edit_activity, start_new_version
from courses.activity_kinds import kind_of, kinds, register
from courses.choices import UploadKind
from courses.kinds.page import render, rendering
from courses.kinds.page.kind import PageKind
from courses.models import Activity, CourseVersion
from courses.queries import content_of, outline_of
from courses.uploads import Upload, examine
from tests.courses.test_uploads import PDF, VTT, film, picture
from tests.factories import BY, make_draft, make_effective

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
DEMO = Path(__file__).parents[2] / "lms/demo/courses"


def upload(content: bytes, kind: UploadKind, name: str = "x") -> Upload:
    return examine(io.BytesIO(content), name=name, kind=kind)


@pytest.fixture
def draft(db: None) -> CourseVersion:
    return make_draft()


def add(draft: CourseVersion, kind: str, **values: Any) -> Activity:
    module = draft.modules.get()
    return add_activity(module_id=module.pk, by=draft.owner, at=AT, kind=kind, title="One", minutes=3, values=values)


def video(draft: CourseVersion) -> Activity:
    return add(
        draft,
        "video",
        asset=upload(film(190), UploadKind.VIDEO),
        captions=upload(VTT, UploadKind.CAPTIONS),
        poster=upload(picture(), UploadKind.IMAGE),
    )


def document(draft: CourseVersion) -> Activity:
    return add(draft, "file", asset=upload(PDF, UploadKind.DOCUMENT, "ten rules.pdf"))


def words(activity: Activity) -> tuple[str, str]:
    kind = kind_of(activity.kind)
    return str(kind.requirement_words(activity)), str(kind.extent_words(activity))


def test_each_kind_says_what_completes_it_and_how_long_it_is(draft: CourseVersion) -> None:
    assert words(draft.modules.get().activities.get()) == ("Read the page", "4 min")
    assert words(video(draft)) == ("Watch all of the video", "3:10")
    assert words(document(draft)) == ("Open the file", "PDF, 1 kB")


def test_each_kind_has_canonical_content_that_can_be_spelled(draft: CourseVersion) -> None:
    film_content = kind_of("video").canonical(video(draft))
    assert set(film_content) == {"duration_ms", "asset", "captions", "poster"}
    assert film_content["duration_ms"] == 190_000
    document_content = kind_of("file").canonical(document(draft))
    assert document_content["name"] == "ten rules.pdf"
    assert canonical_json(content_of(draft))


@pytest.mark.parametrize("make", [video, document])
def test_copy_in_a_new_version_has_the_same_content(draft: CourseVersion, make: Any) -> None:
    original = make(draft)
    make_effective(draft)
    version = start_new_version(course=draft.course, by=draft.owner, at=AT)
    copy = Activity.objects.get(module__version=version, lineage=original.lineage)
    assert copy.pk != original.pk
    assert kind_of(copy.kind).canonical(copy) == kind_of(original.kind).canonical(original)


@pytest.mark.parametrize(
    ("kind", "values", "missing"),
    [
        ("video", {}, ["A film in “One”", "Captions on “One”"]),
        ("video", {"asset": upload(film(), UploadKind.VIDEO)}, ["Captions on “One”"]),
        ("file", {}, ["A document in “One”"]),
        ("page", {}, ["Text on “One”"]),
        ("page", {"body": "See [there](#nowhere)."}, ["A link on “One” leads nowhere: #nowhere"]),
        ("page", {"body": "## There\n\nSee [there](#there)."}, []),
    ],
)
def test_checks_name_what_is_missing(
    draft: CourseVersion, kind: str, values: dict[str, Any], missing: list[str]
) -> None:
    activity = add(draft, kind, **values)
    assert [str(check.missing) for check in kind_of(kind).checks(activity) if not check.passed] == missing


def test_file_that_is_not_chosen_again_stays(draft: CourseVersion) -> None:
    before = video(draft)
    after = edit_activity(activity_id=before.pk, by=draft.owner, at=AT, title="Two", minutes=3, values={})
    assert (after.asset, after.captions, after.poster) == (before.asset, before.captions, before.poster)
    assert after.settings == {"duration_seconds": 190.0}
    gone = edit_activity(activity_id=before.pk, by=BY, at=AT, title="Two", minutes=3, values={"captions": None})
    assert gone.captions is None


def test_captions_can_be_read_along(draft: CourseVersion) -> None:
    cues = kind_of("video").player_context(video(draft))["cues"]
    assert [(cue.starts, cue.text) for cue in cues] == [(0.6, "Yours alone.")]


def test_kind_that_is_not_installed_stays_readable(draft: CourseVersion) -> None:
    add(draft, "page", body="Words.")
    unknown = kind_of("hologram")
    activity = draft.modules.get().activities.first()
    assert activity is not None
    assert str(unknown.requirement_words(activity)) == "Cannot be opened here"
    with pytest.raises(LookupError, match="hologram is not installed"):
        unknown.canonical(activity)


def test_kinds_are_registered_once_and_those_that_assess_come_last() -> None:
    register(PageKind())

    class Other(PageKind):
        pass

    with pytest.raises(ValueError, match="registered twice"):
        register(Other())
    codes = [kind.code for kind in kinds()]
    assert codes[:3] == ["page", "video", "file"]
    assert [kind.is_assessment for kind in kinds()] == sorted(kind.is_assessment for kind in kinds())


def test_outline_of_a_draft_takes_the_same_queries_for_more_parts(
    draft: CourseVersion, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(4):
        outline_of(draft.pk)
    for _number in range(3):
        video(draft)
    with django_assert_num_queries(4):
        outline_of(draft.pk)


# Pages


@pytest.mark.parametrize("path", sorted(DEMO.glob("*/*.md")), ids=lambda path: path.stem)
def test_pages_of_the_demo_render_with_anchors(path: Path) -> None:
    page = render(path.read_text())
    assert page.word_count > 100
    assert all(f'id="{heading.anchor}"' in page.html for heading in page.headings)
    assert "<h1" not in page.html


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "![x](http://evil.test/x.png)",
        '<div class="note" style="position:fixed">x</div>',
        '[x](http://a.test "&quot; onclick=alert(1)")',
        "<!-- --><iframe src=http://a.test></iframe>",
        "## x {#a onclick=alert(1)}",
        "| a |\n|---|\n| <b onclick=x>b</b> |",
    ],
)
def test_nothing_that_runs_or_fetches_leaves_the_renderer(hostile: str) -> None:
    html = render(hostile).html
    tags = re.findall(r"<([a-z0-9]+)((?:\s[^<>]*)?)>", html)
    assert not {"script", "img", "iframe", "style"} & {tag for tag, _attributes in tags}
    for _tag, attributes in tags:
        bare = re.sub(r'="[^"]*"', "", attributes)
        assert not re.search(r"\bon\w+|\bstyle\b|javascript", bare), html
        assert not re.search(r'href="(?!https?:|mailto:|#|/)', attributes), html


def test_quotations_that_begin_in_bold_are_notes() -> None:
    assert '<div class="note is-done"><svg' in render("> **In practice.** Look.").html
    assert '<div class="note"><svg' in render("> **21 CFR 11.50(a).** Signed records").html
    assert "<blockquote>" in render("> Somebody said this.").html
    assert render("> **In practice.** One.\n\n> Two.").html.count("</blockquote>") == 1


def test_tables_name_their_rows_and_columns() -> None:
    html = render("| Do | Why |\n|---|---|\n| A | B |").html
    assert '<th scope="col">Do</th>' in html
    assert '<th scope="row">A</th>' in html
    assert '<td data-label="Why">B</td>' in html
    assert 'role="region" aria-label="Table: Do"' in html


def test_second_wall_holds_where_the_first_would_let_html_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rendering._markdown.options, "html", True)
    hostile = '<script>alert(1)</script><p onclick="x" style="y">a</p><a href="javascript:x">b</a><iframe></iframe>'
    html = rendering.render.__wrapped__(hostile).html
    assert "a</p>" in html
    for word in ("script", "onclick", "style", "iframe"):
        assert word not in html
