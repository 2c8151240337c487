"""Signing a training, and what comes of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.views import requires
from courses.queries import Outline, outline_of
from enrollment.actions.completing import NotReady, RecordChanged, complete_enrollment
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment
from enrollment.queries.overview import overview_of
from enrollment.queries.retention import keepings
from enrollment.queries.signable import Signable, signable
from enrollment.rules import short_day
from enrollment.views.contents import activity_url
from enrollment.views.learner import own_enrollment
from enrollment.views.rows import row_of
from people.permissions import signed_in
from people.requests import PersonRequest
from people.signing import SignatureForm
from records.choices import Meaning
from records.models import Certificate


@requires(signed_in)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: PersonRequest, enrollment_id: UUID) -> HttpResponse:
    """Show what would be signed; POST signs it, once, however often it is sent."""
    enrollment, _last = own_enrollment(request, enrollment_id)
    if enrollment.state == EnrollmentState.COMPLETED:
        return redirect("enrollment:completed", enrollment_id=enrollment.pk)
    if enrollment.state != EnrollmentState.OPEN:  # its page says how it ended
        return redirect("enrollment:course", enrollment_id=enrollment.pk)
    what = signable(enrollment, at=now())
    if what.missing:
        return _not_ready(request, enrollment, what.missing)
    form = SignatureForm(request, request.POST or None)
    changed = ""
    if request.method == "POST" and form.is_valid():
        try:
            complete_enrollment(
                enrollment=enrollment,
                components=form.components,
                by=request.user,
                at=now(),
                shown_sha256=request.POST.get("shown", ""),
            )
        except NotReady as refusal:
            return _not_ready(request, enrollment, refusal.missing)
        except RecordChanged as refusal:
            changed = str(refusal)
            what = signable(enrollment, at=now())
        else:
            return redirect("enrollment:completed", enrollment_id=enrollment.pk)
    context = _sign_context(enrollment, what, form) | {"changed": changed}
    return render(request, "enrollment/learn/sign.html", context, status=_status(form, changed))


def _status(form: SignatureForm, changed: str) -> int:
    if changed:
        return 409
    return 422 if form.is_bound and not form.is_valid() else 200


def _sign_context(enrollment: Enrollment, what: Signable, form: SignatureForm) -> dict[str, Any]:
    outline = outline_of(enrollment.version_id)
    return {
        "course": outline,
        "enrollment": enrollment,
        "what": what,
        **form.signing(facts=_facts(outline, what), sha256=what.sha256, meaning=Meaning.COMPLETED),
        "total": outline.needed_count,
        "steps": outline.needed_count + 1,
        "base_template": "player.html",
        "back": reverse("enrollment:course", kwargs={"enrollment_id": enrollment.pk}),
    }


def _facts(outline: Outline, what: Signable) -> list[tuple[str, str]]:
    version = _("{code}, {label}").format(code=outline.code, label=outline.label)
    if outline.effective_on:
        version = _("{version}, effective {day}").format(version=version, day=short_day(outline.effective_on))
    result = _("All activities completed")
    if what.score is not None:
        result = _("Passed, {score} of {most}").format(score=floatformat(what.score), most=floatformat(what.max_score))
    facts = [(_("Training"), outline.title), (_("Version"), version), (_("Result"), result)]
    if what.valid_until:
        facts.append((_("Valid until"), short_day(what.valid_until)))
    return facts


def _not_ready(request: PersonRequest, enrollment: Enrollment, missing: list[Any]) -> HttpResponse:
    context = {
        "course": outline_of(enrollment.version_id),
        "enrollment": enrollment,
        "missing": [(step.title, activity_url(enrollment.pk, step.id), step.choice) for step in missing],
    }
    status = 409 if request.method == "POST" else 200
    return render(request, "enrollment/learn/not_ready.html", context, status=status)


@requires(signed_in)
@require_safe
def completed(request: PersonRequest, enrollment_id: UUID) -> HttpResponse:
    """Show what was completed and signed, its certificate, and what is next."""
    enrollment, _last = own_enrollment(request, enrollment_id)
    if enrollment.state != EnrollmentState.COMPLETED:
        return redirect("enrollment:course", enrollment_id=enrollment.pk)
    completion = enrollment.completion
    certificate = Certificate.objects.select_related("file").filter(completion_id=completion.pk).first()
    overview = overview_of(request.user, at=now(), last=1)
    context = {
        "course": outline_of(enrollment.version_id),
        "enrollment": enrollment,
        "completion": completion,
        "certificate": certificate,
        "is_ready": certificate is not None and hasattr(certificate, "file"),
        "next": next((row_of(item) for item in overview.items if item.needs_work), None),
        "check_url": reverse("records:verify", kwargs={"token": certificate.token}) if certificate else "",
        "reload_url": reverse("enrollment:completed", kwargs={"enrollment_id": enrollment.pk}),
        "today": timezone.localdate(),
        "kept": keepings([completion.pk], on=timezone.localdate())[completion.pk],
    }
    return render(request, "enrollment/learn/completed.html", context)
