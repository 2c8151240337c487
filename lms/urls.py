"""Every address of Attest: each room has its own, mounted here."""

from django.urls import include, path

urlpatterns = [
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
