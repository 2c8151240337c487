"""Sessions that others sign for: written down with a sheet, signed by one, confirmed or returned by a second."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.once import form_id, made_once
from core.views import requires
from courses.serving import asset_file
from enrollment.actions import sessions as actions
from enrollment.actions.planning import PlanRefused, record_who_came
from enrollment.choices import SessionState
from enrollment.forms import WhyForm, WordsForm
from enrollment.forms.elsewhere import MOST_BOXES, ReturnForm, SessionForm
from enrollment.models import PlannedSession, RecordedSession
from enrollment.permissions import planned_run_by, recordable_by, sessions_readable_by
from enrollment.queries.claims import doubts_about, people_of, sessions_with
from enrollment.queries.planned import planned_with, seated_in, values_of_record
from enrollment.rules import long_day
from enrollment.views.claims import may_verify
from enrollment.views.deciding import decide, too_late
from people.models import User
from people.permissions import overseer
from people.queries import reports_of
from people.requests import PersonRequest
from records.choices import Meaning

GLYPHS = {"draft": "todo", "signed": "doing", "confirmed": "done", "returned": "late", "discarded": "waived"}


@requires(may_verify)
@require_http_methods(["GET", "HEAD", "POST"])
def new_session(request: PersonRequest) -> HttpResponse:
    """Write a session down; nothing counts before two have signed it."""
    at, user = now(), request.user
    id, theirs = form_id(request.POST), RecordedSession.objects.filter(recorded_by=user)
    if theirs.filter(pk=id).exists():  # the same form twice
        return redirect("enrollment:session", id)
    planned = _planned(request)
    yours = recordable_by(user, on=at.date())
    seated = list(yours.filter(pk__in=seated_in(planned)).order_by("name")) if planned else []
    mine = yours.filter(pk__in=reports_of(manager=user, on=at.date()).values("pk"))
    team = seated + list(mine.exclude(pk__in=[each.pk for each in seated]).order_by("name")[:MOST_BOXES])
    initial = {"trainer": user.name, "course": request.GET.get("course", "")}
    known = yours | User.objects.filter(pk=user.pk)
    if planned:
        initial = values_of_record(planned, seated)
        known |= User.objects.filter(pk__in=[planned.led_by_id] if planned.led_by_id else [])
    form = SessionForm(
        request.POST or None,
        request.FILES or None,
        team=team,
        known=known,
        asked_at=at,
        zone=user.zone_name,
        initial=initial,
    )
    if form.is_valid():
        typed = form.cleaned_data
        write = partial(record_who_came, session=planned) if planned else actions.draft_session
        try:
            made, _is_new = made_once(
                id=id,
                among=theirs,
                make=lambda: write(
                    id=id,
                    course=typed["course"],
                    held_on=typed["held_on"],
                    trainer=typed["trainer"],
                    led_by=typed["led_by"],
                    place=typed["place"],
                    upload=typed["sheet"],
                    user_ids=typed["user_ids"],
                    by=user,
                    at=at,
                ),
            )
        except (actions.SessionRefused, PlanRefused) as refusal:
            form.add_error(None, str(refusal))
            form.add_error("sheet", _("Choose the file again: a browser does not keep it."))
        else:
            return redirect("enrollment:session", made.pk)
    trail = [(_("Completions"), reverse("enrollment:completions") + "?kind=sessions"), (_("New session"), "")]
    absent = len(seated_in(planned)) - len(seated) if planned else 0
    context = {"form": form, "id": id, "trail": trail, "planned": planned, "absent": absent}
    return render(request, "enrollment/completions/new_session.html", context, status=422 if form.is_bound else 200)


@requires(overseer)
@require_safe
def session(request: PersonRequest, session_id: UUID) -> HttpResponse:
    """One session: who is, or would be, recorded, and who signed."""
    at, user = now(), request.user
    found = _readable(request, session_id)
    people = people_of(found)
    is_mine = found.recorded_by_id == user.pk
    why_not = actions.why_not_second(found, people, by=user, at=at)
    context = {
        "session": found,
        "people": people,
        "glyph": GLYPHS[found.state],
        "word": SessionState(found.state).label,
        "facts": facts_of(found, people)[:-2],
        "doubts": doubts_about(found, people) if found.state in actions.OPEN else [],
        "may_sign": is_mine and found.state == SessionState.DRAFT,
        "may_confirm": found.state == SessionState.SIGNED and may_verify(user) and not why_not,
        "why_not": why_not if found.state == SessionState.SIGNED and may_verify(user) else "",
        "may_discard": is_mine and found.state in actions.OPEN,
        "signatures": [each for each in (found.second_signature, found.signature) if each is not None],
        "trail": [(_("Completions"), reverse("enrollment:completions") + "?kind=sessions"), (found.version.title, "")],
    }
    return render(request, "enrollment/completions/session.html", context)


@requires(overseer)
@require_safe
def sheet(request: PersonRequest, session_id: UUID) -> HttpResponseBase:
    """The sign-in sheet of a session, for whoever may read it; opening it is in the trail."""
    found = _readable(request, session_id)
    if "Range" not in request.headers:
        actions.note_sheet_opened(session=found, by=request.user, at=now())
    return asset_file(request, found.sheet)


@requires(may_verify)
@require_http_methods(["GET", "HEAD", "POST"])
def sign(request: PersonRequest, session_id: UUID) -> HttpResponse:
    """Give the first signature."""
    return _decision(
        request,
        _readable(request, session_id),
        actions.sign_session,
        None,
        meaning=Meaning.RECORDED,
        title=_("Sign this session"),
        lead=_("This is the first of two signatures. Nothing counts until a second person confirms it."),
        button=_("Sign"),
        done=_("Signed. A second person confirms it, then the completions count."),
    )


@requires(may_verify)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: PersonRequest, session_id: UUID) -> HttpResponse:
    """Give the second signature, with which the completions exist."""
    found = _readable(request, session_id)
    done = ngettext("{count} completion is recorded.", "{count} completions are recorded.", len(found.user_ids))
    return _decision(
        request,
        found,
        actions.confirm_session,
        WordsForm,
        meaning=Meaning.CONFIRMED,
        title=_("Confirm this session"),
        lead=_("This is the second signature. With it the completions are written, and the people are told."),
        button=_("Confirm and sign"),
        done=done.format(count=len(found.user_ids)),
    )


@requires(may_verify)
@require_http_methods(["GET", "HEAD", "POST"])
def give_back(request: PersonRequest, session_id: UUID) -> HttpResponse:
    """Return a session to who recorded it, with words and a signature."""
    return _decision(
        request,
        _readable(request, session_id),
        actions.return_session,
        ReturnForm,
        meaning=Meaning.SESSION_RETURNED,
        title=_("Return this session"),
        lead=_("Nothing of it counts. Your words go to who recorded it and stand in the record."),
        button=_("Return and sign"),
        done=_("Returned. Who recorded it was told why."),
    )


@requires(may_verify)
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: PersonRequest, session_id: UUID) -> HttpResponse:
    """Let go of a session of one's own that is not confirmed, with a reason."""
    mine = RecordedSession.objects.filter(recorded_by=request.user).select_related("version")
    found = get_object_or_404(mine, pk=session_id)
    back = reverse("enrollment:session", args=[found.pk])
    if found.state not in actions.OPEN:
        return too_late(request, back)
    form, refusal = WhyForm(request.POST if request.method == "POST" else None), ""
    if form.is_valid():
        try:
            actions.discard_session(session=found, by=request.user, at=now(), reason=form.cleaned_data["reason"])
        except actions.SessionRefused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("Discarded. Nothing of it counts."))
            return redirect(back)
    context = {"session": found, "form": form, "refusal": refusal, "back": back}
    return render(request, "enrollment/completions/discard.html", context, status=422 if form.is_bound else 200)


def _planned(request: PersonRequest) -> PlannedSession | None:
    """Return the planned session of which somebody records who came, if it is one that they run."""
    named = request.POST.get("planned") or request.GET.get("planned")
    if not named:
        return None
    try:
        found = UUID(named)
    except ValueError:
        raise Http404("no such session") from None
    return get_object_or_404(planned_with(planned_run_by(request.user)), pk=found)


def _decision(
    request: PersonRequest,
    found: RecordedSession,
    act: Callable[..., object],
    form_of: type[WordsForm | ReturnForm] | None,
    **page: Any,
) -> HttpResponse:
    """Let somebody sign who may; what is not this person's to sign leads to its own page, which says why."""
    user, at, people = request.user, now(), people_of(found)
    back = reverse("enrollment:session", args=[found.pk])
    if form_of is None:
        is_theirs = found.state == SessionState.DRAFT and found.recorded_by_id == user.pk
    else:
        is_theirs = found.state == SessionState.SIGNED and not actions.why_not_second(found, people, by=user, at=at)
    if not is_theirs:
        return too_late(request, back)
    return decide(
        request,
        form_of(request.POST or None) if form_of else None,
        act=partial(act, session=found),
        refused=actions.SessionRefused,
        facts=facts_of(found, people),
        sha256=actions.content_sha256(found, people),
        back=back,
        doubts=doubts_about(found, people),
        **page,
    )


def facts_of(session: RecordedSession, people: list[User]) -> list[tuple[str, str]]:
    """Return what is signed, in words."""
    return [
        (_("Course"), f"{session.version.title} ({session.course.code}), {session.version.label}"),
        (_("Day"), long_day(session.held_on)),
        (_("Led by"), actions.trainer_of(session)),
        *([(_("Place"), session.place)] if session.place else []),
        (_("Recorded by"), session.recorded_by.name),
        (_("Sign-in sheet"), session.sheet.name),
        (_("People"), ", ".join(f"{each.name} ({each.employee_number})" for each in people)),
    ]


def _readable(request: PersonRequest, session_id: UUID) -> RecordedSession:
    return get_object_or_404(sessions_with(sessions_readable_by(request.user, on=now().date())), pk=session_id)
