"""The pages of lists of people: from the upload to what was done, what a mistake looks like, and feeds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from core.clock import now
from core.models import Job
from people import actions
from people.choices import AccessRole, ImportState
from people.models import ImportMapping, ImportToken, PeopleImport, User
from records.models import Event
from records.tasks import deliver_facts
from tests.factories import make_department, make_job_role, make_person, make_site
from tests.people.lists import applied, brought, checked, line, text_of, worked
from tests.people.signing_in import words

FEED = "/directory/import/feed/"


@pytest.fixture
def admin(client: Client, db: None) -> User:
    make_site(), make_department("Quality"), make_job_role("QC Analyst")
    person = make_person(AccessRole.ADMINISTRATOR, name="Tomás Herrera")
    client.force_login(person)
    return person


def page_of(run: PeopleImport, page: str = "") -> str:
    return f"/directory/import/{run.pk}/{page}"


def upload(text: str | bytes, name: str = "people.csv") -> dict[str, Any]:
    return {"file": SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)}


def typed(client: Client, run: PeopleImport, **changes: str) -> dict[str, str]:
    """Return what the page of columns suggests, as a browser sends it."""
    form = client.get(page_of(run, "columns/")).context["form"]
    sent = {field.html_name: field.value() for field in form}
    return {name: str(value) for name, value in sent.items() if value not in (None, False)} | changes


def test_list_goes_from_the_upload_to_what_it_did(client: Client, admin: User) -> None:
    answer = client.post(
        "/directory/import/", upload(text_of([line("1", manager=admin.email), line("2", site="Nowhere")]))
    )
    run = PeopleImport.objects.get()
    assert answer["Location"] == page_of(run, "columns/")
    assert client.get(page_of(run))["Location"] == page_of(run, "columns/")
    page = words(client.get(page_of(run, "columns/")))
    assert "For example: new1@demo.test" in page
    answer = client.post(page_of(run, "columns/"), typed(client, run, save_as="HR"))
    assert answer["Location"] == page_of(run)
    run.refresh_from_db()
    assert (run.state, run.columns["manager"]) == (ImportState.CHECKING, "Manager")
    assert "Check people.csv" in words(client.get(page_of(run)))
    assert "Check people.csv" in words(client.get(page_of(run, "job/")))
    worked(run)
    page = words(client.get(page_of(run)))
    assert "There is no site “Nowhere”." in page
    assert "Nothing is changed until you apply it." in page
    page = words(client.get(page_of(run) + "?kind=added"))
    assert "Manager: " in page
    assert admin.employee_number in page
    assert client.post(page_of(run, "apply/"))["Location"] == page_of(run)
    run = worked(run)
    page = words(client.get(page_of(run)))
    assert ("What it did" in page, run.sha256 in page) == (True, True)
    csv = client.get(page_of(run, "rejected/")).getvalue().decode("utf-8-sig").splitlines()
    assert csv == [
        "Employee number,Name,E-mail,Site,Department,Job role,Manager,Line,Reason",
        "2,New 2,new2@demo.test,Nowhere,Quality,QC Analyst,,3,There is no site “Nowhere”.",
    ]
    assert "people.csv" in words(client.get("/directory/import/"))
    assert client.post(page_of(run, "apply/")).status_code == 422
    assert client.get(page_of(run, "columns/"))["Location"] == page_of(run)


def test_saved_mapping_is_suggested_for_the_same_headings(client: Client, admin: User) -> None:
    checked("Nr;Wer\n1;Maya\n", admin, columns={"employee_number": "Nr", "name": "Wer"}, save_as="HR", date_order="mdy")
    run = brought("Wer;NR\nMaya;1\n", admin)
    answer = client.get(page_of(run, "columns/"))
    form = answer.context["form"]
    assert "read as in “HR”" in words(answer)
    assert [form[f"column-{key}"].value() for key in ("employee_number", "name")] == ["NR", "Wer"]
    assert (form["date_order"].value(), form["save_as"].value()) == ("mdy", "HR")


def test_order_of_dates_is_shown_by_an_example(client: Client, admin: User) -> None:
    run = brought("Employee number,Hired on\n1,24.12.2026\n", admin)
    page = words(client.get(page_of(run, "columns/")))
    assert "“24.12.2026” is 24 December 2026" in page
    assert "does not fit “24.12.2026”" in page
    assert client.get(page_of(run, "columns/")).context["form"]["date_order"].value() == "dmy"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "empty"), (b"\x89PNG\0\0", "neither a CSV"), (b"PK\x03\x04xxxx", "damaged"), (b"Number\n", "no row below")],
)
def test_file_that_is_no_list_says_so_beside_the_field(
    client: Client, admin: User, content: bytes, sentence: str
) -> None:
    answer = client.post("/directory/import/", upload(content))
    assert (answer.status_code, sentence in " ".join(answer.context["form"].errors["file"])) == (422, True)
    assert client.post("/directory/import/", {}).status_code == 422
    assert not PeopleImport.objects.exists()


def test_columns_are_needed_once_each(client: Client, admin: User) -> None:
    run = brought(text_of([line("1")]), admin)
    wrong = {"column-employee_number": "", "column-name": "Name", "column-email": "Name", "creates": "on"}
    answer = client.post(page_of(run, "columns/"), typed(client, run, **wrong))
    errors = answer.context["form"].errors
    assert answer.status_code == 422
    assert sorted(errors) == ["column-email", "column-employee_number", "new_site_country"]
    assert "read as “Name” already" in errors["column-email"][0]
    assert answer.context["form"]["column-name"].value() == "Name"
    answer = client.post(page_of(run, "columns/"), typed(client, run, creates="on", new_site_country="1x"))
    assert sorted(answer.context["form"].errors) == ["new_site_country"]


def test_half_a_name_is_not_taken_for_the_whole(client: Client, admin: User) -> None:
    run = brought(text_of([["1", "Maya", "Lindqvist"]], ("Employee number", "Given", "Family")), admin)
    half = {"column-employee_number": "Employee number", "column-first_name": "Given"}
    answer = client.post(page_of(run, "columns/"), typed(client, run, **half))
    assert answer.context["form"].errors == {"column-last_name": ["Choose this column too, or neither."]}
    whole = {**half, "column-last_name": "Family"}
    assert client.post(page_of(run, "columns/"), typed(client, run, **whole)).status_code == 302


def test_stopped_list_asks_for_the_number(client: Client, admin: User) -> None:
    people = [make_person() for _ in range(3)]
    run = checked(text_of([[people[0].employee_number]], ("Employee number",)), admin, is_complete=True)
    page = words(client.get(page_of(run)))
    assert "2 of 4 open accounts would be closed, more than 5 %" in page
    for number in ("", "3", "x"):
        answer = client.post(page_of(run, "apply/"), {"typed": number})
        assert (answer.status_code, bool(answer.context["form"].errors["typed"])) == (422, True)
    assert client.post(page_of(run, "apply/"), {"typed": "2"}).status_code == 302
    assert worked(run).state == ImportState.APPLIED


def test_list_is_called_off_discarded_and_gone_on_with(client: Client, admin: User) -> None:
    run = brought(text_of([line("1")]), admin)
    client.post(page_of(run, "columns/"), typed(client, run))
    assert client.post(page_of(run, "call-off/")).status_code == 302
    run.refresh_from_db()
    assert (run.state, run.job.state) == (ImportState.MAPPING, "cancelled")
    client.post(page_of(run, "columns/"), typed(client, run))
    run = worked(run)
    client.post(page_of(run, "apply/"))
    run.refresh_from_db()
    Job.objects.filter(pk=run.job_id).update(state="failed", finished_at=now())
    assert "going on writes the rest" in words(client.get(page_of(run)))
    client.post(page_of(run, "apply/"))
    assert worked(run).state == ImportState.APPLIED
    assert client.post(page_of(run, "discard/"))["Location"] == page_of(run)
    other = brought(text_of([line("1")]), admin)
    assert client.post(page_of(other, "discard/"))["Location"] == "/directory/import/"
    assert "Nothing was changed." in words(client.get(page_of(other)))


def test_what_has_changed_since_is_shown(client: Client, admin: User) -> None:
    maya = make_person(employee_number="1", name="Maya")
    run = checked(text_of([["1", "Maya L."]], ("Employee number", "Name")), admin)
    actions.change_person(person=maya, by=admin, at=now(), reason="married last week", name="Maya L.")
    client.post(page_of(run, "apply/"))
    page = words(client.get(page_of(worked(run))))
    assert ("It would do something else now" in page, "Changed: 1 → 0" in page) == (True, True)


@pytest.mark.parametrize("count", [1, 3])
def test_pages_read_the_same_number_of_times(
    client: Client, admin: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        run = checked(text_of([line(f"{number}-{n}", site=f"S{n}") for n in range(count)]), admin, save_as=f"M{number}")
        mapping = ImportMapping.objects.get(name=f"M{number}")
        token, _secret = actions.create_import_token(name="HR", mapping=mapping, by=admin, at=now())
        actions.revoke_import_token(token=token, by=admin, at=now())
        actions.create_import_token(name="HR", mapping=mapping, by=admin, at=now())
    for page, queries in [("", 6), ("access/", 7), (f"{run.pk}/", 8), (f"{run.pk}/columns/", 6)]:
        client.get(f"/directory/import/{page}")
        with django_assert_num_queries(queries):
            client.get(f"/directory/import/{page}")


def test_only_an_administrator_of_everything_imports(client: Client, admin: User) -> None:
    run = brought(text_of([line("1")]), admin)
    some = make_person()
    actions.grant_role(
        person=some, role=AccessRole.ADMINISTRATOR, by=admin, at=now(), reason="for a test", site=make_site()
    )
    client.force_login(some)
    for page in ("/directory/import/", page_of(run), page_of(run, "columns/"), "/directory/import/access/"):
        assert client.get(page).status_code == 403
    assert "/directory/import/" not in words(client.get("/directory/"))


# What comes by itself


@pytest.fixture
def secret(admin: User) -> str:
    checked(text_of([line("1")]), admin, save_as="HR")
    return actions.create_import_token(name="HR system", mapping=ImportMapping.objects.get(), by=admin, at=now())[1]


def send(secret: str | None, body: Any = None, *, content_type: str = "text/csv", client: Client | None = None) -> Any:
    headers = {"Authorization": f"Bearer {secret}"} if secret is not None else {}
    text = text_of([line("1"), line("2")]) if body is None else body
    strict = client or Client(enforce_csrf_checks=True)
    return strict.post(FEED, text, content_type=content_type, headers=headers)


def test_token_is_shown_once_and_only_its_hash_is_kept(client: Client, admin: User) -> None:
    assert "A token needs a saved mapping" in words(client.get("/directory/import/access/tokens/new/"))
    checked(text_of([line("1")]), admin, save_as="HR")
    mapping = ImportMapping.objects.get()
    assert client.post("/directory/import/access/tokens/new/", {"name": ""}).status_code == 422
    answer = client.post("/directory/import/access/tokens/new/", {"name": "HR system", "mapping": mapping.pk})
    secret, token = answer.context["secret"], ImportToken.objects.get()
    assert secret in words(answer)
    assert "no-store" in answer["Cache-Control"]
    assert token.token_sha256 == actions.hash_of(secret)
    page = words(client.get("/directory/import/access/"))
    assert ("HR system" in page, secret in page, "never used" in page) == (True, False, True)
    trail = json.dumps(list(Event.objects.values("payload", "old", "new")), default=str)
    assert (secret in trail, token.token_sha256 in trail) == (False, False)


def test_feed_takes_a_list_and_applies_it(client: Client, admin: User, secret: str) -> None:
    answer = send(secret)
    run = PeopleImport.objects.get(source="feed")
    assert answer.status_code == 202
    assert answer.json() == {
        "id": str(run.pk), "address": f"http://testserver/directory/import/{run.pk}/", "sha256": run.sha256,
        "state": "checking",
    }  # fmt: skip
    run = worked(run)
    assert run.state == ImportState.APPLYING
    assert (worked(run).state, User.objects.filter(employee_number__in="12").count()) == (ImportState.APPLIED, 2)
    fact = Event.objects.filter(verb="people.person_added", payload__name="New 1").get()
    assert (fact.actor_id, fact.actor_name) == (None, "Attest, list of people")
    assert ImportToken.objects.get().last_used_at is not None
    page = words(client.get("/directory/import/access/"))
    assert "last used" in page


def test_feed_takes_a_file_of_a_form(admin: User, secret: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(FEED, upload(text_of([line("1")]), "staff.csv"), headers={"Authorization": f"Bearer {secret}"})
    assert (answer.status_code, PeopleImport.objects.get(source="feed").file_name) == (202, "staff.csv")


def test_feed_stops_at_the_guard(client: Client, admin: User, secret: str) -> None:
    make_person()
    ImportMapping.objects.get()  # only these people
    checked(text_of([line("1")]), admin, save_as="HR", is_complete=True)
    send(secret)
    run = worked(PeopleImport.objects.get(source="feed"))
    assert (run.state, run.leaving) == (ImportState.STOPPED, 1)
    assert client.post(page_of(run, "apply/"), {"typed": "1"}).status_code == 302
    assert worked(run).state == ImportState.APPLIED


def test_feed_tells_strangers_nothing(admin: User, secret: str) -> None:
    def answers() -> set[tuple[int, str, str]]:
        shown = [send(None), send(""), send("wrong"), send(secret[:-1])]
        return {(each.status_code, each.content.decode(), each["WWW-Authenticate"]) for each in shown}

    refused = answers()
    assert len(refused) == 1
    assert send(secret).status_code == 202
    actions.revoke_import_token(token=ImportToken.objects.get(), by=admin, at=now())
    reply = send(secret)
    assert {(reply.status_code, reply.content.decode(), reply["WWW-Authenticate"])} == refused == answers()
    assert reply.status_code == 401
    assert Client().get(FEED).status_code == 405


def test_feed_needs_a_creator_who_is_still_an_administrator(admin: User, secret: str) -> None:
    other = make_person(AccessRole.ADMINISTRATOR)
    assert send(secret).status_code == 202
    actions.revoke_role(grant=admin.grants.get(), by=other, at=now(), reason="no longer needed")
    assert send(secret).status_code == 401


@pytest.mark.parametrize(
    ("body", "sentence"),
    [("", "empty"), (b"\0\0", "neither a CSV"), ("Name,Site\nMaya,Basel\n", "no column “")],
)
def test_feed_says_what_is_wrong_with_a_list(admin: User, secret: str, body: Any, sentence: str) -> None:
    answer = send(secret, body)
    assert (answer.status_code, sentence in answer.json()["error"]) == (422, True)
    assert Event.objects.get(verb="people.import_token_used").payload["outcome"] == "refused"


def test_feed_is_braked(admin: User, secret: str) -> None:
    codes = [send("wrong").status_code for _ in range(61)]  # more than one minute's worth, whenever it begins
    assert (codes[0], codes[-1], send(secret).status_code) == (401, 429, 429)


def test_feed_reads_no_more_than_it_may(admin: User, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.views.import_feed.MOST_BYTES", 10)
    assert send(secret).status_code == 422


def test_token_is_revoked_with_a_reason(client: Client, admin: User, secret: str) -> None:
    token = ImportToken.objects.get()
    address = f"/directory/import/access/tokens/{token.pk}/revoke/"
    assert client.post(address, {"reason": "x"}).status_code == 422
    assert client.post(address, {"reason": "the system is gone"}).status_code == 302
    token.refresh_from_db()
    assert token.revoked_by == admin
    assert Event.objects.get(verb="people.import_token_revoked").reason == "the system is gone"


def test_limit_is_changed(client: Client, admin: User) -> None:
    address = "/directory/import/access/policy/"
    assert client.post(address, {"most_leaving_percent": "101"}).status_code == 422
    assert client.post(address, {"most_leaving_percent": "12.5"}).status_code == 302
    assert "12.5 %" in words(client.get("/directory/import/access/"))
    assert Event.objects.get(verb="people.import_policy_changed").payload == {"percent": "12.5", "before": "5"}
    client.post(address, {"most_leaving_percent": "12.50"})
    assert Event.objects.filter(verb="people.import_policy_changed").count() == 1


def test_owner_hears_how_it_went(client: Client, admin: User) -> None:
    def inbox() -> str:
        deliver_facts()
        return words(client.get("/inbox/"))

    applied(text_of([line("1")]), admin)
    page = inbox()
    assert ("The list people.csv is applied" in page, "The list people.csv is checked" in page) == (True, True)
    checked(text_of([[admin.employee_number]], ("Employee number",)), admin, is_complete=True)
    assert "The list people.csv waits for you" in inbox()
    checked(text_of([line(str(n)) for n in range(300)]) + '"', admin)
    assert "The list people.csv could not be taken" in inbox()


def test_download_is_a_plain_file(client: Client, admin: User) -> None:
    run = checked(text_of([["=1+1", "x"]], ("Employee number", "Name")), admin)
    answer = client.get(page_of(run, "rejected/"))
    content = answer.getvalue().decode("utf-8-sig")
    assert content.splitlines()[1].startswith("'=1+1,x,2,")
    assert Event.objects.filter(verb="people.import_rejects_fetched").count() == 1
