"""Why someone has a requirement, and why no longer, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from enrollment.rules.days import short_day

# The parts of a reason in the order in which they are said.
_SAID = {
    "job_role": gettext_lazy("your job role is {job_role}"),
    "department": gettext_lazy("you work in {department}"),
    "site": gettext_lazy("you work at {site}"),
    "employment": gettext_lazy("you work here as {employment}"),
    "attribute": gettext_lazy("your record says {attribute}"),
    "group": gettext_lazy("you belong to {group}"),
    "hired": gettext_lazy("of your first day of work"),
    "manages": gettext_lazy("people report to you"),
    "author": gettext_lazy("you write trainings"),
    "person": gettext_lazy("you are named in it"),
}
_MISSING = {
    "job_role": gettext_lazy("The job role is no longer {name}"),
    "department": gettext_lazy("No longer in {name}"),
    "site": gettext_lazy("No longer at {name}"),
    "employment": gettext_lazy("No longer employed as {name}"),
    "attribute": gettext_lazy("No longer {name}"),
    "group": gettext_lazy("No longer in the group {name}"),
}
_SINCE = {
    "since": gettext_lazy(" since {day}"),
    "matrix_since": gettext_lazy(", in the training matrix since {day}"),
    "reached_since": gettext_lazy(", among those it is for since {day}"),
}
DATELESS = frozenset({"author", "person"})  # of which nothing tells since when they are so


def reason_sentence(because: Mapping[str, str]) -> str:
    """Say in plain words why someone has a requirement, from what was noted when it was given."""
    parts = [words.format(**because) for part, words in _SAID.items() if because.get(part)]
    if not parts:
        return _("Because everyone has it")
    return _("Because {parts}").format(parts=_(" and ").join(parts)) + _since(because)


def reason_about(because: Mapping[str, str]) -> str:
    """Say the same about somebody else: “Tablet Operator since 3 Nov 2026”."""
    named = [because[part] for part in _SAID if because.get(part)]
    return ", ".join(named) + _since(because) if named else _("Everyone has it")


def no_longer(missing: str, because: Mapping[str, str]) -> str:
    """Say why a requirement no longer holds: what is `missing`, in the name that was noted when it was given."""
    if missing == "work":
        return _("No longer working here")
    if missing in _MISSING and because.get(missing):
        return _MISSING[missing].format(name=because[missing])
    return _("No longer among those whom it is for")


def _since(because: Mapping[str, str]) -> str:
    """Say since when: what is named is so, the matrix asks it, or they are among those for whom it is.

    What was noted earlier may have a day where there is none to say.
    """
    if any(because.get(each) for each in DATELESS):
        return ""
    kind = next((each for each in _SINCE if because.get(each)), "")
    return _SINCE[kind].format(day=short_day(date.fromisoformat(because[kind]))) if kind else ""
