"""Named reads about messages."""

from notifications.queries.inbox import Bounced, OwnWordings, hard_bounce_of, inbox_of, own_wordings, unread_count
from notifications.queries.log import LogFilters, LogLine, cells, columns, line_of, log
from notifications.queries.readers import Reader, mail_policy, readers, ways_of

__all__ = [
    "Bounced",
    "LogFilters",
    "LogLine",
    "OwnWordings",
    "Reader",
    "cells",
    "columns",
    "hard_bounce_of",
    "inbox_of",
    "line_of",
    "log",
    "mail_policy",
    "own_wordings",
    "readers",
    "unread_count",
    "ways_of",
]
