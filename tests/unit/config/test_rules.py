"""Takes entries that do not go together, and expects each clash at its place."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from monitor.types import Settings

Load = Callable[..., Settings]
Refusal = Callable[..., list[str]]


def test_a_source_id_stands_once(refusal: Refusal) -> None:
    """Two sources under one name would share their memory."""
    lines = refusal(sources="sources:\n- {id: a, url: 'https://a.example'}\n- {id: a, url: 'https://b.example'}\n")

    assert lines == ["sources.yaml:3:4: source id 'a' stands already in line 2: give one of them another"]


@pytest.mark.parametrize("again", ["https://a.example", "HTTPS://A.Example:443/#top", "https://a.example/"])
def test_a_source_address_stands_once(refusal: Refusal, again: str) -> None:
    """Case of the host, default port, fragment and last slash do not make another address."""
    lines = refusal(sources=f"sources:\n- url: https://a.example/\n- url: {again}\n")

    assert lines == [f"sources.yaml:3:3: source url '{again}' stands already in line 2: remove one"]


def test_addresses_that_differ_are_two(settings: Load) -> None:
    """Path, query, scheme and another port make another address."""
    urls = [
        "https://a.example/",
        "https://a.example/x",
        "https://a.example/?x",
        "http://a.example/",
        "https://a.example:8443/",
    ]

    assert len(settings(sources=f"sources: [{', '.join(f'{{url: {url!r}}}' for url in urls)}]").sources) == 5


def test_a_topic_id_stands_once(refusal: Refusal) -> None:
    """Labels know topics by their ids."""
    (line,) = refusal(topics="topics: [{id: t}, {id: u}, {id: t}]")

    assert line == "topics.yaml:1:29: topic id 't' stands already in line 1: give one of them another"


def test_a_source_names_topics_that_are_there(refusal: Refusal) -> None:
    """A topic that is not in topics.yaml would never be judged, silently."""
    (line,) = refusal(sources="sources: [{url: 'https://a.example', topics: [t, drugs]}]", topics="topics: [{id: t}]")

    assert line == "sources.yaml:1:50: topic 'drugs' is not in topics.yaml: write one of its ids (t) or add it there"


def test_unknown_topics_are_not_claimed_where_topics_are_broken(refusal: Refusal) -> None:
    """A slip in topics.yaml is told once, not again for every source."""
    (line,) = refusal(sources="sources: [{url: 'https://a.example', topics: [t]}]", topics="topics: [{id: t]")

    assert line.startswith("topics.yaml:")


@pytest.mark.parametrize("name", ["include", "always"])
def test_a_keyword_cannot_be_wanted_and_vetoed(refusal: Refusal, name: str) -> None:
    """Ways of writing one keyword count as the same."""
    text = f"topics: [{{id: t, keywords: {{{name}: [Anti-Drug], never: [x ray, anti drug]}}}}]"

    (line,) = refusal(topics=text)

    message = f"keyword 'anti drug' stands under `never` and under `{name}`: remove it from one of them"
    assert line == f"topics.yaml:1:{text.index('anti drug') + 1}: {message}"


def test_a_channel_that_is_read_as_a_comment_is_told(refusal: Refusal) -> None:
    """`channel: #name` without quotes would be no channel at all."""
    (line,) = refusal(topics="topics:\n- id: t\n  alert:\n    channel: #trade\n")

    assert line == 'topics.yaml:4:5: `channel` is empty, because # starts a comment: write channel: "#trade"'


def test_an_empty_channel_with_a_remark_is_no_mistake(settings: Load) -> None:
    """A remark after an empty key is just that."""
    assert settings(topics="topics:\n- id: t\n  alert:\n    channel:  # none yet\n").topics[0].routes == ()


@pytest.mark.parametrize(
    ("fetch", "message"),
    [
        ("min_interval: 1m, interval: 20m", "`min_interval` must be at least 15m"),
        ("interval: 5m", "`interval` must be at least 15m"),
        ("min_interval: 1h, interval: 30m", "`interval` must be at least 1h"),
        ("delay: 0s", "`delay` must be at least 1s"),
    ],
)
def test_haste_needs_allowed_networks(refusal: Refusal, settings: Load, fetch: str, message: str) -> None:
    """Intervals and delays below the floor are refused, unless networks of one's own are named."""
    (line,) = refusal(monitor=f"fetch: {{{fetch}}}")

    assert message in line
    assert "only servers within fetch.allow_networks" in line
    assert settings(monitor=f"fetch: {{{fetch}, allow_networks: [127.0.0.0/8]}}").fetch.allow_networks == (
        "127.0.0.0/8",
    )


@pytest.mark.parametrize("host", ["127.0.0.5:81", "localhost", "[::1]:9"])
def test_a_source_on_an_allowed_network_may_be_polled_each_second(settings: Load, host: str) -> None:
    """A trial against servers of one's own need not wait."""
    found = settings(
        monitor="fetch: {allow_networks: [127.0.0.0/8, '::1/128']}",
        sources=f"sources: [{{url: 'http://{host}/x', interval: 1s}}]",
    )

    assert found.sources[0].interval == timedelta(seconds=1)


@pytest.mark.parametrize("host", ["news.example", "10.0.0.1", "127.0.0.1.example"])
def test_servers_of_others_keep_the_floor(refusal: Refusal, host: str) -> None:
    """Allowed networks do not loosen the floor for addresses outside of them, whatever min_interval says."""
    text = f"sources: [{{url: 'http://{host}/x', interval: 5m}}]"

    (line,) = refusal(monitor="fetch: {allow_networks: [127.0.0.0/8], min_interval: 1s}", sources=text)

    place = f"sources.yaml:1:{text.index('interval') + 1}"
    assert line.startswith(f"{place}: `interval` must be at least 15m for {host}: only servers within")


def test_a_hasty_default_does_not_reach_servers_of_others(settings: Load) -> None:
    """With an interval of seconds for a trial, a source outside keeps 15 minutes."""
    found = settings(
        monitor="fetch: {allow_networks: [127.0.0.0/8], interval: 2s, min_interval: 1s}",
        sources="sources: [{url: 'http://127.0.0.1/x'}, {url: 'https://news.example/x'}]",
    )

    assert [source.interval for source in found.sources] == [timedelta(seconds=2), timedelta(minutes=15)]


def test_a_raised_floor_lifts_the_default_interval(settings: Load) -> None:
    """Who only sets min_interval need not set interval too."""
    found = settings(monitor="fetch: {min_interval: 2h}", sources="sources: [{url: 'https://news.example/x'}]")

    assert found.sources[0].interval == timedelta(hours=2)
