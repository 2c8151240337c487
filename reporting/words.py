"""How filters are said: the same words on chips, in the heads of files and in the trail."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from enrollment.choices import Status
from reporting.queries.boards import Board
from reporting.rules import Filters


def filter_words(filters: Filters, board: Board) -> str:
    """Say which filters were set; nothing when none was."""
    words = [
        _("direct reports only") if filters.level else "",
        _named(_("Site"), board.sites, filters.site),
        _named(_("Job role"), board.job_roles, filters.job_role),
        _named(_("Department"), board.departments, filters.department),
        f"{_('Status')}: {Status(filters.status).label}" if filters.status else "",
        f"{_('Search')}: {filters.q}" if filters.q else "",
    ]
    return ", ".join(word for word in words if word)


def _named(name: str, known: Mapping[str, str], chosen: str) -> str:
    return f"{name}: {known.get(chosen, _('unknown'))}" if chosen else ""
