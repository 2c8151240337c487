"""How it is known what people completed, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from enrollment.choices import CompletionSource
from enrollment.models import Completion
from enrollment.rules.sources import Origin, through_said

RELATED = ("imported_from__owner", "claim__decided_by", "session__recorded_by", "session__decided_by")
FIELDS = (
    *("source", "imported_line", "reference", "imported_from__file_name", "imported_from__owner__name"),
    *("claim__provider", "claim__decided_by__name", "session__recorded_by__name", "session__decided_by__name"),
)


def origin_of(completion: Completion) -> Origin:
    """Return where a completion comes from."""
    run, claim, session = completion.imported_from, completion.claim, completion.session
    return Origin(
        source=CompletionSource(completion.source),
        file=run.file_name if run else "",
        line=completion.imported_line or 0,
        owner=run.owner.name if run else "",
        reference=completion.reference,
        provider=claim.provider if claim else "",
        verifier=claim.decided_by.name if claim and claim.decided_by else "",
        recorder=session.recorded_by.name if session else "",
        confirmer=session.decided_by.name if session and session.decided_by else "",
    )


@dataclass(frozen=True, slots=True)
class Source:
    """How one completion is known, and which course it is of."""

    course_id: str
    through: str  # said where it counts for another course
    origin: Origin

    def towards(self, *course_ids: UUID | str) -> str:
        """Say how it is known, and through which course it counts where that is none of these; or nothing."""
        is_own = self.course_id in [str(each) for each in course_ids]
        return ". ".join(filter(None, ["" if is_own else self.through, self.origin.sentence]))


def sources_of(completion_ids: Iterable[UUID | str | None]) -> dict[str, Source]:
    """Return how it is known what was completed, by completion; one query, and none without completions."""
    ids = [each for each in completion_ids if each]
    found = Completion.objects.filter(pk__in=ids).select_related("course", "version", *RELATED) if ids else []
    return {
        str(each.pk): Source(str(each.course_id), through_said(each.course.code, each.version.title), origin_of(each))
        for each in found
    }
