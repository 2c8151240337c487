"""The inbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from core.clock import now
from core.views import requires
from notifications import actions
from notifications.models import Message
from notifications.queries import inbox_of, unread_count
from people.permissions import signed_in
from people.requests import PersonRequest

ON_A_PAGE = 25


@dataclass(frozen=True)
class Day:
    """The messages of one day, the unread ones first."""

    on: date
    is_today: bool
    messages: list[Message]


@require_safe
@requires(signed_in)
def inbox(request: PersonRequest) -> HttpResponse:
    """Show a person's messages by day."""
    only_unread = request.GET.get("show") == "unread"
    found = inbox_of(request.user)
    if only_unread:
        found = found.filter(read_at__isnull=True)
    page = Paginator(found.order_by("-created_at", "-id"), ON_A_PAGE).get_page(request.GET.get("page"))
    shown_unread = [message for message in page if message.read_at is None]
    context = {
        "page": page,
        "days": by_day(list(page), today=timezone.localdate()),
        "shown_unread": shown_unread,
        "unread": unread_count(request.user),
        "only_unread": only_unread,
    }
    return render(request, "notifications/inbox.html", context)


def by_day(found: list[Message], *, today: date) -> list[Day]:
    """Group messages, newest first, by the reader's day."""
    days = []
    for on, of_day in groupby(found, key=lambda message: timezone.localtime(message.created_at).date()):
        unread_first = sorted(of_day, key=lambda message: message.read_at is not None)
        days.append(Day(on=on, is_today=on == today, messages=unread_first))
    return days


@require_safe
@requires(signed_in)
def open_message(request: PersonRequest, message_id: UUID) -> HttpResponse:
    """Note that a message was read, and go where it leads; one that leads nowhere stays in the inbox."""
    message = get_object_or_404(inbox_of(request.user), pk=message_id)
    actions.mark_read(message=message, at=now())
    leads_on = message.path and url_has_allowed_host_and_scheme(message.path, allowed_hosts=None)
    return redirect(message.path if leads_on else reverse("notifications:inbox") + f"#message-{message.pk}")


class ShownForm(forms.Form):
    """Which messages were on the page when the button was pressed."""

    ids = forms.TypedMultipleChoiceField(coerce=UUID)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["ids"].valid_value = _is_uuid  # type: ignore[attr-defined]


def _is_uuid(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


@require_POST
@requires(signed_in)
def mark_shown_read(request: PersonRequest) -> HttpResponse:
    """Mark as read what was shown on the page, and nothing that has come since."""
    form = ShownForm(request.POST)
    if form.is_valid():
        count = actions.mark_all_read(recipient=request.user, ids=form.cleaned_data["ids"], at=now())
        words = ngettext("%(count)s message is marked as read.", "%(count)s messages are marked as read.", count)
        messages.success(request, words % {"count": count})
    return redirect("notifications:inbox")


@require_POST
@requires(signed_in)
def mark_unread(request: PersonRequest, message_id: UUID) -> HttpResponse:
    """Put a message back among those to be read."""
    message = get_object_or_404(inbox_of(request.user), pk=message_id)
    actions.mark_unread(message=message)
    return redirect(reverse("notifications:inbox") + f"#message-{message.pk}")
