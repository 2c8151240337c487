"""What Attest needs around it, looked at: each finding says what is wrong and what to do.

`/readyz/` asks the three without which no request can be answered well; `manage.py doctor` asks all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from redis import Redis
from redis.exceptions import RedisError

from core.clock import now
from core.models import Heartbeat
from lms.startup import unsafe_database

LATE_AFTER = timedelta(seconds=90)
PANGO = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found. `remedy` is empty where nothing is wrong."""

    name: str
    words: str
    remedy: str = ""

    @property
    def is_well(self) -> bool:
        return not self.remedy


def database() -> Finding:
    """Say whether PostgreSQL answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_user")
            version, role = cursor.fetchone()
    except DatabaseError:
        return Finding("database", "does not answer", "Start PostgreSQL, or set DATABASE_URL to where it runs.")
    return Finding("database", f"PostgreSQL {version}, as the role {role}")


def durability() -> Finding:
    """Say whether the database keeps what it confirms, and the trail from the application."""
    try:
        sentences = unsafe_database()
    except DatabaseError:
        return Finding("promises", "unknown while the database is away", "Start PostgreSQL.")
    if sentences:
        return Finding("promises", "not kept", " ".join(sentences))
    return Finding("promises", "commits reach the disk; the application does not own the tables")


def redis() -> Finding:
    """Say whether Redis answers."""
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)
    try:
        client.ping()
    except (RedisError, OSError):
        return Finding("redis", "does not answer", "Start Redis, or set REDIS_URL to where it runs.")
    finally:
        client.close()
    return Finding("redis", "answers")


def migrations() -> Finding:
    """Say whether the tables are those of this version. Once they are, they stay so while this process runs."""
    try:
        missing = () if _known.applied else _missing_migrations()
    except DatabaseError:
        return Finding("migrations", "unknown while the database is away", "Start PostgreSQL.")
    _known.applied = not missing
    if missing:
        return Finding("migrations", f"{len(missing)} to apply, first {missing[0]}", "Run: python manage.py migrate")
    return Finding("migrations", "all applied")


class _Known:
    applied = False


_known = _Known()


def _missing_migrations() -> tuple[str, ...]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return tuple(str(migration) for migration, _backwards in plan)


def storage() -> Finding:
    """Say whether a file can be stored, read and deleted."""
    place = "S3-compatible store" if settings.STORAGE_URL else settings.STORAGE_FOLDER
    remedy = "Check STORAGE_URL: bucket, endpoint, keys." if settings.STORAGE_URL else "Make STORAGE_FOLDER writable."
    try:
        key = default_storage.save("doctor/probe", ContentFile(b"well"))
        with default_storage.open(key) as file:
            well = file.read() == b"well"
        default_storage.delete(key)
    except Exception as error:  # each kind of store has errors of its own
        return Finding("storage", f"{place}: {type(error).__name__}", remedy)
    return Finding("storage", place, "" if well else remedy)


def printing() -> Finding:
    """Say whether PDFs can be made: Pango to set the text, and a font to set it in."""
    try:
        from weasyprint import HTML
    except OSError:
        return Finding("pdf", "Pango is missing; certificates say “being made”", f"Install it: {PANGO}")
    probe: bytes = HTML(string="<p>Ag").write_pdf(uncompressed_pdf=True)
    if b"/FontFile" not in probe:
        return Finding("pdf", "no font is installed", "Install one: apt-get install fonts-dejavu-core")
    return Finding("pdf", "Pango and fonts are there")


def mail() -> Finding:
    """Say whether the mail server lets us in; nothing is sent."""
    if "smtp" not in settings.EMAIL_BACKEND:
        kind = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
        return Finding("mail", f"goes to {kind}, not to a server")
    server = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection(timeout=10):
            pass
    except OSError as error:  # smtplib's errors are OSErrors
        return Finding("mail", f"{server}: {type(error).__name__}", "Check EMAIL_URL: host, port, user, password.")
    return Finding("mail", f"{server} lets us in")


def heartbeat(name: str, *, start: str) -> Finding:
    """Say whether a background process has shown a sign of life lately."""
    try:
        beat = Heartbeat.objects.filter(name=name).first()
    except DatabaseError:
        return Finding(name, "unknown while the database is away", "Start PostgreSQL.")
    if beat is None:
        return Finding(name, "was never seen", f"Start it: {start}")
    age = now() - beat.beaten_at
    words = f"last seen {round(age.total_seconds())} s ago"
    return Finding(name, words, f"Start it: {start}" if age > LATE_AFTER else "")


READINESS: tuple[Callable[[], Finding], ...] = (database, redis, migrations)
LOOKS: dict[str, Callable[[], Finding]] = {
    "database": database,
    "promises": durability,
    "migrations": migrations,
    "redis": redis,
    "storage": storage,
    "pdf": printing,
    "mail": mail,
    "worker": partial(heartbeat, "worker", start="celery -A lms worker"),
    "beat": partial(heartbeat, "beat", start="celery -A lms beat, and a worker, which takes what it sends"),
}


def all_findings(names: Collection[str] = ()) -> Iterator[Finding]:
    """Look at everything, one after the other, or at what is named."""
    return (look() for name, look in LOOKS.items() if not names or name in names)
