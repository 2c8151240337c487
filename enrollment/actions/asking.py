"""Asking one's manager for a waiver."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from core.reasons import is_reason
from enrollment import facts, notices
from enrollment.actions.telling import tell
from enrollment.actions.waiving import WaiverRefused
from enrollment.models import Assignment
from enrollment.queries.exceptions import due_now
from enrollment.rules.exceptions import why_not_asked
from people.models import User
from people.queries import manager_or_administrators
from records.actions import record_fact


@transaction.atomic
def ask_for_waiver(*, assignment: Assignment, by: User, at: datetime, reason: str) -> list[User]:
    """Let a person ask their manager to propose a waiver; return who was told, administrators without a manager.

    Nothing is proposed by it. Once a day. Raises WaiverRefused.
    """
    if not is_reason(reason):
        raise WaiverRefused(_("Say why in at least two words."))
    [now_due] = due_now(Assignment.objects.filter(pk=assignment.pk), at=at)
    if refusal := why_not_asked(now_due.due):
        raise WaiverRefused(refusal)
    today = now_due.due.today
    told = manager_or_administrators(by.pk, on=today, at=at)
    if not told:
        raise WaiverRefused(_("Nobody is there who could propose it: you have no manager in Attest."))
    title = now_due.title
    record_fact(
        facts.WAIVER_ASKED,
        by=by,
        at=at,
        subject_type="assignment",
        subject_id=assignment.pk,
        person_id=by.pk,
        payload={"asked": ", ".join(each.name for each in told), "course": title},
        reason=reason,
    )
    path = reverse("enrollment:propose_waiver", args=[assignment.pk])
    for each in told:
        wording = partial(notices.waiver_asked, name=by.name, course=title, reason=reason.strip())
        once = f"waiver-asked:{assignment.pk}:{each.pk}:{today.isoformat()}"
        if not tell(each, wording, once=once, path=path, at=at):
            raise WaiverRefused(_("You asked today already. Once a day is enough."))
    return told
