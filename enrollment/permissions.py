"""Which rows of the enrollment room a person may see; anybody else's look as if they did not exist."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from courses.choices import VersionState
from courses.models import CourseVersion
from enrollment.choices import ClaimState, JoinState, RequirementState, SessionState, WaiverState
from enrollment.models import (
    Assignment,
    Claim,
    CompletionImport,
    Enrollment,
    Extension,
    JoinRequest,
    PlannedSession,
    RecordedSession,
    Requirement,
    Seat,
    Waiver,
)
from people.choices import AccessRole
from people.models import Position, RoleGrant, Site, User
from people.permissions import (
    administered_by,
    administrator,
    administrator_everywhere,
    coordinated_by,
    coordinator,
    inspectable_by,
    readable_by,
)
from people.queries import report_ids
from records.models import Certificate


def requirements_editable_by(user: User) -> QuerySet[Requirement]:
    """Return the requirements that an administrator looks after: all, or those of their sites."""
    return _at_sites(sites_of(user, AccessRole.ADMINISTRATOR))


def requirements_readable_by(user: User) -> QuerySet[Requirement]:
    """Return the requirements that an administrator or auditor may read: all, or those of their sites."""
    return _at_sites(sites_of(user, AccessRole.ADMINISTRATOR, AccessRole.AUDITOR))


def sites_of(user: User, *roles: AccessRole) -> frozenset[UUID] | None:
    """Return the sites to which a person's roles are limited; nothing means the whole organisation."""
    grants = RoleGrant.objects.in_force(Now()).filter(user=user, role__in=roles)
    sites = set(grants.values_list("site_id", flat=True))
    return None if None in sites else frozenset(site for site in sites if site)


def assignments_readable_by(user: User, *, on: date) -> QuerySet[Assignment]:
    """Return the assignments, also those that have ended, of the people whose record this person may read."""
    return Assignment.objects.filter(user__in=readable_by(user, on=on).values("pk"))


def assignments_cared_for_by(user: User, *, on: date) -> QuerySet[Assignment]:
    """Return the open assignments of people whom this person manages, directly or not, coordinates or administers.

    Of these they may be reminded, be given more time and have a waiver proposed: nobody does it for themselves.
    """
    theirs = _led_by(user, on=on)
    if coordinator(user):
        theirs |= Q(user__in=coordinated_by(user, on=on).values("pk"))
    open_ones = Assignment.objects.filter(ended_at__isnull=True, user__is_active=True)
    return open_ones.filter(theirs).exclude(user=user)


def _led_by(user: User, *, on: date) -> Q:
    """Say of rows about people that this person manages them, directly or not, or administers them."""
    managed = Q(user__in=report_ids(manager_id=user.pk, on=on))
    return managed | Q(user__in=administered_by(user, on=on).values("pk"))


def people_led_by(user: User, *, on: date) -> QuerySet[User]:
    """Return the people whom this person manages, directly or not, or administers: never themselves, no leavers."""
    managed = Q(pk__in=report_ids(manager_id=user.pk, on=on))
    administered = Q(pk__in=administered_by(user, on=on).values("pk"))
    return User.objects.filter(managed | administered, is_active=True).exclude(pk=user.pk)


def enrollments_led_by(user: User, *, on: date) -> QuerySet[Enrollment]:
    """Return what the people have begun whom this person manages or administers."""
    return Enrollment.objects.filter(user__in=people_led_by(user, on=on).values("pk"))


def certificates_revocable_by(user: User, *, on: date) -> QuerySet[Certificate]:
    """Return the certificates of people whom this administrator looks after; nobody revokes their own."""
    return Certificate.objects.filter(holder_id__in=administered_by(user, on=on).exclude(pk=user.pk).values("pk"))


def may_except(user: User) -> bool:
    """Somebody who may make exceptions for others: a manager, a training coordinator or an administrator."""
    return user.has_reports or administrator(user) or coordinator(user)


def administered_among(user: User, user_ids: Collection[UUID], *, on: date) -> frozenset[UUID]:
    """Return those of these people whom this administrator looks after, and for whom no limit binds them."""
    return frozenset(administered_by(user, on=on).filter(pk__in=user_ids).values_list("pk", flat=True))


def waivers_readable_by(user: User, *, on: date) -> QuerySet[Waiver]:
    """Return the waivers of people whose training record this person may read, their own among them."""
    return Waiver.objects.filter(user__in=readable_by(user, on=on).values("pk"))


def waivers_decidable_by(user: User, *, on: date) -> QuerySet[Waiver]:
    """Return the waivers that wait for a decision which may be this administrator's: not their own, not for them."""
    # Counted on every page of an administrator, so it is one query: the scope of `administered_by` as a subquery.
    worked = Position.objects.filter(user=OuterRef(OuterRef("user"))).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=on) | Q(user__is_active=False)
    )
    grants = RoleGrant.objects.in_force(Now()).filter(user=user, role=AccessRole.ADMINISTRATOR)
    in_scope = Exists(grants.filter(Q(site__isnull=True) | Q(site__in=worked.values("site"))))
    return Waiver.objects.filter(in_scope, state=WaiverState.PROPOSED).exclude(user=user).exclude(proposed_by=user)


def waivers_withdrawable_by(user: User, *, on: date) -> QuerySet[Waiver]:
    """Return the waivers which may be withdrawn by this person: who manages or looks after whom they are for."""
    still_open = Waiver.objects.filter(state__in=[WaiverState.PROPOSED, WaiverState.GRANTED])
    return still_open.filter(_led_by(user, on=on)).exclude(user=user)


def join_requests_readable_by(user: User, *, on: date) -> QuerySet[JoinRequest]:
    """Return what the people whose training record this person may read have asked to take."""
    return JoinRequest.objects.filter(user__in=readable_by(user, on=on).values("pk"))


def join_requests_decidable_by(user: User, *, on: date) -> QuerySet[JoinRequest]:
    """Return what waits for this person's decision: of people whom they manage or look after, not their own."""
    waiting = JoinRequest.objects.filter(state=JoinState.ASKED, user__is_active=True)
    return waiting.filter(_led_by(user, on=on)).exclude(user=user)


def extensions_readable_by(user: User, *, on: date) -> QuerySet[Extension]:
    """Return the times that more time was given to people whose training record this person may read."""
    return Extension.objects.filter(user__in=readable_by(user, on=on).values("pk"))


def _at_sites(sites: frozenset[UUID] | None) -> QuerySet[Requirement]:
    """Return the requirements of these sites, or all; a draft that was removed is none of them."""
    found = Requirement.objects.exclude(state=RequirementState.REMOVED)
    return found if sites is None else found.filter(site__in=sites)


def histories_of(user: User) -> QuerySet[CompletionImport]:
    """Return the lists of old completions that an administrator may see, the newest first: all, or their own."""
    found = CompletionImport.objects.select_related("owner", "job").order_by("-created_at")
    return found if administrator_everywhere(user) else found.filter(owner=user)


def recordable_by(user: User, *, on: date) -> QuerySet[User]:
    """Return the people for whom this person may sign: whom they manage or look after, never themselves."""
    return people_led_by(user, on=on)


def claims_readable_by(user: User, *, on: date) -> QuerySet[Claim]:
    """Return what people learned elsewhere, of those whose proofs this person may open."""
    return Claim.objects.filter(user__in=inspectable_by(user, on=on).values("pk"))


def claims_decidable_by(user: User, *, on: date) -> QuerySet[Claim]:
    """Return the claims that wait for a decision which may be this person's: a manager or an administrator."""
    return Claim.objects.filter(_led_by(user, on=on), state=ClaimState.WAITING).exclude(user=user)


def sessions_readable_by(user: User, *, on: date) -> QuerySet[RecordedSession]:
    """Return the sessions that this person recorded, or of all whose people they may open the proofs."""
    if sites_of(user, AccessRole.ADMINISTRATOR, AccessRole.AUDITOR) is None:
        return RecordedSession.objects.all()
    readable = ArraySubquery(inspectable_by(user, on=on).values("pk"))
    return RecordedSession.objects.filter(Q(recorded_by=user) | Q(user_ids__contained_by=readable))


def sessions_waiting_for(user: User, *, on: date) -> QuerySet[RecordedSession]:
    """Return the sessions that wait for a second signature which may be this person's."""
    waiting = RecordedSession.objects.filter(state=SessionState.SIGNED).exclude(recorded_by=user)
    waiting = waiting.exclude(user_ids__contains=[user.pk])
    if administrator_everywhere(user):
        return waiting
    return waiting.filter(user_ids__contained_by=ArraySubquery(recordable_by(user, on=on).values("pk")))


def may_plan(user: User) -> bool:
    """Somebody who may plan sessions and seat people in them: a manager, a coordinator or an administrator."""
    return user.has_reports or administrator(user) or coordinator(user)


def planning_sites_of(user: User) -> QuerySet[Site]:
    """Return the sites at which this person may plan sessions: a manager anywhere, the others where they look after."""
    sites = None if user.has_reports else sites_of(user, AccessRole.ADMINISTRATOR, AccessRole.COORDINATOR)
    return Site.objects.all() if sites is None else Site.objects.filter(pk__in=sites)


def planned_run_by(user: User) -> QuerySet[PlannedSession]:
    """Return the sessions that this person runs: planned or leads, or whose site they look after."""
    return PlannedSession.objects.filter(_runs(user, AccessRole.ADMINISTRATOR, AccessRole.COORDINATOR))


def rosters_readable_by(user: User) -> QuerySet[PlannedSession]:
    """Return the sessions of which this person may read who has a seat: those that they run, or audit."""
    roles = (AccessRole.ADMINISTRATOR, AccessRole.COORDINATOR, AccessRole.AUDITOR)
    return PlannedSession.objects.filter(_runs(user, *roles))


def planned_seen_by(user: User) -> QuerySet[PlannedSession]:
    """Return the sessions that exist for this person: of courses in the catalog, theirs, and those that they may read.

    Lists and pages of sessions share it. Who has a seat there is another question.
    """
    in_catalog = Exists(CourseVersion.objects.filter(course=OuterRef("course"), state=VersionState.EFFECTIVE))
    theirs = Exists(Seat.objects.filter(session=OuterRef("pk"), user=user))
    roles = (AccessRole.ADMINISTRATOR, AccessRole.COORDINATOR, AccessRole.AUDITOR)
    return PlannedSession.objects.filter(Q(in_catalog) | Q(theirs) | _runs(user, *roles))


def seatable_by(user: User, *, on: date) -> QuerySet[User]:
    """Return the people whom this person may seat: whom they manage, coordinate or look after; never themselves."""
    coordinated = User.objects.none()
    if coordinator(user):
        coordinated = coordinated_by(user, on=on).filter(is_active=True).exclude(pk=user.pk)
    return User.objects.filter(Q(pk__in=people_led_by(user, on=on).values("pk")) | Q(pk__in=coordinated.values("pk")))


def seats_readable_by(user: User, *, session: PlannedSession, on: date) -> QuerySet[Seat]:
    """Return the seats of a session whose people this person may read: all where they run it, else of their own."""
    if rosters_readable_by(user).filter(pk=session.pk).exists():
        return Seat.objects.filter(session=session)
    return Seat.objects.filter(session=session, user__in=readable_by(user, on=on).values("pk"))


def seats_removable_by(user: User, *, session: PlannedSession, on: date) -> QuerySet[Seat]:
    """Return the seats of a session that this person may take away: all where they run it, else of whom they may seat.

    Nobody takes away their own: they give it up.
    """
    seats = Seat.objects.filter(session=session).exclude(user=user)
    if planned_run_by(user).filter(pk=session.pk).exists():
        return seats
    return seats.filter(user__in=seatable_by(user, on=on).values("pk"))


def _runs(user: User, *roles: AccessRole) -> Q:
    own = Q(planned_by=user) | Q(led_by=user)
    sites = sites_of(user, *roles)
    return own | (Q(pk__isnull=False) if sites is None else Q(site__in=sites))
