"""Addresses of the enrollment room."""

from django.urls import URLPattern, path

from enrollment.views import learner, player, signing

app_name = "enrollment"
urlpatterns: list[URLPattern] = [
    path("", learner.home, name="home"),
    path("training/", learner.training, name="training"),
    path("training/<uuid:enrollment_id>/", learner.course, name="course"),
    path("courses/<uuid:course_id>/start/", learner.start, name="start"),
    path("courses/<uuid:course_id>/start/", learner.start, name="course_preview"),
    path("record/", learner.record, name="record"),
    path("training/<uuid:enrollment_id>/sign/", signing.sign, name="sign"),
    path("training/<uuid:enrollment_id>/completed/", signing.completed, name="completed"),
    path("training/<uuid:enrollment_id>/<uuid:activity_id>/", player.activity, name="activity"),
    path("training/<uuid:enrollment_id>/<uuid:activity_id>/watch/", player.watch, name="watch"),
    path("training/<uuid:enrollment_id>/<uuid:activity_id>/beat/", player.beat, name="beat"),
    path("training/<uuid:enrollment_id>/<uuid:activity_id>/file/<slug:asset>/", player.activity_file, name="file"),
]
