"""Where a decision made from a list leads back to."""

from __future__ import annotations

from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from enrollment.models import Assignment
from people.requests import PersonRequest


def back_to(request: PersonRequest, otherwise: str) -> str:
    """Return the page of ours from which somebody came, as the link or the form says, or another one."""
    asked = request.POST.get("next", "") or request.GET.get("next", "")
    hosts = {request.get_host()}
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts=hosts, require_https=request.is_secure())
    return asked if asked and is_ours else otherwise


def record_of(assignment: Assignment) -> str:
    """Return where the person's record shows an assignment."""
    return reverse("reporting:person", args=[assignment.user_id]) + f"#c-{assignment.course_id}"
