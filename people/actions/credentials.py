"""Passwords and the lock: tried, counted, changed; sign-in and sign-out are noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext as _

from people import facts
from people.actions.reporting import NotAllowed, report_about
from people.models import CredentialLock, User
from people.queries import lock_state
from people.rules import LockState, after_failure
from records.facts import Actor, SystemActor

SIGN_IN, SIGNING = "sign-in", "signing"


@dataclass(frozen=True, slots=True)
class SecretAnswer:
    """Whether a secret was accepted, and how the lock stands after it."""

    is_right: bool
    lock: LockState


def try_secret(*, person: User, secret: str, purpose: str, at: datetime) -> SecretAnswer:
    """Check a password, for sign-in and signing alike: counted when wrong, refused while locked.

    While the account is locked even the right password is refused, and the time that passes is the same.
    """
    state = lock_state(person)
    if state.is_locked(at=at):
        make_password(secret)
        return SecretAnswer(False, state)
    if not person.check_password(secret):
        return SecretAnswer(False, note_wrong_secret(person=person, purpose=purpose, at=at))
    if state.failures:
        note_right_secret(person=person)
    return SecretAnswer(True, LockState())


@transaction.atomic
def note_wrong_secret(*, person: User, purpose: str, at: datetime) -> LockState:
    """Count one more wrong secret, and lock the account at the fifth; notices follow the fact."""
    lock, _created = CredentialLock.objects.select_for_update().get_or_create(user=person, defaults={"changed_at": at})
    before = LockState(lock.failures, lock.locked_until)
    if before.is_locked(at=at):  # tried in parallel with the one that locked it
        return before
    state = after_failure(before, at=at)
    actor = SystemActor(purpose)
    report_about(person, facts.SECRET_WRONG, by=actor, at=at, purpose=purpose, failures=state.failures)
    if state.locked_until is not None:
        report_about(person, facts.ACCOUNT_LOCKED, by=actor, at=at, purpose=purpose, until=state.locked_until)
    lock.failures, lock.locked_until, lock.changed_at = state.failures, state.locked_until, at
    lock.save()
    return state


def note_right_secret(*, person: User) -> None:
    """Forget earlier wrong ones."""
    CredentialLock.objects.filter(user=person).delete()


@transaction.atomic
def unlock_account(*, person: User, by: Actor, at: datetime, reason: str) -> None:
    """Let a locked person try again now. Raises NotAllowed for one's own account."""
    if by.actor_id == person.pk:
        raise NotAllowed(_("Nobody unlocks their own account. Ask another administrator."))
    report_about(person, facts.ACCOUNT_UNLOCKED, by=by, at=at, reason=reason)
    CredentialLock.objects.filter(user=person).delete()


@transaction.atomic
def change_password(*, person: User, password: str, by: Actor, at: datetime) -> User:
    """Set a new password; other sessions end, a signing session begins anew, and wrong ones are forgotten.

    The caller has seen the old password or a link sent to the person's own address. Raises
    ValidationError for a password that is too weak.
    """
    validate_password(password, person)
    locked = User.objects.select_for_update().get(pk=person.pk)
    report_about(locked, facts.PASSWORD_CHANGED, by=by, at=at)
    locked.set_password(password)
    locked.save(update_fields=["password"])
    person.password = locked.password
    CredentialLock.objects.filter(user=locked).delete()
    return locked


@transaction.atomic
def note_signed_in(*, person: User, at: datetime) -> None:
    """Write to the trail that somebody signed in."""
    report_about(person, facts.SIGNED_IN, by=person, at=at)


@transaction.atomic
def note_signed_out(*, person: User, at: datetime) -> None:
    """Write to the trail that somebody signed out, or that their session ended."""
    report_about(person, facts.SIGNED_OUT, by=person, at=at)


@transaction.atomic
def note_second_factor_changed(*, person: User, what: str, at: datetime) -> None:
    """Write to the trail that a second factor was added, removed or made anew."""
    report_about(person, facts.SECOND_FACTOR_CHANGED, by=person, at=at, what=what)
