"""Settings as an operator would write them for production; the tests of the deployment start from these."""

from __future__ import annotations

import os
import socket

SECRET = "Zt3kV9qLw8XrB5nD2sHf7YmJc4PgUe6AoT1iKxNvQyRbWdMz"


def production_environment() -> dict[str, str]:
    """Return the environment of a sound production start against this run's PostgreSQL and Redis."""
    return {
        "ATTEST_MODE": "production",
        "SECRET_KEY": SECRET + SECRET[::-1],
        "BASE_URL": "https://attest.example.com",
        "DATABASE_URL": os.environ["DATABASE_URL"],
        "DATABASE_OWNER_URL": os.environ["DATABASE_OWNER_URL"],
        "REDIS_URL": os.environ["REDIS_URL"],
        "EMAIL_URL": "smtp+tls://attest:secret@mail.example.com:587",
        "STORAGE_URL": "s3://key:secret@attest?endpoint=https://store.example.com",
        "SECURITY_CONTACT": "security@example.com",
        "BEHIND_PROXY": "true",
        "DEBUG": "false",
        "CELERY_EAGER": "false",
    }


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
