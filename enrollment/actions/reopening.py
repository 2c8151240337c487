"""Opening again what had ended before it was completed, by somebody else's decision."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from core.reasons import is_reason
from enrollment import notices
from enrollment.actions.leaving import take_up_again
from enrollment.actions.standing import restand
from enrollment.actions.telling import course_path, tell
from enrollment.models import Enrollment
from enrollment.queries.reopening import why_not_reopened_of
from people.models import User


class ReopenRefused(Exception):
    """It can not be opened again; the words say why."""


@transaction.atomic
def reopen_enrollment(*, enrollment: Enrollment, by: User, at: datetime, reason: str) -> Enrollment:
    """Open again what had ended before it was completed, as it was, and tell its learner. Raises ReopenRefused."""
    if not is_reason(reason):
        raise ReopenRefused(_("Say why in at least two words."))
    User.objects.select_for_update(no_key=True).get(pk=enrollment.user_id)
    found = Enrollment.objects.select_related("user", "version").get(pk=enrollment.pk)
    refusal = why_not_reopened_of([found])[found.pk]
    if refusal:
        raise ReopenRefused(refusal)
    because = _("Opened again by {name}").format(name=by.name)
    again = take_up_again(
        user_ids=[found.user_id], course_ids=[found.course_id], because=because, by=by, at=at, reason=reason
    )
    if [each.pk for each in again] != [found.pk]:
        raise ReopenRefused(_("Something has changed meanwhile. Look again."))
    restand(user_ids=[found.user_id])
    wording = partial(notices.reopened, course=found.version.title, name=by.name, reason=reason.strip())
    once = f"reopened:{found.pk}:{at.isoformat()}"
    tell(found.user, wording, once=once, path=course_path(found.course_id), at=at)
    return again[0]
