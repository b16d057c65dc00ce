"""Takes the headers of answers, gives how long each is fresh by the rules of a private cache."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.freshness import fresh_for, http_date

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOON, ONE, TWO = (f"Sun, 22 Nov 2026 {hour}:00:00 GMT" for hour in (12, 13, 14))


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({"cache-control": "max-age=7200"}, 120),
        ({"cache-control": 'public, Max-Age="7200"'}, 120),
        ({"cache-control": "max-age=7200", "expires": ONE}, 120),
        ({"cache-control": "s-maxage=7200"}, 0),  # for shared caches
        ({"cache-control": "s-maxage=60", "expires": ONE, "date": NOON}, 60),
        ({"cache-control": "max-age=0", "expires": TWO}, 0),
        ({"cache-control": "no-cache, max-age=7200"}, 0),
        ({"cache-control": "no-store", "expires": TWO}, 0),
        ({"cache-control": "max-age=7200", "age": "3000"}, 70),  # the cache before us renews it then
        ({"cache-control": "max-age=60", "age": "3000"}, 0),
        ({"cache-control": "max-age=7200", "age": "young"}, 120),
        ({"expires": TWO}, 120),
        ({"expires": TWO, "date": ONE}, 60),  # by the server's own clock
        ({"expires": TWO, "date": ONE, "age": "600"}, 50),
        ({"expires": ONE, "date": TWO}, 0),
        ({"expires": "0"}, 0),
        ({"expires": "-1", "cache-control": "public"}, 0),
        ({"cache-control": "max-age=²"}, 0),
        ({"cache-control": "max-age"}, 0),
        ({}, 0),
    ],
)
def test_an_answer_is_fresh_for_as_long_as_it_says(headers: dict[str, str], minutes: int) -> None:
    """What it does not say, or says without sense, is no wish."""
    assert fresh_for(headers, NOW) == timedelta(minutes=minutes)


@pytest.mark.parametrize("written", ["", "soon", "Sun, 32 Nov 2026 12:00:00 GMT", "Sun, 22 Nov 99999 12:00:00 GMT"])
def test_what_is_no_date_is_none(written: str) -> None:
    """Nothing is raised."""
    assert http_date(written) is None


def test_a_date_without_a_zone_is_in_utc() -> None:
    """As the standard demands of all of them."""
    assert http_date("Sun, 22 Nov 2026 12:00:00") == http_date(NOON) == NOW


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age"]), st.text(max_size=40)))
def test_whatever_stands_in_the_headers_gives_a_time(headers: dict[str, str]) -> None:
    """It is never negative."""
    assert fresh_for(headers, NOW) >= timedelta()
