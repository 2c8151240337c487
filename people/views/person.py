"""One person's account, as an administrator sees and changes it."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.views import requires
from people import actions
from people.actions import NotAllowed
from people.forms import ChangePersonForm, DeactivateForm, GrantForm, PositionForm, ProofForm, ReasonForm, initial_of
from people.models import Attribute, AttributeValue, RoleGrant, User
from people.permissions import administered_sites, administrator
from people.queries import lock_state
from people.requests import PersonRequest
from people.views.deciding import decide, either, find, typed


@require_safe
@requires(administrator)
def person(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Show a person's details, positions, access roles, proof of identity and the state of the account."""
    found = find(request, person_id)
    at, today = now(), timezone.localdate()
    related = ("job_role", "department", "site", "manager", "second_manager")
    positions = found.positions.select_related(*related).order_by("-is_primary", "-valid_from")
    lock = lock_state(found)
    context = {
        "person": found,
        "is_self": found.pk == request.user.pk,
        "positions": positions,
        "leaves": found.leaves.in_force().order_by("-valid_from"),
        "attributes": _attributes(found, today),
        "memberships": _memberships(found, today),
        "today": today,
        "grants": [_with_state(grant, at) for grant in _grants(found)],
        "proofs": found.proofs.select_related("verified_by").order_by("-verified_at"),
        "lock": lock,
        "is_locked": lock.is_locked(at=at),
        "has_second_factor": Authenticator.objects.filter(user=found, type=Authenticator.Type.TOTP).exists(),
    }
    return render(request, "people/person.html", context)


def _attributes(found: User, today: date) -> list[tuple[Attribute, AttributeValue | None]]:
    """Return every attribute of the organisation with what it says about a person today."""
    held = {value.attribute_id: value for value in found.attribute_values.held_on(today)}
    return [(attribute, held.get(attribute.pk)) for attribute in Attribute.objects.order_by("name")]


def _memberships(found: User, today: date) -> Any:
    return found.memberships.exclude(valid_until__lte=today).select_related("group").order_by("group__name")


def _grants(found: User) -> Any:
    return found.grants.select_related("site", "granted_by", "revoked_by").order_by("revoked_at", "-starts_at")


def _with_state(grant: RoleGrant, at: Any) -> dict[str, Any]:
    is_over = grant.revoked_at is not None or (grant.ends_at is not None and grant.ends_at <= at)
    return {"grant": grant, "is_in_force": not is_over}


@either
@requires(administrator)
def edit(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Change a person's details, with a reason."""
    found = find(request, person_id)
    initial = {name: getattr(found, name) for name in ("name", "email", "employee_number", "language", "hired_on")}
    form = ChangePersonForm(typed(request), person=found, initial=initial)

    def act(given: dict[str, Any]) -> None:
        reason = given.pop("reason")
        changed = {name: value for name, value in given.items() if value != initial[name]}
        if changed:
            actions.change_person(person=found, by=request.user, at=now(), reason=reason, **changed)

    return decide(request, found, form, act=act, title=_("Change details"), button=_("Save"), done=_("Saved."))


@either
@requires(administrator)
def change_position(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Let a person take a position from a day on."""
    found = find(request, person_id)
    current = found.position_on(timezone.localdate())
    initial = {**(initial_of(current) if current else {}), "valid_from": timezone.localdate()}
    form = PositionForm(typed(request), sites=administered_sites(request.user), initial=initial)
    return decide(
        request,
        found,
        form,
        act=lambda given: actions.take_position(person=found, by=request.user, at=now(), **given),
        title=_("Change position"),
        lead=_("The position before ends that day. What is required of them follows within seconds."),
        button=_("Change position"),
        done=_("The position is changed."),
        effect={"of": "position"},
    )


@either
@requires(administrator)
def grant_role(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Grant an access role."""
    found = find(request, person_id)
    form = GrantForm(typed(request), sites=administered_sites(request.user))

    def act(given: dict[str, Any]) -> None:
        details = {name: given[name] for name in ("role", "site", "reason")}
        actions.grant_role(person=found, by=request.user, at=now(), ends_at=form.ends_at, **details)

    return decide(
        request, found, form, act=act, title=_("Grant a role"), button=_("Grant"), done=_("The role is granted.")
    )


@either
@requires(administrator)
def revoke_role(request: PersonRequest, person_id: UUID, grant_id: UUID) -> HttpResponse:
    """Take an access role away."""
    found = find(request, person_id)
    grant = get_object_or_404(found.grants.select_related("site"), pk=grant_id, revoked_at=None)
    words = {"role": grant.get_role_display(), "scope": grant.site or _("the whole organisation")}
    return decide(
        request,
        found,
        ReasonForm(typed(request)),
        act=lambda given: actions.revoke_role(grant=grant, by=request.user, at=now(), **given),
        title=_("Take a role away"),
        lead=_("%(role)s, for %(scope)s. It ends at once.") % words,
        button=_("Take away"),
        done=_("The role is taken away."),
        is_danger=True,
    )


@either
@requires(administrator)
def prove_identity(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Record how one verified who a person is."""
    found = find(request, person_id)
    return decide(
        request,
        found,
        ProofForm(typed(request)),
        act=lambda given: actions.prove_identity(person=found, by=request.user, at=now(), **given),
        title=_("Verify identity"),
        lead=_("Only who was verified can sign. Your name and the time are kept."),
        button=_("I have verified it"),
        done=_("The identity is verified."),
    )


@either
@requires(administrator)
def unlock(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Let a locked person try again at once."""
    found = find(request, person_id)
    return decide(
        request,
        found,
        ReasonForm(typed(request)),
        act=lambda given: actions.unlock_account(person=found, by=request.user, at=now(), **given),
        title=_("Unlock the account"),
        lead=_("Make sure that it was they who typed the wrong passwords."),
        button=_("Unlock"),
        done=_("The account is unlocked."),
    )


@either
@requires(administrator)
def deactivate(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Close an account for ever."""
    found = find(request, person_id)
    form = DeactivateForm(typed(request), person=found, initial={"left_on": timezone.localdate()})
    return decide(
        request,
        found,
        form,
        act=lambda given: actions.deactivate_person(person=found, by=request.user, at=now(), **given),
        title=_("Close the account"),
        lead=_("They are signed out at once and cannot sign in again. All records stay. It cannot be undone."),
        button=_("Close the account"),
        done=_("The account is closed."),
        is_danger=True,
        effect={"of": "closing"},
    )


@require_POST
@requires(administrator)
def send_password_link(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Let a person have an e-mail with a link to set their password."""
    found = find(request, person_id)
    try:
        actions.send_password_link(person=found, by=request.user, at=now())
    except NotAllowed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The link goes to %(email)s.") % {"email": found.email})
    return redirect("people:person", found.pk)
