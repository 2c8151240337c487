"""What the notifications room itself tells people: changes of their own account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from notifications.choices import Audience
from notifications.wording import Notice, Wording, declare

Telling = Callable[[dict[str, Any]], Notice]

# An account in danger does not wait for the morning, and nobody can turn it off.
_SECURITY: dict[str, Any] = {"urgent": True, "any_hour": True, "mandatory": True}
_LOCK = {
    "where": gettext_lazy("at sign-in"),
    "until": gettext_lazy("23 Nov 2026, 14:30 CET"),
}

LOCKED = declare(
    "account_locked",
    label=gettext_lazy("Account locked"),
    purpose=gettext_lazy("Says that a password was wrong five times in a row."),
    audience=Audience.ANYONE,
    fields=_LOCK,
    wording=Wording(
        gettext_lazy("Your account is locked"),
        gettext_lazy(
            "The password was wrong 5 times in a row {where}, so nobody can sign in or sign until {until}.\n\n"
            "If that was not you, tell an administrator now. The security contact was told."
        ),
    ),
    **_SECURITY,
)
SOMEBODY_LOCKED = declare(
    "account_locked_of_somebody",
    label=gettext_lazy("Somebody's account locked"),
    purpose=gettext_lazy("Tells administrators and the security contact whose password was wrong five times."),
    audience=Audience.ADMINISTRATOR,
    fields={"name": "Maya Lindqvist", **_LOCK},
    wording=Wording(
        gettext_lazy("Account locked: {name}"),
        gettext_lazy(
            "The password of {name} was wrong 5 times in a row {where}. The account is locked until {until}.\n\n"
            "Ask them whether it was they. The trail shows each attempt."
        ),
        gettext_lazy("Open the account"),
    ),
    **_SECURITY,
)
PASSWORD_CHANGED = declare(
    "password_changed",
    label=gettext_lazy("Password changed"),
    purpose=gettext_lazy("Lets somebody notice when it was not they who changed it."),
    audience=Audience.ANYONE,
    wording=Wording(
        gettext_lazy("Your password was changed"),
        gettext_lazy("Your other sessions were ended.\n\nIf that was not you, tell an administrator now."),
        gettext_lazy("Open your settings"),
    ),
    **_SECURITY,
)
SECOND_FACTOR_CHANGED = declare(
    "second_factor_changed",
    label=gettext_lazy("Second factor changed"),
    purpose=gettext_lazy("Lets somebody notice when it was not they who changed it."),
    audience=Audience.ANYONE,
    wording=Wording(
        gettext_lazy("The second step of your sign-in was changed"),
        gettext_lazy("If that was not you, tell an administrator now."),
        gettext_lazy("Open your settings"),
    ),
    **_SECURITY,
)
ROLE_GRANTED = declare(
    "role_granted",
    label=gettext_lazy("New role"),
    purpose=gettext_lazy("Says what somebody may do from now on."),
    audience=Audience.ANYONE,
    fields={
        "role": gettext_lazy("Author"),
        "scope": gettext_lazy("the whole organisation"),
        "until": gettext_lazy(", until 23 Nov 2026, 14:30 CET"),
    },
    wording=Wording(
        gettext_lazy("You have a new role: {role}"),
        gettext_lazy("It counts for {scope}{until}. You find what it opens in the navigation."),
        gettext_lazy("Go to Home"),
    ),
    **_SECURITY,
)
_LIST = {
    "file": "people.csv",
    "rows": "212",
    "rejected": "3",
    "leaving": "14",
    "open_accounts": "198",
    "words": gettext_lazy("The first row names no column that is known."),
}
_OPEN_LIST = gettext_lazy("Open the list")
LIST_OF_PEOPLE = declare(
    "people_import",
    label=gettext_lazy("List of people"),
    purpose=gettext_lazy("Tells whoever brought a list of people how far it is."),
    audience=Audience.ADMINISTRATOR,
    fields=_LIST,
    wording=Wording(
        gettext_lazy("The list {file} is applied"),
        gettext_lazy("Of {rows} rows {rejected} were rejected; they can be downloaded with their reasons."),
        _OPEN_LIST,
    ),
    variants={
        "checked": (
            gettext_lazy("When it is checked"),
            Wording(
                gettext_lazy("The list {file} is checked"),
                gettext_lazy("Nothing is changed until you apply it. {rows} rows, of which {rejected} are rejected."),
                _OPEN_LIST,
            ),
        ),
        "waits": (
            gettext_lazy("When it waits to be confirmed"),
            Wording(
                gettext_lazy("The list {file} waits for you"),
                gettext_lazy(
                    "It would close {leaving} of {open_accounts} open accounts. "
                    "Look whether it is whole, and confirm it."
                ),
                _OPEN_LIST,
            ),
        ),
        "failed": (
            gettext_lazy("When it cannot be taken"),
            Wording(gettext_lazy("The list {file} could not be taken"), "{words}", _OPEN_LIST),
        ),
    },
)


def your_account_was_locked(fact: dict[str, Any]) -> Notice:
    return Notice(LOCKED, _lock(fact), glyph="locked")


def an_account_was_locked(fact: dict[str, Any]) -> Notice:
    path = reverse("people:person", args=[fact["person_id"]])
    return Notice(SOMEBODY_LOCKED, {"name": fact["name"], **_lock(fact)}, glyph="locked", path=path)


def your_password_was_changed(fact: dict[str, Any]) -> Notice:
    return Notice(PASSWORD_CHANGED, glyph="done", path=reverse("people:account"))


def your_second_factor_was_changed(fact: dict[str, Any]) -> Notice:
    return Notice(SECOND_FACTOR_CHANGED, glyph="done", path=reverse("people:account"))


def you_were_granted_a_role(fact: dict[str, Any]) -> Notice:
    until = _(", until %(moment)s") % {"moment": _moment(fact["ends_at"])} if fact.get("ends_at") else ""
    scope = fact.get("site") or _("the whole organisation")
    return Notice(ROLE_GRANTED, {"role": fact["role"], "scope": scope, "until": until}, glyph="done", path="/")


def _lock(fact: dict[str, Any]) -> dict[str, str]:
    where = _("at signing") if fact["purpose"] == "signing" else _("at sign-in")
    return {"where": where, "until": _moment(fact["until"])}


def _moment(spelled: str) -> str:
    local = timezone.localtime(datetime.fromisoformat(spelled))
    return f"{formatted(local, pgettext('date and time', 'j M Y, H:i'))} {local.tzname()}"


def your_list_was_checked(fact: dict[str, Any]) -> Notice:
    return _about_list(fact, variant="checked", glyph="soon")


def your_list_waits(fact: dict[str, Any]) -> Notice:
    return _about_list(fact, variant="waits", glyph="late")


def your_list_was_applied(fact: dict[str, Any]) -> Notice:
    return _about_list(fact, glyph="done")


def your_list_failed(fact: dict[str, Any]) -> Notice:
    return _about_list(fact, variant="failed", glyph="late")


def _about_list(fact: dict[str, Any], *, glyph: str, variant: str = "") -> Notice:
    told = {**fact, "rejected": fact.get("counts", {}).get("rejected", 0)}
    fields = {name: str(told.get(name, "")) for name in _LIST}
    path = reverse("people:import_run", args=[fact["import_id"]])
    return Notice(LIST_OF_PEOPLE, fields, glyph=glyph, path=path, variant=variant)
