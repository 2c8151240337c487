"""What a requirement says, and why someone has it, in plain words."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.choices import CountedFrom
from enrollment.rules.days import short_day


def reason_sentence(because: dict[str, str]) -> str:
    """Say in plain words why someone has a requirement, from what was noted when it was given."""
    parts = []
    if because.get("job_role"):
        parts.append(_("your job role is {job_role}").format(job_role=because["job_role"]))
    if because.get("department"):
        parts.append(_("you work in {department}").format(department=because["department"]))
    if because.get("site"):
        parts.append(_("you work at {site}").format(site=because["site"]))
    if not parts:
        return _("Because everyone has it")
    return _("Because {parts}").format(parts=_(" and ").join(parts)) + _since(because)


def reason_about(because: dict[str, str]) -> str:
    """Say the same about somebody else: “Tablet Operator since 3 Nov 2026”."""
    named = [because[part] for part in ("job_role", "department", "site") if because.get(part)]
    return ", ".join(named) + _since(because) if named else _("Everyone has it")


def _since(because: dict[str, str]) -> str:
    if not because.get("since"):
        return ""
    return " " + _("since {day}").format(day=short_day(date.fromisoformat(because["since"])))


def requirement_sentence(
    *,
    course: str,
    job_role: str | None,
    site: str | None,
    department: str | None,
    due_within_days: int,
    counted_from: str,
    validity_months: int | None,
) -> str:
    """Say a requirement as the sentence that its page is made of."""
    who = _("People whose job role is {job_role}").format(job_role=job_role) if job_role else _("Everyone")
    if site:
        who += " " + _("at {site}").format(site=site)
    if department:
        who += " " + _("in {department} and below").format(department=department)
    days = ngettext("{count} day", "{count} days", due_within_days).format(count=due_within_days)
    start = CountedFrom(counted_from).label
    what = _("{who} must complete {course} within {days} of {start}").format(
        who=who, course=course, days=days, start=start
    )
    if validity_months is None:
        return what
    months = ngettext("{count} month", "{count} months", validity_months).format(count=validity_months)
    return what + _(", and again every {months}").format(months=months)
