"""Pages about people: the directory for administrators, and one's own settings."""

from people.views import account, directory, organisation, person

__all__ = ["account", "directory", "organisation", "person"]
