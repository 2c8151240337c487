from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "people"

    def ready(self) -> None:
        """Write sign-in, sign-out and second factors to the trail, and say who reads and writes lists of people."""
        from core.jobs import job_kind
        from people import followers, tasks
        from people.actions import APPLY_JOB, CHECK_JOB

        followers.connect()
        job_kind(CHECK_JOB, run=tasks.check_import)
        job_kind(APPLY_JOB, run=tasks.apply_import)
