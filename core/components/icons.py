"""Lucide's icons, written into the page: no font, no request, and the colour of the words beside them."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from lucide import _render_icon

# These point along the line of reading, so they turn around where that runs from right to left.
TURNING = re.compile(r"^(arrow|chevrons?|corner|move|panel|square-arrow)-.*(left|right)|^(log-(in|out)|list-tree)$")
_CONTENT = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@lru_cache(maxsize=1024)
def icon(name: str, label: str = "", classes: str = "") -> SafeString:
    """Return an icon by Lucide's name. It is hidden from screen readers unless it has a label.

    Raises lucide.IconDoesNotExist.
    """
    found = _CONTENT.search(_render_icon(name, None))
    content = re.sub(r"\s*\n\s*", "", found[1]).replace(" />", "/>") if found else ""
    turns = " flip" if TURNING.match(name) else ""
    extra = f" {escape(classes)}" if classes else ""
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return mark_safe(f'<svg class="icon{turns}{extra}" viewBox="0 0 24 24" {spoken}>{content}</svg>')


@lru_cache(maxsize=2048)
def avatar(name: str, large: bool = False) -> SafeString:
    """Return a round mark with a person's initials; the name itself must stand beside it."""
    words = [word for word in name.split() if word[0].isalnum()]
    initials = (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "?"
    return mark_safe(f'<span class="avatar{" lg" if large else ""}" aria-hidden="true">{escape(initials)}</span>')
