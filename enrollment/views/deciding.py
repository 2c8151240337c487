"""The page on which somebody decides about what another one sent, with words and a signature."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from core.clock import now
from people.requests import PersonRequest
from people.signing import signature_form
from records.choices import Meaning


def too_late(request: PersonRequest, back: str) -> HttpResponse:
    """Lead back from a decision that cannot be made any more; whoever sent one hears that it was not kept."""
    if request.method == "POST":
        words = _("Nothing of what you sent was recorded: it was decided in the meantime, or is not yours to decide.")
        messages.warning(request, words)
    return redirect(back)


def decide(
    request: PersonRequest,
    form: forms.Form | None,
    *,
    act: Callable[..., object],
    refused: type[Exception],
    facts: list[tuple[str, str]],
    sha256: str,
    meaning: Meaning,
    title: str,
    lead: str,
    button: str,
    done: str,
    back: str,
    doubts: Sequence[str] = (),
) -> HttpResponse:
    """Show what is signed, and when it is sent, in order and signed, act and lead back.

    `doubts` are read before what is signed, and stop nobody.
    `act` takes by, at, zone, components and, where there is a `form`, its words; what it raises as
    `refused` is shown. Who may decide is for the caller to say, before.
    """
    sign = signature_form(request, once=form is None or form.is_valid())
    refusal = ""
    if sign.is_bound and sign.is_valid():
        words = {} if form is None else {"words": form.cleaned_data["words"]}
        try:
            act(by=request.user, at=now(), zone=request.user.zone_name, components=sign.components, **words)
        except refused as why:
            refusal = str(why)
        else:
            messages.success(request, done)
            return redirect(back)
    context = {
        "form": form,
        "refusal": refusal,
        "title": title,
        "lead": lead,
        "doubts": doubts,
        "button": button,
        "back": back,
        **sign.signing(facts=facts, sha256=sha256, meaning=meaning),
    }
    failed = (form is not None and form.errors) or refusal or sign.errors
    return render(request, "enrollment/decide.html", context, status=422 if failed else 200)
