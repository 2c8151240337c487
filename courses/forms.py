"""What authors and approvers type, parsed and checked."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any, BinaryIO, ClassVar, cast

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.forms import DayField
from core.reasons import is_reason
from courses.activity_kinds import kind_of, kinds
from courses.choices import RETRAINING_WITHIN_DAYS, Joining, Retraining, UploadKind
from courses.choosing import CoursesField
from courses.models import Activity, CourseVersion, Module
from courses.queries import Outline
from courses.queries.versions import NAMED, RETRAINING
from courses.rules import may_take_effect_on
from courses.uploads import ACCEPT_ATTRIBUTE, ACCEPTED_WORDS, Upload, UploadRefused, examine
from people.models import Department, JobRole, Site, User


class UploadField(forms.FileField):
    """A file that is recognised by its content; its clean value is a `courses.uploads.Upload`."""

    def __init__(self, *, kind: UploadKind, **options: Any) -> None:
        options.setdefault("help_text", ACCEPTED_WORDS[kind])
        options.setdefault("required", False)
        self.kind = kind
        super().__init__(**options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "accept": ACCEPT_ATTRIBUTE[self.kind]}

    def clean(self, data: Any, initial: Any = None) -> Upload | None:
        file = super().clean(data, initial)
        if not isinstance(file, UploadedFile):
            return None
        try:
            return examine(cast(BinaryIO, file), name=file.name or "", kind=self.kind)
        except UploadRefused as refusal:
            raise ValidationError(str(refusal), code="refused") from refusal


class ActivityForm(forms.Form):
    """Title and minutes of an activity; each kind adds what it keeps and says so in `values`."""

    title = forms.CharField(label=_("Title"), max_length=200)
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=600)
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    own_fields: ClassVar[tuple[str, ...]] = ()  # what this kind adds, in the order of the page

    def __init__(self, *args: Any, activity: Activity, **kwargs: Any) -> None:
        self.activity = activity
        kwargs["initial"] = self.initial_of(activity) | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)

    @classmethod
    def initial_of(cls, activity: Activity) -> dict[str, Any]:
        """Return what stands in the form before anything is typed."""
        return {"title": activity.title, "minutes": activity.minutes}

    def values(self) -> dict[str, Any]:
        """Return what the kind's `change` takes over: only files that were chosen, all other fields."""
        own = {name: self.cleaned_data[name] for name in self.own_fields}
        return {name: value for name, value in own.items() if value is not None or not self._is_upload(name)}

    def _is_upload(self, name: str) -> bool:
        return isinstance(self.fields[name], UploadField)

    def has_news(self) -> bool:
        """Say whether anything but the revision was changed on the page."""
        return bool(set(self.changed_data) - {"revision"})


class LinesField(forms.CharField):
    """A list, typed as one entry a line."""

    widget = forms.Textarea

    def __init__(self, *, most: int, longest: int, **options: Any) -> None:
        self.most, self.longest = most, longest
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [" ".join(line.split()) for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if len(value) > self.most:
            raise ValidationError(_("At most %(most)s lines."), params={"most": self.most})
        long = next((line for line in value if len(line) > self.longest), None)
        if long:
            words = _("“%(start)s …” is longer than %(longest)s characters.")
            raise ValidationError(words, params={"start": long[:30], "longest": self.longest})

    def run_validators(self, value: Any) -> None:
        """A list has no length limits of its own; each line was checked."""


class ReferencesField(LinesField):
    """What the course is based on, typed as "clause: title" or "clause | title", one a line."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        return "\n".join(" | ".join(part for part in (one["clause"], one["title"]) if part) for one in value or [])

    def to_python(self, value: Any) -> Any:
        found = []
        for line in super().to_python(value):
            clause, _bar, title = line.partition("|")
            found.append({"clause": clause.strip(), "title": title.strip()})
        return found

    def validate(self, value: Any) -> None:
        super().validate([f"{one['clause']}{one['title']}" for one in value])


class CourseForm(forms.Form):
    """What a new course is called."""

    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("Such as GXP-011; it never changes."))
    title = forms.CharField(label=_("Title"), max_length=200)
    copy_of = forms.ChoiceField(label=_("Begin with"), required=False)

    def __init__(self, *args: Any, originals: list[CourseVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(version.pk), _("A copy of %(course)s") % {"course": version}) for version in originals]
        self.fields["copy_of"].choices = [("", _("An empty course")), *choices]  # type: ignore[attr-defined]

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"].upper()
        if not re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*", code):
            raise ValidationError(_("Use letters, digits, dots and hyphens, without spaces."))
        return code


class VersionForm(forms.Form):
    """The details of a draft."""

    title = forms.CharField(label=_("Title"), max_length=200)
    label = forms.CharField(
        label=_("Version"), max_length=20, help_text=_("As it stands on certificates, such as 3.0.")
    )
    summary = forms.CharField(
        label=_("Summary"),
        required=False,
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One or two sentences; the catalog shows them."),
    )
    objectives = LinesField(
        label=_("Afterwards a learner can …"),
        required=False,
        most=12,
        longest=300,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One objective a line, each beginning with a verb."),
    )
    change_summary = forms.CharField(
        label=_("What changed"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For the approver, and for people who completed the last version."),
    )
    validity_months = forms.IntegerField(
        label=_("Months valid"), required=False, min_value=1, max_value=120, help_text=_("Empty: for ever.")
    )
    prerequisites = CoursesField(
        label=_("Courses to complete first"),
        required=False,
        help_text=_("Nobody begins this course before. Type a code or a part of the title; empty a line to remove it."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    owner = forms.ModelChoiceField(label=_("Owner"), queryset=User.objects.none(), empty_label=None)
    topics = LinesField(
        label=_("Topics"),
        required=False,
        most=8,
        longest=60,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line; people narrow the catalog down by them."),
    )
    references = ReferencesField(
        label=_("References"),
        required=False,
        most=40,
        longest=200,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One a line: the clause, a bar, its title. 21 CFR 11.50 | Signature manifestations"),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, version: CourseVersion, owners: Any, **kwargs: Any) -> None:
        self.version = version
        names = [name for name in self.base_fields if name not in ("revision", "owner")]
        initial = {name: getattr(version, name) for name in names}
        initial |= {"owner": version.owner_id, "revision": version.revision}
        kwargs["initial"] = initial | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners  # type: ignore[attr-defined]
        self.fields["prerequisites"].leave_out(version.course_id, kept=version.prerequisites)  # type: ignore[attr-defined]

    def details(self) -> dict[str, Any]:
        """Return what `edit_version` takes."""
        details = {name: value for name, value in self.cleaned_data.items() if name not in ("revision", "owner")}
        return {**details, "owner_id": self.cleaned_data["owner"].pk}


class ModuleForm(forms.Form):
    """A module's title and objective."""

    title = forms.CharField(label=_("Title"), max_length=200)
    objective = forms.CharField(
        label=_("Objective"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What a learner can do after this module."),
    )
    needed = forms.IntegerField(
        label=_("How many of its activities are needed"),
        required=False,
        min_value=1,
        max_value=99,
        help_text=_("Empty: all. 1 lets a learner choose any one of them, 2 any two."),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1, required=False)

    def __init__(self, *args: Any, module: Module | None = None, **kwargs: Any) -> None:
        if module:
            initial = {"title": module.title, "objective": module.objective, "needed": module.needed}
            kwargs["initial"] = initial | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)


class NewActivityForm(forms.Form):
    """What kind of activity is added, what it is called, and where."""

    kind = forms.ChoiceField(label=_("Kind"), widget=forms.RadioSelect)
    title = forms.CharField(label=_("Title"), max_length=200)
    module = forms.ChoiceField(label=_("Module"))

    def __init__(self, *args: Any, outline: Outline, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modules = [(str(module.id), f"{module.number} · {module.title}") for module in outline.modules]
        self.fields["module"].choices = modules  # type: ignore[attr-defined]
        self.fields["kind"].choices = [(kind.code, kind.label) for kind in kinds()]  # type: ignore[attr-defined]


class MoveForm(forms.Form):
    """Where a part goes: one step up or down, or to a place."""

    direction = forms.ChoiceField(choices=[("up", _("Up")), ("down", _("Down"))], required=False)
    module = forms.UUIDField(required=False)
    number = forms.IntegerField(min_value=1, max_value=999, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("direction") and not cleaned.get("number"):
            raise ValidationError(_("Say where it goes."))
        return cleaned


class ReturnForm(forms.Form):
    """What an approver asks of the author."""

    note = forms.CharField(
        label=_("What should change"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4, "autofocus": True})
    )

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"]
        if not is_reason(note):
            raise ValidationError(_("Say it in a few words, so that the author knows what to do."))
        return note


def _several(rows: QuerySet[Any], *, label: Any) -> forms.ModelMultipleChoiceField:
    """Return a field for some of these rows; none is all of them."""
    widget = forms.CheckboxSelectMultiple
    return forms.ModelMultipleChoiceField(rows, label=label, required=False, widget=widget)


class ApprovalForm(forms.Form):
    """From when a version counts, and when it is looked at again."""

    not_called_optional = ("retraining", "retraining_within_days", "retraining_up_to")
    effective_on = DayField(
        label=_("Effective from"),
        help_text=_("From midnight where you are. Today: as soon as you have signed."),
    )
    next_review_on = DayField(
        label=_("Next review"),
        help_text=_("By then the owner looks whether it is still right."),
    )

    retraining = forms.ChoiceField(
        label=_("Who completed an earlier version"),
        choices=[(Retraining.KEEP, _("stays trained")), (Retraining.REPEAT, _("learns this version, too"))],
        widget=forms.RadioSelect,
        required=False,
    )
    retraining_within_days = forms.IntegerField(
        label=_("Within how many days of taking effect"), min_value=0, max_value=365, required=False
    )
    retraining_up_to = forms.TypedChoiceField(
        label=_("Which earlier versions"), coerce=int, empty_value=None, required=False
    )
    departments = _several(Department.objects.order_by("name"), label=_("Only in these departments and below"))
    sites = _several(Site.objects.order_by("name"), label=_("Only at these sites"))
    job_roles = _several(JobRole.objects.order_by("name"), label=_("Only with these job roles"))

    def __init__(
        self,
        *args: Any,
        today: date,
        earlier: Mapping[int, str] | None = None,
        waiting: Collection[date] = (),
        **kwargs: Any,
    ) -> None:
        """Ask from which day a version counts, and of whom it asks what.

        `earlier` are the versions before it, and `waiting` the days on which those take effect that are approved.
        """
        self.today, self.waiting = today, waiting
        next_year = today.replace(year=today.year + 1, day=min(today.day, 28) if today.month == 2 else today.day)
        initial = {
            "effective_on": today,
            "next_review_on": next_year,
            "retraining": Retraining.KEEP,
            "retraining_within_days": RETRAINING_WITHIN_DAYS,
        }
        kwargs["initial"] = initial | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["effective_on"].widget.attrs["min"] = today.isoformat()
        labels = sorted((earlier or {}).items(), reverse=True)[1:]
        older = [(number, _("{label} and older").format(label=label)) for number, label in labels]
        self.fields["retraining_up_to"].choices = [("", _("all of them")), *older]  # type: ignore[attr-defined]
        if not earlier:
            for name in RETRAINING:
                del self.fields[name]
        for name, field in self.fields.items():
            field.template_name = "courses/reviews/_field.html"  # type: ignore[attr-defined]
            if not field.widget.use_fieldset:
                named = [f"id_{name}_helptext"] if field.help_text else []
                field.widget.attrs["aria-describedby"] = " ".join([*named, f"id_{name}_wrong"])

    def clean_effective_on(self) -> date:
        day: date = self.cleaned_data["effective_on"]
        if day < self.today:
            raise ValidationError(_("This day is past. Choose today or a later day."))
        answer = may_take_effect_on(effective_on=day, today=self.today, earlier=self.waiting)
        if not answer:
            raise ValidationError(str(answer.reason))
        return day

    def clean(self) -> dict[str, Any]:
        """Compare the days; leave out what is not asked where nobody learns it again, and what is wrong about it."""
        cleaned = super().clean() or {}
        if cleaned.get("retraining") != Retraining.REPEAT and "retraining" not in self.errors:
            for name in RETRAINING[1:]:
                self.errors.pop(name, None)
        effective_on, next_review_on = cleaned.get("effective_on"), cleaned.get("next_review_on")
        if effective_on and next_review_on and next_review_on <= effective_on:
            self.add_error("next_review_on", _("Choose a day after the one on which it takes effect."))
        return cleaned

    @property
    def decision(self) -> dict[str, Any]:
        """What `approve_version` takes beside the signature."""
        typed = self.cleaned_data
        decided = {"effective_on": typed["effective_on"], "next_review_on": typed["next_review_on"]}
        if "retraining" not in self.fields or typed["retraining"] != Retraining.REPEAT:
            return decided
        within = typed["retraining_within_days"]
        return decided | {
            "retraining": Retraining.REPEAT,
            "retraining_within_days": RETRAINING_WITHIN_DAYS if within is None else within,
            "retraining_up_to": typed["retraining_up_to"],
            "retraining_of": {name: [str(row.pk) for row in typed[name]] for name in NAMED},
        }


class RetireForm(forms.Form):
    """Why a version is taken out of use."""

    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3, "autofocus": True})
    )

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not is_reason(reason):
            raise ValidationError(_("Say in a few words why; it stands in the trail."))
        return reason


class JoiningForm(forms.Form):
    """Who may begin a course by themselves, and why that changes."""

    joining = forms.ChoiceField(label=_("Who may begin it"), choices=Joining, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        help_text=_("Kept in the trail with your name. At least two words."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    was = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if not is_reason(reason):
            raise ValidationError(_("Say in a few words why; it stands in the trail."))
        return reason


def activity_form(activity: Activity, *args: Any, revision: int, **kwargs: Any) -> ActivityForm:
    """Return the edit form of an activity's kind."""
    form: Any = kind_of(activity.kind).edit_form_class
    return form(*args, activity=activity, initial={"revision": revision}, **kwargs)
