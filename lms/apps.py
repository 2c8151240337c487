"""The application that puts the rooms together."""

from django.apps import AppConfig
from django.contrib.staticfiles import apps as staticfiles


class LmsConfig(AppConfig):
    name = "lms"

    def ready(self) -> None:
        """Register the checks, and every room's tasks, so that `core.jobs.enqueue` finds them by name."""
        from lms import checks  # noqa: F401
        from lms.celery import app

        app.autodiscover_tasks(force=True)


class StaticFilesConfig(staticfiles.StaticFilesConfig):
    """Static files, without the sources that style sheets are made from."""

    ignore_patterns = [*staticfiles.StaticFilesConfig.ignore_patterns, "src"]
