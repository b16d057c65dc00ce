"""Takes responses, gives that each means one thing, and that no header of theirs can raise."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch import failed, read_response, retry_after
from monitor.types import Fetched, FetchOutcome, Gone, NotModified, TryLater, Weight

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
URL = "https://news.example/feed"


def read(status: int, body: bytes = b"", **headers: str) -> FetchOutcome:
    """Read a response of this status."""
    return read_response(status=status, headers=headers, body=body, url=URL, permanent_url=None, now=NOW)


def test_four_kinds_of_answer_are_told_apart() -> None:
    """200, 304, 410 and all others."""
    assert read(200, b"x", etag="1") == Fetched(url=URL, headers={"etag": "1"}, body=b"x")
    assert read(304) == NotModified(headers={})
    assert read(410) == Gone()
    assert read(404) == failed("http-404", "The server answered 404 Not Found.", weight=Weight.SOFT)


@given(st.integers(100, 999).filter(lambda status: status not in {200, 304, 410}))
def test_every_other_status_has_its_word_and_weight(status: int) -> None:
    """Client errors weigh 1 but for those that pass; server errors weigh ½."""
    outcome = read(status)

    assert isinstance(outcome, TryLater)
    assert outcome.result == f"http-{status}"
    assert outcome.weight is (Weight.SOFT if status >= 500 or status in {404, 429} else Weight.HARD)


@pytest.mark.parametrize(
    ("word", "weight"),
    [
        ("not-a-feed", Weight.HARD), ("parse-error", Weight.HARD), ("refused-address", Weight.HARD),
        ("too-large", Weight.HARD), ("tls", Weight.SOFT), ("robots", Weight.SOFT),
        ("timeout", Weight.TRANSIENT), ("dns", Weight.TRANSIENT), ("error", Weight.TRANSIENT),
    ],
)  # fmt: skip
def test_a_word_has_a_weight(word: str, weight: Weight) -> None:
    """Hard where somebody must act, transient where only the way was at fault."""
    assert failed(word, "why").weight is weight


# ── Retry-After ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120), (" 5 ", 5), ("99999999", 48 * 3600), ("9" * 5000, 48 * 3600),
        ("Sun, 22 Nov 2026 12:10:00 GMT", 600), ("Sun, 22 Nov 2026 13:10:00 +0100", 600),
        ("Sunday, 22-Nov-26 12:10:00 GMT", 600), ("Mon, 22 Nov 2027 12:00:00 GMT", 48 * 3600),
    ],
)  # fmt: skip
def test_retry_after_is_read_and_capped(value: str, seconds: int) -> None:
    """Seconds and dates, at most 48 hours."""
    assert retry_after({"retry-after": value}, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("value", ["", "0", "-5", "soon", "Sun, 22 Nov 2026 11:00:00 GMT", "²", "1e9"])
def test_a_retry_after_that_asks_for_nothing_is_none(value: str) -> None:
    """The past, nothing, and nonsense."""
    assert retry_after({"retry-after": value}, NOW) is None


def test_a_date_counts_from_the_servers_own_clock() -> None:
    """A server an hour ahead that asks for ten minutes gets ten minutes."""
    headers = {"retry-after": "Sun, 22 Nov 2026 13:10:00 GMT", "date": "Sun, 22 Nov 2026 13:00:00 GMT"}

    assert retry_after(headers, NOW) == NOW + timedelta(minutes=10)


dates = st.datetimes(timezones=st.just(UTC)).map(format_datetime)


@given(st.text() | dates | st.integers().map(str), st.text() | dates)
def test_reading_retry_after_never_raises_nor_leaves_its_bounds(value: str, date: str) -> None:
    """Whatever stands there: none, or within 48 hours from now."""
    until = retry_after({"retry-after": value, "date": date}, NOW)

    assert until is None or NOW < until <= NOW + timedelta(hours=48)
