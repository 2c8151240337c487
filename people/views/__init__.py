"""Pages about people: the directory for administrators, and one's own settings."""

from people.views import (
    account,
    directory,
    import_access,
    import_feed,
    imports,
    organisation,
    organisation_parts,
    person,
    person_work,
)

__all__ = [
    "account",
    "directory",
    "import_access",
    "import_feed",
    "imports",
    "organisation",
    "organisation_parts",
    "person",
    "person_work",
]
