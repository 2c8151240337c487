"""Every write about messages: queued once, read, and mailed at most once."""

from notifications.actions.bouncing import note_bounce
from notifications.actions.digests import gather_digests
from notifications.actions.planning import CannotChoose, set_mail_policy, set_preferences
from notifications.actions.pushing import (
    NotUsable,
    add_device,
    claim_next_push,
    give_up_on_lost_pushes,
    note_push_answered,
    note_push_needless,
    note_push_not_sent,
    note_push_unclear,
    remove_device,
)
from notifications.actions.queueing import queue_mail, queue_message, queue_messages, queue_notice
from notifications.actions.reading import mark_all_read, mark_read, mark_unread, note_log_exported
from notifications.actions.sending import (
    claim_next_mail,
    give_up_on_lost_mail,
    mark_needless,
    mark_not_accepted,
    mark_sent,
    mark_unclear,
)
from notifications.actions.wordings import reset_wording, set_wording

__all__ = [
    "CannotChoose",
    "NotUsable",
    "add_device",
    "claim_next_mail",
    "claim_next_push",
    "gather_digests",
    "give_up_on_lost_mail",
    "give_up_on_lost_pushes",
    "mark_all_read",
    "mark_needless",
    "mark_not_accepted",
    "mark_read",
    "mark_sent",
    "mark_unclear",
    "mark_unread",
    "note_bounce",
    "note_log_exported",
    "note_push_answered",
    "note_push_needless",
    "note_push_not_sent",
    "note_push_unclear",
    "queue_mail",
    "queue_message",
    "queue_messages",
    "queue_notice",
    "remove_device",
    "reset_wording",
    "set_mail_policy",
    "set_preferences",
    "set_wording",
]
