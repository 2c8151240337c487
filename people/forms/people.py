"""What administrators type about people, and what people choose for themselves."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from allauth.account.forms import LoginForm, ResetPasswordForm
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from core.clock import now
from core.forms import DayField, ReasonField, unused_name
from people.actions import send_password_link
from people.choices import AccessRole, EmploymentType, ProofMethod, Theme
from people.models import Department, JobRole, Position, Site, User
from people.queries.placing import NOBODY_NAMED, person_named
from records.facts import SystemActor


class ReasonForm(forms.Form):
    reason = ReasonField()


class DirectoryForm(forms.Form):
    """The filters of the directory, as they stand in its address."""

    STATES = (
        ("", _("Open accounts")),
        ("locked", _("Locked accounts")),
        ("closed", _("Closed accounts")),
        ("all", _("All accounts")),
    )
    q = forms.CharField(required=False, strip=True, max_length=100)
    site = forms.ModelChoiceField(
        Site.objects.order_by("name"), label=_("Site"), required=False, empty_label=_("Every site")
    )
    department = forms.ModelChoiceField(
        Department.objects.order_by("name"), label=_("Department"), required=False, empty_label=_("Every department")
    )
    job_role = forms.ModelChoiceField(
        JobRole.objects.order_by("name"), label=_("Job role"), required=False, empty_label=_("Every job role")
    )
    role = forms.ChoiceField(
        label=_("Access role"), required=False, choices=[("", _("Any access role")), *AccessRole.choices]
    )
    state = forms.ChoiceField(label=_("Account"), required=False, choices=STATES)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("site", "department", "job_role", "role", "state"):
            self.fields[name].widget.attrs["data-submit"] = ""

    def chips(self) -> list[tuple[str, str, str]]:
        """Return (field, its label, the chosen value in words) for each filter that is on."""
        on = []
        for name in ("site", "department", "job_role", "role", "state"):
            value = self.cleaned_data.get(name)
            if value:
                words = dict(self.fields[name].choices)[value] if isinstance(value, str) else value  # type: ignore[attr-defined]
                on.append((name, str(self.fields[name].label), str(words)))
        return on


class PersonForm(forms.Form):
    """The details of a person; e-mail and employee number belong to one active person each."""

    name = forms.CharField(label=_("Name"), max_length=150, help_text=_("As it is printed on certificates."))
    email = forms.EmailField(label=_("E-mail address"), help_text=_("The user ID at sign-in and signing."))
    employee_number = forms.CharField(label=_("Employee number"), max_length=40)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    hired_on = DayField(label=_("First day of work"), required=False)

    def __init__(self, *args: Any, person: User | None = None, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"].lower()
        if self._others().by_address(address).exists():
            raise ValidationError(_("Somebody has an open account with this address."), code="taken")
        return address

    def clean_employee_number(self) -> str:
        number: str = self.cleaned_data["employee_number"]
        if self._others().filter(employee_number=number).exists():
            raise ValidationError(_("Somebody has or had this number; numbers are never given again."), code="taken")
        return number

    def _others(self) -> Any:
        everybody: Any = User.objects.all()
        return everybody.exclude(pk=self.person.pk) if self.person else everybody


class ChangePersonForm(PersonForm):
    reason = ReasonField()


def _one_of(choices: QuerySet[Any], *, label: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(choices, label=label, empty_label=_("Choose …"))


class PositionForm(forms.Form):
    """Where somebody works, as what and for whom."""

    job_role = _one_of(JobRole.objects.order_by("name"), label=_("Job role"))
    department = _one_of(Department.objects.order_by("name"), label=_("Department"))
    site = _one_of(Site.objects.order_by("name"), label=_("Site"))
    manager = forms.CharField(
        label=_("Manager"), required=False, help_text=_("Their e-mail address or employee number.")
    )
    second_manager = forms.CharField(
        label=_("Second manager"), required=False, help_text=_("A dotted line, such as to the head of a project.")
    )
    employment_type = forms.ChoiceField(
        label=_("Employment type"), choices=EmploymentType.choices, required=False, initial=EmploymentType.EMPLOYEE
    )
    valid_from = DayField(label=_("From"))

    def __init__(self, *args: Any, sites: frozenset[UUID] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sites is not None:
            self.fields["site"].queryset = Site.objects.filter(pk__in=sites).order_by("name")  # type: ignore[attr-defined]

    def clean_employment_type(self) -> str:
        return self.cleaned_data["employment_type"] or EmploymentType.EMPLOYEE

    def clean_manager(self) -> User | None:
        return self._named(self.cleaned_data["manager"].strip())

    def clean_second_manager(self) -> User | None:
        return self._named(self.cleaned_data["second_manager"].strip())

    @staticmethod
    def _named(typed: str) -> User | None:
        """Return whom an address or number names. Raises ValidationError for nobody."""
        found = person_named(typed)
        if typed and found is None:
            raise ValidationError(NOBODY_NAMED, code="unknown")
        return found


def initial_of(position: Position) -> dict[str, Any]:
    """Return what a form about a position shows before it is changed."""
    return {
        "job_role": position.job_role_id,
        "department": position.department_id,
        "site": position.site_id,
        "manager": position.manager.email if position.manager else "",
        "second_manager": position.second_manager.email if position.second_manager else "",
        "employment_type": position.employment_type,
        "valid_from": position.valid_from,
    }


class NewPersonForm(PositionForm, PersonForm):
    """A new person with their first position."""

    field_order = ["name", "email", "employee_number", "language", "hired_on"]


class GrantForm(forms.Form):
    """An access role with its scope and end."""

    role = forms.ChoiceField(label=_("Role"), choices=AccessRole.choices)
    site = forms.ModelChoiceField(
        Site.objects.order_by("name"), label=_("Counts for"), required=False, empty_label=_("The whole organisation")
    )
    ends_on = DayField(label=_("Last day"), required=False, help_text=_("An auditor's access needs one."))
    reason = ReasonField()

    def __init__(self, *args: Any, sites: frozenset[UUID] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if sites is not None:
            field: Any = self.fields["site"]
            field.queryset = Site.objects.filter(pk__in=sites).order_by("name")
            field.required, field.empty_label = True, None

    def clean_ends_on(self) -> date | None:
        last_day: date | None = self.cleaned_data["ends_on"]
        if last_day and last_day < timezone.localdate():
            raise ValidationError(_("Choose today or a later day."), code="past")
        return last_day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("role") == AccessRole.AUDITOR and not cleaned.get("ends_on") and "ends_on" not in self.errors:
            self.add_error("ends_on", _("Set the last day of the auditor's access."))
        return cleaned

    @property
    def ends_at(self) -> datetime | None:
        """The end of the last day, in the time zone of whoever grants."""
        last_day = self.cleaned_data["ends_on"]
        if last_day is None:
            return None
        return datetime.combine(last_day + timedelta(days=1), time.min, tzinfo=timezone.get_current_timezone())


class ProofForm(forms.Form):
    method = forms.ChoiceField(
        label=_("How did you verify who they are?"), choices=ProofMethod.choices, widget=forms.RadioSelect
    )


class DeactivateForm(forms.Form):
    left_on = DayField(label=_("Last day of work"))
    reason = ReasonField()

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean_left_on(self) -> date:
        last_day: date = self.cleaned_data["left_on"]
        if self.person.hired_on and last_day <= self.person.hired_on:
            raise ValidationError(_("The last day comes after the first day of work."), code="order")
        return last_day


@cache
def time_zones() -> list[tuple[str, str]]:
    """Return the time zones to choose from, by name."""
    names = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/")))
    return [(zone, zone.replace("_", " ")) for zone in ["UTC", *names]]


class LongSelect(forms.Select):
    """A select of hundreds of options, written at once: Django renders a template for each."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = str(value or "")
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            ((key, mark_safe(" selected") if key == chosen else "", words) for key, words in self.choices),
        )
        return format_html(
            "<select{}>{}</select>", flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name})), options
        )


class SiteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zones,
        widget=LongSelect,
        help_text=_("Decides when a day, and so a due date, ends there."),
    )
    country = forms.CharField(
        label=_("Country"), min_length=2, max_length=2, help_text=_("Two letters, such as CH or US.")
    )

    def clean_name(self) -> str:
        return unused_name(self.cleaned_data["name"], Site.objects.all())

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"].upper()
        if not country.isalpha():
            raise ValidationError(_("Two letters, such as CH or US."), code="country")
        return country


class DepartmentForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    parent = forms.ModelChoiceField(
        Department.objects.order_by("name"),
        label=_("Part of"),
        required=False,
        empty_label=_("Nothing, it is at the top"),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        name, parent = cleaned.get("name"), cleaned.get("parent")
        if name and "parent" in cleaned and Department.objects.filter(name__iexact=name, parent=parent).exists():
            self.add_error("name", _("There is one of this name already."))
        return cleaned


class JobRoleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)

    def clean_name(self) -> str:
        return unused_name(self.cleaned_data["name"], JobRole.objects.all())


class PreferencesForm(forms.Form):
    """How Attest looks to one person."""

    theme = forms.ChoiceField(
        label=_("Appearance"), choices=Theme.choices, widget=forms.RadioSelect(attrs={"data-theme": ""})
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False, widget=LongSelect)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    shortcuts_on = forms.BooleanField(
        label=_("Keyboard shortcuts"), required=False, help_text=_("Single keys, such as ? for the list of them.")
    )

    def __init__(self, *args: Any, site_zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        like_site = _("Like my site: %(zone)s") % {"zone": site_zone.replace("_", " ")}
        self.fields["time_zone"].choices = [("", like_site), *time_zones()]  # type: ignore[attr-defined]
        if len(settings.LANGUAGES) == 1:
            del self.fields["language"]

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone:
            ZoneInfo(zone)
        return zone


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=Theme.choices)


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types
    """User ID and password, named as they are where somebody signs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("User ID")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class PasswordLinkForm(ResetPasswordForm):  # type: ignore[misc]
    """Asks for a link to set a password; the answer is the same whether the address has an account."""

    def clean_email(self) -> str:
        address: str = self.cleaned_data["email"]
        return address

    def save(self, request: HttpRequest, **options: Any) -> str:
        """Let the link go out by e-mail, if somebody has this address."""
        person = User.objects.by_address(self.cleaned_data["email"]).first()
        if person is not None:
            send_password_link(person=person, by=SystemActor("sign-in"), at=now())
        address: str = self.cleaned_data["email"]
        return address
