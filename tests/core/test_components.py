"""The small parts of every page: what they say, and that they are fast and safe."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path
from timeit import timeit
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.conf import settings
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone
from lucide import IconDoesNotExist

from core.components import charts, icons, seal, states, times
from core.context import request_id

TODAY = date(2026, 11, 23)  # a Monday
SIGNED_AT = datetime(2026, 11, 23, 10, 21, 44, tzinfo=UTC)
BASEL = ZoneInfo("Europe/Zurich")
TAGS = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}|{%.*?%}|{{.*?}}", re.DOTALL)


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


def words(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html).strip()


@pytest.mark.parametrize("state", states.WORDS)
def test_status_shows_glyph_word_and_class(state: str) -> None:
    html = render("{% status state %}", state=state)
    assert words(html) == str(states.WORDS[state])
    assert f'class="status is-{state}"' in html
    assert states.SHAPES[state] in html


def test_states_have_shapes_that_differ_without_colour() -> None:
    assert len(set(states.SHAPES.values())) == 9
    assert set(states.SHAPES) == set(states.WORDS) == set(states.MARKS)


def test_status_says_more_when_given_words_and_escapes_them() -> None:
    assert words(render("{% status 'soon' '2 due soon' %}")) == "2 due soon"
    assert "<b>" not in render("{% status 'soon' text %}", text="<b>")


def test_status_refuses_an_unknown_state() -> None:
    with pytest.raises(states.UnknownState, match="'asleep' is not one of todo"):
        states.status("asleep")


def test_glyph_is_named_unless_its_word_stands_beside_it() -> None:
    assert 'role="img" aria-label="Overdue"' in states.glyph("late")
    assert 'aria-hidden="true"' in states.glyph("late", hidden=True)
    assert 'aria-hidden="true"' in states.glyph("late", bare=False)


def test_icon_is_hidden_without_label_and_turns_with_the_direction_of_reading() -> None:
    assert icons.icon("search").startswith('<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path')
    assert 'class="icon flip"' in icons.icon("arrow-right")
    assert 'role="img" aria-label="&lt;Pinned&gt;"' in icons.icon("bookmark", "<Pinned>")
    with pytest.raises(IconDoesNotExist):
        icons.icon("no-such-icon")


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Maya Lindqvist", "ML"),
        ("Anna Maria van Dyk", "AD"),
        ("Cher", "C"),
        ("", "?"),
        ("<script>", "?"),
        ("  é b ", "ÉB"),
    ],
)
def test_avatar_shows_initials(name: str, initials: str) -> None:
    html = icons.avatar(name)
    assert words(html) == initials
    assert 'aria-hidden="true"' in html


@pytest.mark.parametrize(
    ("due_on", "said"),
    [
        (date(2026, 11, 17), "Due 17 Nov, 6 days ago"),
        (date(2025, 12, 31), "Due 31 Dec 2025, 327 days ago"),
        (date(2026, 11, 22), "Due yesterday, 22 Nov"),
        (date(2026, 11, 23), "Due today, Mon 23 Nov"),
        (date(2026, 11, 24), "Due tomorrow, Tue 24 Nov"),
        (date(2026, 11, 26), "Due Thu 26 Nov, in 3 days"),
        (date(2026, 11, 30), "Due Mon 30 Nov, in 7 days"),
        (date(2026, 12, 1), "Due 1 Dec"),
        (date(2027, 1, 12), "Due 12 Jan 2027"),
    ],
)
def test_due_phrase_is_absolute_and_relative(due_on: date, said: str) -> None:
    html = render("{{ due_on|due_phrase:today }}", due_on=due_on, today=TODAY)
    assert words(html) == said
    assert f'datetime="{due_on.isoformat()}"' in html
    assert "until the end of the day" in html


def test_due_phrase_of_nothing_is_nothing() -> None:
    assert render("{{ due_on|due_phrase:today }}", due_on=None, today=TODAY) == ""


def test_local_time_names_the_zone_of_the_reader() -> None:
    with timezone.override(BASEL):
        html = render("{{ at|local_time }}", at=SIGNED_AT)
        assert words(html) == "23 Nov 2026, 11:21 CET"
        assert 'datetime="2026-11-23T10:21:44Z"' in html
        assert words(render("{{ at|local_time:'clock' }}", at=SIGNED_AT)) == "11:21"
        assert 'title="23 Nov 2026, 11:21 CET"' in render("{{ at|local_time:'day' }}", at=SIGNED_AT)
        assert "data-relative" in render("{{ at|local_time:'relative' }}", at=SIGNED_AT)
    with timezone.override(ZoneInfo("Asia/Dubai")):  # has no letters of its own
        assert words(render("{{ at|local_time }}", at=SIGNED_AT)) == "23 Nov 2026, 14:21 UTC+04"
    assert render("{{ at|local_time }}", at=None) == "–"


@pytest.mark.parametrize(
    ("zone", "at", "said"),
    [
        ("Europe/Zurich", SIGNED_AT, "23 Nov 2026 11:21:44 CET (10:21:44 UTC)"),
        ("Europe/Zurich", datetime(2026, 11, 17, 23, tzinfo=UTC), "18 Nov 2026 00:00:00 CET (17 Nov 23:00:00 UTC)"),
        ("Europe/Zurich", datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 Oct 2026 02:30:00 CEST (00:30:00 UTC)"),
        ("Europe/Zurich", datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 Oct 2026 02:30:00 CET (01:30:00 UTC)"),
        ("UTC", SIGNED_AT, "23 Nov 2026 10:21:44 UTC"),
    ],
)
def test_record_time_prints_the_zone_and_utc(zone: str, at: datetime, said: str) -> None:
    with timezone.override(ZoneInfo(zone)):
        assert words(render("{{ at|record_time }}", at=at)) == said == times.record_words(at)


def test_donut_says_its_numbers_in_words() -> None:
    html = render("{% donut total=14 done=11 doing=2 late=1 %}")
    assert [words(line) for line in re.findall("<li>.*?</li>", html)] == [
        "11 of 14 current",
        "2 in progress",
        "1 overdue",
    ]
    assert html.count("stroke-dasharray") == 3


def test_stacked_bar_names_each_number_and_leaves_out_what_is_not_there() -> None:
    html = render("{% stacked_bar done=64 doing=5 soon=6 late=4 todo=0 %}")
    assert 'aria-label="64 current, 5 in progress, 6 due soon, 4 overdue"' in html
    assert html.count("<rect") == 4
    assert "<rect" not in charts.stacked_bar({})


def test_charts_carry_colours_for_paper_too() -> None:
    assert 'fill="#cb2f26"' in charts.stacked_bar({"late": 1})
    assert 'stroke="#1d8349"' in charts.ring(9, 10, 8)
    assert charts.sparkline([1], "one") == ""


def test_two_seals_on_a_page_have_ids_of_their_own() -> None:
    ids = re.findall(r'id="([^"]+)"', seal.seal() + seal.seal(False, "resume"))
    assert len(ids) == len(set(ids)) == 4
    assert len(seal.seal()) < 4000


def query(source: str, address: str, **context: object) -> str:
    return render(source, request=RequestFactory().get(address), **context)


def test_query_with_keeps_other_filters_and_begins_at_the_first_page() -> None:
    assert query("{% query_with status='late' %}", "/t/?site=basel&page=3") == "?site=basel&amp;status=late"
    assert query("{% query_with page=2 %}", "/t/?site=basel") == "?site=basel&amp;page=2"
    assert query("{% query_with site=None %}", "/t/?site=basel") == "?"
    assert query("{% query_without 'site' 2 %}", "/t/?site=1&site=2&page=2") == "?site=1"


def test_query_with_escapes_what_stood_in_the_address() -> None:
    html = query("{% query_with page=2 %}", "/t/?q=%22%3E%3Cscript%3E%26'")
    assert html == "?q=%22%3E%3Cscript%3E%26%27&amp;page=2"


def test_reference_is_the_request_as_the_logs_name_it() -> None:
    token = request_id.set("5f2a91c0deadbeef")
    try:
        assert render("{% reference %}") == "5F2A91C0"
    finally:
        request_id.reset(token)


def test_undo_address_takes_only_an_address_of_this_site() -> None:
    for tags, address in [("undo:/studio/1/", "/studio/1/"), ("undo:https://evil.example", ""), ("", ""), (None, "")]:
        assert render("{{ m|undo_address }}", m=SimpleNamespace(extra_tags=tags)) == address


class Example(forms.Form):
    title = forms.CharField(help_text="Short.", widget=forms.TextInput(attrs={"placeholder": "Title"}))
    kind = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    site = forms.ChoiceField(choices=[("b", "B")], required=False)
    agreed = forms.BooleanField(label="I agree")


def test_field_ties_label_hint_and_error_to_its_control() -> None:
    html = str(Example({"title": ""})["title"].as_field_group())
    control = re.search(r"<input[^>]*>", html)
    assert control
    assert 'aria-invalid="true"' in control[0]
    assert 'aria-describedby="id_title_helptext id_title_error"' in control[0]
    assert 'class="form-control"' in control[0]
    assert "placeholder" not in control[0]
    assert '<label for="id_title">' in html
    assert 'id="id_title_helptext"' in html
    assert 'id="id_title_error"' in html


def test_field_marks_what_is_optional_and_wraps_checks_in_their_label() -> None:
    form = Example()
    assert "optional" in str(form["site"].as_field_group())
    assert 'class="form-select"' in str(form["site"])
    assert "optional" not in str(form["title"].as_field_group())
    assert re.search(r'<label class="form-check"[^>]*><input[^>]*id="id_agreed"', str(form["agreed"].as_field_group()))
    choices = str(form["kind"].as_field_group())
    assert choices.startswith("<fieldset")
    assert "<legend>Kind" in choices


def test_form_that_asks_for_nothing_calls_no_field_optional() -> None:
    class Filter(Example):
        asks_for_nothing = True

    assert "optional" not in str(Filter()["site"].as_field_group())


def test_field_that_its_form_does_not_call_optional() -> None:
    class Either(Example):
        not_called_optional = ("site",)

    assert "optional" in str(Example()["site"].as_field_group())
    assert "optional" not in str(Either()["site"].as_field_group())


def test_error_summary_links_to_each_field() -> None:
    form = Example({"title": "", "kind": "a"})
    form.add_error(None, "Not today.")
    html = render("{% include 'components/error_summary.html' %}", form=form)
    for part in ["data-focus", 'href="#id_title"', 'href="#id_agreed"', "Not today."]:
        assert part in html
    assert render("{% include 'components/error_summary.html' %}", form=Example()).strip() == ""


def test_the_parts_of_a_page_are_cached() -> None:
    source = "{% icon 'search' %}{% status 'late' %}{% glyph 'done' %}{% avatar 'Maya' %}"
    source += "{{ at|local_time }}{{ on|due_phrase:today }}"
    page, context = Template(source), Context({"at": SIGNED_AT, "on": TODAY, "today": TODAY})
    page.render(context)
    assert timeit(lambda: page.render(context), number=100) < 0.1  # six parts in under a millisecond, on a busy machine


def test_templates_use_only_classes_that_a_style_sheet_knows() -> None:
    """A class that no style sheet knows is a slip, or was cut out of Bootstrap; see scripts/vendor_css.mjs."""
    root = Path(settings.BASE_DIR)
    known = {
        name
        for sheet in [*(root / "static/css").glob("*.css"), *(root / "static/css/src").glob("*.css")]
        for name in re.findall(r"\.(-?[A-Za-z_][\w-]*)", sheet.read_text())
    }
    unknown = {}
    for template in sorted((root / "templates").rglob("*.html")):
        if template.relative_to(root / "templates").parts[0] in {"email", "pdf"}:
            continue
        source = TAGS.sub("\0", template.read_text())  # "is-{{ state }}" is no class that could be looked up
        used = {name.strip("\0") for value in re.findall(r'\sclass="([^"]*)"', source) for name in value.split()}
        whole = {name for name in used if re.fullmatch(r"[a-z][\w-]*[a-z0-9]", name)}
        if whole - known:
            unknown[str(template.relative_to(root))] = sorted(whole - known)
    assert unknown == {}
