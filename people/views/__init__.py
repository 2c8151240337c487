"""Pages about people: the directory for administrators, and one's own settings."""

from people.views import account, directory, import_access, import_feed, imports, organisation, person

__all__ = ["account", "directory", "import_access", "import_feed", "imports", "organisation", "person"]
