from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "people"

    def ready(self) -> None:
        """Write sign-in, sign-out and second factors to the trail."""
        from people import followers

        followers.connect()
