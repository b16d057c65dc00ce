"""Takes sources and their states, gives that secrets go to their own origin, and validators back as they came or not at all."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetch import conditional_headers, headers_for, page_request
from monitor.types import FetchRequest, FetchSettings, Source, SourceState

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SOURCE = Source(id="gazette", name="Harbour Gazette", url="https://news.example/feed")
STATE = SourceState(
    source_id="gazette",
    url=SOURCE.url,
    next_poll_at=NOW,
    etag='W/"a;  é"-gzip',
    last_modified="Sunday, yesterday",
    last_full_at=NOW - timedelta(hours=24),
)


def test_validators_go_back_byte_for_byte() -> None:
    """Quotes, spaces and odd dates are the server's business."""
    assert conditional_headers(STATE, SOURCE, NOW) == (
        ("If-None-Match", 'W/"a;  é"-gzip'),
        ("If-Modified-Since", "Sunday, yesterday"),
    )


def test_what_the_server_did_not_give_is_not_sent() -> None:
    """One validator, or none."""
    assert conditional_headers(replace(STATE, etag=None), SOURCE, NOW) == (("If-Modified-Since", "Sunday, yesterday"),)
    assert conditional_headers(replace(STATE, etag=None, last_modified=""), SOURCE, NOW) == ()


def test_once_a_day_the_whole_document_is_asked_for() -> None:
    """More than a day after the last whole document, or without one, or at a new address, nothing is sent."""
    day_later = NOW + timedelta(seconds=1)

    assert conditional_headers(STATE, SOURCE, day_later) == ()
    assert conditional_headers(replace(STATE, last_full_at=None), SOURCE, NOW) == ()
    assert conditional_headers(STATE, replace(SOURCE, url="https://news.example/other"), NOW) == ()


def test_a_validator_that_fits_no_header_line_is_left_out() -> None:
    """A folded or binary value would make every later request fail."""
    for value in ("a\n b", "a\r\nX: y", "\x00", "→", "\x7f"):
        assert conditional_headers(replace(STATE, etag=value, last_modified=None), SOURCE, NOW) == ()


SECRET = ("Authorization", "Bearer secret")
AGENT = ("User-Agent", "Harbour reader")
CLOSED = replace(SOURCE, headers=(SECRET,), user_agent=AGENT[1])


@pytest.mark.parametrize("url", ["https://news.example/articles/1", "https://NEWS.example/2?x=1"])
def test_a_source_s_headers_go_to_its_own_origin(url: str) -> None:
    """An article's page may stand behind the same password as the feed."""
    assert headers_for(CLOSED, url) == (SECRET, AGENT)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/1",
        "http://news.example/1",
        "https://news.example:8443/1",
        "https://news.example.elsewhere.example/1",
        "https://news.example@elsewhere.example/1",
        "//news.example/1",
        "https://[news.example/1",
        "",
    ],
)
def test_a_source_s_headers_go_nowhere_else(url: str) -> None:
    """Whoever writes the feed chooses where its links lead; who asks is no secret."""
    assert headers_for(CLOSED, url) == (AGENT,)


def test_a_page_is_asked_for_within_its_limit_and_as_robots_txt_allows() -> None:
    """It was made for people."""
    limits = FetchSettings(max_page_bytes=1_000)

    request = page_request(CLOSED, "https://news.example/1", limits)

    assert request == FetchRequest(
        url="https://news.example/1", headers=(SECRET, AGENT), max_bytes=1_000, check_robots=True
    )
