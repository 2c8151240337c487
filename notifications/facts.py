"""What the notifications room reports."""

from django.utils.translation import gettext_lazy as _

from records.facts import declare

WORDING_CHANGED = declare("notifications.wording_changed", _("{actor} changed the wording of “{kind}” ({language})"))
WORDING_RESET = declare("notifications.wording_reset", _("{actor} reset the wording of “{kind}” ({language})"))
