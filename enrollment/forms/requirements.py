"""What people type about requirements and reminders."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils.dates import MONTHS as MONTH_NAMES
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from core.forms import DayField
from courses.models import Course
from enrollment.choices import AudienceField, CountedFrom, Renewal
from enrollment.forms.conditions import Conditions, in_sentence
from enrollment.forms.exceptions import WhyField
from enrollment.models import Requirement
from enrollment.queries import course_titles, courses_offered
from enrollment.queries.audiences import names_in
from enrollment.rules import EVERYONE
from enrollment.rules.days import last_day_of
from enrollment.rules.sentences import audience_sentence
from enrollment.rules.terms import KEEPS_DAY, what_applies
from people.models import Department, JobRole, Site

DAYS = (1, 3, 7, 14, 21, 30, 45, 60, 90, 180, 365)
MONTHS = (1, 3, 6, 12, 18, 24, 36, 60)
NEVER = "never"
WAYS = [(way.value, way.label) for way in (Renewal.COMPLETION, Renewal.EXPIRY, Renewal.CALENDAR)]
MOST_YEARS = 5
NUMBERS = ("grace_days", "window_days", "minimum_active_days", "renewal_days")


def _count(label: Any, *, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=most, required=False, help_text=help_text)


def _every(value: str) -> int | str:
    return value if value == NEVER else int(value)


class RequirementForm(forms.Form):
    """A requirement as a sentence: whose, where, what, within which time, from when, how often; and the rest of it."""

    job_role = forms.ModelChoiceField(
        JobRole.objects.order_by("name"), label=_("Job role"), required=False, empty_label=_("any job role")
    )
    site = forms.ModelChoiceField(
        Site.objects.order_by("name"), label=_("Site"), required=False, empty_label=_("any site")
    )
    department = forms.ModelChoiceField(
        Department.objects.order_by("name"), label=_("Department"), required=False, empty_label=_("any department")
    )
    course = forms.ModelChoiceField(
        Course.objects.none(),
        label=_("Training"),
        empty_label=_("choose a training"),
        error_messages={"required": _("Choose the training that people must complete.")},
    )
    due_within_days = forms.TypedChoiceField(label=_("Time allowed"), coerce=int, empty_value=None, required=False)
    counted_from = forms.ChoiceField(label=_("Counted from"), choices=CountedFrom)
    validity_months = forms.TypedChoiceField(label=_("Again"), coerce=_every, empty_value=None, required=False)
    due_in_working_days = forms.BooleanField(label=_("Count working days of the site only"), required=False)
    due_before = forms.BooleanField(label=_("So many days before the version takes effect"), required=False)
    due_fixed_on = DayField(label=_("The fixed day"), required=False)
    grace_days = _count(_("Days of grace after the due day"), most=365)
    renewal = forms.ChoiceField(label=_("How it is renewed"), choices=WAYS, required=False)
    anchor_day = _count(_("Day of the month"), most=31)
    anchor_month = forms.TypedChoiceField(
        label=_("Month"), coerce=int, empty_value=None, required=False, choices=[("", "–"), *MONTH_NAMES.items()]
    )
    window_days = _count(
        _("May be renewed so many days before its end"), most=730, help_text=_("An earlier completion changes nothing.")
    )
    minimum_active_days = _count(_("Not asked again within so many days"), most=730)
    renewal_days = _count(_("A renewal is due so many days after the end"), most=365)
    refreshers = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label=_("Refreshers, in turn"),
        required=False,
        help_text=_("Renewals take these instead of the training."),
    )
    reason = forms.CharField(
        label=_("Reason for this rule"),
        max_length=300,
        required=False,
        help_text=_("Kept in the trail. Switching on needs at least two words."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    SENTENCE = (
        *("job_role", "site", "department", "course", "due_within_days", "counted_from", "due_fixed_on"),
        *("validity_months", "renewal", "anchor_day", "anchor_month"),
    )

    MORE = ("due_in_working_days", "due_before", "window_days", "minimum_active_days", "renewal_days")

    def __init__(
        self,
        asked: Any = None,
        *,
        requirement: Requirement | None = None,
        sites: frozenset[UUID] | None = None,
        typed: Any = None,
    ) -> None:
        """Show a draft, or the beginning of one; `sites` are those to which an administrator is limited.

        `typed` are conditions that are not complete yet, to be shown again beside what was kept.
        """
        initial = _initial(requirement)
        if asked is None and typed is not None:  # what is said in a condition is not said in the sentence, too
            initial |= {name: typed.get(name) for name in ("job_role", "department")}
        super().__init__(asked, initial=initial)
        self.kept = requirement
        self.still_open: list[str] = []  # what is missing yet, in words; see `leave_open`
        audience = requirement.audience if requirement else EVERYONE
        source = typed if asked is None else asked
        shown = self.initial if source is None else source
        begins_empty = not (shown.get("job_role") or shown.get("department"))
        self.conditions = Conditions(source, audience, begins_empty=begins_empty)
        self.kept_audience = requirement.audience if requirement else dict(EVERYONE)
        self._offer_courses(requirement)
        self.fields["due_within_days"].choices = _days(requirement)  # type: ignore[attr-defined]
        self.fields["validity_months"].choices = _months(requirement)  # type: ignore[attr-defined]
        if sites is not None:
            site = self.fields["site"]
            site.queryset = Site.objects.filter(pk__in=sites).order_by("name")  # type: ignore[attr-defined]
            site.empty_label, site.required = _("choose a site"), True  # type: ignore[attr-defined]
            site.error_messages["required"] = _("Choose one of the sites that you look after.")
        if self.way not in KEEPS_DAY:
            self.fields["window_days"].help_text = _("From then on it is offered again. Done earlier, it counts too.")
        for name in self.SENTENCE:
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    @property
    def way(self) -> Renewal:
        """How it is renewed, from what stands in the sentence: the months and the way of counting them."""
        every = self["validity_months"].value()
        if not every or every == NEVER:
            return Renewal.ONCE if every else Renewal.COURSE
        way = self["renewal"].value()
        return Renewal(way) if way in dict(WAYS) else Renewal.COMPLETION

    @property
    def applies(self) -> frozenset[str]:
        """The terms that can bite as the sentence stands; no other one is shown or kept."""
        start = self["counted_from"].value()
        return what_applies(CountedFrom(start) if start in CountedFrom.values else CountedFrom.ROLE, self.way)

    @property
    def is_before(self) -> bool:
        """Whether the days are counted back from the day on which the version takes effect."""
        return "due_before" in self.applies and bool(self["due_before"].value())

    def _offer_courses(self, requirement: Requirement | None) -> None:
        """Offer what has an effective version, and what the draft names already, by title."""
        kept = [requirement.course_id, *requirement.refreshers] if requirement else []
        offered = {*courses_offered().values_list("pk", flat=True), *kept}
        self.titles = course_titles(offered)
        titles = sorted(self.titles.items(), key=lambda course: course[1].casefold())
        field = self.fields["course"]
        field.queryset = Course.objects.filter(pk__in=offered)  # type: ignore[attr-defined]
        field.choices = [("", field.empty_label), *titles]  # type: ignore[attr-defined]
        self.fields["refreshers"].choices = [(str(pk), title) for pk, title in titles]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in TERMS - self.applies:  # nobody can see it, so nobody can mend it
            self.errors.pop(name, None)
            cleaned[name] = None
        if "due_fixed_on" in self.applies and not cleaned.get("due_fixed_on"):
            self._miss("due_fixed_on", _("Give the day by which it is due."))
        if "anchor_day" in self.applies:
            self._check_anchor(cleaned)
        return cleaned

    def _check_anchor(self, cleaned: dict[str, Any]) -> None:
        """Check that the day of the year exists, if only in leap years, and that years are counted."""
        day, month = cleaned.get("anchor_day"), cleaned.get("anchor_month")
        if not day or not month:
            self._miss("anchor_day", _("Give the day of the year by which it is renewed."))
        elif day > last_day_of(month):
            words = _("{month} has no day {day}. Its last day is {last}.")
            said = words.format(month=MONTH_NAMES[month], day=day, last=last_day_of(month))
            self.add_error("anchor_day", ValidationError(said, code="no_such_day"))
        every = cleaned.get("validity_months")
        if isinstance(every, int) and (every % 12 or every > MOST_YEARS * 12):
            self.add_error("validity_months", _("On a day of the year it is renewed every 12, 24, 36 or 60 months."))

    def _miss(self, name: str, words: Any) -> None:
        if name not in self.errors:
            self.add_error(name, ValidationError(words, code="missing"))

    def leave_open(self) -> None:
        """Call nothing a mistake that is only missing yet: the form is still being filled in."""
        for name, errors in list(self.errors.as_data().items()):
            if all(error.code in ("required", "missing") for error in errors):
                self.still_open += [str(words) for words in self.errors.pop(name)]

    @property
    def is_unkept(self) -> bool:
        """Whether what was typed was not kept, for it is wrong or not complete yet."""
        return bool(self.still_open) or any(name != NON_FIELD_ERRORS for name in self.errors)

    @property
    def more_terms(self) -> list[forms.BoundField]:
        """The terms beside the sentence that can bite as it stands, but for what stands there always."""
        return [self[name] for name in self.MORE if name in self.applies]

    @property
    def is_more_wrong(self) -> bool:
        """Whether something is wrong among what is folded away."""
        return any(name in self.errors for name in (*self.MORE, "grace_days", "refreshers"))

    @property
    def foreign_words(self) -> str:
        """Whom it is for, where the audience was not made here, so that the sentence cannot ask for it."""
        return audience_sentence(self.kept_audience, names_in([self.kept_audience]))

    @property
    def sentence_errors(self) -> list[Any]:
        """The errors of the fields of the sentence, each in its list, to stand below it."""
        return [self[name].errors for name in self.SENTENCE if self[name].errors]

    def is_kept_as(self, requirement: Requirement) -> None:
        """Let the form go on from what was kept of it, so that the next change is not taken for an old one."""
        kept = cast("QueryDict", self.data).copy()
        kept["revision"] = str(requirement.revision)
        self.data = kept

    @property
    def terms(self) -> dict[str, Any]:
        """The terms as `draft_requirement` and `change_requirement` take them."""
        typed = self.cleaned_data
        named = [("job_role", typed["job_role"]), ("department", typed["department"])]
        sentence = [{"field": field, "is": [str(row.pk)]} for field, row in named if row]
        audience = self.kept_audience if self.conditions.is_foreign else self.conditions.audience(sentence)
        numbers = {name: typed[name] if typed[name] is not None else _DEFAULTS[name] for name in NUMBERS}
        return {
            **{name: typed[name] for name in ("course", "site", "counted_from", "due_fixed_on", "reason")},
            **{name: typed[name] for name in ("anchor_month", "anchor_day")},
            **numbers,
            "audience": audience,
            "due_within_days": self._within(),
            "due_in_working_days": bool(typed["due_in_working_days"]),
            "renewal": self.way,
            "validity_months": typed["validity_months"],
            "refreshers": [UUID(value) for value in typed["refreshers"] or ()],
        }

    def _within(self) -> int:
        """Return the time allowed, below zero where it is counted back; what is not asked stays as it is."""
        days: int | None = self.cleaned_data["due_within_days"]
        if days is None:
            days = abs(self.kept.due_within_days) if self.kept else _TIME_ALLOWED
        return -days if self.is_before else days


class ReasonForm(forms.Form):
    """Why a requirement is switched off."""

    reason = WhyField(error_messages={"required": _("Say why this rule is no longer needed.")})


class ReminderForm(forms.Form):
    """What a manager adds to a reminder."""

    text = forms.CharField(label=_("Your words"), max_length=500, required=False)


TERMS = frozenset().union(*(what_applies(start, way) for start in CountedFrom for way in Renewal))
_TIME_ALLOWED = 14
_DEFAULTS = {"grace_days": 0, "window_days": 60, "minimum_active_days": 0, "renewal_days": 0}


def _initial(requirement: Requirement | None) -> dict[str, Any]:
    if requirement is None:
        start = {"due_within_days": _TIME_ALLOWED, "counted_from": CountedFrom.ROLE, "validity_months": ""}
        return {**start, "renewal": Renewal.COMPLETION, **_DEFAULTS}
    [first, *_others] = requirement.audience.get("any") or [requirement.audience]
    said = in_sentence(first.get("all", ()))
    return {
        "job_role": said.get(AudienceField.JOB_ROLE),
        "site": requirement.site_id,
        "department": said.get(AudienceField.DEPARTMENT),
        "course": requirement.course_id,
        "due_within_days": abs(requirement.due_within_days),
        "due_before": requirement.due_within_days < 0,
        "validity_months": NEVER if requirement.renewal == Renewal.ONCE else requirement.validity_months or "",
        "refreshers": [str(each) for each in requirement.refreshers],
        **{name: getattr(requirement, name) for name in _AS_KEPT},
    }


_AS_KEPT = (
    *("counted_from", "due_in_working_days", "due_fixed_on", "renewal", "anchor_day", "anchor_month"),
    *("reason", "revision", *NUMBERS),
)


def _days(requirement: Requirement | None) -> list[tuple[int, str]]:
    offered = sorted({*DAYS, *([abs(requirement.due_within_days)] if requirement else [])})
    return [(days, ngettext("{count} day", "{count} days", days).format(count=days)) for days in offered]


def _months(requirement: Requirement | None) -> list[tuple[int | str, Any]]:
    kept = [requirement.validity_months] if requirement and requirement.validity_months else []
    every = [
        (months, ngettext("every {count} month", "every {count} months", months).format(count=months))
        for months in sorted({*MONTHS, *kept})
    ]
    return [("", _("as often as the training says")), *every, (NEVER, _("never"))]
