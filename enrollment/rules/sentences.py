"""What a requirement asks for, and of whom, as sentences that can be read in one way only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.choices import AudienceField, CountedFrom, Renewal
from enrollment.rules.audiences import Test, tests_in
from enrollment.rules.days import LEAP, day_of_year, month_and_day, short_day
from enrollment.rules.terms import Terms, what_applies

MOST_NAMED = 8  # so many are named one by one
FIRST_NAMED = 5  # and of more so many, with the number of the others
# The order in which tests are said: as on the form, whose job role, where, and then the rest as it stands.
_FIRST = {AudienceField.JOB_ROLE: 0, AudienceField.SITE: 1, AudienceField.DEPARTMENT: 2}
_PLACES = frozenset({AudienceField.SITE, AudienceField.DEPARTMENT})


def requirement_sentence(*, course: str, audience: Mapping[str, Any], terms: Terms, names: Mapping[str, str]) -> str:
    """Say a requirement as the sentence that its page is made of; `names` are those of the ids in the audience."""
    return _("{who} must complete {course} {when}{again}").format(
        who=audience_sentence(audience, names), course=course, when=_time(terms), again=_again(terms)
    )


def terms_words(terms: Terms) -> str:
    """Say by when a requirement is due and when again: “within 30 days of hire, and again every 12 months”."""
    return _time(terms) + _again(terms)


def terms_said(terms: Terms, titles: Mapping[UUID, str]) -> list[tuple[str, str]]:
    """Say each term with its name: “Due”, “Within 14 days of entering the role”; what cannot bite is not said.

    `titles` are those of the courses that renewals take in turn.
    """
    return [(_("Due"), capfirst(_time(terms))), (_("Again"), capfirst(_renewal(terms))), *terms_beside(terms, titles)]


def terms_beside(terms: Terms, titles: Mapping[UUID, str]) -> list[tuple[str, str]]:
    """Say, each with its name, the terms that the sentence of a requirement leaves out."""
    said = []
    applies = what_applies(terms.counted_from, terms.renewal)
    if "window_days" in applies:
        said.append((_("May be renewed"), _("{days} before the end").format(days=_days(terms.window_days))))
    if "renewal_days" in applies and terms.renewal_days:
        said.append((_("A renewal is due"), _("{days} after the end").format(days=_days(terms.renewal_days))))
    if "minimum_active_days" in applies and terms.minimum_active_days:
        words = _("Not within {days} of a completion").format(days=_days(terms.minimum_active_days))
        said.append((_("Asked again"), words))
    if "refreshers" in applies and terms.refreshers:
        said.append((_("Renewed by, in turn"), ", ".join(titles.get(each, str(each)) for each in terms.refreshers)))
    return said


def audience_sentence(audience: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Say who belongs to an audience: “People whose job role is Tablet Operator at Basel”.

    Of alternatives each stands in brackets, with “either” before the first one, and so do several values
    beside another condition: what “or” binds is never left to the reader.
    """
    if not any(True for _test in tests_in(audience)):
        return _("Everyone")
    return _("People {condition}").format(condition=_condition(audience, names))


def _parted(data: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], list[Sequence[Mapping[str, Any]]]]:
    """Return the plain tests of a combination, denied ones among them, and its sets of alternatives."""
    if "any" in data and len(data["any"]) > 1:
        return [], [data["any"]]
    if "any" in data:
        return _parted(data["any"][0])
    common: list[Mapping[str, Any]] = []
    groups: list[Sequence[Mapping[str, Any]]] = []
    for part in data.get("all", [data]):
        if "all" in part or "any" in part:
            more, inner = _parted(part)
            common += more
            groups += inner
        else:
            common.append(part)
    return common, groups


def _condition(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    common, groups = _parted(data)
    parts = [_joined(common, names, alone=len(common) == 1 and not groups)]
    for group in groups:
        alternatives = _(" or ").join(f"({_inside(each, names)})" for each in group)
        parts.append(_("either {alternatives}").format(alternatives=alternatives))
    return _(" and ").join(part for part in parts if part) if len(groups) > 1 else ", ".join(filter(None, parts))


def _inside(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Say one alternative; one that asks for nothing is everyone."""
    return _condition(data, names) if any(True for _test in tests_in(data)) else _("anyone")


def _joined(parts: Sequence[Mapping[str, Any]], names: Mapping[str, str], *, alone: bool) -> str:
    """Say conditions that must all be so: “whose job role is A at B and who belong to C”."""
    said = ""
    has_clause = False
    for part in sorted(parts, key=_rank):
        words, is_clause = _part(part, names, enclosed=not alone)
        joint = _(" and ") if is_clause and has_clause else " "
        said = f"{said}{joint}{words}" if said else words
        has_clause |= is_clause
    return said


def _rank(part: Mapping[str, Any]) -> int:
    return _FIRST.get(part.get("field", ""), len(_FIRST))


def _part(data: Mapping[str, Any], names: Mapping[str, str], *, enclosed: bool) -> tuple[str, bool]:
    """Say one test, denied or not, and whether it is a clause, which another one joins by “and”."""
    denied = False
    while "not" in data:
        data, denied = data["not"], not denied
    if "field" in data:
        test = next(tests_in(data))
        return _test_words(test, names, denied=denied, enclosed=enclosed), denied or test.field not in _PLACES
    words = _condition(data, names)
    form = _("who are not those ({condition})") if denied else "({condition})"
    return form.format(condition=words), True


def _test_words(test: Test, names: Mapping[str, str], *, denied: bool, enclosed: bool) -> str:
    """Say one test, or that it is not so; several values in brackets where other words follow."""
    values = _named(test.values, names)
    if len(test.values) > 1 and (enclosed or denied):
        values = f"({values})"
    attribute = names.get(str(test.attribute), "")
    if test.field == AudienceField.HIRED:
        return _hired_words(test, denied=denied)
    yes, no = {
        AudienceField.JOB_ROLE: (_("whose job role is {values}"), _("whose job role is not {values}")),
        AudienceField.SITE: (_("at {values}"), _("who are not at {values}")),
        AudienceField.DEPARTMENT: (_("in {values} and below"), _("who are not in {values} or below")),
        AudienceField.EMPLOYMENT: (_("who are employed as {values}"), _("who are not employed as {values}")),
        AudienceField.ATTRIBUTE: (_("whose {attribute} is {values}"), _("whose {attribute} is not {values}")),
        AudienceField.GROUP: (_("who belong to {values}"), _("who do not belong to {values}")),
        AudienceField.PERSON: (_("who are {values}"), _("who are not {values}")),
        AudienceField.MANAGES: (_("to whom others report"), _("to whom nobody reports")),
        AudienceField.AUTHOR: (
            (_("who write {values}"), _("who do not write {values}"))
            if test.values
            else (_("who write trainings"), _("who write no trainings"))
        ),
        AudienceField.MATRIX: (
            _("whose job role has it in the training matrix"),
            _("whose job role does not have it in the training matrix"),
        ),
    }[test.field]
    return (no if denied else yes).format(values=values, attribute=attribute)


def _named(values: Sequence[str], names: Mapping[str, str]) -> str:
    """Name these; of a long list the first ones, and how many others there are."""
    if len(values) <= MOST_NAMED:
        return _(" or ").join(names.get(value, value) for value in values)
    first = sorted(names.get(value, value) for value in values)[:FIRST_NAMED]
    words = _("{names} or one of {count} others")
    return words.format(names=", ".join(first), count=len(values) - FIRST_NAMED)


def _hired_words(test: Test, *, denied: bool) -> str:
    first, until = (short_day(each) if each else "" for each in (test.since, test.until))
    if test.days is not None:
        yes, no = _("who have worked here for {days}"), _("who have not worked here for {days}")
    elif test.since and test.until:
        yes = _("whose first day of work was from {first} until before {until}")
        no = _("whose first day of work was not from {first} until before {until}")
    elif test.since:
        yes, no = (
            _("whose first day of work was {first} or later"),
            _("whose first day of work was not {first} or later"),
        )
    else:
        yes, no = _("whose first day of work was before {until}"), _("whose first day of work was not before {until}")
        until = until or short_day(date.max)
    days = _days(test.days) if test.days is not None else ""
    return (no if denied else yes).format(days=days, first=first, until=until)


def _time(terms: Terms) -> str:
    """Say by when it is due the first time: “within 14 days of entering the role”."""
    if terms.counted_from == CountedFrom.FIXED and terms.fixed_on:
        when = _("by {day}").format(day=short_day(terms.fixed_on))
    else:
        count = abs(terms.within_days)
        if terms.in_working_days:
            days = ngettext("{count} working day", "{count} working days", count).format(count=count)
        else:
            days = _days(count)
        form = _("at least {days} before {start}") if terms.within_days < 0 else _("within {days} of {start}")
        when = form.format(days=days, start=terms.counted_from.label)
    if not terms.grace_days:
        return when
    return _("{when}, with {days} of grace").format(when=when, days=_days(terms.grace_days))


def _again(terms: Terms) -> str:
    """Say, at the end of a sentence, that it comes again."""
    if terms.renewal == Renewal.ONCE:
        return _(", once and for good")
    if terms.renewal == Renewal.COURSE:
        return ""
    again = _(", and again {every}").format(every=_every(terms))
    return again + (_(", counted from the end before") if terms.renewal == Renewal.EXPIRY else "")


def _renewal(terms: Terms) -> str:
    """Say how often it is asked again: “every 12 months, counted from the end before”."""
    if terms.renewal == Renewal.ONCE:
        return _("never again")
    if terms.renewal == Renewal.COURSE:
        return _("as often as the training says")
    if terms.renewal == Renewal.CALENDAR:
        return _every(terms)
    return _("{every}, {start}").format(every=_every(terms), start=Renewal(terms.renewal).label)


def _every(terms: Terms) -> str:
    """Say after how long it comes again: “every 12 months”, “every year by 31 March”."""
    months = terms.every_months or 12
    if terms.renewal == Renewal.CALENDAR:
        day = month_and_day(day_of_year(LEAP, terms.anchor_month or 12, terms.anchor_day or 31))
        years = ngettext("every year", "every {count} years", months // 12).format(count=months // 12)
        return _("{years} by {day}").format(years=years, day=day)
    every = ngettext("{count} month", "{count} months", months).format(count=months)
    return _("every {months}").format(months=every)


def _days(count: int) -> str:
    return ngettext("{count} day", "{count} days", count).format(count=count)
