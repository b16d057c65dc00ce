"""Takes dates as feeds write them, gives tests of the moments they mean."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.parse import read_date, settle

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("Sun, 22 Nov 2026 10:00:00 GMT", "2026-11-22T10:00:00"),
        ("Sun, 22 Nov 2026 10:00:00 +0530", "2026-11-22T04:30:00"),
        ("Sun, 22 Nov 2026 06:00 EST", "2026-11-22T11:00:00"),
        ("Sat, 21 Nov 2026 23:00:00 PDT", "2026-11-22T06:00:00"),
        ("Sun, 22 Nov 2026 10:00:00 CEST", "2026-11-22T08:00:00"),
        ("Sun, 22 Nov 2026 10:00:00 UTC+2", "2026-11-22T08:00:00"),
        ("Sun, 22 Nov 2026 10:00:00 +0100 (CET)", "2026-11-22T09:00:00"),
        ("22 Nov 26 10:00:00 Z", "2026-11-22T10:00:00"),
        ("Sun, 22 November 2026 10:00:00", "2026-11-22T10:00:00"),
        ("Sun Nov 22 10:00:00 2026", "2026-11-22T10:00:00"),
        ("Sunday, November 22, 2026 - 10:20", "2026-11-22T10:20:00"),
        ("November 21, 2026 3:05 PM", "2026-11-21T15:05:00"),
        ("Nov 21, 2026 12:05 a.m.", "2026-11-21T00:05:00"),
        ("22-Nov-2026", "2026-11-22T00:00:00"),
        ("Dom, 22 nov. 2026 10:00:00 -0100", "2026-11-22T11:00:00"),
        ("20 déc. 2025", "2025-12-20T00:00:00"),
        ("2026-11-22", "2026-11-22T00:00:00"),
        ("2026-11-22T10:00Z", "2026-11-22T10:00:00"),
        ("2026-11-22T10:00:00.123456789+00:00", "2026-11-22T10:00:00.123456"),
        ("2026-11-22T10:00:00", "2026-11-22T10:00:00"),
        ("2026-11-22 10:00:00 +0100", "2026-11-22T09:00:00"),
        ("2026-11-22T10:00:00.000+0100", "2026-11-22T09:00:00"),
        ("2026/11/22 10:00", "2026-11-22T10:00:00"),
        ("20261122T100000Z", "2026-11-22T10:00:00"),
        ("2026-11-21T24:00:00Z", "2026-11-22T00:00:00"),
        ("Sat, 21 Nov 2026 23:59:60 GMT", "2026-11-21T23:59:59"),
    ],
)
def test_the_forms_of_real_feeds_are_read(text: str, iso: str) -> None:
    """A missing zone is UTC, a missing time midnight, a missing second zero."""
    assert read_date(text, NOW) == datetime.fromisoformat(iso).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "10:30", "Mon", "2026", "12", "yesterday", "22 November", "Nov 2026", "Sat, 31 Feb 2026 10:00:00 GMT", "0000-00-00",
     "2026-13-01", "Mon, 01 Jan 0001 00:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 GMT", "31 Dec 1994 23:59:59",
     "22/11/2026", "1 " * 99],
)  # fmt: skip
def test_no_date_is_invented(text: str) -> None:
    """What names no day for certain, or one before 1995, is no date."""
    assert read_date(text, NOW) is None


@pytest.mark.parametrize(
    ("ahead", "settled"),
    [
        (timedelta(hours=-1), NOW - timedelta(hours=1)),
        (timedelta(0), NOW),
        (timedelta(hours=48), NOW),
        (timedelta(hours=48, seconds=1), None),
    ],
)
def test_the_near_future_is_now_and_the_far_future_is_refused(ahead: timedelta, settled: datetime | None) -> None:
    """A clock that goes wrong does not put an article at the top for ever."""
    assert read_date((NOW + ahead).isoformat(), NOW) == settled
    assert settle(NOW + ahead, NOW) == settled


@given(st.text() | st.text("0123456789-/:+TZ, GMTaepNov", max_size=40))
def test_reading_never_raises_and_gives_aware_moments(text: str) -> None:
    """Whatever stands there, it is a moment in UTC within bounds or nothing."""
    moment = read_date(text, NOW)

    assert moment is None or (moment.tzinfo is UTC and 1995 <= moment.year <= 2026)


SINCE_1995 = st.timedeltas(timedelta(days=1), timedelta(days=31 * 365)).map(lambda back: NOW - back)


@given(SINCE_1995)
def test_dates_written_by_the_standards_come_back_as_they_were(aware: datetime) -> None:
    """ISO 8601 and RFC 822 make the round trip."""
    assert read_date(aware.isoformat(), NOW) == aware
    assert read_date(f"{aware:%d} {aware:%b} {aware.year} {aware:%H:%M:%S} +0000", NOW) == aware.replace(microsecond=0)
