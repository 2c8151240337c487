"""Celery's application: workers and beat. What beat starts is a sweep; the truth is in PostgreSQL."""

import os

from celery import Celery
from celery.signals import task_prerun

from core.context import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

app = Celery("attest")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "beat-heartbeat": {"task": "core.beat", "schedule": 30.0, "kwargs": {"name": "beat"}},
    "deliver-facts": {"task": "records.deliver_facts", "schedule": 15.0},
    "render-certificates": {"task": "records.render_missing_certificates", "schedule": 60.0},
    "send-mail": {"task": "notifications.send_waiting_mail", "schedule": 30.0},
    "run-jobs": {"task": "core.run_waiting_jobs", "schedule": 30.0},
    "turn-versions-effective": {"task": "courses.turn_versions_effective", "schedule": 60.0},
    "send-reminders": {"task": "enrollment.send_reminders", "schedule": 300.0},
    "sweep-assignments": {"task": "enrollment.sweep_assignments", "schedule": 900.0},
    "tidy": {"task": "core.tidy", "schedule": 3600.0},
}


@task_prerun.connect  # type: ignore[untyped-decorator]
def _name_the_work(task_id: str = "", **signal: object) -> None:
    """Let log lines and the trail name the task under way."""
    request_id.set(f"task-{task_id[:12]}")
