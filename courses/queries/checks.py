"""What has to be in order before a version is submitted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from courses.activity_kinds import Check, kind_of
from courses.models import CourseVersion, Module
from courses.queries.contents import activities_with_content
from courses.queries.paths import circle_of, course_names, courses_asked_by


@dataclass(frozen=True, slots=True)
class VersionCheck(Check):
    """A check and the part of the version to which it leads; none for the version's own details."""

    module_id: UUID | None = None
    activity_id: UUID | None = None


def version_checks(version: CourseVersion) -> list[VersionCheck]:
    """Return every check of a draft, in the order of the page; in a constant number of queries."""
    checks = [
        VersionCheck("summary", _("Summary"), bool(version.summary.strip()), _("A summary of the course")),
        VersionCheck("objectives", _("Objectives"), bool(version.objectives), _("What learners can do afterwards")),
        VersionCheck(
            "change_summary",
            _("Change summary"),
            version.number == 1 or bool(version.change_summary.strip()),
            _("What changed since the last version"),
        ),
        VersionCheck("owner", _("Owner"), version.owner.is_active, _("An owner who still works here")),
    ]
    activities = list(activities_with_content().filter(module__version=version))
    filled = Counter(activity.module_id for activity in activities)
    modules = list(version.modules.order_by("position"))
    checks.append(VersionCheck("modules", _("A module"), bool(modules), _("A first module")))
    for module in modules:
        named = {"module": module.title}
        missing = format_lazy(_("An objective of module “{module}”"), **named)
        has_objective = bool(module.objective.strip())
        checks += _needed(module, filled[module.pk])
        checks.append(VersionCheck("objective", _("Objective of each module"), has_objective, missing, module.pk))
        missing = format_lazy(_("An activity in module “{module}”"), **named)
        checks.append(VersionCheck("activity", _("Activities in each module"), module.pk in filled, missing, module.pk))
    for activity in activities:
        checks += [
            VersionCheck(check.code, check.label, check.passed, check.missing, activity.module_id, activity.pk)
            for check in kind_of(activity.kind).checks(activity)
        ]
    return checks + _asked(version)


def _needed(module: Module, count: int) -> list[VersionCheck]:
    """Check that a module of which some activities are enough has as many, and more to choose from."""
    if module.needed is None:
        return []
    missing = format_lazy(
        _("Module “{module}” needs any {needed} of its activities, and has {count}: it leaves no choice"),
        module=module.title,
        needed=module.needed,
        count=count,
    )
    return [VersionCheck("needed", _("A choice where some are enough"), module.needed < count, missing, module.pk)]


def _asked(version: CourseVersion) -> list[VersionCheck]:
    """Check that every course that is asked for can be begun, and that none leads back to this one."""
    first, steps = courses_asked_by(version)
    if not first | steps:
        return []
    checks = []
    names = course_names(first | steps)
    for name in sorted(names.values(), key=lambda each: each.code):
        missing = format_lazy(_("“{course}” is not in effect, so nobody could begin it"), course=str(name))
        checks.append(VersionCheck("in_effect", _("Courses asked for are in effect"), name.is_offered, missing))
    circle = circle_of(version, in_work=True)
    return [*checks, VersionCheck("circle", _("No course asks for itself in the end"), not circle, circle)]


def told_together(checks: Iterable[VersionCheck]) -> list[VersionCheck]:
    """Return the lines of a checklist: what is missing one by one first, then one for each kind that passed."""
    checks = list(checks)
    missing = [check for check in checks if not check.passed]
    failed = {check.code for check in missing}
    passed = {check.code: check for check in checks if check.code not in failed}
    return missing + list(passed.values())
