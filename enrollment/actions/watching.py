"""Watching a video: play sessions, what they earn, and the place to which a person returns."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from core.ids import new_id
from courses.queries import ActivityOutline
from enrollment.actions.learning import AlreadyEnded, record_outcome
from enrollment.choices import EnrollmentState
from enrollment.models import Enrollment, Playback
from enrollment.queries.watched import Watched, watched_in
from enrollment.rules import Outcome
from enrollment.rules.watching import BURST, SLACK_SECONDS, Beat, beats_left, gain_of
from records.facts import Actor


class TakenOver(Exception):
    """Another player was opened since, and is the one that counts."""


class TooManyBeats(Exception):
    """The player reports more often than once a second."""


@transaction.atomic
def open_playback(*, enrollment: Enrollment, activity: ActivityOutline, at: datetime) -> UUID:
    """Begin a play session and return its id; from now on it is the only one that counts.

    What was watched and the place stay. What slack is left stays too, so that opening again and
    again earns nothing. Raises AlreadyEnded.
    """
    _require_open(enrollment)
    session = new_id()
    begun = {"session": session, "sequence": 0, "beaten_at": at}
    Playback.objects.update_or_create(
        enrollment=enrollment,
        activity_id=activity.id,
        defaults=begun,
        create_defaults={**begun, "spare_seconds": SLACK_SECONDS, "spare_beats": BURST},
    )
    return session


@transaction.atomic
def note_beat(*, enrollment: Enrollment, activity: ActivityOutline, beat: Beat, by: Actor, at: datetime) -> Watched:
    """Add what a player reports to what was watched, as far as the clock allows, and keep the place.

    A beat that was counted before changes nothing. When enough was watched, the activity is
    completed in the same transaction. Raises TakenOver, TooManyBeats and AlreadyEnded.
    """
    _require_open(enrollment)
    playback = Playback.objects.select_for_update().filter(enrollment=enrollment, activity_id=activity.id).first()
    if playback is None or playback.session != beat.session:
        raise TakenOver(_("This video is playing in another window or on another device."))
    before = watched_in(playback, activity)
    if beat.sequence <= playback.sequence:
        return before
    elapsed = Decimal(str((at - playback.beaten_at).total_seconds()))
    left = beats_left(spare_beats=playback.spare_beats, elapsed_seconds=elapsed)
    if left is None:
        raise TooManyBeats(_("That is too often. Your place is kept; try again in a second."))
    gain = gain_of(
        beat,
        elapsed_seconds=elapsed,
        spare_seconds=playback.spare_seconds,
        duration_seconds=before.duration_seconds,
    )
    Playback.objects.filter(pk=playback.pk).update(
        watched=RawSQL("watched + nummultirange(numrange(%s, %s))", [gain.start, gain.end]),
        sequence=beat.sequence,
        position_seconds=min(beat.position, before.duration_seconds),
        beaten_at=max(at, playback.beaten_at),
        spare_seconds=gain.spare_seconds,
        spare_beats=left,
    )
    playback.refresh_from_db(fields=["watched", "position_seconds"])
    after = watched_in(playback, activity)
    if after.is_enough and not before.is_enough:
        record_outcome(enrollment=enrollment, activity_id=activity.id, outcome=Outcome(completed=True), by=by, at=at)
    return after


def _require_open(enrollment: Enrollment) -> None:
    if enrollment.state != EnrollmentState.OPEN:
        raise AlreadyEnded(_("This training has ended; what you watch now is not recorded any more."))
