"""Addresses of the records room."""

from django.urls import URLPattern

app_name = "records"
urlpatterns: list[URLPattern] = []
