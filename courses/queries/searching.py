"""Finding a course among the effective versions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from core.sql import rows

PAGE = 25
FEW = 3  # so few hits by words that similar titles are looked for too
MOST = 500
ALIKE = 0.45  # "lokout" resembles "lockout" at 0.5
LENGTHS: dict[str, tuple[int, int]] = {"short": (0, 15), "middle": (16, 30), "long": (31, 100_000)}


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """One course as the catalog shows it."""

    course_id: UUID
    version_id: UUID
    code: str
    label: str
    title: str
    summary: str
    topics: tuple[str, ...]
    language: str
    minutes: int
    effective_on: date


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow the results down, with how many would be left."""

    value: str
    count: int
    is_on: bool


@dataclass(frozen=True, slots=True)
class CatalogPage:
    """What was found, a page of it, and the ways to narrow it down."""

    entries: Sequence[CatalogEntry]
    count: int
    page: int
    page_count: int
    topics: Sequence[Facet]
    lengths: Sequence[Facet]
    is_guess: bool  # titles that resemble the query, since its words were found nowhere

    @property
    def previous_page(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next_page(self) -> int | None:
        return self.page + 1 if self.page < self.page_count else None


_COLUMNS = """v.course_id, v.id, c.code, v.label, v.title, v.summary, v.topics, v.language, v.minutes, v.effective_on"""
_FROM = "FROM courses_courseversion v JOIN courses_course c ON c.id = v.course_id WHERE v.state = 'effective'"
_ALL = f"SELECT {_COLUMNS} {_FROM} ORDER BY v.title, v.id LIMIT {MOST}"
# Words as a person types them (quotes, minus, or); beside them the last word as a beginning, since
# people search while they type; and a code such as GXP-011 as it stands.
_BY_WORDS = f"""
    WITH wanted AS (
        SELECT websearch_to_tsquery('english', %(query)s) AS words,
            to_tsquery('english', %(prefix)s) || to_tsquery('simple', %(prefix)s) AS beginning)
    SELECT {_COLUMNS}
    {_FROM.replace("WHERE", "CROSS JOIN wanted WHERE")}
        AND (v.search @@ wanted.words OR v.search @@ wanted.beginning)
    ORDER BY ts_rank_cd(v.search, wanted.words) + ts_rank_cd(v.search, wanted.beginning) DESC, v.title, v.id
    LIMIT {MOST}
"""
# Few hundred titles at most: comparing each takes less than keeping an index of trigrams.
_BY_LIKENESS = f"""
    SELECT {_COLUMNS} {_FROM} AND word_similarity(%(query)s, v.title) >= {ALIKE}
    ORDER BY word_similarity(%(query)s, v.title) DESC, v.title, v.id LIMIT {MOST}
"""


def catalog(*, query: str = "", topics: Sequence[str] = (), lengths: Sequence[str] = (), page: int = 1) -> CatalogPage:
    """Return the effective versions that answer a query, best first, narrowed to topics and lengths.

    One statement, or two where words find fewer than three courses and similar titles are added.
    """
    query = query.replace("\x00", "").strip()[:200]
    found = _entries(_BY_WORDS, {"query": query, "prefix": _prefix(query)}) if query else _entries(_ALL, {})
    is_guess = False
    if query and len(found) < FEW:
        known = {entry.version_id for entry in found}
        alike = [entry for entry in _entries(_BY_LIKENESS, {"query": query}) if entry.version_id not in known]
        is_guess = not found and bool(alike)
        found += alike
    in_topic = [entry for entry in found if not topics or set(topics) & set(entry.topics)]
    in_length = [entry for entry in found if not lengths or _length(entry) in lengths]
    narrowed = [entry for entry in in_topic if not lengths or _length(entry) in lengths]
    page_count = max(1, -(-len(narrowed) // PAGE))
    page = min(max(page, 1), page_count)
    return CatalogPage(
        entries=narrowed[(page - 1) * PAGE : page * PAGE],
        count=len(narrowed),
        page=page,
        page_count=page_count,
        topics=_facets(Counter(topic for entry in in_length for topic in entry.topics), topics),
        lengths=[Facet(name, sum(_length(e) == name for e in in_topic), name in lengths) for name in LENGTHS],
        is_guess=is_guess,
    )


def _entries(sql: str, values: dict[str, str]) -> list[CatalogEntry]:
    return [_entry(*row) for row in rows(sql, values)]


def _entry(*row: Any) -> CatalogEntry:
    values: list[Any] = [tuple(each) if isinstance(each, list) else each for each in row]
    return CatalogEntry(*values)


def _prefix(query: str) -> str:
    """Spell the words of a query for to_tsquery, the last one as a beginning."""
    words = re.findall(r"[\w-]*\w", query)
    quoted = ["'" + word.replace("'", "''") + "'" for word in words]
    return " & ".join(quoted) + ":*" if quoted else ""


def _length(entry: CatalogEntry) -> str:
    return next(name for name, (least, most) in LENGTHS.items() if least <= entry.minutes <= most)


def _facets(counted: Counter[str], chosen: Sequence[str]) -> list[Facet]:
    most = sorted(counted, key=lambda topic: (-counted[topic], topic.casefold()))[:12]
    shown = most + [topic for topic in chosen if topic not in most]
    return [Facet(topic, counted[topic], topic in chosen) for topic in shown]
