"""Every address of Attest: each room has its own, mounted here."""

from django.urls import include, path

from lms import health

urlpatterns = [
    path("healthz/", health.healthz, name="healthz"),
    path("readyz/", health.readyz, name="readyz"),
    path("", include("enrollment.urls")),
    path("", include("assessments.urls")),
    path("", include("courses.urls")),
    path("", include("reporting.urls")),
    path("", include("records.urls")),
    path("", include("people.urls")),
    path("", include("notifications.urls")),
    path("", include("core.urls")),
    path("accounts/", include("allauth.urls")),
]
