"""Makes the first administrator of an installation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction

from core.clock import now
from people.actions import add_person, grant_role
from people.choices import AccessRole
from people.mail import password_link, password_link_mail
from people.models import RoleGrant, User
from records.facts import SystemActor

BY = SystemActor("installation")


class Command(BaseCommand):
    help = "Make somebody an administrator, with a link under which they set their password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True, help="their e-mail address, which is the user ID")
        parser.add_argument("--name", required=True, help="their name, as it is printed on records")
        parser.add_argument("--employee-number", default="A0001", help="their employee number (A0001)")
        parser.add_argument("--send", action="store_true", help="send the link by e-mail too")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.by_address(options["email"]).first() or self._added(options)
        if RoleGrant.objects.in_force(now()).filter(user=person, role=AccessRole.ADMINISTRATOR, site=None).exists():
            self.stdout.write(f"{person.name} is an administrator already.")
        else:
            grant_role(person=person, role=AccessRole.ADMINISTRATOR, by=BY, at=now(), reason="Set up at installation")
            self.stdout.write(f"{person.name} is an administrator now.")
        self.stdout.write(f"They set their password here, within three days: {password_link(person)}")
        if options["send"]:
            password_link_mail(person).send()
            self.stdout.write(f"The link was sent to {person.email}.")

    def _added(self, options: dict[str, Any]) -> User:
        try:
            validate_email(options["email"])
        except Exception as error:
            raise CommandError(f"{options['email']} is no e-mail address.") from error
        number = options["employee_number"]
        if User.objects.filter(employee_number=number).exists():
            raise CommandError(f"The employee number {number} is taken. Choose another by --employee-number.")
        return add_person(by=BY, at=now(), name=options["name"], email=options["email"], employee_number=number)
