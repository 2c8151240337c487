"""Background work of the people room."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from people.mail import password_link_mail
from people.models import User


@shared_task(name="people.send_password_link", autoretry_for=(OSError,), max_retries=5, retry_backoff=10)
def send_password_link(person_id: str) -> None:
    """Send a person the link to set their password; the link is made here and kept nowhere."""
    person = User.objects.filter(pk=UUID(person_id), is_active=True).first()
    if person is not None:
        password_link_mail(person).send()
