"""What the pages of this room share: the reader's day, filters out of the address, the auditor's banner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from enrollment.choices import Status
from enrollment.rules import day_in
from people.choices import AccessRole
from people.models import User
from people.queries import in_force_until
from reporting.queries.boards import Board
from reporting.rules import Filters

PAGE = 25
LONGEST_SEARCH = 100


def reader_of(request: HttpRequest) -> User:
    """Return the signed-in person; `requires` has seen to it that there is one."""
    user = request.user
    assert isinstance(user, User)
    return user


def day_of(user: User, at: datetime) -> date:
    """Return the reader's calendar day."""
    return day_in(user.zone_name, at)


def shown(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, at: datetime, status: int = 200
) -> HttpResponse:
    """Render a page; a time-boxed auditor is told at its top until when they may read."""
    user = reader_of(request)
    ends_at = in_force_until(user, role=AccessRole.AUDITOR, at=at) if AccessRole.AUDITOR in user.roles else None
    return render(request, template, {**context, "audit_ends_at": ends_at, "at": at}, status=status)


def filters_from(values: QueryDict | Mapping[str, Any]) -> Filters:
    """Return the filters that an address names; what is malformed counts as not set."""
    return Filters(
        level="direct" if values.get("level") == "direct" else "",
        site=_id(values.get("site")),
        job_role=_id(values.get("job_role")),
        department=_id(values.get("department")),
        status=values.get("status", "") if values.get("status") in Status.values else "",
        q=str(values.get("q") or "").strip()[:LONGEST_SEARCH],
    )


def as_query(filters: Filters) -> dict[str, str]:
    """Return the filters that are set, as an address spells them."""
    return {name: value for name, value in asdict(filters).items() if value}


def _id(value: Any) -> str:
    try:
        return str(UUID(str(value))) if value else ""
    except ValueError:
        return ""


def address(request: HttpRequest, **changes: str) -> str:
    """Return this page's address with filters set, or taken away by ""; it begins again at the first page."""
    query = request.GET.copy()
    for name in ("page", "before", *(name for name, value in changes.items() if not value)):
        query.pop(name, None)
    for name, value in changes.items():
        if value:
            query[name] = value
    return "?" + query.urlencode()


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: set, with its value and the address without it, or offered with its options."""

    name: str
    value: str = ""
    address: str = ""
    options: tuple[tuple[str, str], ...] = ()  # words, address


def chips_for(request: HttpRequest, filters: Filters, board: Board, *, with_level: bool) -> list[Chip]:
    """Return the filters of a board, with only such options as occur on it."""
    chips = []
    if with_level:
        levels = [("direct", _("direct reports only"))]
        chips.append(option_chip(request, "level", _("Level"), filters.level, levels))
    chips.append(option_chip(request, "site", _("Site"), filters.site, board.sites.items()))
    chips.append(option_chip(request, "job_role", _("Job role"), filters.job_role, board.job_roles.items()))
    departments = board.departments.items()
    chips.append(option_chip(request, "department", _("Department"), filters.department, departments))
    statuses = [(status.value, str(status.label)) for status in Status]
    chips.append(option_chip(request, "status", _("Status"), filters.status, statuses))
    if filters.q:
        chips.append(Chip(_("Search"), filters.q, address(request, q="")))
    return chips


def option_chip(request: HttpRequest, key: str, name: str, chosen: str, options: Iterable[tuple[Any, str]]) -> Chip:
    """Return one filter with its options (value, words), or with what is chosen of them."""
    known = {str(value): words for value, words in options}
    if chosen:
        return Chip(name, known.get(chosen, _("not here")), address(request, **{key: ""}))
    return Chip(name, options=tuple((words, address(request, **{key: value})) for value, words in known.items()))
