"""What is rendered once per process: for the same values and language, and no longer than that."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.template.base import Template as Compiled
from django.utils import translation
from pytest_django.fixtures import Settings

from core.templatetags.attest import _remembered


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the names of the templates that are rendered from now on."""
    _remembered.cache_clear()
    names: list[str] = []
    render = Compiled._render  # type: ignore[attr-defined]

    def noted(self: Compiled, context: Context) -> str:
        names.append(self.name or "")
        return str(render(self, context))

    monkeypatch.setattr(Compiled, "_render", noted)
    return names


def show(seconds: int) -> str:
    page = Template('{% remembered "components/_session.html" idle_seconds=seconds %}')
    return page.render(Context({"seconds": seconds}))


def test_same_values_are_rendered_once(rendered: list[str]) -> None:
    first = show(900)
    assert 'data-idle="900"' in first
    assert show(900) == first
    assert 'data-idle="60"' in show(60)
    assert rendered.count("components/_session.html") == 2


def test_each_language_is_rendered(rendered: list[str]) -> None:
    show(900)
    with translation.override("de"):
        show(900)
    assert rendered.count("components/_session.html") == 2


def test_nothing_is_kept_while_templates_are_written(rendered: list[str], settings: Settings) -> None:
    settings.DEBUG = True
    show(900)
    show(900)
    assert rendered.count("components/_session.html") == 2
