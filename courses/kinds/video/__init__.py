"""A film with captions."""
