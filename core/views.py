"""What views share: a permission that each declares, answers that say what is wrong, and the card of a job."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from core.choices import JobState
from core.models import Job

View = Callable[..., HttpResponseBase]


def requires(permission: Callable[[Any], bool]) -> Callable[[View], View]:
    """Let a view be used only by whom `permission` admits.

    A visitor is led to the sign-in form and back; anyone else gets the page that says who can grant
    access. Objects are another matter: a view finds them through a QuerySet of what is readable, so
    that what is not yours looks as if it did not exist.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not permission(request.user):
                raise PermissionDenied(getattr(permission, "__name__", ""))
            answer = view(request, *args, **kwargs)
            # Screens are shared, and "Back" must not show what was signed as if it were still to be signed.
            answer.headers.setdefault("Cache-Control", "private, no-store")
            return answer

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def public(view: View) -> View:
    """Mark a view as open to everyone; a test keeps the list of them."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def job_card(job: Job, *, poll_url: str = "", cancel_url: str = "") -> dict[str, Any]:
    """Return what `components/job_card.html` shows; a job that has ended asks for nothing and can not be cancelled."""
    is_open = job.state not in JobState.ended()
    addresses = {"poll_url": poll_url if is_open else "", "cancel_url": cancel_url if is_open else ""}
    return {"job": job, "state_word": JobState(job.state).label, **addresses}
