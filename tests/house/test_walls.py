"""Calls go down, facts go up: what import-linter can not see of the walls between the rooms."""

from __future__ import annotations

import grimp
from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver, include, path

from core.views import public
from tests.house import walls

MODELS = [model for model in apps.get_models() if model._meta.app_label in walls.ROOMS]


def test_no_room_enters_through_the_door_of_another() -> None:
    graph = grimp.build_graph(*walls.ROOMS, include_external_packages=False)
    imports = [
        (importer, imported)
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    ]
    assert len(imports) > 100
    assert walls.doors_entered(imports) == []


def test_door_entered_is_found() -> None:
    planted = [
        ("courses.views", "people.forms"),
        ("enrollment.actions", "records.tasks"),
        ("people.views.staff", "core.tasks"),
    ]
    assert len(walls.doors_entered(planted)) == len(planted)
    fine = [("courses.views", "courses.forms"), ("lms.urls", "people.urls"), ("courses.forms", "core.forms")]
    fine += [("courses.views", "people.signing"), ("courses.views.x", "core.views")]
    assert walls.doors_entered(fine) == []


def test_relations_point_down() -> None:
    assert walls.relations_upward(walls.relations_of(MODELS)) == []


def test_relation_upward_is_found() -> None:
    planted = [("people", "people.User.course", "courses"), ("courses", "courses.Course.owner", "people")]
    assert walls.relations_upward(planted) == ["people.User.course points up to courses"]


def test_records_point_nowhere() -> None:
    outside = [found for found in walls.relations_of(MODELS) if found[0] == "records" and found[2] != "records"]
    assert outside == []


def test_every_view_declares_its_permission() -> None:
    assert list(walls.views_without_permission(get_resolver().url_patterns)) == []


def test_view_without_permission_is_found() -> None:
    def bare(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    bare.__module__ = "courses.views"
    inner = [path("open/", public(lambda request: HttpResponse())), path("bare/", bare)]
    assert list(walls.views_without_permission([path("x/", include(inner))])) == ["x/bare/"]


def test_every_choice_is_checked_by_the_database() -> None:
    assert walls.choices_without_check(MODELS) == []


def test_choice_without_check_is_found() -> None:
    job = apps.get_model("core", "Job")
    kept = job._meta.constraints
    try:
        job._meta.constraints = [constraint for constraint in kept if constraint.name != "job_state_known"]
        assert walls.choices_without_check([job]) == ["core.Job.state"]
    finally:
        job._meta.constraints = kept


def test_core_is_no_junk_drawer() -> None:
    lines = {room: walls.lines_of(room) for room in walls.ROOMS}
    assert lines["core"] / sum(lines.values()) < 0.08, lines
