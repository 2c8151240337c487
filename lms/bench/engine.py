"""What the engine of requirements takes for a crowd of 100,000 people, each measured in a process of its own.

`python -m lms.bench.engine switch_on` prints what one of them took, in JSON.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from uuid import UUID

from core.garbage import collect_seldom
from lms.local.house import ROOT

Figures = dict[str, float]
JOB_ROLE, PERSON = 3, 4  # kinds of made ids, as in lms.bench.crowd


def run(name: str, environment: dict[str, str]) -> Figures:
    """Measure one thing in a fresh process. Raises CalledProcessError."""
    done = subprocess.run(
        [sys.executable, "-m", "lms.bench.engine", name],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "lms.settings"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures: Figures = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def switch_on() -> Figures:
    """Switch a requirement on for everyone, from pressing the button until the job is done."""
    from core.models import Job
    from courses.models import Course
    from enrollment.actions import draft_requirement, switch_on_requirement
    from enrollment.models import Assignment, Requirement
    from people.models import User

    admin = User.objects.get(pk=_made(PERSON, 1))
    course = Course.objects.order_by("-code").first()
    assert course is not None
    requirement = draft_requirement(
        by=admin, at=_now(), course=course, due_within_days=30, counted_from="switch_on", reason="for a benchmark"
    )
    began = time.monotonic()
    people = switch_on_requirement(requirement=requirement, by=admin, at=_now())
    pressed = time.monotonic() - began
    _work_off_jobs()
    took = time.monotonic() - began
    job = Job.objects.latest("created_at")
    given = Assignment.objects.filter(requirement=requirement, ended_at=None).count()
    if job.state != "done" or given != people or not Requirement.objects.filter(pk=requirement.pk, state="on"):
        raise RuntimeError(f"given to {given} of {people}: {job.state}")
    return {"switch_on_100k_s": took, "switch_on_pressed_s": pressed, "people": people}


def recompute() -> Figures:
    """Run the nightly check of all standings; it must find nothing."""
    from enrollment.models import StandingCheck
    from enrollment.tasks import check_standings

    began = time.monotonic()
    check_standings()
    took = time.monotonic() - began
    check = StandingCheck.objects.latest("started_at")
    if check.differences:
        raise RuntimeError(f"{check.differences} differences: {check.examples[:2]}")
    return {"recompute_3m_s": took, "recompute_peak_mib": _peak_mib(), "standings": check.checked}


def job_change() -> Figures:
    """Let one person change their job role, and wait until what is required of them has followed."""
    from enrollment.models import Assignment
    from people.actions import take_position
    from people.models import JobRole, User
    from records.actions import deliver_next_fact

    took = []
    for number in range(1001, 1006):
        person = User.objects.get(pk=_made(PERSON, number))
        held = person.positions.select_related("site", "department", "manager").get()
        role = JobRole.objects.get(pk=_made(JOB_ROLE, 1 + (number + 31) % 60))
        before = set(Assignment.objects.filter(user=person, ended_at=None).values_list("requirement", flat=True))
        began = time.monotonic()
        take_position(
            person=person, site=held.site, department=held.department, job_role=role, manager=held.manager,
            valid_from=date.today() - timedelta(days=2), by=User.objects.get(pk=_made(PERSON, 1)), at=_now(),  # noqa: DTZ011
        )  # fmt: skip
        while deliver_next_fact(at=_now()):
            pass
        took.append(time.monotonic() - began)
        after = set(Assignment.objects.filter(user=person, ended_at=None).values_list("requirement", flat=True))
        if before == after:
            raise RuntimeError("nothing followed")
    return {"job_change_s": _middle(took)}


def preview() -> Figures:
    """Show what a change of job role would do to one person, with 200 requirements in force."""
    from enrollment.queries.changes import changes_of_person
    from enrollment.queries.effects import effect_of
    from enrollment.rules import Post, day_in
    from enrollment.rules.supposing import with_main_post
    from people.models import User

    took = []
    for number in range(2001, 2006):
        held = User.objects.get(pk=_made(PERSON, number)).positions.select_related("site").get()
        role, site = _made(JOB_ROLE, 1 + (number + 31) % 60), held.site
        at = _now()
        post = Post(role, site.pk, held.department_id, day_in(site.time_zone, at), None, site.time_zone)
        began = time.monotonic()
        supposed = partial(with_main_post, post=post)
        effect = effect_of(changes_of_person(person_id=held.user_id, supposed=supposed, begins=at, at=at))
        took.append(time.monotonic() - began)
        if not (effect.gains and effect.loses):
            raise RuntimeError("the change has no effect")
    return {"preview_s": _middle(took)}


def qualified() -> Figures:
    """Ask whether one person, and whether each of a thousand, was qualified for a task of ten courses on a past day."""
    from courses.models import Course
    from enrollment.actions.qualifying import add_task
    from enrollment.queries import qualifications_at, qualified_at
    from people.models import User

    admin = User.objects.get(pk=_made(PERSON, 1))
    courses = list(Course.objects.order_by("code")[:10])
    task = add_task(name="Release a batch", courses=courses, by=admin, at=_now() - timedelta(days=500))
    past, one = _now() - timedelta(days=100), []
    for person in User.objects.filter(pk__in=[_made(PERSON, number) for number in range(3001, 3022)]):
        began = time.monotonic()
        qualified_at(person=person, task=task, at=past, known_at=_now())
        one.append(time.monotonic() - began)
    ids = [_made(PERSON, number) for number in range(4001, 5001)]
    began = time.monotonic()
    found = qualifications_at(person_ids=ids, task=task, at=past, known_at=_now())
    took = time.monotonic() - began
    if len(found) != len(ids) or not any(each.verdict.is_met for state in found.values() for each in state.courses):
        raise RuntimeError("nobody has anything")
    return {"qualified_one_ms": 1000 * _middle(one), "qualified_1000_s": took}


def reminder_sweep() -> Figures:
    """Find for whom a step of the ladder is to be taken, among all standings, at the moment of the last sweep."""
    from django.db.models import Max

    from enrollment.models import ReminderSent
    from enrollment.queries import remindable

    at = ReminderSent.objects.aggregate(last=Max("sent_at"))["last"]
    times = []
    for _run in ("as the first after a start", "as every five minutes from then on"):
        began = time.monotonic()
        found = len(remindable(at=at))
        times.append(time.monotonic() - began)
    first, took = times
    if not 0 < found < 50_000:
        raise RuntimeError(f"{found} of all standings are to be reminded")
    return {"reminder_sweep_s": took, "reminder_sweep_first_s": first, "reminder_sweep_found": found}


MEASURES: dict[str, Callable[[], Figures]] = {
    "recompute": recompute,  # first, while the standings are those that the database wrote
    "qualified": qualified,
    "preview": preview,
    "reminder_sweep": reminder_sweep,
    "job_change": job_change,
    "switch_on": switch_on,
}


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _work_off_jobs() -> None:
    from core.tasks import run_waiting_jobs

    run_waiting_jobs()


def _made(kind: int, number: int) -> UUID:
    return UUID(f"{number:08x}-0000-7000-8000-{kind:012x}")


def _now() -> datetime:
    return datetime.now(UTC)


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
    import django

    django.setup()
    collect_seldom()  # as the web server and the workers do
    print(json.dumps(MEASURES[sys.argv[1]]()))


if __name__ == "__main__":
    main()
