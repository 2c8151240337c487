"""Writing completions that were not taken here: each once, with its fact, and standings in step."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.ids import new_id
from courses.models import CourseVersion
from enrollment.actions.standing import restand
from enrollment.choices import CompletionSource
from enrollment.models import Completion
from enrollment.queries.elsewhere import Zones, completions_known, noon_of
from people.models import User
from records.actions import Said, record_facts
from records.facts import Actor, FactKind


@dataclass(frozen=True, slots=True)
class Learned:
    """That somebody completed a version on a day, as it is to be written."""

    user_id: UUID
    version_id: UUID
    on: date
    valid_until: date | None = None
    score: Decimal | None = None
    max_score: Decimal | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)  # of the columns of Completion that say where it is from
    told: Mapping[str, Any] = field(default_factory=dict)  # what the sentence of the fact says more


def hold_people(user_ids: Collection[UUID]) -> None:
    """Let nobody else write completions of this kind for these people until the transaction ends."""
    list(User.objects.filter(pk__in=user_ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def write_learned(
    learned: Sequence[Learned],
    *,
    source: CompletionSource,
    kind: FactKind,
    by: Actor,
    at: datetime,
    say: Callable[[int], None] | None = None,
) -> list[Completion]:
    """Write what of this is not in the record yet, with a fact each, and how the people stand; return what is new.

    Belongs into a transaction. What is there already, by person, version and day, is left out, also
    when somebody else writes it at the same time. `say` reports how many it is, last before they are
    written, so that what the triggers capture lies under its fact.
    """
    people = sorted({each.user_id for each in learned})
    hold_people(people)
    known = completions_known(people)
    versions = CourseVersion.objects.select_related("course").in_bulk({each.version_id for each in learned})
    zones = Zones(people)
    fresh: list[tuple[Completion, Said]] = []
    for each in learned:
        key = (each.user_id, each.version_id, each.on)
        if key in known:
            continue
        known.add(key)
        version, zone = versions[each.version_id], zones.on(each.user_id, each.on)
        completion = Completion(
            id=new_id(),
            source=source,
            user_id=each.user_id,
            course_id=version.course_id,
            version=version,
            completed_at=noon_of(each.on, zone),
            completed_on=each.on,
            zone=zone,
            valid_until=each.valid_until,
            score=each.score,
            max_score=each.max_score,
            recorded_at=at,
            **each.origin,
        )
        about = {"course": version.title, "code": version.course.code, "version": version.label, "on": each.on}
        said = Said(completion.pk, {**about, "valid_until": each.valid_until, **each.told}, person_id=each.user_id)
        fresh.append((completion, said))
    record_facts(kind, by=by, at=at, subject_type="completion", about=[said for _completion, said in fresh])
    if say is not None:
        say(len(fresh))
    Completion.objects.bulk_create(completion for completion, _said in fresh)
    if fresh:
        restand(user_ids=sorted({completion.user_id for completion, _said in fresh}))
    return [completion for completion, _said in fresh]
