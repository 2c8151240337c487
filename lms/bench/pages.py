"""The pages that are timed, each as an endless supply of calls for one client."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

from assessments.models import Quiz
from core.clock import now
from enrollment.models import Enrollment, Progress
from lms.bench.client import Visitor
from lms.demo.load import MANAGER, PASSWORD
from people.models import User
from people.queries import reports_of

Call = Callable[[], bool]
SEARCHES = ["cleaning", "sterile", "deviation", "gowning level", "labels", "calibr", '"line clearance"', "pressure"]


@dataclass(slots=True)
class House:
    """The running house and who is signed in there."""

    port: int
    learners: list[tuple[User, Visitor]] = field(default_factory=list)
    manager: Visitor | None = None

    def visitor(self) -> Visitor:
        return Visitor("127.0.0.1", self.port)

    def sign_in(self, email: str) -> Visitor:
        """Sign in as a person does: the form, the password, and on to the page behind it."""
        visitor = self.visitor()
        if not whole_sign_in(visitor, email):
            raise RuntimeError(f"{email} could not sign in")
        return visitor

    def share(self, client: int) -> list[tuple[User, Visitor]]:
        """Return the signed-in learners of one of nine clients; no two clients share one."""
        return [(user, self._own(visitor)) for user, visitor in self.learners[client::9]]

    def _own(self, visitor: Visitor) -> Visitor:
        return Visitor(visitor.host, visitor.port, dict(visitor.cookies))


def whole_sign_in(visitor: Visitor, email: str) -> bool:
    """Sign in from the first request to the home page; say whether it is there."""
    form = visitor.follow(visitor.get(reverse("enrollment:home")))
    fields = {"csrfmiddlewaretoken": form.token, "login": email, "password": PASSWORD, "next": "/"}
    answer = visitor.follow(visitor.post(reverse("account_login"), fields))
    return answer.status == 200 and b'name="password"' not in answer.body


def sign_in(house: House, client: int) -> Iterator[Call]:
    emails = [user.email for user, _visitor in house.learners[client::9]]
    for email in itertools.cycle(emails):
        yield lambda email=email: whole_sign_in(house.visitor(), email)


def _reads(house: House, client: int, path_of: Callable[[User], list[str]]) -> Iterator[Call]:
    pairs = [(visitor, path) for user, visitor in house.share(client) for path in path_of(user)]
    for visitor, path in itertools.cycle(pairs):
        yield lambda visitor=visitor, path=path: visitor.get(path).status == 200


def home(house: House, client: int) -> Iterator[Call]:
    return _reads(house, client, lambda user: [reverse("enrollment:home")])


def course(house: House, client: int) -> Iterator[Call]:
    return _reads(
        house,
        client,
        lambda user: [
            reverse("enrollment:course", args=[pk])
            for pk in Enrollment.objects.filter(user=user).values_list("pk", flat=True)
        ],
    )


def search(house: House, client: int) -> Iterator[Call]:
    return _reads(
        house, client, lambda user: [f"{reverse('courses:catalog')}?{urlencode({'q': each})}" for each in SEARCHES]
    )


def activity(house: House, client: int) -> Iterator[Call]:
    """First views only: each writes progress."""
    for user, visitor in house.share(client):
        seen = set(Progress.objects.filter(enrollment__user=user).values_list("enrollment_id", "activity_id"))
        for enrollment in Enrollment.objects.filter(user=user, state="open").select_related("version"):
            pages = enrollment.version.modules.values_list("activities", "activities__kind")
            for activity_id, kind in pages:
                if kind == "page" and (enrollment.pk, activity_id) not in seen:
                    path = reverse("enrollment:activity", args=[enrollment.pk, activity_id])
                    yield lambda visitor=visitor, path=path: visitor.get(path).status == 200
    raise RuntimeError("no page is left that was not seen before; the run is too long for these people")


def matrix(house: House, client: int) -> Iterator[Call]:
    assert house.manager is not None
    visitor = Visitor(house.manager.host, house.manager.port, dict(house.manager.cookies))
    for page in itertools.cycle(range(1, 17)):
        yield lambda page=page: visitor.get(f"{reverse('reporting:team')}?page={page}").status == 200


def csv(house: House, client: int) -> Iterator[Call]:
    assert house.manager is not None
    visitor = Visitor(house.manager.host, house.manager.port, dict(house.manager.cookies))
    path = reverse("reporting:team_csv")
    while True:
        yield lambda: visitor.get(path).status == 200


def quiz_flow(house: House, client: int) -> Iterator[Call]:
    """Start, answer ten questions one by one as they are saved, submit, read the review."""
    chance = random.Random(client)
    for user, visitor in house.share(client):
        for enrollment in _quiz_ready(user):
            quiz_id = Quiz.objects.get(activity__module__version_id=enrollment.version_id).pk
            yield lambda v=visitor, e=enrollment, q=quiz_id: _one_quiz(v, [e.pk, q], chance)
    raise RuntimeError("no quiz is left to take; the run is too long for these people")


def _quiz_ready(user: User) -> list[Enrollment]:
    from django.db.models import Count, Q

    finished = Count("progress", filter=Q(progress__state="completed"))
    return list(Enrollment.objects.filter(user=user, state="open").annotate(n=finished).filter(n=10))


FIELDSET = re.compile(rb'data-question="([^"]+)"(.*?)</fieldset>', re.S)
OPTION = re.compile(rb'name="q-[^"]+" value="([^"]+)"')


def _questions_on(sheet: bytes) -> list[tuple[str, list[str]]]:
    """Return the key of each question on a quiz page, with the keys of its options."""
    return [
        (question.decode(), [key.decode() for key in OPTION.findall(fields)])
        for question, fields in FIELDSET.findall(sheet)
    ]


def _one_quiz(visitor: Visitor, where: list[object], chance: random.Random) -> bool:
    rules = visitor.get(reverse("assessments:quiz", args=where))
    begin = visitor.post(reverse("assessments:start", args=where), {"csrfmiddlewaretoken": rules.token})
    sheet = visitor.follow(begin)
    save = reverse("assessments:save", args=where)
    asked = _questions_on(sheet.body)
    for question, keys in asked:
        body = json.dumps({"question": question, "chosen": [chance.choice(keys)]}).encode()
        key = f"{question}-{chance.random()}"
        saved = visitor.post_json(save, body, x_csrftoken=sheet.token, idempotency_key=key)
        if saved.status != 200:
            return False
    token = {"csrfmiddlewaretoken": sheet.token, "attempt": _attempt_on(sheet.body)}
    result = visitor.follow(visitor.post(reverse("assessments:submit", args=where), token))
    return len(asked) == 10 and result.status == 200


def _attempt_on(sheet: bytes) -> str:
    found = re.search(rb'data-attempt="([^"]+)"', sheet)
    return found.group(1).decode() if found else ""


def open_house(port: int) -> House:
    """Sign in the learners and the manager for real, and return the house."""
    house = House(port)
    boss = User.objects.get(email=MANAGER)
    ids = sorted(reports_of(manager=boss, on=now().date()).values_list("pk", flat=True))
    learners = User.objects.filter(pk__in=ids).order_by("employee_number")[:180]
    house.learners = [(user, house.sign_in(user.email)) for user in learners]
    house.manager = house.sign_in(boss.email)
    return house
