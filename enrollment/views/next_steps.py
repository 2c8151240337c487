"""What whoever looks at a requirement of somebody can do next: their own pages and dialogs, and why not where not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from enrollment.actions.reminding import why_not_reminded
from enrollment.actions.waiving import why_not_proposed
from enrollment.choices import WaiverState
from enrollment.models import Assignment, Waiver
from enrollment.permissions import administered_among, assignments_cared_for_by, waivers_decidable_by
from enrollment.queries import Standing, standings
from enrollment.queries.exceptions import offers
from enrollment.queries.overview import Item, overview_of
from enrollment.queries.whys import WhyPage
from enrollment.rules.exceptions import due_of, why_not_asked
from enrollment.views.rows import row_of
from people.models import User
from people.requests import PersonRequest


@dataclass(frozen=True, slots=True)
class NextStep:
    """One thing to do: its words and where it is done, or why it can not be done now."""

    words: str
    icon: str
    url: str = ""
    is_dialog: bool = False
    is_first: bool = False  # what is meant to be done
    locked: str = ""


def next_steps(
    request: PersonRequest, assignment: Assignment, page: WhyPage, *, may_open: bool, at: datetime
) -> list[NextStep]:
    """Return what the reader may do about an assignment; those who only read have at most the rule to open.

    A constant number of queries.
    """
    steps: list[NextStep] = []
    if assignment.ended_at is None:
        is_own = assignment.user_id == request.user.pk
        steps = _own(request.user, assignment, page, at=at) if is_own else _others(request, assignment, at=at)
    if may_open:
        rule = reverse("enrollment:requirement", args=[assignment.requirement_id])
        steps.append(NextStep(_("Open the rule"), "scroll-text", rule))
    return steps


def _own(user: User, assignment: Assignment, page: WhyPage, *, at: datetime) -> list[NextStep]:
    """Return what a person can do about their own: go on with the training, and ask for a waiver.

    Another requirement of the same training is asked about on a page of its own.
    """
    takes = {str(assignment.course_id), str(page.obligation.course)}
    item = next((each for each in overview_of(user, at=at, last=0).items if str(each.course_id) in takes), None)
    due = due_of(page.obligation, page.extensions, name=user.name, today=page.today)
    words, refusal = _("Ask for a waiver"), why_not_asked(due)
    if refusal:
        return [_training(item), NextStep(words, "lock", locked=refusal)]
    ask = reverse("enrollment:ask_for_waiver", args=[assignment.pk])
    return [_training(item), NextStep(words, "shield", ask, is_dialog=True)]


def _training(item: Item | None) -> NextStep:
    words = _("Open the training")
    if item is None or not item.is_offered:
        return NextStep(words, "lock", locked=_("No version is in effect now, so there is nothing to do."))
    row = row_of(item)
    if item.hindrance:
        locked = item.hindrance.words + "."
        return NextStep(row.action or words, "lock", row.action_url, locked=locked)
    if not row.action:
        return NextStep(words, "book-open", row.url)
    return NextStep(row.action, "arrow-right", row.action_url, is_first=item.waiver is None)


def _others(request: PersonRequest, assignment: Assignment, *, at: datetime) -> list[NextStep]:
    """Return what a manager, a training coordinator or an administrator can do for somebody: nothing for others."""
    user, on, name = request.user, at.date(), assignment.user.name
    this = Assignment.objects.filter(pk=assignment.pk)
    if not assignments_cared_for_by(user, on=on).filter(pk__in=this.values("pk")).exists():
        return []
    steps = [
        _step(
            request,
            _("Remind"),
            "bell",
            "remind",
            assignment,
            why_not_reminded(_standing(assignment, at=at), name=name),
        )
    ]
    [offer] = offers(this, unlimited=administered_among(user, [assignment.user_id], on=on), at=at).values()
    steps.append(_step(request, _("Give more time"), "calendar-plus", "extend", assignment, offer.no_more_time))
    if offer.waiver is not None:
        return [*steps, _of_waiver(user, offer.waiver, at=at)]
    refusal = why_not_proposed(assignment, None, reason=None, by=user)
    return [*steps, _step(request, _("Propose a waiver"), "shield", "propose_waiver", assignment, refusal)]


def _of_waiver(user: User, waiver: Waiver, *, at: datetime) -> NextStep:
    decides = waiver.state == WaiverState.PROPOSED and waivers_decidable_by(user, on=at.date()).filter(pk=waiver.pk)
    words = _("Decide about the waiver") if decides else _("Open the waiver")
    return NextStep(words, "shield", reverse("enrollment:waiver", args=[waiver.pk]))


def _step(request: PersonRequest, words: str, icon: str, name: str, assignment: Assignment, locked: str) -> NextStep:
    """Return a step that a dialog asks for, and that leads back here; locked where there is a reason."""
    if locked:
        return NextStep(words, "lock", locked=locked)
    address = reverse(f"enrollment:{name}", args=[assignment.pk])
    return NextStep(words, icon, f"{address}?{urlencode({'next': request.path})}", is_dialog=True)


def _standing(assignment: Assignment, *, at: datetime) -> Standing | None:
    found = standings(at=at, user_ids=[assignment.user_id], course_id=assignment.course_id)
    return next(iter(found), None)
