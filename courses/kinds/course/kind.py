"""The kind "course": a step that is done when another course is completed and counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from courses.choices import CompletedBy
from courses.choosing import CourseChoiceField
from courses.kinds.base import ActivityForm, ActivityKind, Change, Check, Words, value_changes
from courses.models import Activity
from courses.queries.paths import CourseName, course_names


class CourseStepForm(ActivityForm):
    """Which course this step asks for."""

    course = CourseChoiceField(
        label=_("Course to complete"),
        required=False,
        help_text=_("Type a code or a part of the title, and choose. Only courses in effect can be chosen."),
    )
    own_fields = ("course",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["course"].leave_out(self.activity.module.version.course_id)  # type: ignore[attr-defined]
        self.fields["minutes"].disabled = True  # those of the course, and of nobody's guess
        self.fields["minutes"].help_text = _("As long as the course is.")

    @classmethod
    def initial_of(cls, activity: Activity) -> dict[str, Any]:
        kept = activity.settings
        named = f"{kept['code']} · {kept['title']}" if "course_id" in kept else ""
        return {**super().initial_of(activity), "course": named}

    def values(self) -> dict[str, Any]:
        course: CourseName | None = self.cleaned_data["course"]
        is_news = "course" in self.changed_data or (course and _minutes(course) != self.activity.minutes)
        return {"course": course} if is_news else {}


def _minutes(course: CourseName) -> int:
    return max(course.minutes, 1)


class CourseKind(ActivityKind):
    """Another course as a step of this one; done while a completion of it counts.

    Its settings keep id, code and title of the course as they were when it was chosen, and its minutes are
    those of the course then, so that what is approved does not change with the other course.
    """

    code = "course"
    label = _("Course")
    icon = "library"
    completed_by = CompletedBy.COURSE
    player_template = "courses/kinds/course.html"
    edit_form_class = CourseStepForm

    def requirement_words(self, activity: Activity) -> Words:
        if "code" not in activity.settings:
            return _("Complete a course")
        return format_lazy(_("Complete {code}"), code=activity.settings["code"])

    def change(self, activity: Activity, values: Mapping[str, Any]) -> None:
        if "course" not in values:
            return
        course: CourseName | None = values["course"]
        kept = {"course_id": str(course.course_id), "code": course.code, "title": course.title} if course else {}
        activity.settings = kept
        if course:
            activity.minutes = _minutes(course)

    def canonical(self, activity: Activity) -> dict[str, Any]:
        return {"course": dict(activity.settings)} if activity.settings else {}

    def checks(self, activity: Activity) -> list[Check]:
        missing = format_lazy(_("A course in “{title}”"), title=activity.title)
        return [Check("course_step", _("A course in each step"), bool(activity.settings), missing)]

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
        shown = ({name: kept.get("course", {}).get(name, "") for name in ("code", "title")} for kept in (before, after))
        return value_changes(*shown, labels={"code": _("Course to complete"), "title": _("Its title")})

    def player_context(self, activity: Activity) -> dict[str, Any]:
        return {"asked": activity.settings}

    def editor_context(self, activity: Activity) -> dict[str, Any]:
        if "course_id" not in activity.settings:
            return {}
        course = UUID(activity.settings["course_id"])
        return {"asked": course_names([course]).get(course)}
