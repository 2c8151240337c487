"""Attest puts its house together here."""

from lms.celery import app as celery_app

__all__ = ["celery_app"]
