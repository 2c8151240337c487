"""Why someone has a requirement, and what it asks for, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from enrollment.choices import AudienceField, CountedFrom, Renewal
from enrollment.rules.audiences import Test, tests_in
from enrollment.rules.days import day_of_year, month_and_day, short_day
from enrollment.rules.terms import Terms

MOST_NAMED = 8  # so many are named one by one
FIRST_NAMED = 5  # and of more so many, with the number of the others
# The parts of a reason in the order in which they are said.
_SAID = (
    *("job_role", "department", "site", "employment", "attribute", "group"),
    *("hired", "manages", "author", "person"),
)


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
    if missing == "matrix":
        return _("The training matrix no longer asks it of {name}").format(name=because.get("job_role", ""))
    if missing in words and because.get(missing):
        return words[missing].format(name=because[missing])
    return _("No longer among those whom it is for")


def _since(because: Mapping[str, str]) -> str:
    """Say since when: what is named is so, the matrix asks it, or they are among those for whom it is."""
    words = {
        "since": _(" since {day}"),
        "matrix_since": _(", in the training matrix since {day}"),
        "reached_since": _(", among those it is for since {day}"),
    }
    kind = next((each for each in words if because.get(each)), "")
    return words[kind].format(day=short_day(date.fromisoformat(because[kind]))) if kind else ""


def requirement_sentence(*, course: str, audience: Mapping[str, Any], terms: Terms, names: Mapping[str, str]) -> str:
    """Say a requirement as the sentence that its page is made of; `names` are those of the ids in the audience."""
    return _("{who} must complete {course} {when}{again}").format(
        who=audience_sentence(audience, names), course=course, when=time_said(terms), again=_again(terms)
    )


def terms_words(terms: Terms) -> str:
    """Say by when a requirement is due and when again: “within 30 days of hire, and again every 12 months”."""
    return time_said(terms) + _again(terms)


def audience_sentence(audience: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Say who belongs to an audience: “People whose job role is Tablet Operator at Basel”."""
    if not any(True for _test in tests_in(audience)):
        return _("Everyone")
    return _("People {condition}").format(condition=_condition(audience, names))


def _condition(data: Mapping[str, Any], names: Mapping[str, str], *, denied: bool = False) -> str:
    if "field" in data:
        return _test_words(next(tests_in(data)), names, denied=denied)
    if "not" in data:
        inner = data["not"]
        if "field" in inner or "not" in inner:
            return _condition(inner, names, denied=not denied)
        return _("who are not those {condition}").format(condition=_condition(inner, names))
    parts = data.get("all", data.get("any", ()))
    said = [_condition(part, names) for part in parts]
    if "all" in data:
        return " ".join(said) if all("field" in part for part in parts) else _(" and ").join(said)
    return _(", or ").join(said)


def _test_words(test: Test, names: Mapping[str, str], *, denied: bool) -> str:
    """Say one test, or that it is not so."""
    values = _named(test.values, names)
    attribute = names.get(str(test.attribute), "")
    if test.field == AudienceField.HIRED:
        words = _hired_words(test)
        return _("but not those {condition}").format(condition=words) if denied else words
    yes, no = {
        AudienceField.JOB_ROLE: (_("whose job role is {values}"), _("whose job role is not {values}")),
        AudienceField.SITE: (_("at {values}"), _("not at {values}")),
        AudienceField.DEPARTMENT: (_("in {values} and below"), _("not in {values} or below")),
        AudienceField.EMPLOYMENT: (_("employed as {values}"), _("not employed as {values}")),
        AudienceField.ATTRIBUTE: (_("whose {attribute} is {values}"), _("whose {attribute} is not {values}")),
        AudienceField.GROUP: (_("who belong to {values}"), _("who do not belong to {values}")),
        AudienceField.PERSON: (_("named {values}"), _("except {values}")),
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
    words = _("{names} and {count} others")
    return words.format(names=", ".join(first), count=len(values) - FIRST_NAMED)


def _hired_words(test: Test) -> str:
    if test.days is not None:
        days = ngettext("{count} day", "{count} days", test.days).format(count=test.days)
        return _("who have worked here for {days}").format(days=days)
    if test.since and test.until:
        words = _("whose first day of work was from {first} until before {until}")
        return words.format(first=short_day(test.since), until=short_day(test.until))
    if test.since:
        return _("whose first day of work was {first} or later").format(first=short_day(test.since))
    return _("whose first day of work was before {until}").format(until=short_day(test.until or date.max))


def time_said(terms: Terms) -> str:
    """Say by when it is due the first time: “within 14 days of entering the role”."""
    if terms.counted_from == CountedFrom.FIXED and terms.fixed_on:
        when = _("by {day}").format(day=short_day(terms.fixed_on))
    else:
        count = abs(terms.within_days)
        if terms.in_working_days:
            days = ngettext("{count} working day", "{count} working days", count).format(count=count)
        else:
            days = ngettext("{count} day", "{count} days", count).format(count=count)
        form = _("at least {days} before {start}") if terms.within_days < 0 else _("within {days} of {start}")
        when = form.format(days=days, start=terms.counted_from.label)
    if not terms.grace_days:
        return when
    grace = ngettext("{count} day", "{count} days", terms.grace_days).format(count=terms.grace_days)
    return _("{when}, with {days} of grace").format(when=when, days=grace)


def renewal_said(terms: Terms) -> str:
    """Say how often it is asked again: “every 12 months, counted from the end before”."""
    if terms.renewal == Renewal.ONCE:
        return _("never again")
    if terms.renewal == Renewal.COURSE:
        return _("as often as the training says")
    every, start = _every(terms), str(Renewal(terms.renewal).label)
    if terms.renewal == Renewal.CALENDAR:
        return every
    return _("{every}, {start}").format(every=every, start=start)


def _again(terms: Terms) -> str:
    if terms.renewal == Renewal.ONCE:
        return _(", once and for good")
    if terms.renewal == Renewal.COURSE:
        return ""
    again = _(", and again {every}").format(every=_every(terms))
    return again + (_(", counted from the end before") if terms.renewal == Renewal.EXPIRY else "")


def _every(terms: Terms) -> str:
    """Say after how long it comes again: “every 12 months”, “every year by 31 March”."""
    months = terms.every_months or 12
    if terms.renewal == Renewal.CALENDAR:
        day = month_and_day(day_of_year(2028, terms.anchor_month or 12, terms.anchor_day or 31))
        years = ngettext("every year", "every {count} years", months // 12).format(count=months // 12)
        return _("{years} by {day}").format(years=years, day=day)
    every = ngettext("{count} month", "{count} months", months).format(count=months)
    return _("every {months}").format(months=every)
