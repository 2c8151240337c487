"""What the notifications room reports."""

from django.utils.translation import gettext_lazy as _

from records.facts import declare

WORDING_CHANGED = declare("notifications.wording_changed", _("{actor} changed the wording of “{kind}” ({language})"))
WORDING_RESET = declare("notifications.wording_reset", _("{actor} reset the wording of “{kind}” ({language})"))
POLICY_CHANGED = declare(
    "notifications.policy_changed",
    _("{actor} decided when mail goes out: quiet from {quiet_from} to {quiet_until}, digest at {digest}"),
)
PREFERENCES_CHANGED = declare("notifications.preferences_changed", _("{actor} chose how messages reach them"))
LOG_EXPORTED = declare(
    "notifications.log_exported", _("{actor} downloaded the log of messages: {rows} lines, {filters}")
)
DEVICE_CHANGED = declare("notifications.device_changed", _("{actor} turned notifications {what}"))
