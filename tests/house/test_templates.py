"""Templates hold nothing that the Content-Security-Policy refuses, and all of them compile."""

from __future__ import annotations

import pytest
from django.template.loader import get_template

from tests.house.walls import ROOT, inline_in

TEMPLATES = sorted(path.relative_to(ROOT / "templates") for path in (ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("name", TEMPLATES, ids=str)
def test_template_compiles_and_holds_nothing_inline(name) -> None:
    get_template(str(name))
    if name.parts[0] == "email":
        return  # mail programs know only inline style, and no policy of ours reaches them
    assert inline_in((ROOT / "templates" / name).read_text()) == []


@pytest.mark.parametrize(
    "planted",
    [
        "<p style='color: red'>",
        '<button type="button" onclick="go()">',
        '<div hx-on:click="go()">',
        "<style>p {}</style>",
        "<script>go()</script>",
        '<script type="module">go()</script>',
        '<script src="https://elsewhere.example/a.js"></script>',
        '<img alt="a > b" src=//elsewhere.example/a.png>',
        '<link rel="stylesheet" href="https://elsewhere.example/a.css">',
        '<a href="javascript:go()">',
    ],
)
def test_inline_is_found(planted: str) -> None:
    assert len(inline_in(planted)) == 1


@pytest.mark.parametrize(
    "fine",
    [
        "<script src=\"{% static 'js/app.js' %}\" defer></script>",
        '<script type="application/json" id="x">{}</script>',
        '<a href="https://attest.example.com">style="x"</a>',
        '<p class="{% if a > b %}on{% endif %}" data-on="x">',
    ],
)
def test_harmless_is_left_alone(fine: str) -> None:
    assert inline_in(fine) == []
