"""The ladder of messages: which step reaches whom on which day, as an administrator reads and changes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.views import requires
from enrollment import notices
from enrollment.actions.ladder import LadderChangedMeanwhile, LadderRefused, change_ladder
from enrollment.choices import Why
from enrollment.forms.ladder import LadderPreviewForm, RemoveStepForm, StepForm
from enrollment.models import Ladder
from enrollment.queries import ladders_in_force
from enrollment.rules import LadderStep
from enrollment.rules.ladder import KINDS, course_of_days, sentence_of_step
from notifications.wording import MessageKind
from people.permissions import administrator_everywhere, administrator_or_auditor
from people.requests import PersonRequest

either = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Shown:
    """A step as the page shows it."""

    step: LadderStep
    on: date | None = None  # the day in a preview

    @property
    def sentence(self) -> str:
        return sentence_of_step(self.step)

    @property
    def kind(self) -> MessageKind:
        return notices.kind_of_step(self.step)

    @property
    def wording_url(self) -> str:
        return reverse("notifications:wording", args=[self.kind.code])


@requires(administrator_or_auditor)
@require_safe
def ladder(request: PersonRequest) -> HttpResponse:
    """The steps for one kind of due day as sentences, and what they come to for somebody due on a day."""
    why = _why(request.GET.get("kind", "") or Why.FIRST.value)
    steps = ladders_in_force()[why]
    asked = {name: request.GET[name] for name in ("due", "grace") if request.GET.get(name)}
    form = LadderPreviewForm(asked, today=timezone.localdate(now()))
    preview = []
    if form.is_valid():
        preview = [Shown(step, on) for on, step in course_of_days(steps, form.milestones(why))]
    context = {
        "why": why.value,
        "kinds": [(each.value, capfirst(KINDS[each]), each == why) for each in Why],
        "kept": _kept(why),
        "steps": [Shown(step) for step in steps],
        "may_edit": administrator_everywhere(request.user),
        "form": form,
        "preview": preview,
    }
    return render(request, "enrollment/ladder/ladder.html", context, status=422 if form.errors else 200)


@requires(administrator_everywhere)
@either
def add_step(request: PersonRequest, why: str) -> HttpResponse:
    """Add a step to a ladder."""
    return _step(request, _why(why))


@requires(administrator_everywhere)
@either
def change_step(request: PersonRequest, why: str, key: str) -> HttpResponse:
    """Let a step reach somebody else, or on another day."""
    return _step(request, _why(why), _of(_why(why), key))


@requires(administrator_everywhere)
@either
def remove_step(request: PersonRequest, why: str, key: str) -> HttpResponse:
    """Take a step away."""
    kind = _why(why)
    step, kept = _of(kind, key), _kept(kind)
    form = RemoveStepForm(request.POST or None, initial={"revision": kept.revision if kept else 0})
    refusal, status = "", 200
    if request.method == "POST":
        refusal, status = _change(request, kind, form, remove=step) if form.is_valid() else ("", 422)
        if status == 200:
            return redirect(_address(kind))
    context = {"form": form, "shown": Shown(step), "refusal": refusal, "back": _address(kind)}
    return render(request, "enrollment/ladder/remove.html", context, status=status)


def _step(request: PersonRequest, why: Why, step: LadderStep | None = None) -> HttpResponse:
    """Show the form of a step, or keep what was typed."""
    kept = _kept(why)
    form = StepForm(request.POST or None, why=why, revision=kept.revision if kept else 0, step=step)
    refusal, status = "", 200
    if request.method == "POST":
        valid = form.is_valid()
        refusal, status = _change(request, why, form, remove=step, add=form.step) if valid else ("", 422)
        if status == 200:
            return redirect(_address(why))
    context = {
        "form": form,
        "shown": Shown(step) if step else None,
        "kind": KINDS[why],
        "refusal": refusal,
        "back": _address(why),
    }
    return render(request, "enrollment/ladder/step.html", context, status=status)


def _change(
    request: PersonRequest, why: Why, form: Any, *, remove: LadderStep | None = None, add: LadderStep | None = None
) -> tuple[str, int]:
    """Change the ladder; return why it was not, in words, and the status of the answer."""
    typed = form.cleaned_data
    try:
        change_ladder(
            why=why, revision=typed["revision"], add=add, remove=remove, by=request.user, at=now(),
            reason=typed["reason"],
        )  # fmt: skip
    except LadderRefused as refused:
        return str(refused), 422
    except LadderChangedMeanwhile as conflict:
        return _conflict(conflict), 409
    messages.success(request, _("Saved. It holds from now on; what was sent stays sent."))
    return "", 200


def _conflict(conflict: LadderChangedMeanwhile) -> str:
    if conflict.ladder is None:
        return str(conflict)
    words = _("{name} changed this ladder meanwhile. Nothing of yours was saved. Look at it again.")
    return words.format(name=conflict.ladder.changed_by.name)


def _why(asked: str) -> Why:
    try:
        return Why(asked)
    except ValueError:
        raise Http404 from None


def _of(why: Why, key: str) -> LadderStep:
    """Return the step of this name; one that stands in no ladder does not exist."""
    found = next((step for step in ladders_in_force()[why] if step.key == key), None)
    if found is None:
        raise Http404
    return found


def _kept(why: Why) -> Ladder | None:
    return Ladder.objects.select_related("changed_by").filter(why=why).first()


def _address(why: Why) -> str:
    return reverse("enrollment:ladder") + f"?kind={why.value}"
