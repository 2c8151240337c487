"""Where another system asks who is qualified: a bearer token (RFC 6750), and an answer in JSON. See docs/api.md."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core.clock import now
from core.days import why_no_day
from core.throttle import within_limit
from core.views import public
from enrollment.actions.access import note_reading_token_used
from enrollment.models import ReadingToken, Task
from enrollment.queries import Qualification, qualifications_at
from people.actions import hash_of
from people.models import User
from people.permissions import administrator_everywhere

CALLS_A_MINUTE = 120
MOST_PEOPLE = 1_000
MOST_FIELDS = MOST_PEOPLE + 10


class NotUnderstood(Exception):
    """The question can not be answered; the words say why, for a log."""

    def __init__(self, words: str, *, status: int = 422) -> None:
        super().__init__(words)
        self.status = status


@public  # but for whoever has a token
@require_safe
def qualified_feed(request: HttpRequest, task_id: str) -> JsonResponse:
    """Say who of some people is qualified for a task at an instant, as it was known at another."""
    if not within_limit("qualified", who=request.META.get("REMOTE_ADDR", ""), times=CALLS_A_MINUTE, seconds=60):
        return _answer({"error": _("Too many calls. Wait a minute.")}, status=429, **{"Retry-After": "60"})
    token = _token_of(request)
    if token is None:
        words = _("A valid token is needed.")  # the same for none, a wrong one and a revoked one
        return _answer({"error": words}, status=401, **{"WWW-Authenticate": 'Bearer realm="qualified"'})
    asked_at = now()
    note_reading_token_used(token=token, at=asked_at)
    try:
        task = _task(task_id)
        asked = _asked(request)
        at, known_at = _instant(asked, "at", asked_at), _instant(asked, "known_at", asked_at)
        if known_at > asked_at:
            raise NotUnderstood(_("Nothing is known yet of a moment to come: known_at lies in the future."))
        people = _people([value for name, value in asked if name == "person"])
    except NotUnderstood as refusal:
        return _answer({"error": str(refusal)}, status=refusal.status)
    found = qualifications_at(person_ids=[each.pk for each in people], task=task, at=at, known_at=known_at)
    about = {
        "task": {"id": str(task.pk), "name": task.name},
        "at": at.isoformat(),
        "known_at": known_at.isoformat(),
    }
    answers = [{"person": each.employee_number, **_said(found[each.pk])} for each in people]
    return _answer(about | (answers[0] if len(answers) == 1 else {"people": answers}), status=200)


def _said(found: Qualification) -> dict[str, Any]:
    return {
        "qualified": found.is_qualified,
        "day": found.day.isoformat(),
        "courses": [
            {
                "code": each.code,
                "title": each.title,
                "met": each.verdict.is_met,
                "standpoint": each.verdict.standpoint.value,
                "until": each.verdict.until.isoformat() if each.verdict.until else None,
                "completed_on": each.verdict.credit.on.isoformat() if each.verdict.credit else None,
                "sentence": each.verdict.sentence,
            }
            for each in found.courses
        ],
    }


def _token_of(request: HttpRequest) -> ReadingToken | None:
    """Return the token that is shown, while whoever created it administers the whole organisation."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    token = ReadingToken.objects.filter(token_sha256=hash_of(secret.strip()), revoked_at__isnull=True).first()
    owner = User.objects.for_request(token.created_by_id) if token else None
    return token if owner is not None and administrator_everywhere(owner) else None


def _task(task_id: str) -> Task:
    try:
        return Task.objects.get(pk=UUID(task_id))
    except (ValueError, Task.DoesNotExist):
        raise NotUnderstood(_("There is no task with this id."), status=404) from None


def _asked(request: HttpRequest) -> list[tuple[str, str]]:
    """Return the parameters; not `request.GET`, which takes fewer of them than there may be people."""
    try:
        return parse_qsl(request.META.get("QUERY_STRING", ""), max_num_fields=MOST_FIELDS)
    except ValueError:
        raise NotUnderstood(_too_many()) from None


def _instant(asked: Sequence[tuple[str, str]], name: str, default: datetime) -> datetime:
    """Return an instant in ISO 8601 with its offset; a plus sign that was not escaped is forgiven."""
    given = [value for key, value in asked if key == name]
    if not given:
        return default
    try:
        instant = datetime.fromisoformat(given[-1].strip().replace(" ", "+"))
        known = instant.tzinfo is not None and not why_no_day(instant.date())
    except ValueError:
        known = False
    if not known:
        words = _("“{name}” is no instant: write it in ISO 8601 with its offset, such as 2026-03-14T12:00:00Z.")
        raise NotUnderstood(words.format(name=name))
    return instant


def _people(numbers: Sequence[str]) -> list[User]:
    """Return the people by their employee numbers, each once, in the order asked for."""
    wanted = list(dict.fromkeys(number.strip().replace("\0", "?") for number in numbers))
    if not wanted:
        raise NotUnderstood(_("Say about whom: person is an employee number, and may be repeated."))
    if len(wanted) > MOST_PEOPLE:
        raise NotUnderstood(_too_many())
    found = {each.employee_number: each for each in User.objects.filter(employee_number__in=wanted)}
    unknown = [number for number in wanted if number not in found]
    if unknown:
        words = ngettext(
            "Nobody has the employee number {numbers}.", "Nobody has the employee numbers {numbers}.", len(unknown)
        )
        raise NotUnderstood(words.format(numbers=", ".join(unknown[:20])), status=404)
    return [found[number] for number in wanted]


def _too_many() -> str:
    return _("Ask about at most {most} people at once.").format(most=MOST_PEOPLE)


def _answer(body: dict[str, Any], *, status: int, **headers: str) -> JsonResponse:
    return JsonResponse(body, status=status, headers={"Cache-Control": "no-store", **headers})
