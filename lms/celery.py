"""Celery's application: workers and beat. What beat starts is a sweep; the truth is in PostgreSQL."""

import logging
import os
import time

from celery import Celery
from celery.schedules import crontab
from celery.signals import heartbeat_sent, task_prerun, worker_init

from core.context import request_id
from core.garbage import collect_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

log = logging.getLogger(__name__)

app = Celery("attest")
app.config_from_object("django.conf:settings", namespace="CELERY")  # lms.apps finds the tasks

app.conf.beat_schedule = {
    "beat-heartbeat": {"task": "core.beat", "schedule": 30.0, "kwargs": {"name": "beat"}},
    "deliver-facts": {"task": "records.deliver_facts", "schedule": 15.0},
    "render-certificates": {"task": "records.render_missing_certificates", "schedule": 60.0},
    "send-mail": {"task": "notifications.send_waiting_mail", "schedule": 30.0},
    "gather-digests": {"task": "notifications.gather_digests", "schedule": 300.0},
    "send-pushes": {"task": "notifications.send_waiting_pushes", "schedule": 30.0},
    "run-jobs": {"task": "core.run_waiting_jobs", "schedule": 30.0},
    "turn-versions-effective": {"task": "courses.turn_versions_effective", "schedule": 60.0},
    "send-reminders": {"task": "enrollment.send_reminders", "schedule": 300.0},
    "remind-of-sessions": {"task": "enrollment.remind_of_sessions", "schedule": 900.0},
    "tell-weeks": {"task": "enrollment.tell_weeks", "schedule": 900.0},
    "credit-programs": {"task": "enrollment.credit_programs", "schedule": 600.0},
    "announce": {"task": "enrollment.announce", "schedule": 60.0},
    "sweep-assignments": {"task": "enrollment.sweep_assignments", "schedule": 900.0},
    "check-standings": {"task": "enrollment.check_standings", "schedule": crontab(hour="2", minute="30")},
    "watch-import-folder": {"task": "people.watch_import_folder", "schedule": 60.0},
    "close-leavers": {"task": "people.close_leavers", "schedule": 900.0},
    "tidy": {"task": "core.tidy", "schedule": 3600.0},
    "discard-reports": {"task": "reporting.discard_expired_files", "schedule": 3600.0},
}


@task_prerun.connect
def _name_the_work(task_id: str = "", **signal: object) -> None:
    """Let log lines and the trail name the task under way."""
    request_id.set(f"task-{task_id[:12]}")


@worker_init.connect
def _collect_seldom(**signal: object) -> None:
    collect_seldom()


@worker_init.connect
def _refuse_unsafe_database(**signal: object) -> None:
    """Stop a worker in production whose database could lose what it confirms."""
    from django.core.exceptions import ImproperlyConfigured

    from lms.startup import refuse_unsafe_database

    try:
        refuse_unsafe_database()
    except ImproperlyConfigured as refusal:
        raise SystemExit(str(refusal)) from refusal  # Celery logs any other exception of a signal and goes on


SECONDS_BETWEEN_HEARTBEATS = 15
_beaten = {"at": float("-inf")}


@heartbeat_sent.connect
def _show_life(**signal: object) -> None:
    """Write now and then that this worker is alive; Celery itself calls every two seconds."""
    if time.monotonic() - _beaten["at"] < SECONDS_BETWEEN_HEARTBEATS:
        return
    _beaten["at"] = time.monotonic()
    from django.db import DatabaseError, connection

    from core.actions import note_heartbeat
    from core.clock import now

    try:
        note_heartbeat(name="worker", at=now())
    except DatabaseError as error:
        log.warning("The database did not take a heartbeat: %s", error)
    finally:
        connection.close()  # the processes that do the work are forked from this one
