"""Being observed at work: a checklist, and a second person who signs for it."""
