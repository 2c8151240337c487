"""The application that puts the rooms together."""

from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"

    def ready(self) -> None:
        """Register the checks, and every room's tasks, so that `core.jobs.enqueue` finds them by name."""
        from lms import checks  # noqa: F401
        from lms.celery import app

        app.autodiscover_tasks(force=True)
