"""Addresses of the enrollment room."""

from django.urls import URLPattern, path

from enrollment.views import (
    access,
    calendar,
    learner,
    player,
    qualified_feed,
    reminding,
    requirement_list,
    requirements,
    signing,
    tasks,
    why,
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
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/new/", tasks.new_task, name="new_task"),
    path("tasks/access/", access.tokens, name="tokens"),
    path("tasks/access/new/", access.new_token, name="new_token"),
    path("tasks/access/<uuid:token_id>/revoke/", access.revoke_token, name="revoke_token"),
    path("api/tasks/<str:task_id>/qualified/", qualified_feed.qualified_feed, name="qualified_feed"),
    path("tasks/<uuid:task_id>/", tasks.task, name="task"),
    path("tasks/<uuid:task_id>/people.csv", tasks.task_people, name="task_people"),
    path("tasks/<uuid:task_id>/change/", tasks.change, name="change_task"),
    path("assignments/<uuid:assignment_id>/why/", why.why, name="why"),
    path("assignments/<uuid:assignment_id>/remind/", reminding.remind, name="remind"),
]
