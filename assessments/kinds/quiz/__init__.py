"""Questions to answer, graded by the server."""
