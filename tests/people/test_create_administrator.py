"""The first administrator of an installation."""

from __future__ import annotations

import re
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from people.models import User
from tests.factories import make_person
from tests.people.signing_in import sign_in


def create(*more: str, email: str = "Admin@demo.test") -> str:
    said = StringIO()
    call_command("create_administrator", "--email", email, "--name", "Tomás Herrera", *more, stdout=said)
    return said.getvalue()


def test_administrator_sets_a_password_by_the_printed_link(client: Client, db: None) -> None:
    said = create()
    person = User.objects.by_address("admin@demo.test").get()
    assert (person.name, person.role_labels) == ("Tomás Herrera", ["Administrator"])
    link = re.search(r"http://testserver(/\S+)", said)
    assert link is not None
    form = client.get(link[1], follow=True)
    fresh = "another quiet press 8"
    client.post(form.request["PATH_INFO"], {"password1": fresh, "password2": fresh})
    assert sign_in(client, person, fresh).status_code == 302
    assert mail.outbox == []


def test_second_run_changes_nothing_and_prints_a_new_link(db: None) -> None:
    create()
    said = create()
    assert "is an administrator already" in said
    assert "http://testserver/" in said
    assert User.objects.get().grants.count() == 1


def test_colleague_becomes_an_administrator(db: None) -> None:
    person = make_person(email="admin@demo.test")
    create("--send")
    assert User.objects.get(pk=person.pk).roles == {"administrator"}
    assert [sent.to for sent in mail.outbox] == [["admin@demo.test"]]


def test_what_can_not_be_is_said(db: None) -> None:
    make_person(employee_number="A0001")
    with pytest.raises(CommandError, match="A0001 is taken"):
        create()
    with pytest.raises(CommandError, match="is no e-mail address"):
        create(email="nonsense")
