"""What one wording of a requirement asks, term by term: also what its sentence leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.choices import Renewal
from enrollment.rules.reasons import renewal_said, time_said
from enrollment.rules.terms import Terms


def terms_said(terms: Terms, titles: Mapping[UUID, str]) -> list[tuple[str, str]]:
    """Say each term with its name; `titles` are those of the refreshers. What is not asked for is left out."""
    said = [(_("Due"), capfirst(time_said(terms))), (_("Again"), capfirst(renewal_said(terms)))]
    if terms.renewal == Renewal.ONCE:
        return said
    words = ngettext("{count} day before the end", "{count} days before the end", terms.window_days)
    said.append((_("May be renewed"), words.format(count=terms.window_days)))
    if terms.renewal_days:
        words = ngettext("{count} day after the end", "{count} days after the end", terms.renewal_days)
        said.append((_("A renewal is due"), words.format(count=terms.renewal_days)))
    if terms.minimum_active_days:
        words = ngettext(
            "Not within {count} day of a completion",
            "Not within {count} days of a completion",
            terms.minimum_active_days,
        )
        said.append((_("Asked again"), words.format(count=terms.minimum_active_days)))
    if terms.refreshers:
        said.append((_("Renewed by, in turn"), ", ".join(titles.get(each, str(each)) for each in terms.refreshers)))
    return said
