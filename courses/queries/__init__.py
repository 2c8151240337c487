"""Named reads of the courses room."""

from courses.queries.checks import VersionCheck, told_together, version_checks
from courses.queries.contents import (
    activities_with_content,
    activity_content,
    content_of,
    content_sha256_of,
    contributor_ids,
    difference,
    unchanged_activities,
)
from courses.queries.outlines import ActivityOutline, ModuleOutline, Outline, forget_outline, outline_of
from courses.queries.searching import CatalogEntry, CatalogPage, catalog
from courses.queries.versions import (
    approvers_of,
    earlier_labels,
    effective_version,
    last_edit,
    signatures_of,
    version_in_work,
    versions_due,
)

__all__ = [
    "ActivityOutline",
    "CatalogEntry",
    "CatalogPage",
    "ModuleOutline",
    "Outline",
    "VersionCheck",
    "activities_with_content",
    "activity_content",
    "approvers_of",
    "catalog",
    "content_of",
    "content_sha256_of",
    "contributor_ids",
    "difference",
    "earlier_labels",
    "effective_version",
    "forget_outline",
    "last_edit",
    "outline_of",
    "signatures_of",
    "told_together",
    "unchanged_activities",
    "version_checks",
    "version_in_work",
    "versions_due",
]
