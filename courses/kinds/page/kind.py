"""The kind "page"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from courses.kinds.base import ActivityForm, ActivityKind, Change, Check, text_change
from courses.kinds.page.rendering import render
from courses.models import Activity


class PageForm(ActivityForm):
    """A page's text."""

    body = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 18, "class": "editor", "spellcheck": "true"}),
    )
    own_fields = ("body",)

    @classmethod
    def initial_of(cls, activity: Activity) -> dict[str, Any]:
        return {**super().initial_of(activity), "body": activity.body}

    def clean_body(self) -> str:
        """Keep one kind of line end, so that the same text has the same hash from any browser."""
        body: str = self.cleaned_data["body"]
        return body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").rstrip()


class PageKind(ActivityKind):
    """A page to read; completed when its end was reached."""

    code = "page"
    label = _("Page")
    icon = "file-text"
    player_template = "courses/kinds/page.html"
    edit_form_class = PageForm

    def requirement_words(self, activity: Activity) -> Any:
        return _("Read the page")

    def change(self, activity: Activity, values: Mapping[str, Any]) -> None:
        activity.body = values.get("body", activity.body)

    def canonical(self, activity: Activity) -> dict[str, Any]:
        return {"body": activity.body}

    def checks(self, activity: Activity) -> list[Check]:
        page = render(activity.body)
        anchors = {heading.anchor for heading in page.headings}
        broken = [anchor for anchor in re.findall(r'href="#([^"]*)"', page.html) if anchor not in anchors]
        return [
            Check(
                "page_text",
                _("Text on each page"),
                page.word_count > 0,
                format_lazy(_("Text on “{title}”"), title=activity.title),
            ),
            Check(
                "page_links",
                _("Links inside pages lead somewhere"),
                not broken,
                format_lazy(_("A link on “{title}” leads nowhere: #{anchor}"), title=activity.title, anchor=broken[0])
                if broken
                else "",
            ),
        ]

    def differences(self, before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Change]:
        change = text_change(_("Text"), before.get("body", ""), after.get("body", ""))
        return [change] if change else []

    def player_context(self, activity: Activity) -> dict[str, Any]:
        return {"page": render(activity.body)}

    def editor_context(self, activity: Activity) -> dict[str, Any]:
        return {"page": render(activity.body)}
