"""Record classes: their list, one of them with its records, what holds for a course, and how they change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core.clock import now
from core.once import form_id, made_once
from core.sheets import csv_answer
from core.views import requires
from courses.models import Course
from courses.permissions import readable_by as readable_versions
from enrollment.actions.retention import (
    ClassChanged,
    ClassRefused,
    add_record_class,
    change_record_class,
    note_records_fetched,
)
from enrollment.choices import CompletionSource, SignedBy
from enrollment.forms.retention import RecordClassForm
from enrollment.models import RecordClass
from enrollment.permissions import sites_of
from enrollment.queries import course_titles, retention
from enrollment.queries.sources import FIELDS, RELATED, origin_of
from enrollment.rules.retention_presets import BY_KEY, PRESETS
from people.choices import AccessRole
from people.models import User
from people.permissions import administrator_everywhere, administrator_or_auditor, readable_by, signed_in
from people.requests import PersonRequest

PAGE = 25
AT_ONCE = 500
either = require_http_methods(["GET", "HEAD", "POST"])


@requires(administrator_or_auditor)
@require_safe
def record_classes(request: PersonRequest) -> HttpResponse:
    """All record classes by name, and what is offered to begin with."""
    page = Paginator(RecordClass.objects.order_by("name"), PAGE).get_page(request.GET.get("page"))
    taken = {name.casefold() for name in RecordClass.objects.values_list("name", flat=True)}
    context = {
        "page": page,
        "rows": [(each, SignedBy(each.signed).label, courses) for each, courses in retention.class_rows(list(page))],
        "presets": [(each, str(each.name).casefold() in taken) for each in PRESETS],
        "may_edit": administrator_everywhere(request.user),
        "trail": _trail(),
    }
    return render(request, "enrollment/retention/list.html", context)


@requires(administrator_everywhere)
@either
def new_record_class(request: PersonRequest) -> HttpResponse:
    """Add a record class, perhaps one that is offered."""
    preset = BY_KEY.get(request.GET.get("preset", ""))
    form = RecordClassForm(_typed(request), today=timezone.localdate(now()), preset=preset)
    id, theirs = form_id(request.POST), RecordClass.objects.filter(created_by=request.user)
    is_valid = form.is_valid()  # asked first: its name may be taken by the same form, sent a moment before
    if theirs.filter(pk=id).exists():
        return redirect("enrollment:record_class", class_id=id)
    if is_valid:
        add = partial(add_record_class, id=id, by=request.user, at=now(), **form.cleaned_data)
        made = _kept(form, lambda: made_once(id=id, among=theirs, make=add)[0])
        if made is not None:
            messages.success(request, _("Added: {name}.").format(name=made.name))
            return redirect("enrollment:record_class", class_id=made.pk)
    context = {"form": form, "id": id, "preset": preset, "trail": _trail((_("New class"), ""))}
    return render(request, "enrollment/retention/edit.html", context, status=422 if form.errors else 200)


@requires(administrator_everywhere)
@either
def change_class(request: PersonRequest, class_id: UUID) -> HttpResponse:
    """Change a record class from now on, with a reason."""
    found = get_object_or_404(RecordClass, pk=class_id)
    form = RecordClassForm(_typed(request), today=timezone.localdate(now()), record_class=found)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        kept = _kept(form, lambda: change_record_class(record_class=found, by=request.user, at=now(), **typed))
        if kept is not None:
            messages.success(request, _("Saved. It holds for all records of the class; what held before is kept."))
            return redirect("enrollment:record_class", class_id=found.pk)
    address = reverse("enrollment:record_class", args=[found.pk])
    context = {"form": form, "class": found, "trail": _trail((found.name, address), (_("Change"), ""))}
    if form.is_looked_at_again:
        [(_class, courses)] = retention.class_rows([found])
        context |= {"courses": courses, "signed": SignedBy(found.signed).label}
    status = 409 if form.is_looked_at_again else 422 if form.errors else 200
    return render(request, "enrollment/retention/edit.html", context, status=status)


@requires(administrator_or_auditor)
@require_safe
def record_class(request: PersonRequest, class_id: UUID) -> HttpResponse:
    """One record class: its rule in words, its trainings since when, its records, and what was decided."""
    found = get_object_or_404(RecordClass, pk=class_id)
    context = {
        "class": found,
        "signed": SignedBy(found.signed).label,
        "courses": retention.courses_of_class(found),
        "contents": retention.contents_of(found, _people(request)),
        "reads_all": sites_of(request.user, AccessRole.ADMINISTRATOR, AccessRole.AUDITOR) is None,
        "changes": retention.changes_of(found),
        "may_edit": administrator_everywhere(request.user),
        "trail": _trail((found.name, "")),
    }
    return render(request, "enrollment/retention/detail.html", context)


@requires(administrator_or_auditor)
@require_safe
def class_records(request: PersonRequest, class_id: UUID) -> HttpResponseBase:
    """The records of a class as a file: of whom the reader may read, leavers too. A HEAD fetches none."""
    found, at = get_object_or_404(RecordClass, pk=class_id), now()
    on, people = timezone.localdate(at), _people(request)
    listed = retention.contents_of(found, people).records
    if request.method == "GET":
        note_records_fetched(record_class=found, records=listed, by=request.user, at=at)
    rows = _sheet(found, people, on=on)
    return csv_answer(_in_words_of(request.user, rows), name=f"records-{on.isoformat()}")


@requires(signed_in)
@require_safe
def course_kept(request: PersonRequest, course_id: UUID) -> HttpResponse:
    """How long the records of a course are kept, for pages about it."""
    course = get_object_or_404(
        Course.objects.filter(pk__in=readable_versions(request.user).values("course_id")), pk=course_id
    )
    context = {
        "classes": retention.classes_of_course(course.pk),
        "title": course_titles([course.pk])[course.pk],
        "may_open": administrator_or_auditor(request.user),
    }
    return render(request, "enrollment/retention/course.html", context)


def _typed(request: PersonRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _trail(*rest: tuple[str, str]) -> list[tuple[str, str]]:
    listed = reverse("enrollment:record_classes") if rest else ""
    return [(_("Completions"), reverse("enrollment:completions")), (_("Record classes"), listed), *rest]


def _people(request: PersonRequest) -> QuerySet[User]:
    return readable_by(request.user, on=timezone.localdate(now()))


def _kept(form: RecordClassForm, write: Callable[[], RecordClass]) -> RecordClass | None:
    """Return the class that was written; where somebody was first with its name or with a change, say so."""
    try:
        with transaction.atomic():
            return write()
    except ClassChanged as refusal:
        form.add_error(None, str(refusal))
        form.look_again()
    except ClassRefused as refusal:
        form.add_error(None, str(refusal))
    except IntegrityError:
        form.add_error("name", _("There is a record class of this name already."))
    return None


def _in_words_of(reader: User, rows: Iterator[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    """Yield rows in the language of a reader: the file is written after the request, so it is set for each."""
    while True:
        with translation.override(reader.language):
            row = next(rows, None)
        if row is None:
            return
        yield row


def _sheet(record_class: RecordClass, people: QuerySet[User], *, on: date) -> Iterator[Sequence[Any]]:
    """Yield the records of a class as rows of a table, a few at a time, the newest first."""
    yield (
        *(_("Person"), _("Employee number"), _("Training"), _("Code"), _("Version")),
        *(_("Completed on"), _("How it is known"), _("Signed by"), _("Led or verified by")),
        *(_("Version in force until"), _("Employed until"), _("Kept at least until"), _("In words")),
    )
    periods = retention.periods_of(retention.course_ids_of(record_class))
    rows = retention.records_in(record_class, people).order_by("-completed_at", "-id")
    rows = rows.select_related("user", "course", "version", "signature", "session__signature", *RELATED).only(
        *retention.FIELDS,
        *FIELDS,
        *("user__name", "user__employee_number", "user__left_on", "course__code", "version__title", "version__label"),
        *("signature__signer_name", "session__trainer", "session__signature__signer_name"),
    )
    for each in rows.iterator(chunk_size=AT_ONCE):
        kept = retention.keeping_of(each, periods, person=each.user, on=on)
        origin = origin_of(each)
        yield (
            *(each.user.name, each.user.employee_number, each.version.title, each.course.code, each.version.label),
            *(each.completed_on.isoformat(), origin.sentence or CompletionSource(each.source).label),
            *(_signer(each, origin), each.session.trainer if each.session else origin.verifier),
            *(_day(retention.last_in_force(each.version)), _day(each.user.left_on), kept.short, kept.sentence),
        )


def _signer(completion: Any, origin: Any) -> str:
    """Return who signed a record; nobody signed a line of a list."""
    if completion.signature:
        return str(completion.signature.signer_name)
    return ", ".join(filter(None, (origin.verifier, origin.recorder, origin.confirmer)))


def _day(day: Any) -> str:
    return day.isoformat() if day else ""
