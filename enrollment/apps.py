from django.apps import AppConfig


class EnrollmentConfig(AppConfig):
    name = "enrollment"

    def ready(self) -> None:
        """Follow people from position to position."""
        from enrollment import followers

        followers.connect()
