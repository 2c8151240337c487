"""What a certificate is worth, and what a signed record holds."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.canonical import plain
from records.choices import CertificateStatus
from records.rules import agrees, certificate_status, code_as_typed, day_in, serial_as_typed, serial_from

TODAY = date(2026, 11, 23)
YESTERDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("valid_until", "revoked", "superseded", "expected"),
    [
        (None, False, False, CertificateStatus.CURRENT),
        (TODAY, False, False, CertificateStatus.CURRENT),
        (YESTERDAY, False, False, CertificateStatus.EXPIRED),
        (TODAY, False, True, CertificateStatus.SUPERSEDED),
        (YESTERDAY, False, True, CertificateStatus.EXPIRED),
        (YESTERDAY, True, True, CertificateStatus.REVOKED),
    ],
)
def test_status_weighs_revocation_then_expiry_then_a_newer_one(
    valid_until: date | None, revoked: bool, superseded: bool, expected: CertificateStatus
) -> None:
    assert certificate_status(on=TODAY, valid_until=valid_until, revoked=revoked, superseded=superseded) == expected


def test_day_ends_where_the_holder_works() -> None:
    late_evening = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert day_in("UTC", late_evening) == TODAY
    assert day_in("Europe/Zurich", late_evening) == date(2026, 11, 24)


RECORDS = st.dictionaries(
    st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5) | st.dictionaries(st.text(), st.integers())
)


@given(RECORDS)
def test_record_agrees_with_itself_and_with_each_of_its_parts(record: dict[str, Any]) -> None:
    assert agrees(plain(record), record)
    assert all(agrees(plain(record), {key: value}) for key, value in record.items())


@given(RECORDS, st.text(max_size=5))
def test_record_does_not_agree_with_what_it_does_not_say(record: dict[str, Any], key: str) -> None:
    assert not agrees(plain(record), {key: "something else entirely"})


@given(st.binary(min_size=10, max_size=10))
def test_serial_is_found_again_however_it_is_typed(random: bytes) -> None:
    serial = serial_from(random)
    assert serial_as_typed(serial) == serial
    assert serial_as_typed(serial.lower().replace("-", " ")) == serial


def test_code_is_read_with_blanks_and_capitals() -> None:
    assert code_as_typed(" 9F2C 41d7-b8e0 ") == "9f2c41d7b8e0"
