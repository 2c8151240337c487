"""Why someone has a requirement, in plain words."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from enrollment.rules.days import short_day


def reason_sentence(because: dict[str, str]) -> str:
    """Say in plain words why someone has a requirement, from what was noted when it was given."""
    since = date.fromisoformat(because["since"]) if because.get("since") else None
    when = _("since {day}").format(day=short_day(since)) if since else ""
    parts = []
    if because.get("job_role"):
        parts.append(_("your job role is {job_role}").format(job_role=because["job_role"]))
    if because.get("department"):
        parts.append(_("you work in {department}").format(department=because["department"]))
    if because.get("site"):
        parts.append(_("you work at {site}").format(site=because["site"]))
    if not parts:
        parts.append(_("everyone has it"))
    return _("Because {parts}").format(parts=_(" and ").join(parts)) + (f" {when}" if when else "")


def reason_about(because: dict[str, str]) -> str:
    """Say the same about somebody else: “Tablet Operator since 3 Nov 2026”."""
    named = [because[part] for part in ("job_role", "department", "site") if because.get(part)]
    words = ", ".join(named) or _("Everyone")
    if because.get("since"):
        words += " " + _("since {day}").format(day=short_day(date.fromisoformat(because["since"])))
    return words
