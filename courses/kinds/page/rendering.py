"""Markdown of authors as HTML that cannot harm a reader."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.anchors import anchors_plugin

from core.components.icons import icon


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page and the anchor that leads to it."""

    anchor: str
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page ready to be shown, with its headings in order."""

    html: SafeString
    headings: tuple[Heading, ...]
    word_count: int

    @property
    def reading_minutes(self) -> int:
        """Whole minutes at 200 words a minute, as adults read prose about something new."""
        return -(-self.word_count // 200)


_markdown = (
    MarkdownIt("commonmark", {"html": False, "typographer": False})
    .enable(["table", "strikethrough"])
    .disable("image")
    .use(anchors_plugin, min_level=1, max_level=4)
)
# The second wall: whatever the renderer lets through, only this reaches a page.
_TAGS = {"p", "br", "hr", "strong", "em", "s", "code", "pre", "a", "ul", "ol", "li", "blockquote", "div"} | {
    "h2", "h3", "h4", "h5", "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "h5": {"id"},
    "ol": {"start"},
    "table": {"class"},
    "th": {"scope"},
    "td": {"data-label"},
    "div": {"class", "tabindex", "role", "aria-label"},
}
_NOTE, _TIP = '<div class="note">', '<div class="note is-done">'


@lru_cache(maxsize=1024)
def render(markdown: str) -> RenderedPage:
    """Return a page as HTML with its headings; the same text is rendered once in a process.

    Headings begin at h2, since the page has its title. A quotation that begins in bold becomes a
    note. Tables can be scrolled, and name their columns for narrow screens.
    """
    tokens = _markdown.parse(markdown)
    headings = tuple(_headings(tokens))
    _notes(tokens)
    _tables(tokens)
    html = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"})
    clean = clean.replace(_NOTE, f"{_NOTE}{icon('scroll-text')}").replace(_TIP, f"{_TIP}{icon('check')}")
    words = re.findall(r"\w[\w’'-]*", re.sub(r"<[^>]*>", " ", clean))
    return RenderedPage(mark_safe(clean), headings, len(words))  # noqa: S308 (cleaned above)


def _headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            level = min(int(token.tag[1]) + (1 if token.tag == "h1" else 0), 5)
            token.tag = tokens[index + 2].tag = f"h{level}"
            text = "".join(child.content for child in tokens[index + 1].children or [])
            yield Heading(str(token.attrGet("id") or ""), text, level)


def _notes(tokens: Sequence[Token]) -> None:
    """Turn quotations that begin in bold into notes; in practice, with a check, or of a rule, with a scroll."""
    open_notes: list[bool] = []
    for index, token in enumerate(tokens):
        if token.type == "blockquote_open":
            inline = tokens[index + 2] if index + 2 < len(tokens) else None
            children = (inline.children or []) if inline is not None and inline.type == "inline" else []
            begins_bold = len(children) > 2 and "strong_open" in {child.type for child in children[:2]}
            open_notes.append(begins_bold)
            if begins_bold:
                token.tag = "div"
                is_tip = any(child.content.startswith(gettext("In practice")) for child in children[:4])
                token.attrSet("class", "note is-done" if is_tip else "note")
        elif token.type == "blockquote_close" and open_notes.pop():
            token.tag = "div"


def _tables(tokens: list[Token]) -> None:
    columns: list[str] = []
    column, in_head = 0, False
    for index, token in enumerate(tokens):
        match token.type:
            case "table_open":
                columns = []
                token.attrSet("class", "grid cards lines")
            case "thead_open":
                in_head = True
            case "thead_close":
                in_head = False
            case "tr_open":
                column = 0
            case "th_open" | "td_open":
                token.attrs.pop("style", None)
                if in_head:
                    columns.append(_plain(tokens[index + 1]))
                    token.attrSet("scope", "col")
                elif column == 0:
                    token.tag = tokens[index + 2].tag = "th"
                    token.attrSet("scope", "row")
                else:
                    token.attrSet("data-label", columns[column] if column < len(columns) else "")
                column += 1
    for index in range(len(tokens) - 1, -1, -1):
        if tokens[index].type == "table_close":
            tokens.insert(index + 1, _raw("</div>\n"))
        elif tokens[index].type == "table_open":
            heads = [t for t in tokens[index:] if t.type == "inline"]
            label = escape(gettext("Table: %(head)s") % {"head": _plain(heads[0]) if heads else ""})
            tokens.insert(index, _raw(f'<div class="table-wrap mb-4" tabindex="0" role="region" aria-label="{label}">'))


def _raw(html: str) -> Token:
    return Token("html_block", "", 0, content=html)


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [])
