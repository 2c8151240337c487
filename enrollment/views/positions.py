"""What a change of position would ask of a person, shown while it is typed."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from core.clock import now
from core.days import why_no_day
from core.views import requires
from enrollment.queries import changes_of_position
from enrollment.queries.effects import effect_of
from enrollment.rules import Post, day_in
from people.actions.positions import why_no_position_from
from people.models import Department, JobRole, Site
from people.permissions import administered_by, administrator
from people.requests import PersonRequest


@requires(administrator)
@require_safe
def effect_of_position(request: PersonRequest, person_id: UUID) -> HttpResponse:
    """Say what a person would gain, lose and keep with another primary position, or why it is refused.

    Nothing while it is half typed.
    """
    today = day_in(request.user.zone_name, now())
    person = get_object_or_404(administered_by(request.user, on=today), pk=person_id)
    post = _post(request)
    is_new = "corrects" not in request.GET
    refusal = why_no_position_from(person, post.valid_from) if post and is_new else ""
    effect = None
    if post and not refusal:
        effect = effect_of(changes_of_position(person_id=person.pk, post=post, at=now()))
    context = {"effect": effect, "refusal": refusal, "person": person}
    return render(request, "enrollment/_position_effect.html", context)


def _post(request: PersonRequest) -> Post | None:
    """Return the position that is typed; nothing where a part is missing or can not be read."""
    typed = request.GET
    try:
        role, department = (UUID(typed.get(name, "")) for name in ("job_role", "department"))
        site = Site.objects.filter(pk=UUID(typed.get("site", ""))).first()
        since = date.fromisoformat(typed.get("valid_from", ""))
    except ValueError:
        return None
    known = JobRole.objects.filter(pk=role).exists() and Department.objects.filter(pk=department).exists()
    if site is None or not known or why_no_day(since):
        return None
    employment = typed.get("employment_type", "") or "employee"
    return Post(role, site.pk, department, since, None, site.time_zone, employment)
