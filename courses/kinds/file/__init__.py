"""A document to open or print, such as a job aid."""
