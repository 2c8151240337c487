"""The parts of one person's record as plain tables; each value keeps its type."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from reporting.queries.dossiers import Dossier

Table = tuple[str, list[str], list[Sequence[Any]]]  # title, names of the columns, rows


def dossier_tables(dossier: Dossier) -> Iterator[Table]:
    """Yield certificates, signatures, attempts and history."""
    yield _certificates(dossier)
    yield _signatures(dossier)
    yield _attempts(dossier)
    yield _history(dossier)


def _certificates(dossier: Dossier) -> Table:
    names = [_("Number"), _("Code"), _("Course"), _("Version"), _("Completed (UTC)"), _("Valid until"), _("Worth")]
    rows: list[Sequence[Any]] = []
    for held in dossier.certificates:
        certificate = held.certificate
        about = (certificate.serial, certificate.code, certificate.course_title, certificate.version_label)
        ends = (certificate.completed_at, certificate.valid_until, str(held.status.label))
        rows.append((*about, *ends, _matching(held.matches), held.kept.sentence if held.kept else ""))
    return _("Certificates"), [*names, _("Signature"), _("Kept")], rows


def _signatures(dossier: Dossier) -> Table:
    names = [_("Name"), _("Meaning"), _("About"), _("Signed (UTC)"), _("Zone"), _("Record (sha256)"), _("Signature")]
    rows: list[Sequence[Any]] = []
    for signed in dossier.signatures:
        signature = signed.signature
        manifestation = (signature.signer_name, signature.statement, signed.about, signature.signed_at, signature.zone)
        rows.append((*manifestation, signature.record_sha256, _matching(signed.matches)))
    return _("Signatures"), names, rows


def _attempts(dossier: Dossier) -> Table:
    names = [_("Quiz"), _("Course"), _("Version"), _("Attempt"), _("Began (UTC)"), _("Submitted (UTC)"), _("Score")]
    rows: list[Sequence[Any]] = []
    for attempt in dossier.attempts:
        about = (attempt.quiz_title, attempt.course_title, attempt.version_label, attempt.number)
        times = (attempt.started_at, attempt.submitted_at)
        passed = None if attempt.passed is None else _("yes") if attempt.passed else _("no")
        rows.append((*about, *times, attempt.score, attempt.max_score, passed))
    return _("Attempts"), [*names, _("Of"), _("Passed")], rows


def _history(dossier: Dossier) -> Table:
    names = [_("Entry"), _("Happened (UTC)"), _("Recorded (UTC)"), _("Who"), _("What"), _("Reason")]
    rows: list[Sequence[Any]] = [
        (fact.pk, fact.occurred_at, fact.recorded_at, fact.actor_name, fact.sentence, fact.reason)
        for fact in dossier.history
    ]
    return _("History"), names, rows


def _matching(matches: bool) -> str:
    return _("matches") if matches else _("does not match")
