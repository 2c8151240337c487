from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"

    def ready(self) -> None:
        """Let people know what happens to their accounts."""
        from notifications import followers

        followers.connect()
