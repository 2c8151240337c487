"""Figures as inline SVG: the same drawing on screen and in a PDF.

Each carries its numbers in its label or in words beside it. Colours are attributes for paper and
classes for the screen, where a class wins and follows the theme.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext, ngettext_lazy

from core.components.states import MARKS

ORDER = ("done", "doing", "soon", "late", "expired", "todo", "paused", "waived", "locked")


COUNTED = {
    "done": ngettext_lazy("%(n)s current", "%(n)s current", "n"),
    "doing": ngettext_lazy("%(n)s in progress", "%(n)s in progress", "n"),
    "soon": ngettext_lazy("%(n)s due soon", "%(n)s due soon", "n"),
    "late": ngettext_lazy("%(n)s overdue", "%(n)s overdue", "n"),
    "expired": ngettext_lazy("%(n)s expired", "%(n)s expired", "n"),
    "todo": ngettext_lazy("%(n)s not started", "%(n)s not started", "n"),
    "paused": ngettext_lazy("%(n)s on leave", "%(n)s on leave", "n"),
    "waived": ngettext_lazy("%(n)s waived", "%(n)s waived", "n"),
    "locked": ngettext_lazy("%(n)s locked", "%(n)s locked", "n"),
}


def phrase(state: str, count: int) -> str:
    """Return a count of a state in words: "2 in progress"."""
    return str(COUNTED[state] % {"n": count})


def donut(total: int, counts: dict[str, int]) -> SafeString:
    """Return a ring of states with their numbers as words beside it; `total` closes the ring."""
    shown = [(state, counts[state]) for state in ORDER if counts.get(state)]
    arcs, begun = [], 0
    gap = 0.15 if len(shown) > 1 else 0
    for state, count in shown:
        turn = -90 + 360 * begun / total
        arcs.append(
            f'<circle class="s-{state}" cx="48" cy="48" r="38" stroke="{MARKS[state]}" pathLength="{total}" '
            f'stroke-dasharray="{max(count - gap, 0.1):g} {total}" transform="rotate({turn:g} 48 48)"/>'
        )
        begun += count
    first = counts.get("done", 0)
    of_all = ngettext("%(done)s of %(total)s current", "%(done)s of %(total)s current", total)
    lines = [f"<b>{escape(of_all % {'done': first, 'total': total})}</b>"]
    lines += [escape(phrase(state, count)) for state, count in shown if state != "done"]
    return mark_safe(
        '<div class="donut"><svg class="figure-svg" viewBox="0 0 96 96" aria-hidden="true">'
        '<g fill="none" stroke-width="9"><circle class="s-track" cx="48" cy="48" r="38" stroke="#e0e6e6"/>'
        f'{"".join(arcs)}</g><text class="t1" x="48" y="56" text-anchor="middle" '
        f'font-size="24" font-weight="600" fill="#121a1c">{first}</text></svg>'
        f'<ul role="list">{"".join(f"<li>{line}</li>" for line in lines)}</ul></div>'
    )


def stacked_bar(counts: dict[str, int]) -> SafeString:
    """Return one bar of all states; its label names each number. Nothing where there is nobody."""
    shown = [(state, counts[state]) for state in ORDER if counts.get(state)]
    if not shown:
        return mark_safe("")
    total = sum(count for _, count in shown)
    label = ", ".join(phrase(state, count) for state, count in shown)
    parts, x = [], 0.0
    for state, count in shown:
        width = 1000 * count / total
        parts.append(
            f'<rect class="f-{state}" x="{x:.1f}" width="{max(width - 4, 2):.1f}" height="14" fill="{MARKS[state]}"/>'
        )
        x += width
    return mark_safe(
        '<svg class="figure-svg bar" viewBox="0 0 996 14" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(label)}">{"".join(parts)}</svg>'
    )


def ring(points: float, of: float, needed: float | None = None, state: str = "done", label: str = "") -> SafeString:
    """Return a score as a ring; the notch is the pass mark."""
    notch = ""
    if needed is not None and of:
        turn = 360 * float(needed) / float(of)
        drawn = 'class="tick" d="M36 1v10" stroke="#121a1c" stroke-width="2"'
        notch = f'<path {drawn} transform="rotate({turn:g} 36 36)"/>'
    return mark_safe(
        f'<svg class="ring" viewBox="0 0 72 72" role="img" aria-label="{escape(label or f"{points:g} / {of:g}")}">'
        f'<g fill="none" stroke-width="7"><circle class="s-track" cx="36" cy="36" r="30" stroke="#e0e6e6"/>'
        f'<circle class="s-{state}" cx="36" cy="36" r="30" stroke="{MARKS[state]}" pathLength="{of:g}" '
        f'stroke-dasharray="{points:g} {of:g}" transform="rotate(-90 36 36)"/>{notch}</g>'
        f'<text class="t1" x="36" y="42" text-anchor="middle" font-size="18" font-weight="600">{points:g}</text></svg>'
    )


def sparkline(values: Sequence[float], label: str) -> SafeString:
    """Return the course of a number over time; `label` must say where it began and where it stands."""
    if len(values) < 2:
        return mark_safe("")
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = 232 / (len(values) - 1)
    points = [(4 + step * place, 34 - 28 * (value - low) / span) for place, value in enumerate(values)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return mark_safe(
        f'<svg class="figure-svg" viewBox="0 0 240 42" role="img" aria-label="{escape(label)}">'
        '<path class="grid" d="M4 41h232" stroke="#e0e6e6"/>'
        f'<polyline class="s-line" points="{line}" fill="none" stroke="#0b5563" stroke-width="2"/>'
        f'<circle class="f-brand" cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#0b5563"/></svg>'
    )


def bars(rows: Sequence[tuple[str, int]], state: str = "late", label: str = "") -> SafeString:
    """Return one bar a row, longest first as given, with its number at the end."""
    most = max((count for _, count in rows), default=0) or 1
    words = label or ", ".join(f"{name} {count}" for name, count in rows)
    items = "".join(
        f'<li><span>{escape(name)}</span><progress class="is-{state}" max="{most}" value="{count}" aria-hidden="true">'
        f'</progress><b class="num">{count}</b></li>'
        for name, count in rows
    )
    return mark_safe(f'<ul class="bars" role="list" aria-label="{escape(words)}">{items}</ul>')
