"""Changing the ladder of messages, a step at a time."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.ids import new_id
from core.reasons import is_reason
from enrollment import facts
from enrollment.choices import Why
from enrollment.models import Ladder, LadderStep
from enrollment.rules import LadderStep as Step
from enrollment.rules import default_ladder
from enrollment.rules.ladder import KINDS, sentence_of_step, why_not_in_ladder
from people.models import User
from records.actions import record_fact


class LadderRefused(ValueError):
    """These steps cannot be a ladder, or nobody said why it changes; the words say which."""


class LadderChangedMeanwhile(Exception):
    """Somebody else changed the ladder since it was shown."""

    def __init__(self, ladder: Ladder | None) -> None:
        super().__init__(_("Somebody else changed this ladder meanwhile. Look at it again."))
        self.ladder = ladder


def change_ladder(
    *,
    why: Why,
    revision: int,
    by: User,
    at: datetime,
    reason: str,
    add: Step | None = None,
    remove: Step | None = None,
) -> Ladder:
    """Add a step to a ladder, take one away, or put one in the place of another; it holds from now on.

    What was sent stays sent: a step is known by its name, so one that is taken away and put back goes out
    to nobody twice. `revision` is the one that was shown, 0 for the ladder that Attest brings. Raises
    LadderRefused and LadderChangedMeanwhile.
    """
    if not is_reason(reason):
        raise LadderRefused(_("Say why in at least two words."))
    try:
        with transaction.atomic():
            return _changed(why, revision, add, remove, by=by, at=at, reason=reason.strip())
    except IntegrityError as error:  # two were the first to change it
        if "enrollment_ladder_why" not in str(error):
            raise
        raise LadderChangedMeanwhile(Ladder.objects.select_related("changed_by").get(why=why)) from error


def _changed(
    why: Why, revision: int, add: Step | None, remove: Step | None, *, by: User, at: datetime, reason: str
) -> Ladder:
    kept = Ladder.objects.select_for_update(of=("self",)).select_related("changed_by").filter(why=why).first()
    rows = {row.step: row for row in kept.steps.all()} if kept else {}
    before = list(rows) if kept else list(default_ladder(why))
    if (kept.revision if kept else 0) != revision or (remove is not None and remove not in before):
        raise LadderChangedMeanwhile(kept)
    after = [step for step in before if step != remove] + ([add] if add else [])
    refusal = why_not_in_ladder(why, after)
    if refusal:
        raise LadderRefused(refusal)
    ladder = kept or Ladder(id=new_id(), why=why, revision=0)
    nothing = _("Nothing")
    record_fact(
        facts.LADDER_CHANGED,
        by=by,
        at=at,
        subject_type="ladder",
        subject_id=ladder.pk,
        payload={
            "kind": str(KINDS[why]),
            "before": sentence_of_step(remove) if remove else nothing,
            "after": sentence_of_step(add) if add else nothing,
        },
        reason=reason,
    )
    ladder.revision, ladder.changed_at, ladder.changed_by = revision + 1, at, by
    ladder.save(force_insert=kept is None)
    if kept is None:
        LadderStep.objects.bulk_create([_row(ladder, step) for step in after])
    elif remove is not None and add is not None:
        row = rows[remove]
        row.audience, row.anchor, row.days = add.audience, add.anchor, add.days
        row.save(update_fields=["audience", "anchor", "days"])
    elif remove is not None:
        rows[remove].delete()
    elif add is not None:
        _row(ladder, add).save(force_insert=True)
    return ladder


def _row(ladder: Ladder, step: Step) -> LadderStep:
    return LadderStep(
        id=new_id(), ladder=ladder, why=ladder.why, audience=step.audience, anchor=step.anchor, days=step.days
    )
