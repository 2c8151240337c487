"""The request as a view behind `core.views.requires` gets it."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from people.models import User


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in: a type for annotations, never made."""

    user: User
    htmx: HtmxDetails
    section: str  # the page of the navigation to which this one belongs, where its address does not say
