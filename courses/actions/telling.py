"""Messages about versions, queued in the transaction of what they tell."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils.formats import date_format

from courses import notices
from courses.models import CourseVersion
from courses.queries import approvers_of
from notifications.actions import queue_notice
from notifications.wording import Notice
from people.models import User


def tell_approvers(*, version: CourseVersion, author: User, at: datetime) -> None:
    """Tell everyone who may decide about the version that it waits."""
    notice = notices.waiting_for_review(version=str(version), author=author.name, change_summary=version.change_summary)
    for approver in approvers_of(version, at=at):
        _tell(approver, notice, version=version, page="courses:review", at=at)


def tell_returned(*, version: CourseVersion, author: User, approver: User, note: str, at: datetime) -> None:
    """Tell the author what the approver asks for."""
    notice = notices.returned(version=str(version), approver=approver.name, note=note)
    _tell(author, notice, version=version, page="courses:edit", at=at)


def tell_approved(*, version: CourseVersion, author: User, approver: User, at: datetime) -> None:
    """Tell the author that the version is approved."""
    day = date_format(version.effective_on, "j F Y") if version.effective_on else ""
    notice = notices.approved(version=str(version), approver=approver.name, effective_on=day)
    _tell(author, notice, version=version, page="courses:version", at=at)


def _tell(person: User, notice: Notice, *, version: CourseVersion, page: str, at: datetime) -> None:
    once = f"{notice.kind.code}:{version.pk}:{person.pk}:{at.isoformat()}"
    queue_notice(recipient=person, notice=notice, once=once, path=reverse(page, args=[version.pk]), at=at)
