"""What the notifications room itself tells people: changes of their own account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import pgettext


@dataclass(frozen=True, slots=True)
class Notice:
    """The words of one message, in the language that is active when they are made."""

    kind: str
    subject: str
    body: str
    glyph: str = "todo"
    path: str = ""
    action: str = ""


Wording = Callable[[dict[str, Any]], Notice]


def your_account_was_locked(fact: dict[str, Any]) -> Notice:
    return Notice(
        kind="account_locked",
        subject=_("Your account is locked"),
        body=_(
            "The password was wrong 5 times in a row %(where)s, so nobody can sign in or sign until %(until)s.\n\n"
            "If that was not you, tell an administrator now. The security contact was told."
        )
        % {"where": _where(fact), "until": _moment(fact["until"])},
        glyph="locked",
    )


def an_account_was_locked(fact: dict[str, Any]) -> Notice:
    return Notice(
        kind="account_locked",
        subject=_("Account locked: %(name)s") % {"name": fact["name"]},
        body=_(
            "The password of %(name)s was wrong 5 times in a row %(where)s. The account is locked until %(until)s.\n\n"
            "Ask them whether it was they. The trail shows each attempt."
        )
        % {"name": fact["name"], "where": _where(fact), "until": _moment(fact["until"])},
        glyph="locked",
        path=reverse("people:person", args=[fact["person_id"]]),
        action=_("Open the account"),
    )


def your_password_was_changed(fact: dict[str, Any]) -> Notice:
    return Notice(
        kind="password_changed",
        subject=_("Your password was changed"),
        body=_("Your other sessions were ended.\n\nIf that was not you, tell an administrator now."),
        glyph="done",
        path=reverse("people:account"),
        action=_("Open your settings"),
    )


def your_second_factor_was_changed(fact: dict[str, Any]) -> Notice:
    return Notice(
        kind="second_factor_changed",
        subject=_("The second step of your sign-in was changed"),
        body=_("If that was not you, tell an administrator now."),
        glyph="done",
        path=reverse("people:account"),
        action=_("Open your settings"),
    )


def you_were_granted_a_role(fact: dict[str, Any]) -> Notice:
    scope = fact.get("site") or _("the whole organisation")
    until = _(", until %(moment)s") % {"moment": _moment(fact["ends_at"])} if fact.get("ends_at") else ""
    return Notice(
        kind="role_granted",
        subject=_("You have a new role: %(role)s") % {"role": fact["role"]},
        body=_("It counts for %(scope)s%(until)s. You find what it opens in the navigation.")
        % {"scope": scope, "until": until},
        glyph="done",
        path="/",
        action=_("Go to Home"),
    )


def _where(fact: dict[str, Any]) -> str:
    return _("at signing") if fact["purpose"] == "signing" else _("at sign-in")


def _moment(spelled: str) -> str:
    local = timezone.localtime(datetime.fromisoformat(spelled))
    return f"{formatted(local, pgettext('date and time', 'j M Y, H:i'))} {local.tzname()}"


def your_list_was_checked(fact: dict[str, Any]) -> Notice:
    return _about_list(
        fact,
        _("The list %(file)s is checked"),
        _("Nothing is changed until you apply it. %(rows)s rows, of which %(rejected)s are rejected."),
        glyph="soon",
    )


def your_list_waits(fact: dict[str, Any]) -> Notice:
    return _about_list(
        fact,
        _("The list %(file)s waits for you"),
        _("It would close %(leaving)s of %(open_accounts)s open accounts. Look whether it is whole, and confirm it."),
        glyph="late",
    )


def your_list_was_applied(fact: dict[str, Any]) -> Notice:
    return _about_list(
        fact,
        _("The list %(file)s is applied"),
        _("Of %(rows)s rows %(rejected)s were rejected; they can be downloaded with their reasons."),
        glyph="done",
    )


def your_list_failed(fact: dict[str, Any]) -> Notice:
    return _about_list(fact, _("The list %(file)s could not be taken"), "%(words)s", glyph="late")


def _about_list(fact: dict[str, Any], subject: str, body: str, *, glyph: str) -> Notice:
    values = {**fact, "rejected": fact.get("counts", {}).get("rejected", 0)}
    return Notice(
        kind="people_import",
        subject=subject % values,
        body=body % values,
        glyph=glyph,
        path=reverse("people:import_run", args=[fact["import_id"]]),
        action=_("Open the list"),
    )
