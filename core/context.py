"""What the trail wants to know about the work under way: which request or task it is."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
