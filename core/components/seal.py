"""The seal: the fine line-work of banknotes, drawn with two waved circles turned against themselves.

It stands only where something is proved: certificate, completion, sign-in, and faintly behind Resume.
"""

from __future__ import annotations

from functools import lru_cache
from math import cos, pi, sin

from django.utils.safestring import SafeString, mark_safe

CHECK = (
    '<circle r="38" stroke-width="1.4"/>'
    '<path stroke-width="5.5" stroke-linecap="round" stroke-linejoin="round" d="m-16 1 11 11 21-24"/>'
)


@lru_cache(maxsize=32)
def seal(checked: bool = True, name: str = "seal") -> SafeString:
    """Return the seal; without the check it is an ornament. Give two on a page different names.

    The colour is written as an attribute too: a PDF does not know the page's style sheet.
    """
    uses = "".join(f'<use href="#{name}-a" transform="rotate({turn})"/>' for turn in range(0, 30, 5))
    uses += "".join(f'<use href="#{name}-b" transform="rotate({turn})"/>' for turn in range(0, 20, 5))
    return mark_safe(
        '<svg class="seal" viewBox="-100 -100 200 200" fill="none" stroke="#0b5563" stroke-width=".6" '
        f'aria-hidden="true"><defs><path id="{name}-a" d="{_wave(80, 14, 12, 144)}"/>'
        f'<path id="{name}-b" d="{_wave(56, 9, 18, 180)}"/></defs>{uses}'
        f'<circle r="97"/><circle r="43"/>{CHECK if checked else ""}</svg>'
    )


def _wave(radius: float, height: float, waves: int, points: int) -> str:
    """Return a circle whose radius swings `waves` times, as a path of short steps."""
    path, at = [], (0, 0)
    for place in range(points):
        turn = 2 * pi * place / points
        r = radius + height * sin(waves * turn)
        here = (round(10 * r * cos(turn)), round(10 * r * sin(turn)))
        dx, dy = here[0] - at[0], here[1] - at[1]
        path.append(f"{'m' if not place else 'l'}{_tenth(dx)}{'' if dy < 0 else ' '}{_tenth(dy)}")
        at = here
    return "".join(path) + "z"


def _tenth(value: int) -> str:
    """Write a tenth without the zero that SVG does not need."""
    return f"{value / 10:g}".replace("0.", ".", 1) if abs(value) < 10 else f"{value / 10:g}"
