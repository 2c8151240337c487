"""Whom a new version asks to learn it who completed an older one: while it is decided, and afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.clock import now
from core.days import later
from core.sheets import csv_answer
from core.views import requires
from courses.choices import RETRAINING_WITHIN_DAYS, Retraining, VersionState
from courses.models import CourseVersion
from courses.permissions import author, reads_versions
from courses.permissions import readable_by as versions_readable_by
from courses.queries import outline_of
from courses.queries.versions import NAMED, earlier_labels
from courses.words import minutes_words
from enrollment.forms.retraining import RetrainingForm
from enrollment.queries.retraining import (
    Concerned,
    ConcernedPerson,
    Look,
    asked_to_learn,
    being_asked,
    is_asking,
    look_at,
    trained_before,
)
from enrollment.rules import day_in
from people.models import User
from people.permissions import readable_by
from people.requests import PersonRequest

PAGE = 50
A_FEW = 5  # names and sites, where there is little room
UNDECIDED = (VersionState.DRAFT, VersionState.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is said, or is about to be, about those who completed an older version."""

    repeats: bool
    up_to: int | None
    named: Mapping[str, list[Any]]  # departments, sites and job roles; nothing is all of them
    within_days: int
    effective_on: date
    zone: str
    is_done: bool  # it took effect already
    is_asking: bool = False  # and people are still being asked

    @property
    def due_on(self) -> date:
        return later(self.effective_on, self.within_days)

    def asked_at(self, at: datetime) -> datetime:
        """Return when people are asked: as soon as it takes effect, and not before now."""
        return max(at, datetime.combine(self.effective_on, time(), ZoneInfo(self.zone)))


@requires(reads_versions)
@require_safe
def retraining(request: PersonRequest, version_id: UUID) -> HttpResponse:
    """How many people learn a version again, how long that takes, where they work and who they are.

    As a part of the page on which that is decided, and as a page with the whole list.
    """
    version, earlier = _version(request, version_id)
    decision = _decision(request, version, earlier)
    context: dict[str, Any] = {"version": version, "decision": decision, "earlier": earlier}
    if decision and earlier:
        concerned = _concerned(version, decision)
        if request.htmx:
            look = look_at(concerned, readable=_readable(request), most=A_FEW)
            context |= {"shown": look.people, "more": look.readable - len(look.people)}
        else:
            look, context["page"] = _page(request, concerned, earlier)
        context |= _counted(version, decision, look)
        context["query"] = _query(request) if version.state in UNDECIDED else ""
    if request.htmx:
        return render(request, "enrollment/retraining/_part.html", context)
    request.section = "courses:studio" if author(request.user) else "courses:reviews"
    context["trail"] = [
        (f"{version.course.code} {version.label}", reverse("courses:version", args=[version.pk])),
        (_("Who learns it again"), ""),
    ]
    context["terms"] = _terms(decision, earlier) if decision else []
    return render(request, "enrollment/retraining/page.html", context)


@requires(reads_versions)
@require_safe
def retraining_people(request: PersonRequest, version_id: UUID) -> HttpResponseBase:
    """The same people as a file."""
    version, earlier = _version(request, version_id)
    decision = _decision(request, version, earlier)
    page = redirect(reverse("enrollment:retraining", args=[version.pk]) + "?" + request.GET.urlencode())
    if not decision:
        return page
    look = look_at(_concerned(version, decision), readable=_readable(request))
    if look.count and not look.readable:  # where it is said why there are no names
        return page
    return csv_answer(
        _sheet(look.people, decision, earlier), name=f"{version.course.code}-{version.label}-who-learns-it"
    )


def _version(request: PersonRequest, version_id: UUID) -> tuple[CourseVersion, dict[int, str]]:
    version = get_object_or_404(versions_readable_by(request.user), pk=version_id)
    return version, earlier_labels(version)


def _readable(request: PersonRequest) -> QuerySet[User]:
    return readable_by(request.user, on=day_in(request.user.zone_name, now()))


def _decision(request: PersonRequest, version: CourseVersion, earlier: Mapping[int, str]) -> Decision | None:
    """Return what was decided, else what the address says; nothing where that is not in order."""
    if version.state not in UNDECIDED:
        return _decided(version)
    zone = request.user.zone_name
    today = day_in(zone, now())
    form = RetrainingForm(request.GET, today=today, earlier=earlier)
    if not form.is_valid():
        return None
    typed = form.cleaned_data
    within = typed.get("retraining_within_days")
    return Decision(
        repeats=typed["retraining"] == Retraining.REPEAT,
        up_to=typed.get("retraining_up_to"),
        named={name: list(typed.get(name, ())) for name in NAMED},
        within_days=RETRAINING_WITHIN_DAYS if within is None else within,
        effective_on=typed["effective_on"] or today,
        zone=zone,
        is_done=False,
    )


def _query(request: PersonRequest) -> str:
    """Return what the address says about the decision, and nothing else, for the list and its file."""
    said = {name: request.GET.getlist(name) for name in RetrainingForm.base_fields}
    return urlencode([(name, each) for name, values in said.items() for each in values if each])


def _decided(version: CourseVersion) -> Decision | None:
    if version.effective_on is None:
        return None
    named = {
        name: list(rows.objects.filter(pk__in=ids).order_by("name")) if ids else []
        for name, rows in NAMED.items()
        for ids in [version.retraining_of.get(name)]
    }
    return Decision(
        repeats=version.retraining == Retraining.REPEAT,
        up_to=version.retraining_up_to,
        named=named,
        within_days=version.retraining_within_days,
        effective_on=version.effective_on,
        zone=version.effective_zone,
        is_done=version.state != VersionState.APPROVED,
        is_asking=version.retraining == Retraining.REPEAT and is_asking(version),
    )


def _concerned(version: CourseVersion, decision: Decision) -> Concerned:
    if decision.is_asking:
        return being_asked(version, at=now())
    if decision.is_done:
        return asked_to_learn(version)
    named = {name: [str(row.pk) for row in rows] for name, rows in decision.named.items()}
    return trained_before(version, up_to=decision.up_to, named=named, at=decision.asked_at(now()))


def _counted(version: CourseVersion, decision: Decision, look: Look) -> dict[str, Any]:
    minutes = outline_of(version.pk).minutes if version.state == VersionState.DRAFT else version.minutes
    today = day_in(decision.zone, now())
    sites = [(site or _("Works nowhere"), count) for site, count in look.sites]
    return {
        "people": look.count,
        "readable": look.readable,
        "sites": sites,
        "few_sites": sites[:A_FEW],
        "more_sites": max(0, len(sites) - A_FEW),
        "training_time": minutes_words(look.count * minutes),
        "each_time": minutes_words(minutes),
        "is_ahead": not decision.is_done and decision.effective_on > today,
    }


def _page(request: PersonRequest, concerned: Concerned, earlier: Mapping[int, str]) -> tuple[Look, Page[Any]]:
    """Return a page of the list, each with the version that they completed; the first where there is no such page."""
    typed = request.GET.get("page", "")[:6]
    number = max(1, int(typed)) if typed.isdecimal() else 1
    readable = _readable(request)
    look = look_at(concerned, readable=readable, first=PAGE * (number - 1), most=PAGE)
    if number > 1 and not look.people:
        number, look = 1, look_at(concerned, readable=readable, most=PAGE)
    page: Page[Any] = Paginator(range(look.readable), PAGE).get_page(number)
    page.object_list = [(each, earlier.get(each.number or 0, "–")) for each in look.people]
    return look, page


def _terms(decision: Decision, earlier: Mapping[int, str]) -> list[tuple[str, str]]:
    """Return the decision as terms and words."""
    found = [(_("Takes effect"), date_format(decision.effective_on, "j F Y"))]
    if not decision.repeats:
        return [*found, (_("Who learns it again"), _("Nobody"))]
    label = earlier.get(decision.up_to or 0, "")
    who = _("Version {label} or an older one").format(label=label) if label else _("Any earlier version")
    found += [(_("By when"), date_format(decision.due_on, "j F Y")), (_("Completed"), who)]
    for name, words in (("departments", _("In and below")), ("sites", _("At")), ("job_roles", _("As"))):
        if rows := decision.named[name]:
            found.append((words, ", ".join(map(str, rows))))
    return found


def _sheet(people: Sequence[ConcernedPerson], decision: Decision, earlier: Mapping[int, str]) -> Iterator[list[Any]]:
    yield [_("Person"), _("Employee number"), _("Site"), _("Completed version"), _("Due")]
    due = decision.due_on.isoformat() if decision.repeats else ""
    for each in people:
        yield [each.name, each.employee_number, each.site, earlier.get(each.number or 0, ""), due]
