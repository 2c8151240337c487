"""Team boards, kept in this process for as long as nothing has happened that could change them.

Everything on a board is in regulated tables, so every change of it writes a fact. While the newest
fact with an effect is older than the board, the board is still true. A fact that
was numbered earlier and committed later would be missed: therefore a board is also forgotten after
ten seconds, which covers the end of a day, too.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any
from uuid import UUID

from django.db import connection

from people.models import User
from reporting.queries.boards import Board, team_board

KEPT_FOR = timedelta(seconds=10)
BOARDS_AT_MOST = 16  # of some hundred people each: a few megabytes

# Facts that leave every board as it is; any other, also one that does not exist yet, lets it be read anew.
WITHOUT_EFFECT = [
    "assessments.attempt_started",
    "assessments.attempt_passed",
    "assessments.attempt_not_passed",
    "enrollment.activity_opened",
    "enrollment.activity_completed",
    "enrollment.reminded",
    "people.signed_in",
    "people.signed_out",
    "records.certificate_filed",
    "reporting.record_opened",
    "reporting.exported",
    "reporting.report_asked",
    "reporting.report_made",
    "reporting.report_fetched",
]
_HAS_MOVED = "SELECT EXISTS (SELECT 1 FROM records_event WHERE id > %s AND kind = 'fact' AND verb <> ALL (%s))"
_NEWEST = "SELECT coalesce(max(id), 0) FROM records_event"

_Key = tuple[UUID, date]
_kept: OrderedDict[_Key, tuple[int, datetime, Board]] = OrderedDict()
_lock = Lock()


def kept_team_board(manager: User, *, at: datetime, on: date) -> Board:
    """Return the team board of a manager, read anew when the trail says that it may have changed."""
    key = (manager.pk, on)
    with _lock:
        known = _kept.get(key)
    is_young = known is not None and timedelta(0) <= at - known[1] < KEPT_FOR
    if known is not None and is_young and not _asked(_HAS_MOVED, [known[0], WITHOUT_EFFECT]):
        return known[2]
    position = _asked(_NEWEST, [])
    board = team_board(manager, at=at, on=on)
    with _lock:
        _kept[key] = (position, at, board)
        _kept.move_to_end(key)
        while len(_kept) > BOARDS_AT_MOST:
            _kept.popitem(last=False)
    return board


def _asked(sql: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        answer: int = cursor.fetchone()[0]
    return answer
