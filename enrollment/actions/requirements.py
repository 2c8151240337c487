"""Requirements from draft to on to off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core.actions import ask_for_job
from core.canonical import plain
from core.ids import new_id
from core.reasons import is_reason
from courses.models import Course
from enrollment import facts
from enrollment.actions.assigning import assign_to, end_assignments, hold_audiences, hold_people, make_changes
from enrollment.actions.leaving import end_what_is_not_asked, hold_open
from enrollment.actions.standing import restand
from enrollment.choices import RequirementState
from enrollment.models import Assignment, Requirement, RequirementTerms
from enrollment.queries import (
    Changes,
    changes_of_requirement,
    course_titles,
    courses_offered,
    reach_key,
    reached_by,
    sentence_of,
)
from enrollment.queries.effects import effect_of
from enrollment.rules import check_audience
from people.models import User
from records.actions import record_fact
from records.facts import FactKind

AT_ONCE = 500  # so many people are given a requirement in the request; a job does it for more
SETTLE_JOB = "enrollment.settle_requirement"
TERMS = (
    *("site", "audience", "counted_from", "due_within_days", "due_in_working_days", "due_fixed_on", "grace_days"),
    *("renewal", "validity_months", "anchor_month", "anchor_day", "window_days", "minimum_active_days"),
    *("renewal_days", "refreshers"),
)


class NotADraft(Exception):
    """The requirement was switched on or removed already; its terms do not change any more."""


class NotOn(Exception):
    """The requirement is not in force, so it can be neither switched off nor changed for anyone."""


class NothingChanged(Exception):
    """What would be put in force is in force."""


class NotOffered(Exception):
    """The course has no effective version that people could take."""


class ReasonMissing(Exception):
    """Switching on or off is kept with its reason, so there must be one."""


class ChangedMeanwhile(Exception):
    """The draft was changed since it was shown, by anyone; `requirement` is how it is now."""

    def __init__(self, requirement: Requirement) -> None:
        super().__init__(f"R-{requirement.number} was changed meanwhile")
        self.requirement = requirement


class ReachChanged(Exception):
    """The requirement reaches other people, or with other due dates, than were shown."""


@transaction.atomic
def draft_requirement(
    *,
    by: User,
    at: datetime,
    course: Course,
    reason: str = "",
    id: UUID | None = None,
    **terms: Any,
) -> Requirement:
    """Write a new draft; nothing changes for anyone until it is switched on.

    Raises UnreadableAudience.
    """
    _check(terms)
    requirement = Requirement(
        id=id or new_id(),
        number=_next_number(),
        course=course,
        reason=reason,
        created_at=at,
        created_by=by,
        **terms,
    )
    _say(facts.REQUIREMENT_CREATED, requirement, by=by, at=at)
    requirement.save(force_insert=True)
    return requirement


@transaction.atomic
def change_requirement(
    *, requirement: Requirement, by: User, at: datetime, revision: int | None = None, **terms: Any
) -> Requirement:
    """Change the terms of a draft; what is the same already is not written.

    `revision` is the one that was shown. Raises NotADraft, ChangedMeanwhile and UnreadableAudience.
    """
    _check(terms)
    locked = _locked(requirement)
    _refuse_unless_draft(locked)
    changed = [name for name, value in terms.items() if getattr(locked, name) != value]
    if not changed:
        return locked
    if revision is not None and revision != locked.revision:
        raise ChangedMeanwhile(locked)
    for name in changed:
        setattr(locked, name, terms[name])
    locked.revision += 1
    locked.edited_at, locked.edited_by = at, by
    _say(facts.REQUIREMENT_CHANGED, locked, by=by, at=at)
    locked.save(update_fields=[*changed, "revision", "edited_at", "edited_by"])
    return locked


@transaction.atomic
def remove_requirement(*, requirement: Requirement, by: User, at: datetime) -> None:
    """Let go of a draft: it is seen nowhere any more, and the trail keeps what it said.

    With it go its cells of the matrix, which never had an effect. Raises NotADraft.
    """
    locked = _locked(requirement)
    _refuse_unless_draft(locked)
    locked.state, locked.removed_at, locked.removed_by = RequirementState.REMOVED, at, by
    _say(facts.REQUIREMENT_REMOVED, locked, by=by, at=at)
    locked.save(update_fields=["state", "removed_at", "removed_by"])


def _refuse_unless_draft(requirement: Requirement) -> None:
    if requirement.state == RequirementState.REMOVED:
        raise NotADraft(_("R-{number} was removed.").format(number=requirement.number))
    if requirement.state != RequirementState.DRAFT:
        raise NotADraft(_("R-{number} was switched on already.").format(number=requirement.number))


@transaction.atomic
def switch_on_requirement(
    *, requirement: Requirement, by: User, at: datetime, revision: int | None = None, expected: str = ""
) -> int:
    """Let a requirement hold, give it to exactly those whom it reaches now, and return how many they are.

    `revision` is the one that was shown, `expected` the `reach_key` of what was shown. More than five
    hundred people are given it by a job that says how far it is. Raises NotADraft, ChangedMeanwhile,
    NotOffered, ReasonMissing and ReachChanged.
    """
    hold_audiences(alone=True)
    locked = _locked(requirement)
    _refuse_unless_draft(locked)
    if revision is not None and revision != locked.revision:
        raise ChangedMeanwhile(locked)
    if not is_reason(locked.reason):
        raise ReasonMissing(_("Say in at least two words why this rule is needed."))
    if not courses_offered().filter(pk=locked.course_id).exists():
        raise NotOffered(_("This course has no effective version that people could take."))
    locked.state, locked.switched_on_at, locked.switched_on_by = RequirementState.ON, at, by
    reaches = reached_by(locked, at=at)
    if expected and expected != reach_key(reaches):
        raise ReachChanged(_("Whom this reaches has changed since it was shown. Look again, then switch on."))
    _say(facts.REQUIREMENT_SWITCHED_ON, locked, by=by, at=at, reason=locked.reason, people=len(reaches))
    locked.save(update_fields=["state", "switched_on_at", "switched_on_by"])
    _keep_wording(locked, by=by, at=at, reason=locked.reason)
    if len(reaches) <= AT_ONCE:
        hold_people([each.user_id for each in reaches])
        assign_to(requirement=locked, reaches=reaches, by=by, at=at)
    else:
        title = _("Requirement R-{number} for {people} people").format(number=locked.number, people=len(reaches))
        arguments = {"requirement_id": locked.pk, "people": len(reaches)}
        ask_for_job(kind=SETTLE_JOB, owner_id=by.pk, title=title, arguments=arguments, at=at)
    return len(reaches)


@transaction.atomic
def change_in_force(
    *,
    requirement: Requirement,
    by: User,
    at: datetime,
    reason: str,
    number: int | None = None,
    expected: str = "",
    **terms: Any,
) -> int:
    """Let a requirement in force ask something else from now on, and return how many people that changes.

    What was completed counts as before; open assignments end, move or stay as the new wording says.
    `number` is that of the wording that was shown, `expected` the key of the changes that were shown.
    Raises NotOn, NothingChanged, ReasonMissing, ChangedMeanwhile, ReachChanged and UnreadableAudience.
    """
    _check(terms)
    if not is_reason(reason):
        raise ReasonMissing(_("Say in at least two words why the rule changes."))
    hold_audiences(alone=True)
    locked = _locked(requirement)
    if locked.state != RequirementState.ON:
        raise NotOn(_("R-{number} is not on.").format(number=locked.number))
    if number is not None and number != locked.terms_number:
        raise ChangedMeanwhile(locked)
    before = list(locked.refreshers)
    changed = with_terms(locked, terms)
    if not changed:
        raise NothingChanged(_("Nothing is different from what is in force."))
    changes = changes_of_requirement(locked, at=at)
    dropped = set(before) - set(locked.refreshers)
    effect = effect_of(changes)
    if expected and expected != effect.key:
        raise ReachChanged(_("Whom this changes has changed since it was shown. Look again, then put it in force."))
    concerned = [each.user_id for each in (*changes.begin, *changes.stay)]
    concerned += [each.assignment.user_id for each in changes.end]
    if dropped or len(concerned) <= AT_ONCE:
        hold_people(concerned)
        hold_open(user_ids=concerned, course_ids=dropped)
    locked.terms_number += 1
    _say(facts.REQUIREMENT_REWORDED, locked, by=by, at=at, reason=reason, people=effect.people)
    locked.save(update_fields=[*changed, "terms_number"])
    _keep_wording(locked, by=by, at=at, reason=reason.strip()[:300])
    _act(locked, changes, people=len(concerned), by=by, at=at)
    if dropped:
        because = _("R-{number} no longer asks for it").format(number=locked.number)
        end_what_is_not_asked(user_ids=concerned, course_ids=dropped, because=because, by=by, at=at, reason=reason)
    return effect.people


def with_terms(requirement: Requirement, terms: Mapping[str, Any]) -> list[str]:
    """Give a requirement other terms without saving it, and return which differ. Its course stays."""
    changed = [name for name in TERMS if name in terms and getattr(requirement, name) != terms[name]]
    for name in changed:
        setattr(requirement, name, terms[name])
    return changed


def _act(requirement: Requirement, changes: Changes, *, people: int, by: User, at: datetime) -> None:
    """Let a new wording act on people: at once on a few, who are held, by a job on many. Everyone stands anew."""
    if people <= AT_ONCE:
        make_changes(changes, by=by, at=at)
        restand(requirement_ids=[requirement.pk])
        return
    title = _("Requirement R-{number} as it is now").format(number=requirement.number)
    arguments = {"requirement_id": requirement.pk, "people": people, "everyone": True}
    ask_for_job(kind=SETTLE_JOB, owner_id=by.pk, title=title, arguments=arguments, at=at)


@transaction.atomic
def switch_off_requirement(*, requirement: Requirement, by: User, at: datetime, reason: str) -> int:
    """End a requirement for everyone who has it; completions and certificates stay. Return how many had it.

    Raises NotOn and ReasonMissing.
    """
    if not is_reason(reason):
        raise ReasonMissing(_("Say in at least two words why this rule is no longer needed."))
    hold_audiences(alone=True)
    locked = _locked(requirement)
    if locked.state != RequirementState.ON:
        raise NotOn(_("R-{number} is not on.").format(number=locked.number))
    assignments = list(Assignment.objects.filter(requirement=locked, ended_at__isnull=True))
    locked.state, locked.switched_off_at, locked.switched_off_by = RequirementState.OFF, at, by
    locked.off_reason = reason.strip()[:300]
    _say(facts.REQUIREMENT_SWITCHED_OFF, locked, by=by, at=at, reason=reason, people=len(assignments))
    locked.save(update_fields=["state", "switched_off_at", "switched_off_by", "off_reason"])
    because = _("R-{number} was switched off").format(number=locked.number)
    end_assignments(requirement=locked, assignments=assignments, because=because, by=by, at=at, reason=reason)
    return len(assignments)


def _locked(requirement: Requirement) -> Requirement:
    related = ("course", "site", "created_by", "edited_by")
    return Requirement.objects.select_for_update(of=("self",)).select_related(*related).get(pk=requirement.pk)


def _check(terms: Mapping[str, Any]) -> None:
    unknown = set(terms) - {*TERMS, "course", "reason"}
    if unknown:
        raise ValueError(f"not a term: {', '.join(sorted(unknown))}")
    if "audience" in terms:
        check_audience(terms["audience"])


def _keep_wording(requirement: Requirement, *, by: User, at: datetime, reason: str) -> None:
    """Keep what a requirement asks from now on, so that any past day can be asked about."""
    site = requirement.site_id
    words = {name: getattr(requirement, name) for name in TERMS if name != "site"}
    wording = RequirementTerms(
        requirement=requirement,
        number=requirement.terms_number,
        terms=plain({"site": site, **words}),
        in_force_at=at,
        reason=reason,
        put_in_force_by=by,
    )
    wording.save(force_insert=True)


def _say(kind: FactKind, requirement: Requirement, *, by: User, at: datetime, reason: str = "", **payload: Any) -> None:
    title = course_titles([requirement.course_id])[requirement.course_id]
    record_fact(
        kind,
        by=by,
        at=at,
        subject_type="requirement",
        subject_id=requirement.pk,
        payload={"number": requirement.number, "sentence": sentence_of(requirement, title=title), **payload},
        reason=reason,
    )


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('enrollment_requirement_number')")
        number: int = cursor.fetchone()[0]
    return number
