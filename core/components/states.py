"""The nine fixed states: a glyph, a word and a colour, the same in lists, PDFs, mails and exports."""

from __future__ import annotations

from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

WORDS = {
    "todo": _("Not started"),
    "doing": _("In progress"),
    "soon": _("Due soon"),
    "late": _("Overdue"),
    "done": _("Completed"),
    "expired": _("Expired"),
    "paused": _("On leave"),
    "waived": _("Waived"),
    "locked": _("Locked"),
}
# Filled shapes carry class f, lines that stand on them class k. The shapes differ without colour.
SHAPES = {
    "todo": '<circle cx="8" cy="8" r="6.2"/>',
    "doing": '<circle cx="8" cy="8" r="6.2"/><path class="f" d="M8 4a4 4 0 0 1 0 8z"/>',
    "soon": '<circle cx="8" cy="8" r="6.2"/><path d="M8 4.6V8l2.3 1.5"/>',
    "late": '<circle class="f" cx="8" cy="8" r="7"/><path class="k" d="M8 4.3v4.4M8 11.4v.1"/>',
    "done": '<circle class="f" cx="8" cy="8" r="7"/><path class="k" d="m4.9 8.2 2.2 2.2 4.1-4.6"/>',
    "expired": '<path d="M14.2 8A6.2 6.2 0 1 1 8 1.8c2.2 0 4 .9 5.2 2.6M13.6 1.6v2.9h-2.9M8 5v3.2l1.8 1.2"/>',
    "paused": '<circle cx="8" cy="8" r="6.2"/><path d="M6.3 5.6v4.8M9.7 5.6v4.8"/>',
    "waived": '<path d="M8 1.5 2.8 3.6V7c0 3.4 2.1 6 5.2 7.5C11.1 13 13.2 10.4 13.2 7V3.6zM5.7 7.9h4.6"/>',
    "locked": '<rect x="3" y="7" width="10" height="7" rx="1.2"/><path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2"/>',
}
# For paper, where a style sheet does not reach into a drawing: the marks of the light theme.
MARKS = {
    "todo": "#7b898b",
    "doing": "#2f6bd8",
    "soon": "#b47600",
    "late": "#cb2f26",
    "done": "#1d8349",
    "expired": "#a8437f",
    "paused": "#5b868d",
    "waived": "#5b868d",
    "locked": "#7b898b",
}


class UnknownState(ValueError):
    """There is no such state; the nine are the keys of WORDS."""


def status(state: str, word: str = "") -> SafeString:
    """Return the chip of a state. `word` says more than the fixed word, such as "2 due soon"."""
    return _status(str(state), str(word), get_language())


def glyph(state: str, *, hidden: bool = False, bare: bool = True) -> SafeString:
    """Return the glyph of a state alone.

    It is named for screen readers; `hidden` leaves the name out where the word stands beside it.
    `bare` gives it the colour of its state and the size of a list; else it takes its parent's.
    """
    return _glyph(str(state), hidden, bare, get_language())


@lru_cache(maxsize=512)
def _status(state: str, word: str, language: str | None) -> SafeString:
    shape = _shape(state)
    drawing = f'<svg class="glyph" viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>'
    return mark_safe(f'<span class="status is-{state}">{drawing}{escape(word or WORDS[state])}</span>')


@lru_cache(maxsize=128)
def _glyph(state: str, hidden: bool, bare: bool, language: str | None) -> SafeString:
    shape = _shape(state)
    classes = f"glyph is-{state} bare" if bare else "glyph"
    named = not hidden and bare
    name = f'role="img" aria-label="{escape(WORDS[state])}"' if named else 'aria-hidden="true"'
    return mark_safe(f'<svg class="{classes}" viewBox="0 0 16 16" {name}>{shape}</svg>')


def _shape(state: str) -> str:
    try:
        return SHAPES[state]
    except KeyError:
        raise UnknownState(f"{state!r} is not one of {', '.join(SHAPES)}") from None
