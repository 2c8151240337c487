"""Changing the training matrix: drafted and looked at, then put in force as a whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from core.actions import ask_for_job
from core.ids import new_id
from core.reasons import is_reason
from enrollment import facts
from enrollment.actions.assigning import hold_audiences, hold_people, make_changes
from enrollment.actions.requirements import AT_ONCE, SETTLE_JOB, NothingChanged, ReachChanged, ReasonMissing
from enrollment.choices import RequirementState
from enrollment.models import MatrixCell, MatrixChange, Requirement
from enrollment.queries import course_titles
from enrollment.queries.audiences import matrix_cells
from enrollment.queries.changes import Changes
from enrollment.queries.effects import effect_of
from enrollment.queries.matrix import changes_of_cells
from enrollment.rules import Span
from enrollment.rules.matrix import CellChange, cells_after, is_change, read_change
from people.models import JobRole, User
from records.actions import Said, record_facts
from records.facts import FactKind


class AlreadyInForce(Exception):
    """The change was put in force already."""


def draft_matrix_change(
    *, changes: Sequence[CellChange], by: User, at: datetime, source: str = "", refused: Sequence[str] = ()
) -> MatrixChange:
    """Keep what somebody wants to change, to look at it first. Raises NothingChanged.

    What is so already is left out.
    """
    cells = matrix_cells({change.requirement for change in changes})
    real = [each for each in changes if is_change(cells.get(each.requirement, {}).get(each.job_role, ()), each)]
    if not real and not refused:
        raise NothingChanged(_("Nothing is different from the matrix as it is."))
    change = MatrixChange(
        id=new_id(),
        owner=by,
        items=[each.data() for each in real],
        source=source[:200],
        refused=list(refused),
        created_at=at,
    )
    change.save(force_insert=True)
    return change


@transaction.atomic
def put_matrix_change_in_force(*, change: MatrixChange, by: User, at: datetime, reason: str, expected: str = "") -> int:
    """Change the cells, let that act on people, and return for how many it changes something now.

    What begins on a later day acts on that day. `expected` is the key of the changes that were shown.
    Raises AlreadyInForce, NothingChanged, ReasonMissing and ReachChanged.
    """
    if not is_reason(reason):
        raise ReasonMissing(_("Say in at least two words why the matrix changes."))
    hold_audiences(alone=True)
    locked = MatrixChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if locked.in_force_at is not None:
        raise AlreadyInForce(_("This was put in force already."))
    changes = [read_change(item) for item in locked.items]
    if not changes:
        raise NothingChanged(_("Nothing is different from the matrix as it is."))
    _hold({each.requirement for each in changes})
    shown = changes_of_cells(changes, at=at)
    effect = effect_of(shown)
    if expected and expected != effect.key:
        raise ReachChanged(_("Whom this changes has changed since it was shown. Look again, then put it in force."))
    _say(facts.CELL_SET, [each for each in changes if each.is_set], by=by, at=at, reason=reason)
    _say(facts.CELL_TAKEN_AWAY, [each for each in changes if not each.is_set], by=by, at=at, reason=reason)
    for each in changes:
        _write(each, by=by, at=at)
    locked.reason, locked.in_force_at, locked.in_force_by = reason.strip()[:300], at, by
    locked.save(update_fields=["reason", "in_force_at", "in_force_by"])
    held = [each for each in changes if each.since <= at.date()]
    if held != changes:
        shown = changes_of_cells(held, at=at)
        effect = effect_of(shown)
    _act(held, shown, by=by, at=at)
    return effect.people


def _hold(requirement_ids: Collection[UUID]) -> None:
    """Keep these requirements as they are until the transaction ends. Raises NothingChanged for one that is gone."""
    held = Requirement.objects.select_for_update(no_key=True).filter(pk__in=requirement_ids).order_by("pk")
    for each in list(held):
        if each.state == RequirementState.REMOVED:
            words = _("R-{number} was removed meanwhile. Begin again without it.")
            raise NothingChanged(words.format(number=each.number))
        if each.state == RequirementState.OFF:
            words = _("R-{number} was switched off meanwhile. Begin again without it.")
            raise NothingChanged(words.format(number=each.number))


def _act(cells: Sequence[CellChange], changes: Changes, *, by: User, at: datetime) -> None:
    """Let the cells that hold now act: at once on a few people, by a job for each requirement on many."""
    people = len(changes.user_ids)
    if people <= AT_ONCE:
        hold_people(changes.user_ids)
        make_changes(changes, by=by, at=at)
        return
    for requirement in Requirement.objects.filter(
        pk__in={each.requirement for each in cells}, state=RequirementState.ON
    ):
        title = _("Requirement R-{number} in the matrix").format(number=requirement.number)
        arguments = {"requirement_id": requirement.pk, "people": people, "everyone": True}
        ask_for_job(kind=SETTLE_JOB, owner_id=by.pk, title=title, arguments=arguments, at=at)


def _write(change: CellChange, *, by: User, at: datetime) -> None:
    """Let the rows of one cell be what the rule makes of them; the ends of old ones first."""
    kept = MatrixCell.objects.select_for_update().filter(requirement=change.requirement, job_role=change.job_role)
    old = {row.valid_from: row for row in kept.order_by("valid_from") if row.valid_until != row.valid_from}
    after = {span.valid_from: span for span in cells_after([_span(row) for row in old.values()], change)}
    for day, row in reversed(old.items()):
        until = after[day].valid_until if day in after else day
        if row.valid_until != until:
            MatrixCell.objects.filter(pk=row.pk).update(valid_until=until)
    for day, span in after.items():
        if day not in old:
            MatrixCell(
                requirement_id=change.requirement,
                job_role_id=change.job_role,
                valid_from=day,
                valid_until=span.valid_until,
                added_at=at,
                added_by=by,
            ).save(force_insert=True)


def _span(row: MatrixCell) -> Span:
    return Span(row.valid_from, row.valid_until)


def _say(kind: FactKind, changes: Sequence[CellChange], *, by: User, at: datetime, reason: str) -> None:
    if not changes:
        return
    requirements = Requirement.objects.in_bulk({each.requirement for each in changes})
    titles = course_titles({each.course_id for each in requirements.values()})
    roles = JobRole.objects.in_bulk({each.job_role for each in changes})
    about = [
        Said(
            subject_id=each.requirement,
            payload={
                "number": requirements[each.requirement].number,
                "course": titles[requirements[each.requirement].course_id],
                "job_role": roles[each.job_role].name,
                "since": each.since,
                "until": each.until or "",
            },
        )
        for each in changes
    ]
    record_facts(kind, by=by, at=at, subject_type="requirement", about=about, reason=reason)
