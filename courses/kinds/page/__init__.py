"""A page to read, written in Markdown."""

from courses.kinds.page.rendering import Heading, RenderedPage, render

__all__ = ["Heading", "RenderedPage", "render"]
