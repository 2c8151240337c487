"""Why someone has a requirement, and why no longer, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from enrollment.rules.days import short_day

# The parts of a reason in the order in which they are said.
_SAID = (
    *("job_role", "department", "site", "employment", "attribute", "group"),
    *("hired", "manages", "author", "person"),
)
DATELESS = frozenset({"author", "person"})  # of which nothing tells since when they are so


def reason_sentence(because: Mapping[str, str]) -> str:
    """Say in plain words why someone has a requirement, from what was noted when it was given."""
    words = {
        "job_role": _("your job role is {job_role}"),
        "department": _("you work in {department}"),
        "site": _("you work at {site}"),
        "employment": _("you work here as {employment}"),
        "attribute": _("your record says {attribute}"),
        "group": _("you belong to {group}"),
        "hired": _("of your first day of work"),
        "manages": _("people report to you"),
        "author": _("you write trainings"),
        "person": _("you are named in it"),
    }
    parts = [words[part].format(**because) for part in _SAID if because.get(part)]
    if not parts:
        return _("Because everyone has it")
    return _("Because {parts}").format(parts=_(" and ").join(parts)) + _since(because)


def reason_about(because: Mapping[str, str]) -> str:
    """Say the same about somebody else: “Tablet Operator since 3 Nov 2026”."""
    named = [because[part] for part in _SAID if because.get(part)]
    return ", ".join(named) + _since(because) if named else _("Everyone has it")


def no_longer(missing: str, because: Mapping[str, str]) -> str:
    """Say why a requirement no longer holds: what is `missing`, in the name that was noted when it was given."""
    words = {
        "job_role": _("The job role is no longer {name}"),
        "department": _("No longer in {name}"),
        "site": _("No longer at {name}"),
        "employment": _("No longer employed as {name}"),
        "attribute": _("No longer {name}"),
        "group": _("No longer in the group {name}"),
    }
    if missing == "work":
        return _("No longer working here")
    if missing in words and because.get(missing):
        return words[missing].format(name=because[missing])
    return _("No longer among those whom it is for")


def _since(because: Mapping[str, str]) -> str:
    """Say since when: what is named is so, the matrix asks it, or they are among those for whom it is.

    What was noted earlier may have a day where there is none to say.
    """
    if any(because.get(each) for each in DATELESS):
        return ""
    words = {
        "since": _(" since {day}"),
        "matrix_since": _(", in the training matrix since {day}"),
        "reached_since": _(", among those it is for since {day}"),
    }
    kind = next((each for each in words if because.get(each)), "")
    return words[kind].format(day=short_day(date.fromisoformat(because[kind]))) if kind else ""
