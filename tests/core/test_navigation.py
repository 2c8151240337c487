"""Who sees which pages in the frame, and what a phone shows of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from lms.navigation import ALL, Navigation, NavigationLink, address_of, frame, navigation_for, section_of, tab_bar

RECORDS = ["reporting:people", "notifications:log", "reporting:trail"]
LEARNER = ["enrollment:home", "enrollment:training", "courses:catalog", "notifications:inbox", "enrollment:record"]


def names(
    roles: set[str], *, has_reports: bool = False, observes: bool = False, leads_sessions: bool = False
) -> list[str]:
    groups = navigation_for(
        roles=frozenset(roles), has_reports=has_reports, current="", observes=observes, leads_sessions=leads_sessions
    )
    return [link.name for group in groups for link in group.links]


@pytest.mark.parametrize(
    ("roles", "has_reports", "more"),
    [
        (set(), False, []),
        (
            set(),
            True,
            [
                *("reporting:team", "enrollment:exceptions", "enrollment:completions", "assessments:observations"),
                *("enrollment:tasks", "reporting:reports"),
            ],
        ),
        ({"author"}, False, ["courses:studio"]),
        ({"approver"}, False, ["courses:reviews"]),
        (
            {"coordinator"},
            False,
            ["enrollment:exceptions", "enrollment:tasks", "reporting:reports", "reporting:people"],
        ),
        (
            {"auditor"},
            False,
            [
                *("reporting:people", "notifications:log", "reporting:trail"),
                *("enrollment:requirements", "enrollment:matrix", "enrollment:exceptions"),
                *("enrollment:completions", "enrollment:tasks"),
                "reporting:reports",
            ],
        ),
        (
            {"administrator"},
            False,
            [
                *("enrollment:requirements", "enrollment:matrix", "enrollment:exceptions"),
                *("enrollment:completions", "enrollment:tasks"),
                *("assessments:observations", "people:directory"),
                *("reporting:people", "notifications:log", "reporting:trail", "reporting:reports"),
            ],
        ),
    ],
)
def test_navigation_follows_what_a_person_does(roles: set[str], has_reports: bool, more: list[str]) -> None:
    assert names(roles, has_reports=has_reports) == LEARNER + more


@pytest.mark.parametrize("role", ["", "author", "coordinator", "auditor", "administrator"])
def test_who_observes_has_the_page_of_observations_once(role: str) -> None:
    found = names({role} - {""}, observes=True)
    assert found.count("assessments:observations") == 1
    assert set(found) - {"assessments:observations"} == set(names({role} - {""})) - {"assessments:observations"}


@pytest.mark.parametrize("role", ["", "author", "coordinator", "auditor", "administrator"])
@pytest.mark.parametrize("has_reports", [True, False])
def test_who_leads_sessions_has_their_page_once_and_nobody_else_has_it(role: str, has_reports: bool) -> None:
    page = "enrollment:led_sessions"
    without = names({role} - {""}, has_reports=has_reports)
    found = names({role} - {""}, has_reports=has_reports, leads_sessions=True)
    assert (page in without, sorted(found)) == (False, sorted([*without, page]))


def test_navigation_names_no_page_twice() -> None:
    everything = names({"author", "approver", "administrator", "auditor"}, has_reports=True, leads_sessions=True)
    assert sorted(everything) == sorted({link.name for link in ALL})


def test_navigation_marks_the_page_and_counts_what_is_unread() -> None:
    groups = navigation_for(
        roles=frozenset(), has_reports=False, counts=(("notifications:inbox", 3),), current="courses:catalog"
    )
    links = {link.name: link for link in groups[0].links}
    assert [name for name, link in links.items() if link.is_current] == ["courses:catalog"]
    assert [name for name, link in links.items() if link.count] == ["notifications:inbox"]


def test_tab_bar_holds_five_and_hides_nothing() -> None:
    learner = tab_bar(navigation_for(roles=frozenset(), has_reports=False, current=""))
    assert len(learner.links) == 5
    assert not learner.more
    groups = navigation_for(roles=frozenset({"author"}), has_reports=True, current="enrollment:record")
    manager = tab_bar(groups)
    assert [link.name for link in manager.links] == [
        *("enrollment:home", "enrollment:training", "reporting:team", "notifications:inbox")
    ]
    assert manager.more_is_current
    shown = {link.name for link in manager.links} | {link.name for group in manager.more for link in group.links}
    assert shown == {link.name for group in groups for link in group.links}


def test_shortcuts_are_unique() -> None:
    keys = [link.key for link in ALL]
    assert len(set(keys)) == len(keys)
    assert all(keys)


@pytest.mark.parametrize("link", ALL, ids=lambda link: link.name)
def test_every_page_of_the_navigation_has_an_address(link: NavigationLink) -> None:
    assert address_of(link.name).startswith("/")


def test_section_is_the_longest_address_that_leads_here() -> None:
    assert section_of("/") == "enrollment:home"
    assert section_of("/training/abc/") == "enrollment:training"
    assert section_of("/nowhere/") == ""


def test_frame_is_empty_for_visitors_and_reads_nothing() -> None:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    assert not frame(request)["navigation"]
    assert not frame(SimpleNamespace(path="/"))["navigation"]  # an error before anyone was looked up
    assert not Navigation()
