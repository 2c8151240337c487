"""What stands in the frame of every page: the side, the tab bar of phones, and what is unread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from assessments.choices import OBSERVES
from core.clock import now
from courses.permissions import readable_by
from courses.queries.versions import versions_in_review
from enrollment.choices import LEADS_SESSIONS
from enrollment.permissions import waivers_decidable_by
from notifications.queries import unread_count
from people.choices import AccessRole

TABS = 5
Counts = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class NavigationLink:
    """One page that people go to often; `short` is its word where there is little room."""

    name: str  # of the URL
    title: str | Promise
    icon: str
    short: str | Promise = ""
    count: int = 0
    counted: str | Promise = ""  # what the count is of
    is_current: bool = False
    key: str = ""  # the second key of the shortcut "g …"

    @property
    def url(self) -> str:
        return address_of(self.name)


@dataclass(frozen=True)
class NavigationGroup:
    """Links of one kind of work; the learner's come first and need no title."""

    title: str | Promise
    links: tuple[NavigationLink, ...]


@dataclass(frozen=True)
class TabBar:
    """What a phone shows: at most five, the last of which opens the rest."""

    links: tuple[NavigationLink, ...]
    more: tuple[NavigationGroup, ...] = ()

    @property
    def more_is_current(self) -> bool:
        return any(link.is_current for group in self.more for link in group.links)


@dataclass(frozen=True)
class Navigation:
    groups: tuple[NavigationGroup, ...] = ()
    tabs: TabBar = field(default_factory=lambda: TabBar(()))

    @property
    def waiting(self) -> tuple[NavigationLink, ...]:
        """The pages on which something waits to be decided; what is unread stands among the learner's own links."""
        return tuple(link for group in self.groups[1:] for link in group.links if link.count)

    def __bool__(self) -> bool:
        return bool(self.groups)


HOME = NavigationLink("enrollment:home", _("Home"), "house", key="h")
TRAINING = NavigationLink("enrollment:training", _("My training"), "list-checks", _("Training"), key="t")
CATALOG = NavigationLink("courses:catalog", _("Catalog"), "library", key="c")
INBOX = NavigationLink("notifications:inbox", _("Inbox"), "inbox", counted=_("unread"), key="i")
RECORD = NavigationLink("enrollment:record", _("My record"), "file-badge", _("Record"), key="r")
TEAM = NavigationLink("reporting:team", _("People and requirements"), "users", _("Team"), key="m")
STUDIO = NavigationLink("courses:studio", _("Courses"), "pencil-ruler", key="s")
REVIEWS = NavigationLink("courses:reviews", _("Reviews"), "clipboard-check", counted=_("waiting"), key="v")
REQUIREMENTS = NavigationLink("enrollment:requirements", _("Requirements"), "network", _("Rules"), key="q")
MATRIX = NavigationLink("enrollment:matrix", _("Training matrix"), "grid-3x3", _("Matrix"), key="g")
EXCEPTIONS = NavigationLink("enrollment:exceptions", _("Exceptions"), "calendar-clock", counted=_("waiting"), key="x")
COMPLETIONS = NavigationLink("enrollment:completions", _("Completions"), "file-badge", key="w")
OBSERVATIONS = NavigationLink("assessments:observations", _("Observations"), "eye", key="b")
LED = NavigationLink("enrollment:led_sessions", _("Sessions that I lead"), "calendar-days", _("I lead"), key="j")
TASKS = NavigationLink("enrollment:tasks", _("Who is qualified"), "shield-check", _("Qualified"), key="k")
DIRECTORY = NavigationLink("people:directory", _("Accounts and roles"), "user-cog", _("Accounts"), key="d")
MESSAGES = NavigationLink("notifications:log", _("Messages"), "mail", key="e")
PEOPLE = NavigationLink("reporting:people", _("People and records"), "contact", _("People"), key="p")
TRAIL = NavigationLink("reporting:trail", _("Trail"), "scroll-text", key="l")
REPORTS = NavigationLink("reporting:reports", _("Reports"), "chart-no-axes-column", key="o")

ALL = (
    *(HOME, TRAINING, CATALOG, INBOX, RECORD, TEAM, STUDIO, REVIEWS, REQUIREMENTS, MATRIX, EXCEPTIONS, COMPLETIONS),
    *(OBSERVATIONS, LED, TASKS, DIRECTORY, PEOPLE, MESSAGES, TRAIL, REPORTS),
)


Links = list[NavigationLink | None]


def navigation_for(
    *,
    roles: frozenset[str],
    has_reports: bool,
    current: str,
    counts: Counts = (),
    observes: bool = False,
    leads_sessions: bool = False,
) -> list[NavigationGroup]:
    """Return the groups of links for what a person does. `current` is the URL name of the page they are on.

    `counts` says, for the URL name of a page, how many things wait there; `observes`, whether they observe
    others because they are qualified, whomever they lead; `leads_sessions`, whether they lead sessions with a date.
    """
    administers, audits = "administrator" in roles, "auditor" in roles
    reads_all = administers or audits
    leads = has_reports or "coordinator" in roles
    rules = [REQUIREMENTS, MATRIX, EXCEPTIONS, COMPLETIONS, TASKS]
    own: Links = [TEAM, COMPLETIONS] if has_reports else [None, None]
    own.append(OBSERVATIONS if has_reports or observes else None)
    led = LED if leads_sessions else None
    team: Links = [own[0], EXCEPTIONS, own[1], own[2], led, TASKS]
    if reads_all:  # the rest stands under administration or records
        team = [own[0], None if administers else own[2], led]
    elif not leads:
        team = [own[2], led]
    wanted: list[tuple[str | Promise, Links]] = [
        ("", [HOME, TRAINING, CATALOG, INBOX, RECORD]),
        (_("Team"), team),
        (_("Studio"), [STUDIO if "author" in roles else None, REVIEWS if "approver" in roles else None]),
        (_("Administration"), [*rules, OBSERVATIONS, DIRECTORY] if administers else []),
        (_("Records"), [PEOPLE, MESSAGES, TRAIL] if reads_all else [PEOPLE] if "coordinator" in roles else []),
    ]
    if audits and not administers:
        wanted[4][1].extend(rules)  # to read them
    if leads or reads_all:  # reports stand with the last kind of work that reads them
        wanted[4 if reads_all else 1][1].append(REPORTS)
    groups = []
    for title, links in wanted:
        shown = tuple(_shown(link, current, dict(counts)) for link in links if link)
        if shown:
            groups.append(NavigationGroup(title, shown))
    return groups


def tab_bar(groups: list[NavigationGroup]) -> TabBar:
    """Return the tabs: a learner's five, or four and the rest behind the fifth for whom has more to do."""
    learner, *desk = groups or [NavigationGroup("", ())]
    if not desk:
        return TabBar(learner.links[:TABS])
    by_name = {link.name: link for group in groups for link in group.links}
    first = desk[0].links[0]
    chosen = [by_name[name] for name in (HOME.name, TRAINING.name, first.name, INBOX.name) if name in by_name]
    names = {link.name for link in chosen}
    rest = tuple(
        NavigationGroup(group.title, links)
        for group in groups
        if (links := tuple(link for link in group.links if link.name not in names))
    )
    return TabBar(tuple(chosen), rest)


def section_of(path: str) -> str:
    """Return the URL name of the page in the navigation under which an address lies."""
    best = max(_addresses(), key=lambda pair: len(pair[0]) if path.startswith(pair[0]) else -1, default=("", ""))
    if best[0] == "/":
        return best[1] if path == "/" else ""
    return best[1] if path.startswith(best[0]) else ""


def frame(request: HttpRequest) -> dict[str, Any]:
    """Give every page its navigation; nothing is read until a page prints it, and nothing for visitors."""
    return {
        "navigation": SimpleLazyObject(lambda: _navigation(request)),
        "shortcuts": SimpleLazyObject(lambda: _shortcuts(request)),
        "idle_seconds": settings.SESSION_IDLE_SECONDS,
    }


def _navigation(request: HttpRequest) -> Navigation:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return Navigation()
    # A view may say to which page of the navigation it belongs, where its address does not.
    current = getattr(request, "section", "") or section_of(request.path)
    return _built(user.roles, user.has_reports, _counts(user), current, get_language(), *_remembered(request))


def _remembered(request: HttpRequest) -> tuple[bool, bool]:
    """Say whether they observe and lead sessions, as the session remembers: asking anew costs a query on every page."""
    session = getattr(request, "session", {})
    return bool(session.get(OBSERVES)), bool(session.get(LEADS_SESSIONS))


def _counts(user: Any) -> Counts:
    counts = [(INBOX.name, unread_count(user))]
    if AccessRole.APPROVER in user.roles:
        counts.append((REVIEWS.name, versions_in_review(readable_by(user)).count()))
    if AccessRole.ADMINISTRATOR in user.roles:
        counts.append((EXCEPTIONS.name, waivers_decidable_by(user, on=now().date()).count()))
    return tuple(counts)


def _shortcuts(request: HttpRequest) -> tuple[NavigationLink, ...]:
    """Return the pages with a key of their own; a player lists them without counting what is unread."""
    user: Any = request.user
    groups = _built(user.roles, user.has_reports, (), "", get_language(), *_remembered(request)).groups
    return tuple(link for group in groups for link in group.links if link.key)


@lru_cache(maxsize=512)
def _built(
    roles: frozenset[str],
    has_reports: bool,
    counts: Counts,
    current: str,
    language: str | None,
    observes: bool,
    leads_sessions: bool,
) -> Navigation:
    """Return what many people share: their kind of work, the page and the language."""
    groups = navigation_for(
        roles=roles,
        has_reports=has_reports,
        counts=counts,
        current=current,
        observes=observes,
        leads_sessions=leads_sessions,
    )
    mounted = [
        NavigationGroup(str(group.title), links)
        for group in groups
        if (links := tuple(link for link in group.links if link.url))
    ]
    return Navigation(tuple(mounted), tab_bar(mounted))


@cache
def address_of(name: str) -> str:
    """Return the address of a page, or nothing when no room answers it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@cache
def _addresses() -> tuple[tuple[str, str], ...]:
    return tuple((address_of(link.name), link.name) for link in ALL if address_of(link.name))


def _shown(link: NavigationLink, current: str, counts: Mapping[str, int]) -> NavigationLink:
    """Return a link as this person sees it on this page, in their language."""
    words = {"title": str(link.title), "short": str(link.short), "counted": str(link.counted)}
    return replace(link, is_current=link.name == current, count=counts.get(link.name, 0), **words)
