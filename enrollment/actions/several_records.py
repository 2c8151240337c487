"""For several people at once: require a training of them by name, and revoke certificates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.models import Job
from courses.models import Course
from enrollment import notices
from enrollment.actions.assigning import hold_audiences
from enrollment.actions.requirements import SETTLE_JOB, draft_requirement, switch_on_requirement
from enrollment.actions.several import Effect, Several, register
from enrollment.actions.telling import tell
from enrollment.choices import CountedFrom, ExceptionKind
from enrollment.models import Assignment, ExceptionBatch, Requirement
from enrollment.permissions import certificates_revocable_by
from enrollment.queries import course_titles, outlook_of
from enrollment.rules import short_day
from people.models import Site, User
from people.permissions import administered_by, administrator
from records.actions import revoke_certificate
from records.models import Certificate, Revocation


class RevocationRefused(Exception):
    """The certificate can not be revoked; the words say why."""


def named(user_ids: Collection[UUID]) -> dict[str, Any]:
    """Return the audience of these people, by name."""
    return {"all": [{"field": "person", "is": sorted(str(each) for each in user_ids)}]}


@register
class Requiring(Several):
    """A training is required of people by name: one requirement, with the list of them as its audience."""

    kind = ExceptionKind.ASSIGN
    is_whole = True
    needs = ""
    refusals = ()

    def may(self, user: User) -> bool:
        return administrator(user)

    def people(self, by: User, *, on: date) -> Any:
        return administered_by(by, on=on).filter(is_active=True)

    def allowed(self, by: User, ids: Collection[UUID], *, on: date) -> list[UUID]:
        return list(self.people(by, on=on).filter(pk__in=ids).order_by("name", "pk").values_list("pk", flat=True))

    def subjects(self, of: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
        return {user: user for user in of}

    def nothing(self, name: str) -> str:
        return _("Named already.")

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        return dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))

    def effects(self, batch: ExceptionBatch, terms: dict[str, Any], *, at: datetime) -> list[Effect]:
        people = list(self.people(batch.owner, on=at.date()).filter(pk__in=batch.subject_ids).order_by("name", "pk"))
        if not people:
            return []
        requirement = _requirement(terms, [each.pk for each in people])
        reached = {each.user_id: each for each in outlook_of(requirement, at=at)}
        title = course_titles([requirement.course_id])[requirement.course_id]
        asked = Assignment.objects.filter(user__in=people, course=requirement.course_id, ended_at__isnull=True)
        also = dict(asked.order_by("-requirement__number").values_list("user", "requirement__number"))
        effects = []
        for each in people:
            reach = reached.get(each.pk)
            if reach is None:
                effects.append(Effect(each.pk, each.name, title, _nowhere(each, requirement)))
                continue
            if reach.is_current:
                words = _("has completed it; it stands in their list all the same")
            else:
                words = _("due on {day}").format(day=short_day(reach.due_on or reach.first_due_on))
            if each.pk in also:
                words += "; " + _("required already by R-{number}").format(number=also[each.pk])
            told = [reach.first_due_on, reach.status]
            effects.append(Effect(each.pk, each.name, title, "", words, reach.status, reach.due_on, told))
        return effects

    def do_whole(self, batch: ExceptionBatch, effects: Sequence[Effect], *, at: datetime) -> None:
        given = [each.subject_id for each in effects if not each.refusal]
        if given:
            terms = batch.terms
            requirement = draft_requirement(by=batch.owner, at=at, **_terms(terms, given))
            switch_on_requirement(requirement=requirement, by=batch.owner, at=at)
            batch.terms["requirement"] = str(requirement.pk)
            job = Job.objects.filter(kind=SETTLE_JOB, arguments__requirement_id=str(requirement.pk)).first()
            batch.job_id = job.pk if job else None
        batch.results = {
            str(each.subject_id): {
                "name": each.name,
                "title": each.title,
                "done": not each.refusal,
                "words": each.refusal or (each.due_on.isoformat() if each.due_on else ""),
            }
            for each in effects
        }
        for gone in set(batch.subject_ids) - {each.subject_id for each in effects}:
            batch.results[str(gone)] = {"name": self.names([gone])[gone], "done": False, "words": out_of_reach()}
        batch.finished_at = at

    def hold(self, ids: Collection[UUID]) -> None:
        hold_audiences(alone=True)  # what was shown is what is made


def out_of_reach() -> str:
    """Say that somebody may not do it for a person any more."""
    return _("This is not yours to change any more.")


def _terms(terms: Mapping[str, Any], user_ids: Collection[UUID]) -> dict[str, Any]:
    due_on = terms["due_on"]
    return {
        "course": Course.objects.get(pk=terms["course"]),
        "site": Site.objects.get(pk=terms["site"]) if terms["site"] else None,
        "audience": named(user_ids),
        "counted_from": CountedFrom.FIXED,
        "due_within_days": 0,
        "due_fixed_on": date.fromisoformat(due_on) if isinstance(due_on, str) else due_on,
        "reason": terms["reason"],
    }


def _requirement(terms: Mapping[str, Any], user_ids: Collection[UUID]) -> Requirement:
    """Return the requirement that would be made; it is not saved."""
    return Requirement(number=0, **_terms(terms, user_ids))


def _nowhere(person: User, requirement: Requirement) -> str:
    if requirement.site is None:
        return _("{name} holds no position now.").format(name=person.name)
    return _("{name} does not work at {site} now.").format(name=person.name, site=requirement.site.name)


@register
class Revoking(Several):
    """Certificates that count no longer."""

    kind = ExceptionKind.REVOKE
    refusals = (RevocationRefused,)

    def may(self, user: User) -> bool:
        return administrator(user)

    def people(self, by: User, *, on: date) -> Any:
        return administered_by(by, on=on).exclude(pk=by.pk)

    def allowed(self, by: User, ids: Collection[UUID], *, on: date) -> list[UUID]:
        found = certificates_revocable_by(by, on=on).filter(pk__in=ids)
        return list(found.order_by("holder_name", "pk").values_list("pk", flat=True))

    def subjects(self, of: Mapping[UUID, UUID]) -> dict[UUID, UUID]:
        found = Certificate.objects.filter(holder_id__in=of, course_id__in=set(of.values()))
        standing = found.exclude(pk__in=Revocation.objects.values("certificate")).order_by("completed_at", "issued_at")
        return {
            holder: pk
            for pk, holder, course in standing.values_list("pk", "holder_id", "course_id")
            if of[holder] == course
        }

    def nothing(self, name: str) -> str:
        return _("{name} has no certificate of it that was not revoked.").format(name=name)

    def effects(self, batch: ExceptionBatch, terms: dict[str, Any], *, at: datetime) -> list[Effect]:
        found = list(
            certificates_revocable_by(batch.owner, on=at.date())
            .filter(pk__in=batch.subject_ids)
            .order_by("holder_name", "pk")
        )
        revoked = set(Revocation.objects.filter(certificate__in=found).values_list("certificate", flat=True))
        return [
            Effect(
                each.pk,
                each.holder_name,
                each.course_title,
                _("It was revoked already.") if each.pk in revoked else "",
                _("{serial} counts no longer").format(serial=each.serial),
                told=each.serial,
            )
            for each in found
        ]

    def hold(self, ids: Collection[UUID]) -> None:
        list(Certificate.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))

    def found(self, batch: ExceptionBatch, ids: Collection[UUID], *, at: datetime) -> dict[UUID, tuple[str, str, Any]]:
        found = certificates_revocable_by(batch.owner, on=at.date()).filter(pk__in=ids)
        return {each.pk: (each.holder_name, each.course_title, each) for each in found}

    def names(self, ids: Collection[UUID]) -> dict[UUID, str]:
        return dict(Certificate.objects.filter(pk__in=ids).values_list("pk", "holder_name"))

    @transaction.atomic
    def do(self, batch: ExceptionBatch, thing: Certificate, *, at: datetime) -> str:
        if Revocation.objects.filter(certificate=thing).exists():
            raise RevocationRefused(_("It was revoked already."))
        reason = batch.terms["reason"]
        revoke_certificate(certificate=thing, by=batch.owner, at=at, reason=reason)
        holder = User.objects.get(pk=thing.holder_id)
        if holder.is_active:
            wording = partial(
                notices.certificate_revoked,
                course=thing.course_title,
                serial=thing.serial,
                name=batch.owner.name,
                reason=reason,
            )
            path = reverse("reporting:certificate", args=[thing.pk])
            tell(holder, wording, once=f"revoked:{thing.pk}", path=path, at=at)
        return thing.serial
