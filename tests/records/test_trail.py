"""The trail keeps itself, whoever writes."""

import pytest
from django.db import DatabaseError, connection, transaction

from core.clock import now
from core.ids import new_id
from people.actions import add_site
from people.facts import ORGANISATION_CHANGED
from people.models import Site
from records.actions import Said, record_fact, record_facts
from records.facts import SystemActor
from records.models import Event

BY = SystemActor("a test")


def refused(sql: str) -> str:
    """Run SQL as the application's role and return why the database refused it."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    return str(refusal.value)


@pytest.mark.requirement("R-08")
@pytest.mark.requirement("R-09")
def test_change_writes_fact_and_capture_with_old_and_new(db: None) -> None:
    site = add_site(by=BY, at=now(), name="Basel", time_zone="Europe/Zurich", country="CH")
    fact, capture = Event.objects.order_by("id")
    assert (fact.kind, fact.verb, fact.actor_name) == ("fact", "people.organisation_changed", "Attest, a test")
    assert fact.sentence == "Attest, a test changed the organisation: site Basel"
    assert (capture.kind, capture.verb, capture.fact_id) == ("capture", "inserted", fact.id)
    assert (capture.subject_type, capture.subject_id) == ("people_site", str(site.id))
    assert capture.old is None
    assert capture.new == {
        "id": str(site.id),
        "name": "Basel",
        "time_zone": "Europe/Zurich",
        "country": "CH",
        "free_weekdays": [6, 7],
    }


@pytest.mark.requirement("R-08")
def test_change_without_fact_is_refused(db: None) -> None:
    with pytest.raises(DatabaseError, match="needs a fact in the same transaction"), transaction.atomic():
        Site.objects.create(name="Basel", time_zone="Europe/Zurich", country="CH")
    assert not Site.objects.exists()


@pytest.mark.requirement("R-12")
@pytest.mark.parametrize("statement", ["UPDATE records_event SET verb = 'x'", "DELETE FROM records_event"])
def test_application_can_not_change_the_trail(db: None, statement: str) -> None:
    add_site(by=BY, at=now(), name="Basel", time_zone="Europe/Zurich", country="CH")
    assert "permission denied" in refused(statement)
    assert "permission denied" in refused("TRUNCATE records_event CASCADE")


@pytest.mark.requirement("R-10")
@pytest.mark.parametrize("column", ["id", "recorded_at", "xid", "old", "new", "fact_id"])
def test_application_can_not_choose_number_time_or_captured_values(db: None, column: str) -> None:
    message = refused(f"INSERT INTO records_event (kind, {column}) VALUES ('fact', NULL)")
    assert "permission denied" in message


def test_many_facts_are_written_like_one(db: None) -> None:
    subjects = [new_id(), new_id()]
    at = now()
    with transaction.atomic():
        about = [Said(each, {"what": f"site {number}"}, person_id=each) for number, each in enumerate(subjects)]
        count = record_facts(ORGANISATION_CHANGED, by=BY, at=at, subject_type="site", about=about, reason="why")
        record_fact(
            ORGANISATION_CHANGED,
            by=BY,
            at=at,
            subject_type="site",
            subject_id=subjects[1],
            person_id=subjects[1],
            payload={"what": "site 1"},
            reason="why",
        )
    assert count == 2
    _first, second, alone = Event.objects.order_by("id")
    same = ["kind", "verb", "occurred_at", "actor_name", "actor_roles", "subject_type", "subject_id", "person_id"]
    for field in [*same, "payload", "reason", "request_id", "app_version"]:
        assert getattr(second, field) == getattr(alone, field), field
