"""The component library's template tags and filters; they are built in, so no page loads them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from core.components import charts, icons, seal, states, times
from core.context import request_id

register = template.Library()

register.simple_tag(icons.icon)
register.simple_tag(icons.avatar)
register.simple_tag(states.status)
register.simple_tag(states.glyph)
register.simple_tag(seal.seal)
register.simple_tag(charts.ring)
register.simple_tag(charts.sparkline)
register.simple_tag(charts.bars)
register.filter(times.local_time)
register.filter(times.record_time)


@register.simple_tag
def remembered(template_name: str, **values: Hashable) -> SafeString:
    """{% remembered "components/_side.html" groups=navigation.groups %}: an include that a process renders once.

    It is kept for the same values and the same language, so what it prints must follow from these alone:
    nothing of the request, the person or the time.
    """
    render = _remembered.__wrapped__ if settings.DEBUG else _remembered
    return render(template_name, get_language(), tuple(values.items()))


@lru_cache(maxsize=1024)
def _remembered(template_name: str, language: str | None, values: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return render_to_string(template_name, dict(values))


@register.simple_tag
def donut(total: int, **counts: int) -> SafeString:
    """{% donut total=14 done=11 doing=2 late=1 %}"""
    return charts.donut(total, counts)


@register.simple_tag
def stacked_bar(**counts: int) -> SafeString:
    """{% stacked_bar done=64 doing=5 soon=6 late=4 todo=2 %}"""
    return charts.stacked_bar(counts)


@register.filter
def due_phrase(due_on: date | None, today: date) -> SafeString:
    """{{ requirement.due_on|due_phrase:today }}: "Due Thu 26 Nov, in 3 days"."""
    return times.due_phrase(due_on, today)


@register.filter
def of(found: Mapping[Any, Any] | None, key: Any) -> Any:
    """{{ waivers|of:person.pk }}: what a dictionary holds under a key; nothing where there is neither."""
    return found.get(key) if found else None


@register.filter
def minutes(seconds: int | None) -> str:
    """{{ activity.duration_seconds|minutes }}: "6:40", as a player writes it."""
    whole = int(seconds or 0)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


@register.simple_tag(takes_context=True)
def query_with(context: dict[str, Any], **changes: Any) -> SafeString:
    """{% query_with status="late" %}: this page's address with a filter set; None or "" takes it away.

    Any change of a filter begins again at the first page.
    """
    query = context["request"].GET.copy()
    if "page" not in changes:
        query.pop("page", None)
    for key, value in changes.items():
        if value in (None, ""):
            query.pop(key, None)
        else:
            query[key] = value
    return _address(query.lists())


@register.simple_tag(takes_context=True)
def query_without(context: dict[str, Any], key: str, value: Any = None) -> SafeString:
    """{% query_without "site" site.id %}: this page's address without one value of a filter, or all of it."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    left = [] if value is None else [one for one in query.getlist(key) if one != str(value)]
    if left:
        query.setlist(key, left)
    else:
        query.pop(key, None)
    return _address(query.lists())


@register.simple_tag
def reference() -> str:
    """{% reference %}: the id of this request, as it stands in the logs; people quote it when they ask for help."""
    return request_id.get()[:8].upper()


@register.filter
def undo_address(message: Any) -> str:
    """{{ message|undo_address }}: where its "Undo" posts, given as `extra_tags="undo:/studio/…/"`; else nothing."""
    tags = message.extra_tags or ""
    return tags.removeprefix("undo:") if tags.startswith("undo:/") else ""


def _address(lists: Any) -> SafeString:
    encoded = urlencode([(key, value) for key, values in lists for value in values])
    return format_html("?{}", encoded)
