from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"

    def ready(self) -> None:
        """Say who makes compliance reports."""
        from core.jobs import job_kind
        from reporting.actions import KIND
        from reporting.reports.compliance import make

        job_kind(KIND, run=make)
