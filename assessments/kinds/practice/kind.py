"""The kind "practice": work that somebody else watches, against a checklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from assessments.queries.observations import KIND
from courses.choices import CompletedBy
from courses.kinds.base import (
    ActivityForm,
    ActivityKind,
    Change,
    Check,
    LinesField,
    Words,
    text_change,
    value_changes,
)
from courses.models import Activity
from enrollment.models import Task

MOST_POINTS, LONGEST_POINT = 40, 200


class PracticeForm(ActivityForm):
    """What the observer looks at, and who may observe."""

    points = LinesField(
        label=_("What has to be seen"),
        most=MOST_POINTS,
        longest=LONGEST_POINT,
        required=False,
        help_text=_("One point on each line, such as “puts the lock on before the tag”."),
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    task = forms.ModelChoiceField(
        Task.objects.order_by("name"),
        label=_("Observed by whoever is qualified for"),
        required=False,
        empty_label=_("no task: by their managers and administrators"),
    )
    own_fields = ("points", "task")
    not_called_optional = ("points", "task")

    @classmethod
    def initial_of(cls, activity: Activity) -> dict[str, Any]:
        kept = activity.settings
        return {**super().initial_of(activity), "points": kept.get("points", []), "task": kept.get("task_id")}


class PracticeKind(ActivityKind):
    """Work that a second person watches; completed when they have seen every point and signed.

    Its settings keep id and name of the task for which an observer has to be qualified, as they were
    when it was chosen.
    """

    code = KIND
    label = _("Observed practice")
    icon = "eye"
    is_assessment = True
    completed_by = CompletedBy.ITSELF
    own_page = "assessments:practice"
    player_template = "assessments/kinds/practice/preview.html"
    edit_form_class = PracticeForm

    def requirement_words(self, activity: Activity) -> Words:
        return _("Be observed at work")

    def limits_words(self, activity: Activity) -> Words:
        return _("As often as it takes")

    def change(self, activity: Activity, values: Mapping[str, Any]) -> None:
        kept = dict(activity.settings)
        if "points" in values:
            kept["points"] = list(values["points"])
        if "task" in values:
            task: Task | None = values["task"]
            kept.update({"task_id": str(task.pk) if task else "", "task": task.name if task else ""})
        activity.settings = kept

    def canonical(self, activity: Activity) -> dict[str, Any]:
        return {"points": activity.settings.get("points", []), "task": activity.settings.get("task", "")}

    def checks(self, activity: Activity) -> list[Check]:
        missing = format_lazy(_("Points in “{title}”"), title=activity.title)
        return [Check("practice_points", _("Points in each practice"), bool(activity.settings.get("points")), missing)]

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
        texts = ["\n".join(kept.get("points", ())) for kept in (before, after)]
        tasks = ({"task": kept.get("task") or ""} for kept in (before, after))
        changes = value_changes(*tasks, labels={"task": _("Observed by whoever is qualified for")})
        points = text_change(_("What has to be seen"), *texts)
        return [*([points] if points else []), *changes]

    def player_context(self, activity: Activity) -> dict[str, Any]:
        return {"points": activity.settings.get("points", ()), "task": activity.settings.get("task", "")}
