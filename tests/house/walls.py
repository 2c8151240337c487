"""What makes a wall between rooms whole: pure questions, asked of the house and of planted faults alike."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db.models import CheckConstraint, Model, Q
from django.urls import URLPattern, URLResolver

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("lms", "reporting", "assessments", "enrollment", "courses", "notifications", "people", "records", "core")
DOORS = {"views", "forms", "tasks", "admin", "followers", "urls"}
# Meant to be shared: fields in the look of the component library, and the decorators of every view.
SHARED_DOORS = {"core.forms", "core.views"}


def doors_entered(imports: Iterable[tuple[str, str]]) -> list[str]:
    """Return the imports (importer, imported) that reach into a door of another room."""
    return [
        f"{importer} imports {imported}"
        for importer, imported in imports
        if not _same_room(importer, imported)
        and importer.split(".")[0] != "lms"  # the top puts the rooms' doors together
        and DOORS & set(imported.split(".")[1:2])
        and imported not in SHARED_DOORS
    ]


def relations_upward(relations: Iterable[tuple[str, str, str]]) -> list[str]:
    """Return the relations (room, field, room of the target) that point to a higher room."""
    return [
        f"{field} points up to {target}"
        for room, field, target in relations
        if room in ROOMS and target in ROOMS and ROOMS.index(target) < ROOMS.index(room)
    ]


def relations_of(models: Iterable[type[Model]]) -> Iterator[tuple[str, str, str]]:
    """Return every concrete relation of these models as (room, field, room of the target)."""
    for model in models:
        for field in model._meta.get_fields():
            if field.concrete and field.is_relation and field.related_model is not None:
                target: type[Model] = field.related_model
                yield model._meta.app_label, f"{model._meta.label}.{field.name}", target._meta.app_label


def choices_without_check(models: Iterable[type[Model]]) -> list[str]:
    """Return the fields with choices whose table would take any other value."""
    return [
        f"{model._meta.label}.{field.name}"
        for model in models
        for field in model._meta.local_concrete_fields
        if field.choices and not _is_checked(model, field.name, {value for value, _word in field.flatchoices})
    ]


def _is_checked(model: type[Model], name: str, values: set[str]) -> bool:
    conditions = (c.condition for c in model._meta.constraints if isinstance(c, CheckConstraint))
    return any(
        isinstance(condition, Q)
        and not condition.negated
        and len(condition.children) == 1
        and condition.children[0][0] == f"{name}__in"
        and set(condition.children[0][1]) == values
        for condition in conditions
    )


def views_without_permission(patterns: Iterable[URLPattern | URLResolver], *, place: str = "") -> Iterator[str]:
    """Return the addresses whose view declares no permission; those of other packages are not asked."""
    for pattern in patterns:
        address = f"{place}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from views_without_permission(pattern.url_patterns, place=address)
        elif pattern.callback.__module__.split(".")[0] in ROOMS and not hasattr(pattern.callback, "permission"):
            yield address


def addresses(patterns: Iterable[URLPattern | URLResolver], *, place: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Return every address with its pattern."""
    for pattern in patterns:
        address = f"{place}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, place=address)
        else:
            yield address, pattern


_TAG = re.compile(r"<(?P<name>script|style|[a-z][a-z0-9-]*)\b(?P<attributes>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.I)
_INLINE = re.compile(r"\s(?P<name>style|on[a-z]+|hx-on[:a-z-]*)\s*=", re.I)
_ELSEWHERE = re.compile(r"\s(?:src|srcset|poster)\s*=\s*[\"']?(?:https?:)?//", re.I)


def inline_in(markup: str) -> list[str]:
    """Return what the Content-Security-Policy would refuse in a template: inline style, script, other hosts."""
    found = []
    for tag in _TAG.finditer(markup):
        name, attributes = tag["name"].lower(), tag["attributes"]
        if name == "style" or (name == "script" and not _is_harmless_script(attributes)):
            found.append(f"<{name}>")
        found += [f"{inline['name']}= on <{name}>" for inline in _INLINE.finditer(attributes)]
        if _ELSEWHERE.search(attributes) or (name == "link" and "://" in attributes):
            found.append(f"<{name}> from another host")
        if "javascript:" in attributes.lower():
            found.append(f"javascript: on <{name}>")
    return found


def _is_harmless_script(attributes: str) -> bool:
    return bool(re.search(r"\ssrc\s*=", attributes) or re.search(r"application/(ld\+)?json", attributes))


# Spelled in two parts, so that this file does not contain what it looks for.
_BETRAYALS = re.compile(
    "|".join(
        re.escape(first + second)
        for first, second in (
            ("pypi", ".org/simple"),
            ("files.python", "hosted.org"),
            ("registry.npm", "js.org"),
            ("registry.yarn", "pkg.com"),
            ("deb.", "debian.org"),
            ("ghcr", ".io/"),
            ("quay", ".io/"),
        )
    )
    + r"|(?<![\w.-])/(?:work|root|home/\w+|Users/\w+)/[\w.]"
)


def betrayals_in(text: str) -> list[str]:
    """Return the registry hosts and the paths of somebody's machine that stand in a file."""
    return [match.group() for match in _BETRAYALS.finditer(text)]


def lines_of(room: str) -> int:
    """Return how many lines of Python a room has, without its migrations."""
    files = (path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
    return sum(len(path.read_text().splitlines()) for path in files)


def undocumented(source: str) -> list[str]:
    """Return the public classes and functions of a module that say nothing about themselves."""
    tree = ast.parse(source)
    named = (node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef))
    return [node.name for node in named if not node.name.startswith("_") and not ast.get_docstring(node)]


def _same_room(one: str, other: str) -> bool:
    return one.split(".")[0] == other.split(".")[0]
