"""What was learned elsewhere: sent with a proof, looked at, verified or returned with a signature."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.clock import now
from core.once import form_id, made_once
from core.views import requires
from courses.serving import asset_file
from enrollment.actions import claiming as actions
from enrollment.choices import ClaimState
from enrollment.forms import WordsForm
from enrollment.forms.elsewhere import ClaimForm, ReturnForm
from enrollment.models import Claim
from enrollment.permissions import claims_decidable_by, claims_readable_by
from enrollment.queries.claims import claims_with
from enrollment.queries.elsewhere import editions
from enrollment.queries.prior import Learned, Outlook, outlook_of_learned
from enrollment.rules import day_in, long_day, short_day
from enrollment.rules.histories import edition_for, own_end, proof_end
from enrollment.views.deciding import decide, too_late
from people.models import User
from people.permissions import overseer, signed_in
from people.requests import PersonRequest
from records.choices import Meaning

GLYPHS = {"waiting": "doing", "verified": "done", "returned": "late", "withdrawn": "todo"}


def may_verify(user: User) -> bool:
    """Somebody who may verify what others learned elsewhere: a manager or an administrator."""
    return user.has_reports or "administrator" in user.roles


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def new_claim(request: PersonRequest) -> HttpResponse:
    """Say that one learned a course elsewhere."""
    at, user = now(), request.user
    id, theirs = form_id(request.POST), Claim.objects.filter(user=user)
    if theirs.filter(pk=id).exists():  # the same form twice
        return redirect("enrollment:claim", id)
    today = day_in(user.zone_name, at)
    initial = {"course": request.GET.get("course", "")}
    form = ClaimForm(request.POST or None, request.FILES or None, today=today, initial=initial)
    outlook = _outlook_of_form(user, form, at=at) if form.is_valid() else None
    if outlook and outlook.is_doubtful and request.POST.get("seen") != outlook.key:
        form.add_error("proof", _("Choose the file again: a browser does not keep it."))  # they have not read it yet
    elif form.is_valid():
        typed = form.cleaned_data
        try:
            claim, _is_new = made_once(
                id=id,
                among=theirs,
                make=lambda: actions.claim_learned(
                    id=id,
                    course=typed["course"],
                    completed_on=typed["completed_on"],
                    provider=typed["provider"],
                    valid_until=typed["valid_until"],
                    words=typed["words"],
                    upload=typed["proof"],
                    by=user,
                    at=at,
                ),
            )
        except actions.ClaimRefused as refusal:
            form.add_error(None, str(refusal))
            form.add_error("proof", _("Choose the file again: a browser does not keep it."))
        else:
            messages.success(request, _("Sent. You hear when it is decided."))
            return redirect("enrollment:claim", claim.pk)
    trail = [(_("My record"), reverse("enrollment:record")), (_("Elsewhere"), "")]
    context = {"form": form, "id": id, "outlook": outlook, "trail": trail}
    return render(request, "enrollment/completions/new_claim.html", context, status=422 if form.is_bound else 200)


@requires(signed_in)
@require_safe
def claim_outlook(request: PersonRequest) -> HttpResponse:
    """Say, while a claim is typed, as which version it would count, until when, or why it can not be sent."""
    at, user = now(), request.user
    form = ClaimForm(request.GET, today=day_in(user.zone_name, at))
    form.is_valid()
    refusals = [words for name in ("completed_on", "valid_until") for words in form.errors.get(name, [])]
    typed = request.GET
    is_typed = bool(typed.get("completed_on")) and not (refusals or form.errors.get("course"))
    outlook = _outlook_of_form(user, form, at=at) if is_typed else None
    refusals = refusals if typed.get("completed_on") else []
    return render(
        request, "enrollment/completions/_outlook.html", {"outlook": outlook, "refusals": refusals, "is_live": True}
    )


def _outlook_of_form(user: User, form: ClaimForm, *, at: datetime) -> Outlook | None:
    """Say how what is typed would count; nothing for a course that was never in effect."""
    typed = form.cleaned_data
    on = typed["completed_on"]
    found = editions([typed["course"].pk]).get(typed["course"].code.casefold())
    if not found:
        return None
    edition, note = edition_for(found, "", on)
    ends_on = typed.get("valid_until") or own_end(on, edition.validity_months)
    last_on = proof_end(ends_on, on, edition.validity_months)
    learned = Learned("", edition.course_id, edition.number, on, ends_on, last_on)
    outlook = outlook_of_learned(user.pk, learned, today=day_in(user.zone_name, at), at=at)
    return outlook._replace(words=[note, *outlook.words])


def _outlook_of(claim: Claim, *, at: datetime) -> Outlook | None:
    """Say how a claim that waits would count for what is required of the person; nothing once it is decided."""
    if claim.state != ClaimState.WAITING:
        return None
    number, ends_on = claim.version.number, actions.counts_until(claim)
    last_on = proof_end(ends_on, claim.completed_on, claim.version.validity_months)
    learned = Learned("", claim.course_id, number, claim.completed_on, ends_on, last_on)
    return outlook_of_learned(claim.user_id, learned, today=day_in(claim.user.zone_name, at), at=at)


@requires(signed_in)
@require_safe
def claim(request: PersonRequest, claim_id: UUID) -> HttpResponse:
    """One claim: for the person, who manages or looks after them, and auditors."""
    at, user = now(), request.user
    found = _readable(request, claim_id)
    is_own = found.user_id == user.pk
    back = (_("My record"), reverse("enrollment:record"))
    if not is_own and overseer(user):
        back = (_("Completions"), reverse("enrollment:completions"))
    context = {
        "claim": found,
        "glyph": GLYPHS[found.state],
        "word": ClaimState(found.state).label,
        "facts": facts_of(found)[:-1],
        "outlook": _outlook_of(found, at=at),
        "signature": found.signature,
        "matches": found.signature is not None and found.signature.is_intact(),
        "is_own": is_own,
        "may_decide": claims_decidable_by(user, on=at.date()).filter(pk=found.pk).exists(),
        "may_withdraw": is_own and found.state == ClaimState.WAITING,
        "trail": [back, (found.user.name if not is_own else found.version.title, "")],
    }
    return render(request, "enrollment/completions/claim.html", context)


@requires(signed_in)
@require_safe
def proof(request: PersonRequest, claim_id: UUID) -> HttpResponseBase:
    """The file that proves a claim, for whoever may read it; opening somebody else's is in the trail."""
    found = _readable(request, claim_id)
    if found.user_id != request.user.pk and "Range" not in request.headers:
        actions.note_proof_opened(claim=found, by=request.user, at=now())
    return asset_file(request, found.proof)


@requires(may_verify)
@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: PersonRequest, claim_id: UUID) -> HttpResponse:
    """Let it count, with a signature."""
    return _decision(
        request,
        claim_id,
        actions.verify_claim,
        WordsForm,
        meaning=Meaning.VERIFIED,
        title=_("Verify this proof"),
        lead=_("It then counts as the course, and the person is told."),
        button=_("Verify and sign"),
        done=_("Verified and signed. It counts, and the person was told."),
    )


@requires(may_verify)
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: PersonRequest, claim_id: UUID) -> HttpResponse:
    """Return it to the person with words and a signature."""
    return _decision(
        request,
        claim_id,
        actions.return_claim,
        ReturnForm,
        meaning=Meaning.CLAIM_RETURNED,
        title=_("Return this proof"),
        lead=_("It does not count. Your words go to the person and stand in the record."),
        button=_("Return and sign"),
        done=_("Returned. The person was told why."),
    )


@requires(signed_in)
@require_POST
def withdraw(request: PersonRequest, claim_id: UUID) -> HttpResponse:
    """Take one's own claim back."""
    found = get_object_or_404(Claim.objects.filter(user=request.user), pk=claim_id)
    try:
        actions.withdraw_claim(claim=found, by=request.user, at=now())
    except actions.ClaimRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Taken back."))
    return redirect("enrollment:claim", found.pk)


def _decision(
    request: PersonRequest,
    claim_id: UUID,
    act: Callable[..., object],
    form_of: type[WordsForm | ReturnForm],
    **page: Any,
) -> HttpResponse:
    """Let somebody decide who may; what is not this person's to decide leads to its own page."""
    found, back = _readable(request, claim_id), reverse("enrollment:claim", args=[claim_id])
    if not claims_decidable_by(request.user, on=now().date()).filter(pk=found.pk).exists():
        return too_late(request, back)
    outlook = _outlook_of(found, at=now())
    page["lead"] = " ".join([page["lead"], *(outlook.words if outlook else ())])  # beside what is signed
    return decide(
        request,
        form_of(request.POST or None),
        act=partial(act, claim=found),
        refused=actions.ClaimRefused,
        facts=facts_of(found),
        sha256=actions.content_sha256(found),
        back=back,
        **page,
    )


def facts_of(claim: Claim) -> list[tuple[str, str]]:
    """Return what was claimed, in words."""
    ends, counts = actions.counts_until(claim), claim.state == ClaimState.VERIFIED
    usual = own_end(claim.completed_on, claim.version.validity_months)
    is_longer = claim.valid_until is not None and usual is not None and claim.valid_until > usual
    return [
        (_("Person"), f"{claim.user.name}, {claim.user.employee_number}"),
        (
            _("Counts as") if counts else _("Would count as"),
            f"{claim.version.title} ({claim.course.code}), {claim.version.label}",
        ),
        (_("Completed on"), short_day(claim.completed_on)),
        (_("Provider"), claim.provider),
        (_("Counts until") if counts else _("Would count until"), long_day(ends) if ends else _("without end")),
        *(
            [(_("Longer than usual"), _("Taken here it would count until {day}.").format(day=long_day(usual)))]
            if usual and is_longer
            else []
        ),
        *([(_("In their words"), claim.words)] if claim.words else []),
        (_("Proof"), claim.proof.name),
    ]


def _readable(request: PersonRequest, claim_id: UUID) -> Claim:
    return get_object_or_404(claims_with(claims_readable_by(request.user, on=now().date())), pk=claim_id)
