"""Who writes and who decides, and a draft of theirs."""

from __future__ import annotations

import pytest

from courses.actions import submit_version
from courses.models import CourseVersion
from people.choices import AccessRole
from people.models import User
from records.choices import Components
from tests.courses.pages import AT
from tests.factories import make_draft, make_person


@pytest.fixture
def author(db: None) -> User:
    return make_person(AccessRole.AUTHOR, name="Priya Nair", signs=True)


@pytest.fixture
def approver(db: None) -> User:
    return make_person(AccessRole.APPROVER, name="Helen Okafor", signs=True)


@pytest.fixture
def draft(author: User) -> CourseVersion:
    return make_draft(author, pages=2)


@pytest.fixture
def submitted(draft: CourseVersion, author: User) -> CourseVersion:
    return submit_version(version_id=draft.pk, by=author, at=AT, zone="UTC", components=Components.ALL)
