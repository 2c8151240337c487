"""Addresses of the assessments room."""

from django.urls import URLPattern, path

from assessments.views import record, taking

app_name = "assessments"

QUIZ = "training/<uuid:enrollment_id>/quiz/<uuid:activity_id>/"

urlpatterns: list[URLPattern] = [
    path(QUIZ, taking.quiz, name="quiz"),
    path(f"{QUIZ}start/", taking.start, name="start"),
    path(f"{QUIZ}save/", taking.save, name="save"),
    path(f"{QUIZ}review/", taking.review, name="review"),
    path(f"{QUIZ}submit/", taking.submit, name="submit"),
    path(f"{QUIZ}attempts/<uuid:attempt_id>/", taking.attempt, name="attempt"),
    path("attempts/<uuid:attempt_id>/", record.attempt_record, name="attempt_record"),
]
