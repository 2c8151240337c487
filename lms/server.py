"""How gunicorn serves Attest: `gunicorn --config python:lms.server lms.wsgi`.

One thread a process: threads fight over the interpreter, and rendering pages keeps it busy. An idle
connection, such as browsers open ahead of need, must then not occupy a process, so the kernel hands
one over only when its request has begun to arrive.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

from core.garbage import collect_seldom

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", 0)) or 2 * (os.cpu_count() or 1)
worker_class = "sync"
timeout = 60
preload_app = True  # one import for all processes
graceful_timeout = 20
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108  heartbeat files, off the disk
errorlog = "-"
accesslog = os.environ.get("ACCESS_LOG") or None
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
_SECONDS_FOR_A_REQUEST_TO_BEGIN = 30


def when_ready(server: Any) -> None:
    """Let the kernel keep connections until they say something (Linux only)."""
    collect_seldom()
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        for listener in server.LISTENERS:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, _SECONDS_FOR_A_REQUEST_TO_BEGIN)
