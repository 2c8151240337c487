"""What can be learned: the catalog, and a course as anyone may read about it."""

from __future__ import annotations

from functools import lru_cache
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.views import requires
from courses.models import CourseVersion
from courses.permissions import reads_versions
from courses.queries import catalog as found_in_catalog
from courses.queries import outline_of
from courses.queries.paths import course_names
from courses.queries.searching import LENGTHS, CatalogEntry
from people.permissions import signed_in
from people.requests import PersonRequest

LENGTH_WORDS = {
    "short": gettext_lazy("Up to 15 min"),
    "middle": gettext_lazy("16 to 30 min"),
    "long": gettext_lazy("Longer"),
}


@requires(signed_in)
@require_safe
def catalog(request: PersonRequest) -> HttpResponse:
    query = request.GET.get("q", "").strip()
    topics = request.GET.getlist("topic")
    lengths = [name for name in request.GET.getlist("time") if name in LENGTHS]
    number = request.GET.get("page", "1")
    found = found_in_catalog(query=query, topics=topics, lengths=lengths, page=int(number) if number.isdecimal() else 1)
    context = {
        "found": found,
        "entries": [_row(entry, get_language()) for entry in found.entries],
        "query": query,
        "topics": topics,
        "lengths": [(name, LENGTH_WORDS[name]) for name in lengths],
        "length_facets": [(facet, LENGTH_WORDS[facet.value]) for facet in found.lengths],
        "is_narrowed": bool(topics or lengths),
    }
    return render(request, "courses/catalog/catalog.html", context)


@lru_cache(maxsize=2048)
def _row(entry: CatalogEntry, language: str | None) -> SafeString:
    """Return a course as a line of the catalog; kept, since what it says of a version never changes."""
    return render_to_string("courses/catalog/_entry.html", {"entry": entry})


@lru_cache(maxsize=512)
def _body(version_id: UUID, language: str | None) -> SafeString:
    """Return what an approved version teaches as HTML; kept like a line of the catalog."""
    return render_to_string("courses/catalog/_body.html", {"outline": outline_of(version_id)})


@requires(signed_in)
@require_safe
def course(request: PersonRequest, course_id: UUID) -> HttpResponse:
    """Show the version of a course that counts; whoever may read others finds them from there."""
    effective = get_object_or_404(CourseVersion.objects.only("id"), course_id=course_id, state="effective")
    request.section = "courses:catalog"
    outline = outline_of(effective.pk)
    assessments = [activity for activity in outline.activities if activity.is_assessment]
    marks = [f"{each.title}: {each.requirement_words}" for each in assessments]
    choices = [
        _("of “{module}” any {needed}").format(module=each.title, needed=each.needed_count) for each in outline.choices
    ]
    context = {
        "outline": outline,
        "body": _body(outline.version_id, get_language()),
        "to_complete": ", ".join([_("All activities"), *choices, *marks, _("your signature")]),
        "first": sorted(course_names(outline.prerequisites).values(), key=lambda name: name.code),
        "reads_versions": reads_versions(request.user),
    }
    return render(request, "courses/catalog/course.html", context)
