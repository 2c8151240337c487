"""Addresses of the assessments room."""

from django.urls import URLPattern, path

from assessments.views import practice, record, studio, taking

app_name = "assessments"

QUIZ = "training/<uuid:enrollment_id>/quiz/<uuid:activity_id>/"
PRACTICE = "training/<uuid:enrollment_id>/practice/<uuid:activity_id>/"
STUDIO = "studio/<uuid:version_id>/activities/<uuid:activity_id>/questions/"

urlpatterns: list[URLPattern] = [
    path(QUIZ, taking.quiz, name="quiz"),
    path(f"{QUIZ}start/", taking.start, name="start"),
    path(f"{QUIZ}save/", taking.save, name="save"),
    path(f"{QUIZ}review/", taking.review, name="review"),
    path(f"{QUIZ}submit/", taking.submit, name="submit"),
    path(f"{QUIZ}attempts/<uuid:attempt_id>/", taking.attempt, name="attempt"),
    path(PRACTICE, practice.practice, name="practice"),
    path(f"{PRACTICE}ask/", practice.ask, name="ask_to_be_observed"),
    path(f"{PRACTICE}observe/", practice.observe, name="observe"),
    path("observations/", practice.waiting, name="observations"),
    path("observations/<uuid:observation_id>/", practice.observation, name="observation"),
    path("attempts/<uuid:attempt_id>/", record.attempt_record, name="attempt_record"),
    path("attempts/<uuid:attempt_id>/allow/", record.allow, name="allow_attempt"),
    path(f"{STUDIO}new/", studio.new_question, name="new_question"),
    path(f"{STUDIO}<uuid:question_id>/", studio.question, name="question"),
    path(f"{STUDIO}<uuid:question_id>/move/", studio.move_question_view, name="move_question"),
    path(f"{STUDIO}<uuid:question_id>/remove/", studio.remove_question_view, name="remove_question"),
    path(f"{STUDIO}bring-back/<int:fact_id>/", studio.bring_back_question_view, name="bring_back_question"),
]
