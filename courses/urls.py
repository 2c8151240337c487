"""Addresses of the courses room."""

from django.urls import URLPattern

app_name = "courses"
urlpatterns: list[URLPattern] = []
