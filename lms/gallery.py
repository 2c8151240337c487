"""Every component once, for looking and for the accessibility check; shown only with DEBUG."""

from __future__ import annotations

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from core.components.times import due_phrase
from core.views import public
from enrollment.views.rows import Row

TODAY = date(2026, 11, 23)
SIGNED_AT = datetime(2026, 11, 23, 10, 21, 44, tzinfo=UTC)
SHA256 = "9f2c41d7b8e05a13c0d4e77f21ab98360e5d1c42f3b7a96841d2c7e50f8b6a35"


class ExampleForm(forms.Form):
    title = forms.CharField(initial="ALCOA+ in plain words")
    site = forms.ChoiceField(
        choices=[("b", "Basel"), ("n", "Newark")], help_text="People see times in their own site’s zone."
    )
    minutes = forms.IntegerField(min_value=1, max_value=240)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), help_text="Kept in the trail with your name.")
    counts_when = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("end", "Read to the end"), ("mark", "Marked as done")]
    )
    remind = forms.BooleanField(label="Remind 7 days before", required=False, initial=True)
    file = forms.FileField(required=False, help_text="PDF, at most 20 MB.")


def _due_row(state: str, due_on: date, action: str) -> Row:
    return Row(
        title="Electronic records and signatures",
        url="#1",
        why="Because your job role is Tablet Operator since 3 Nov",
        facts=["18 min left", "Score at least 80 % and sign"],
        state=state,
        when=due_phrase(due_on, TODAY),
        action=action,
        action_url="#2",
    )


def examples() -> dict[str, Any]:
    """Return what the gallery shows in its components."""
    activities = [
        {"state": "done", "title": "Kinds of hazardous energy", "about": "Page · 3 min", "url": "#a"},
        {"state": "doing", "title": "Six steps", "about": "Video · 6:40", "url": "#b", "is_current": True},
        {"state": "locked", "title": "Final quiz", "about": "Opens when you complete module 2", "url": ""},
    ]
    signature = {
        "name": "Maya Lindqvist",
        "meaning": "I have completed and understood this training.",
        "signed_at": SIGNED_AT,
        "sha256": SHA256,
    }
    job = SimpleNamespace(
        pk=1, title="Compliance report, Basel", state="running", percent=62, message="Step 2 of 3: writing 248 of 400"
    )
    return {
        "signed_at": SIGNED_AT,
        "sha256": SHA256,
        "states": ["todo", "doing", "soon", "late", "done", "expired", "paused", "waived", "locked"],
        "outline": [{"title": "Isolate and verify", "about": "18 min", "activities": activities}],
        "signature": signature,
        "job": job,
        "page": Paginator(range(46), 8).page(2),
        "trail": [("My training", "#t"), ("GXP-011", "")],
        "facts": [("Training", "Electronic records and signatures"), ("Version", "GXP-011, 3.0")],
        "on": [("Site", "Basel", "#x")],
        "add": [("Status", "#s"), ("Due", "#d")],
        "views": [("Matrix", "#m", True), ("List", "#l", False)],
        "tabs": [("History", "#h", 46, True), ("Signatures", "#s", None, False)],
        "steps": [("Draft", "done"), ("In review", "doing"), ("Approved", "todo")],
        "due_rows": [_due_row("late", date(2026, 11, 17), "Start"), _due_row("soon", date(2026, 11, 26), "Resume")],
        "rows": [("Basel", 9), ("Newark", 4), ("Cork", 2)],
        "values": [71, 74, 73, 78, 82, 79],
        "form": ExampleForm({"title": "", "site": "b", "minutes": "five", "counts_when": "end"}),
    }


@public
def gallery(request: HttpRequest) -> HttpResponse:
    """Show the gallery to people who build pages."""
    if not settings.DEBUG:
        raise Http404
    return render(request, "components/gallery.html", examples())
