"""Takes dates as feeds write them, gives tests of the moments they mean."""

from datetime import UTC, datetime, timedelta, timezone

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
        ("Sat, 21 Nov 2026 24:00:00 GMT", "2026-11-22T00:00:00"),
        ("Sun, 22 Nov 2026 10:00:00 +05:30", "2026-11-22T04:30:00"),
        ("Sun, 22 Nov 2026 01:00:00 −05:00", "2026-11-22T06:00:00"),
        ("Mon, 22 Nov 2026 10:00:00 GMT", "2026-11-22T10:00:00"),
        ("Sat , 21 Nov 2026 10:00 XYZ", "2026-11-21T10:00:00"),
        ("Nov. 21, 2026, 10:00 a.m. ET", "2026-11-21T15:00:00"),
        ("November 21st, 2026 at 10:00", "2026-11-21T10:00:00"),
        ("mardi 3 mars 2026 10:00", "2026-03-03T10:00:00"),
        ("mar., 22 sept. 2026", "2026-09-22T00:00:00"),
        ("sábado, 21 de noviembre de 2026 10:00", "2026-11-21T10:00:00"),
        ("Samstag, 21. November 2026, 10:00 Uhr", "2026-11-21T10:00:00"),
        ("21.11.2026 10:00", "2026-11-21T10:00:00"),
        ("2026.11.21", "2026-11-21T00:00:00"),
        ("20261121", "2026-11-21T00:00:00"),
        ("20261121100000", "2026-11-21T10:00:00"),
        ("2026-11-21t10:00:00z", "2026-11-21T10:00:00"),
        ("2026-11-21 10:30:00.5", "2026-11-21T10:30:00.5"),
        ("2026-11-21T10:00:00-0500 (EST)", "2026-11-21T15:00:00"),
        ("2026-11-21T10:00:00Z[UTC]", "2026-11-21T10:00:00"),
        ("2026-11-21T10:00:00 GMT+1", "2026-11-21T09:00:00"),
        ("1763800000", "2025-11-22T08:26:40"),
        ("1763800000123", "2025-11-22T08:26:40"),
        ("1763800000.5", "2025-11-22T08:26:40"),
    ],
)
def test_the_forms_of_real_feeds_are_read(text: str, iso: str) -> None:
    """A missing zone is UTC, a missing time midnight, a missing second zero."""
    assert read_date(text, NOW) == datetime.fromisoformat(iso).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "10:30", "Mon", "2026", "12", "yesterday", "22 November", "Nov 2026", "Sat, 31 Feb 2026 10:00:00 GMT", "0000-00-00",
     "2026-13-01", "Mon, 01 Jan 0001 00:00:00 +0000", "Thu, 01 Jan 1970 00:00:00 GMT", "31 Dec 1994 23:59:59",
     "22/11/2026", "2/3/2026", "21-11-2026", "2026112210", "1", "99999999999", "2026-11-21T24:30:00", "2026-11-21T10:60:00",
     "2026-11-21T10:00:00+99:99", "29 Feb 2026", "2026-W47-6", "20 Nov 69", "5 hours ago", "1 " * 99],
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


ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
FORMS = [
    "{0:%Y}-{0:%m}-{0:%d}T{0:%H}:{0:%M}:{0:%S}{0:%z}",
    "{0:%Y}-{0:%m}-{0:%d}T{0:%H}:{0:%M}:{0:%S}.123{1}",
    "{0:%Y}-{0:%m}-{0:%d}t{0:%H}:{0:%M}:{0:%S}{1}",
    "{0:%Y}-{0:%m}-{0:%d} {0:%H}:{0:%M}:{0:%S} {0:%z}",
    "{0:%Y}/{0:%m}/{0:%d} {0:%H}:{0:%M}:{0:%S} {1}",
    "{0:%d}.{0:%m}.{0:%Y} {0:%H}:{0:%M}:{0:%S} {1}",
    "{0:%Y}{0:%m}{0:%d}T{0:%H}{0:%M}{0:%S}{0:%z}",
    "{0:%a}, {0:%d} {0:%b} {0:%Y} {0:%H}:{0:%M}:{0:%S} {0:%z}",
    "{0:%A}, {0:%d} {0:%B} {0:%Y} {0:%H}:{0:%M}:{0:%S} {1}",
    "{0:%d} {0:%b} {0:%Y} {0:%I}:{0:%M}:{0:%S} {0:%p} {0:%z}",
    "{0:%B} {0:%d}, {0:%Y} {0:%H}:{0:%M}:{0:%S} GMT{1}",
    "{0:%a} {0:%b} {0:%d} {0:%H}:{0:%M}:{0:%S} {0:%z} {0:%Y}",
    "{0:%A}, {0:%d}-{0:%b}-{0:%Y} {0:%H}:{0:%M}:{0:%S} {1}",
]


@given(SINCE_1995, ZONES, st.sampled_from(FORMS))
def test_a_moment_written_in_any_accepted_form_comes_back(moment: datetime, zone: timezone, form: str) -> None:
    """To the second, whatever zone it was written in."""
    local = moment.astimezone(zone).replace(microsecond=0)
    offset = f"{local:%z}"

    found = read_date(form.format(local, f"{offset[:3]}:{offset[3:]}"), NOW)

    assert found
    assert found.replace(microsecond=0) == local


@given(st.integers(1_000_000_000, int(NOW.timestamp())))
def test_seconds_since_1970_come_back(seconds: int) -> None:
    """Also with milliseconds behind them."""
    assert read_date(str(seconds), NOW) == read_date(f"{seconds}999", NOW) == datetime.fromtimestamp(seconds, UTC)


@given(SINCE_1995)
def test_dates_written_by_the_standards_come_back_as_they_were(aware: datetime) -> None:
    """ISO 8601 and RFC 822 make the round trip."""
    assert read_date(aware.isoformat(), NOW) == aware
    assert read_date(f"{aware:%d} {aware:%b} {aware.year} {aware:%H:%M:%S} +0000", NOW) == aware.replace(microsecond=0)
