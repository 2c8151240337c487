"""Addresses of the courses room."""

from django.urls import path

from courses.views import catalog, decisions, editor, joining, parts, studio, versions

app_name = "courses"
urlpatterns = [
    path("catalog/", catalog.catalog, name="catalog"),
    path("courses/<uuid:course_id>/", catalog.course, name="course"),
    path("studio/", studio.studio, name="studio"),
    path("studio/new/", studio.new, name="new"),
    path("studio/courses/<uuid:course_id>/start/", studio.start_version, name="start_version"),
    path("studio/courses/<uuid:course_id>/joining/", joining.joining, name="joining"),
    path("studio/<uuid:version_id>/", editor.details, name="edit"),
    path("studio/<uuid:version_id>/checks/", editor.checks, name="checks"),
    path("studio/<uuid:version_id>/page-preview/", editor.page_preview, name="page_preview"),
    path("studio/<uuid:version_id>/modules/new/", parts.new_module, name="new_module"),
    path("studio/<uuid:version_id>/modules/<uuid:module_id>/", editor.module, name="module"),
    path("studio/<uuid:version_id>/modules/<uuid:module_id>/move/", parts.step_module, name="move_module"),
    path("studio/<uuid:version_id>/modules/<uuid:module_id>/remove/", parts.drop_module, name="remove_module"),
    path("studio/<uuid:version_id>/activities/new/", parts.new_activity, name="new_activity"),
    path("studio/<uuid:version_id>/activities/<uuid:activity_id>/", editor.activity, name="activity"),
    path("studio/<uuid:version_id>/activities/<uuid:activity_id>/move/", parts.step_activity, name="move_activity"),
    path(
        "studio/<uuid:version_id>/activities/<uuid:activity_id>/remove/",
        parts.drop_activity,
        name="remove_activity",
    ),
    path("studio/<uuid:version_id>/undo/<int:fact_id>/", parts.undo, name="undo"),
    path("studio/<uuid:version_id>/submit/", decisions.submit, name="submit"),
    path("reviews/", decisions.reviews, name="reviews"),
    path("reviews/<uuid:version_id>/", decisions.review, name="review"),
    path("reviews/<uuid:version_id>/approve/", decisions.approve, name="approve"),
    path("reviews/<uuid:version_id>/return/", decisions.give_back, name="return"),
    path("versions/<uuid:version_id>/", versions.version, name="version"),
    path("versions/<uuid:version_id>/retire/", decisions.retire, name="retire"),
    path("versions/<uuid:version_id>/preview/", versions.preview, name="preview_first"),
    path("versions/<uuid:version_id>/preview/<uuid:activity_id>/", versions.preview, name="preview"),
    path("files/<uuid:activity_id>/<slug:name>/", versions.file, name="file"),
]
