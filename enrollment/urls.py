"""Addresses of the enrollment room."""

from django.urls import URLPattern, path

from enrollment.views import (
    batches,
    calendar,
    exceptions,
    extending,
    learner,
    player,
    reminding,
    requirement_list,
    requirements,
    signing,
    waivers,
)

app_name = "enrollment"
urlpatterns: list[URLPattern] = [
    path("", learner.home, name="home"),
    path("training/", learner.training, name="training"),
    path("training/<uuid:enrollment_id>/", learner.course, name="course"),
    path("courses/<uuid:course_id>/start/", learner.start, name="start"),
    path("account/calendar/", calendar.calendar, name="calendar"),
    path("calendar/<str:token>.ics", calendar.calendar_feed, name="calendar_feed"),
    path("record/", learner.record, name="record"),
    path("training/<uuid:enrollment_id>/sign/", signing.sign, name="sign"),
    path("training/<uuid:enrollment_id>/completed/", signing.completed, name="completed"),
    path("training/<uuid:enrollment_id>/<uuid:activity_id>/", player.activity, name="activity"),
    path("training/<uuid:enrollment_id>/<uuid:activity_id>/watch/", player.watch, name="watch"),
    path("training/<uuid:enrollment_id>/<uuid:activity_id>/beat/", player.beat, name="beat"),
    path("training/<uuid:enrollment_id>/<uuid:activity_id>/file/<slug:asset>/", player.activity_file, name="file"),
    path("requirements/", requirement_list.requirements, name="requirements"),
    path("requirements/new/", requirements.new_requirement, name="new_requirement"),
    path("requirements/<uuid:requirement_id>/", requirements.requirement, name="requirement"),
    path("requirements/<uuid:requirement_id>/people.csv", requirements.requirement_people, name="requirement_people"),
    path("requirements/<uuid:requirement_id>/off/", requirements.switch_off, name="switch_off"),
    path(
        "requirements/<uuid:requirement_id>/progress/", requirements.requirement_progress, name="requirement_progress"
    ),
    path("assignments/<uuid:assignment_id>/remind/", reminding.remind, name="remind"),
    path("assignments/<uuid:assignment_id>/more-time/", extending.extend, name="extend"),
    path("assignments/<uuid:assignment_id>/waiver/", waivers.propose, name="propose_waiver"),
    path("assignments/<uuid:assignment_id>/ask/", waivers.ask, name="ask_for_waiver"),
    path("exceptions/", exceptions.exceptions, name="exceptions"),
    path("exceptions/limits/", extending.limits, name="exception_limits"),
    path("exceptions/several/", batches.new_batch, name="new_batch"),
    path("exceptions/several/<uuid:batch_id>/", batches.batch, name="batch"),
    path("exceptions/several/<uuid:batch_id>/progress/", batches.progress, name="batch_progress"),
    path("exceptions/<uuid:waiver_id>/", exceptions.waiver, name="waiver"),
    path("exceptions/<uuid:waiver_id>/proof/", exceptions.evidence, name="waiver_evidence"),
    path("exceptions/<uuid:waiver_id>/grant/", waivers.grant, name="grant_waiver"),
    path("exceptions/<uuid:waiver_id>/return/", waivers.give_back, name="return_waiver"),
    path("exceptions/<uuid:waiver_id>/withdraw/", waivers.withdraw, name="withdraw_waiver"),
]
