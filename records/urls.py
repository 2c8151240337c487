"""Addresses of the records room: the public check of certificates, and nothing else."""

from django.urls import path

from records import views

app_name = "records"
urlpatterns = [
    path("verify/", views.check, name="check"),
    path("v/<str:token>/", views.verify, name="verify"),
]
