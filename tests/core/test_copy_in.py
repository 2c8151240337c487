"""Many rows written in one statement."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

from django.db import connection

from core.sql import copy_in, rows

ID = UUID(int=7)
AT = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)
LINES = [
    (ID, "plain", 1, True, date(2026, 1, 2), AT, '{"a": "b"}', "{a,b}"),
    (ID, "", 0, False, None, None, None, "{}"),
    (ID, r"\N", -1, None, None, AT, '{"quoted \\" and \\\\": "\\n"}', None),
    (ID, 'a "quote", a\ttab\nand a new line\\', None, None, None, None, None, None),
    (None, "NULL", None, None, None, None, None, None),
]


def test_rows_arrive_as_they_were_given(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE arrived (n serial, id uuid, words text, number integer, is_so boolean, "
            "on_day date, at timestamptz, said jsonb, tags text[]) ON COMMIT DROP"
        )
    columns = ("id", "words", "number", "is_so", "on_day", "at", "said", "tags")
    copy_in("arrived", columns, LINES)
    expected = "SELECT id, words, number, is_so, on_day, at, said::text, tags::text FROM arrived ORDER BY n"
    found = rows(expected)
    assert [row[:6] for row in found] == [line[:6] for line in LINES]
    assert [row[7] for row in found] == [line[7] for line in LINES]
    assert rows("SELECT said->>'a', said->>'quoted \" and \\' FROM arrived WHERE said IS NOT NULL ORDER BY n") == [
        ("b", None),
        (None, "\n"),
    ]
