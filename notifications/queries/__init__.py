"""Named reads about messages."""

from notifications.queries.inbox import OwnWordings, inbox_of, own_wordings, unread_count
from notifications.queries.readers import Reader, mail_policy, readers, ways_of

__all__ = ["OwnWordings", "Reader", "inbox_of", "mail_policy", "own_wordings", "readers", "unread_count", "ways_of"]
