"""What people type about tasks, who is qualified for them, and the tokens of other systems."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ReasonField, unused_name
from courses.models import Course
from enrollment.forms.courses import offer_courses
from enrollment.forms.exceptions import WhyField
from enrollment.models import Task
from enrollment.queries import courses_offered
from enrollment.queries.tasks import kept_by
from enrollment.questions import QuestionForm
from people.models import Department, JobRole, Site


class TaskForm(forms.Form):
    """What a task is called, and which courses it asks for; a change needs its reason."""

    name = forms.CharField(
        label=_("What is done"),
        max_length=120,
        help_text=_("As people say it, such as “Release a batch”."),
        error_messages={"required": _("Say what is done.")},
    )
    courses = forms.ModelMultipleChoiceField(
        Course.objects.none(),
        label=_("Whoever does it must have"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one training: a task that asks for none qualifies nobody.")},
    )
    leads = forms.ModelMultipleChoiceField(
        Course.objects.none(),
        label=_("Only who is qualified leads sessions of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("For tasks of trainers. A session of these that somebody else led is not recorded."),
    )
    reason = WhyField(
        label=_("Reason for the change"), error_messages={"required": _("Say why in at least two words.")}
    )

    def __init__(self, asked: Any = None, *, task: Task | None = None) -> None:
        """Show a task as it is now, or the beginning of one."""
        now = kept_by(task) if task else {}
        super().__init__(asked, initial={"name": task.name, **now} if task else None)
        self._task = task
        offered = {
            *courses_offered().values_list("pk", flat=True),
            *(course for kept in now.values() for course in kept),
        }
        offer_courses([self.fields["courses"], self.fields["leads"]], offered)
        if task is None:
            del self.fields["reason"]

    def clean_name(self) -> str:
        others = Task.objects.exclude(pk=self._task.pk) if self._task else Task.objects.all()
        return unused_name(self.cleaned_data["name"], others, _("There is a task of this name already."))


class QualifiedForm(QuestionForm):
    """About whom, which day and which knowledge somebody asks who is qualified."""

    site = forms.ModelChoiceField(
        Site.objects.order_by("name"), label=_("Site"), required=False, empty_label=_("any site")
    )
    department = forms.ModelChoiceField(
        Department.objects.order_by("name"), label=_("Department"), required=False, empty_label=_("any department")
    )
    job_role = forms.ModelChoiceField(
        JobRole.objects.order_by("name"), label=_("Job role"), required=False, empty_label=_("any job role")
    )
    missing = forms.BooleanField(label=_("Only who is not qualified"), required=False)


class TokenForm(forms.Form):
    """A token of another system."""

    name = forms.CharField(
        label=_("What uses it"),
        max_length=80,
        help_text=_("Such as the batch record system."),
        error_messages={"required": _("Say which system will use it.")},
    )


class RevokeForm(forms.Form):
    """Why a token is revoked."""

    reason = ReasonField(error_messages={"required": _("Say why in at least two words.")})
