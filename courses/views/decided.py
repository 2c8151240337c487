"""What an approver decides about a version beside its content, in words: that is signed, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.canonical import sha256_of
from core.days import later
from courses.actions import SubmittedAnew
from courses.choices import Retraining
from courses.forms import ApprovalForm
from courses.models import CourseVersion
from courses.queries.versions import NAMED, RETRAINING

Decision = Mapping[str, Any]


def decision_shown(form: ApprovalForm, *, earlier: Mapping[int, str]) -> ApprovalForm:
    """Return the form whose decision is shown: the one that was sent, else one filled with what it proposes."""
    if form.is_bound:
        return form
    return ApprovalForm(dict(form.initial), today=form.today, earlier=earlier, waiting=form.waiting)


def query_of(form: ApprovalForm) -> str:
    """Return what is chosen about the day and about who learns it again, as the query of an address."""
    found = []
    for name in ("effective_on", *RETRAINING):
        if name in form.fields:
            typed = form[name].data
            several = typed if isinstance(typed, list | tuple) else [typed]
            found += [(name, str(each)) for each in several if each not in (None, "")]
    return urlencode(found)


def key_of(form: ApprovalForm, version: CourseVersion) -> str:
    """Return the mark of a content and a decision: who signs has seen those. Nothing where it is no decision yet."""
    return f"{version.content_sha256}-{sha256_of(form.decision)}" if form.is_valid() else ""


def unseen_words(looked_at: str, version: CourseVersion) -> str:
    """Say what has to be seen before it is signed; `looked_at` is the hash of the content that was."""
    if looked_at and looked_at != version.content_sha256:
        return str(SubmittedAnew())
    return _("Below stands what you sign, as you have chosen it. Read it, then sign.")


def in_words(form: ApprovalForm, *, earlier: Mapping[int, str], zone: str) -> list[tuple[str, str]]:
    """Return what is decided, as terms and words of the record that is signed; else that it is not in order yet.

    What is wrong stands beside its field.
    """
    if not form.is_valid():
        return [(_("Decision"), _("Something above is not in order yet."))]
    decision = form.decision
    day = decision["effective_on"]
    words = _("{day}, from midnight in {zone}")
    found = [
        (_("Effective from"), words.format(day=_long(day), zone=zone)),
        (_("Next review"), _long(decision["next_review_on"])),
    ]
    if not earlier:
        return found
    named = {name: [str(row) for row in cast(Any, form.cleaned_data.get(name, ()))] for name in NAMED}
    return [*found, *_again(decision, named, earlier)]


def retraining_words(version: CourseVersion, *, earlier: Mapping[int, str]) -> list[tuple[str, str]]:
    """Return what an approver decided about who completed an earlier version; nothing where there was nothing to."""
    if version.approved_at is None or not earlier:
        return []
    asked: Decision = {
        name: getattr(version, name)
        for name in ("retraining", "retraining_within_days", "retraining_up_to", "effective_on")
    }
    named = {}
    for name, rows in NAMED.items():
        ids = version.retraining_of.get(name)
        named[name] = [str(row) for row in rows.objects.filter(pk__in=ids).order_by("name")] if ids else []
    return _again(asked, named, earlier)


def _again(decision: Decision, named: Mapping[str, Sequence[str]], earlier: Mapping[int, str]) -> list[tuple[str, str]]:
    if decision.get("retraining") != Retraining.REPEAT:
        return [(_("Who learns it again"), _("Nobody: who completed an earlier version stays trained"))]
    return [(_("Who learns it again"), _who(decision, named, earlier)), (_("By when"), _by_when(decision))]


def _who(decision: Decision, named: Mapping[str, Sequence[str]], earlier: Mapping[int, str]) -> str:
    up_to = decision["retraining_up_to"]
    parts = [_("Everyone who completed an earlier version")]
    if up_to is not None:
        label = earlier.get(up_to, str(up_to))
        parts = [_("Everyone who completed version {label} or an older one").format(label=label)]
    for name, words in (
        ("departments", _("in {names} and below")),
        ("sites", _("at {names}")),
        ("job_roles", _("as {names}")),
    ):
        names = _(" or ").join(named[name])
        if names:
            parts.append(words.format(names=names))
    return ", ".join(parts)


def _by_when(decision: Decision) -> str:
    within: int = decision["retraining_within_days"]
    day = _long(later(decision["effective_on"], within))
    if not within:
        return _("{day}, the day on which it takes effect").format(day=day)
    words = ngettext("{day}, {count} day after it takes effect", "{day}, {count} days after it takes effect", within)
    return words.format(day=day, count=within)


def _long(day: date) -> str:
    return date_format(day, "j F Y")
