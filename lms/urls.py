"""Every address of Attest: each room has its own, mounted here."""

from typing import NoReturn

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import include, path

from core.views import public
from lms import health
from lms.gallery import gallery

# Pages of allauth that Attest does not have: accounts and addresses are changed by administrators.
CLOSED = ("signup", "email", "confirm-email", "confirm-email/<str:key>", "password/set", "login/code/confirm")


@public
def closed(request: HttpRequest, key: str = "") -> NoReturn:
    """Answer as if there were no such page."""
    raise Http404


@public
def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Lead browsers that ask by habit, beside a PDF for example, to the icon."""
    return HttpResponseRedirect(static("img/favicon.svg"))


urlpatterns = [
    path("healthz/", health.healthz, name="healthz"),
    path("readyz/", health.readyz, name="readyz"),
    path("favicon.ico", favicon, name="favicon"),
    path("", include("enrollment.urls")),
    path("", include("assessments.urls")),
    path("", include("courses.urls")),
    path("", include("reporting.urls")),
    path("", include("records.urls")),
    path("", include("people.urls")),
    path("", include("notifications.urls")),
    path("", include("core.urls")),
    *(path(f"accounts/{page}/", closed) for page in CLOSED),
    path("accounts/", include("allauth.urls")),
]
if settings.DEBUG:
    urlpatterns.append(path("components/", gallery, name="gallery"))
