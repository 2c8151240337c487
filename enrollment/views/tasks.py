"""Tasks that only qualified people may do: their list, what each asks for, and who is qualified."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.sheets import csv_answer
from core.views import requires
from enrollment.actions.qualifying import add_task, change_task
from enrollment.forms import QualifiedForm, TaskForm
from enrollment.models import Task
from enrollment.queries import qualifications_at
from enrollment.queries.tasks import asked_by_task, changes_of, led_by_task, people_asked_about, task_rows
from enrollment.views.qualified import Answer, answers_of, sheet
from people.models import User
from people.permissions import administrator_everywhere, overseer
from people.queries import below
from people.requests import PersonRequest

PAGE = 25
either = require_http_methods(["GET", "HEAD", "POST"])


@requires(overseer)
@require_safe
def tasks(request: PersonRequest) -> HttpResponse:
    """All tasks by name, each with the courses that it asks for."""
    page = Paginator(Task.objects.order_by("name"), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": task_rows(list(page)),
        "may_edit": administrator_everywhere(request.user),
    }
    return render(request, "enrollment/tasks/list.html", context)


@requires(administrator_everywhere)
@either
def new_task(request: PersonRequest) -> HttpResponse:
    """Add a task."""
    form = TaskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        found = _kept(form, lambda: add_task(by=request.user, at=now(), **typed))
        if found is not None:
            messages.success(request, _("Added: {name}.").format(name=found.name))
            return redirect("enrollment:task", task_id=found.pk)
    context = {"form": form, "trail": [(_("Who is qualified"), reverse("enrollment:tasks")), (_("New task"), "")]}
    return render(request, "enrollment/tasks/edit.html", context, status=422 if form.errors else 200)


@requires(administrator_everywhere)
@either
def change(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Let a task ask for other courses from now on, or be called otherwise, with a reason."""
    task = get_object_or_404(Task, pk=task_id)
    form = TaskForm(request.POST if request.method == "POST" else None, task=task)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        kept = _kept(form, lambda: change_task(task=task, by=request.user, at=now(), **typed))
        if kept is not None:
            messages.success(request, _("Saved. It holds from now on; what was asked before is kept."))
            return redirect("enrollment:task", task_id=task.pk)
    address = reverse("enrollment:task", args=[task.pk])
    trail = [(_("Who is qualified"), reverse("enrollment:tasks")), (task.name, address), (_("Change"), "")]
    context = {"form": form, "task": task, "trail": trail}
    return render(request, "enrollment/tasks/edit.html", context, status=422 if form.errors else 200)


@requires(overseer)
@require_safe
def task(request: PersonRequest, task_id: UUID) -> HttpResponse:
    """Who is qualified for a task on a day, as it was known at a moment; and what it asked for since when."""
    found = get_object_or_404(Task.objects.select_related("created_by"), pk=task_id)
    form = _form(request)
    page: Page[Any] | None = None
    answers: list[Answer] = []
    if form.is_valid():
        people = _people(request, form)
        if form.cleaned_data["missing"]:
            wanting = [each for each in _answers(found, form, people) if not each.is_qualified]
            page = Paginator(wanting, PAGE).get_page(request.GET.get("page"))
            answers = wanting[page.start_index() - 1 : page.end_index()] if wanting else []
        else:
            page = Paginator(people, PAGE).get_page(request.GET.get("page"))
            answers = _answers(found, form, page)
    count = page.paginator.count if page is not None else 0
    context = {
        "task": found,
        "form": form,
        "page": page,
        "answers": answers,
        "found": ngettext("{count} person", "{count} people", count).format(count=count),
        "asked": asked_by_task(found),
        "led": led_by_task(found),
        "changes": changes_of(found),
        "may_edit": administrator_everywhere(request.user),
        "query": request.GET.urlencode(),
        "trail": [(_("Who is qualified"), reverse("enrollment:tasks")), (found.name, "")],
    }
    return render(request, "enrollment/tasks/detail.html", context, status=422 if form.errors else 200)


@requires(overseer)
@require_safe
def task_people(request: PersonRequest, task_id: UUID) -> HttpResponseBase:
    """The same people and answers as a file."""
    found = get_object_or_404(Task, pk=task_id)
    form = _form(request)
    if not form.is_valid():
        return redirect(reverse("enrollment:task", args=[found.pk]) + "?" + request.GET.urlencode())
    answers = _answers(found, form, _people(request, form))
    if form.cleaned_data["missing"]:
        answers = [each for each in answers if not each.is_qualified]
    return csv_answer(sheet(answers, form.question), name=f"qualified-{form.question.day.isoformat()}")


def _form(request: PersonRequest) -> QualifiedForm:
    return QualifiedForm(request.GET, at=now(), zone=request.user.zone_name)


def _people(request: PersonRequest, form: QualifiedForm) -> list[User]:
    """Return whom the reader may read and the filters keep."""
    asked = form.cleaned_data
    department = asked["department"]
    people = people_asked_about(
        request.user,
        on=timezone.localdate(now()),
        day=form.question.day,
        site=asked["site"].pk if asked["site"] else None,
        job_role=asked["job_role"].pk if asked["job_role"] else None,
        departments=below(department) if department else None,
    )
    return list(people.only("pk", "name", "employee_number"))


def _answers(task: Task, form: QualifiedForm, people: Iterable[Any]) -> list[Answer]:
    listed: list[User] = list(people)
    question = form.question
    found = qualifications_at(
        person_ids=[each.pk for each in listed], task=task, at=question.at, known_at=question.known_at
    )
    return answers_of(listed, found)


def _kept(form: TaskForm, write: Callable[[], Task]) -> Task | None:
    """Return the task that was written; where somebody was first with its name, say so beside the name."""
    try:
        with transaction.atomic():
            return write()
    except IntegrityError:
        form.add_error("name", _("There is a task of this name already."))
        return None
