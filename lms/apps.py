"""The application that puts the rooms together."""

from django.apps import AppConfig


class LmsConfig(AppConfig):
    name = "lms"

    def ready(self) -> None:
        """Make every room's tasks known by name, so that `core.jobs.enqueue` finds them without importing them."""
        from lms.celery import app

        app.autodiscover_tasks(force=True)
