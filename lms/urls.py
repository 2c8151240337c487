"""Every address of Attest: each room has its own, mounted here."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
]
