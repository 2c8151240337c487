"""One's own settings."""

from __future__ import annotations

import pytest
from django.test import Client

from core.clock import now
from people import actions
from people.models import User
from records.models import Event
from tests.factories import make_person, place
from tests.people.signing_in import sign_in, words


def test_settings_are_kept_and_on_the_trail(client: Client, db: None) -> None:
    person = make_person()
    place(person)
    sign_in(client, person)
    page = client.get("/account/")
    assert "Like my site: Europe/Zurich" in page.content.decode()
    answer = client.post("/account/", {"theme": "dark", "time_zone": "Asia/Tokyo"}, follow=True)
    assert "Your settings are saved." in words(answer)
    kept = User.objects.get(pk=person.pk)
    assert (kept.theme, kept.time_zone, kept.shortcuts_on) == ("dark", "Asia/Tokyo", False)
    assert 'data-bs-theme="dark"' in answer.content.decode()
    assert "JST" in answer.content.decode(), "times are shown in the chosen zone at once"
    fact = Event.objects.get(verb="people.preferences_changed")
    assert fact.payload["changed"] == ["shortcuts_on", "theme", "time_zone"]


@pytest.mark.parametrize(("field", "value"), [("theme", "pink"), ("time_zone", "Mars/Base"), ("theme", "")])
def test_unknown_setting_is_refused(client: Client, db: None, field: str, value: str) -> None:
    person = make_person()
    sign_in(client, person)
    answer = client.post("/account/", {"theme": "dark", "time_zone": "", field: value})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert User.objects.get(pk=person.pk).theme == "system"


@pytest.mark.parametrize(
    ("onward", "leads_to"), [("/inbox/", "/inbox/"), ("https://evil.example/", "/account/"), ("", "/account/")]
)
def test_theme_changes_at_once_and_the_page_stays(client: Client, db: None, onward: str, leads_to: str) -> None:
    person = make_person()
    sign_in(client, person)
    assert client.post("/account/theme/", {"theme": "light", "next": onward})["Location"] == leads_to
    client.post("/account/theme/", {"theme": "pink"})
    assert User.objects.get(pk=person.pk).theme == "light"
    assert client.get("/account/theme/").status_code == 405


def test_lately_shows_sign_ins_and_wrong_passwords_of_this_person_alone(client: Client, db: None) -> None:
    person, other = make_person(name="Maya Lindqvist"), make_person(name="Kenji Mori")
    actions.note_wrong_secret(person=person, purpose="signing", at=now())
    actions.note_wrong_secret(person=other, purpose="signing", at=now())
    sign_in(client, person)
    page = words(client.get("/account/"))
    assert "Maya Lindqvist signed in" in page
    assert "Wrong password for Maya Lindqvist at signing" in page
    assert "Kenji Mori" not in page


def test_visitor_is_led_to_sign_in(client: Client, db: None) -> None:
    assert client.get("/account/")["Location"] == "/accounts/login/?next=/account/"
    assert client.post("/account/theme/")["Location"].startswith("/accounts/login/")
