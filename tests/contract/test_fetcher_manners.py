"""Takes several requests at once, gives that each host is asked seldom, gently, and only for what its robots.txt allows."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from monitor.adapters.fetcher.manners import FAILURE_KEPT, LONGEST_CRAWL_DELAY, ROBOTS_KEPT, Robots, Turns
from monitor.adapters.fetcher.trouble import Trouble
from monitor.fetch import failed
from monitor.types import Fetched, FetchOutcome, FetchSettings, Gone

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TRUSTED = FetchSettings(allow_networks=("127.0.0.0/8",), delay=timedelta(0))


def starts(turns: Sequence[Callable[[], AbstractContextManager[None]]], hold: float = 0.0) -> list[float]:
    """Take all turns at once, hold each for a while, and give when each began, from zero."""
    began: list[float] = []

    def take(turn: Callable[[], AbstractContextManager[None]]) -> None:
        with turn():
            began.append(time.monotonic())
            time.sleep(hold)

    threads = [threading.Thread(target=take, args=(turn,)) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [moment - min(began) for moment in sorted(began)]


# ── turns ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_no_more_than_two_are_under_way_at_a_host() -> None:
    """Four requests of 0.3 s at one host take two rounds; at two hosts they take one."""
    turns = Turns(TRUSTED)

    same = starts([lambda: turns.turn("127.0.0.1")] * 4, hold=0.3)
    apart = starts([lambda: turns.turn("127.0.0.1"), lambda: turns.turn("127.0.0.2")] * 2, hold=0.3)

    assert [moment >= 0.29 for moment in same] == [False, False, True, True]
    assert max(apart) < 0.29


def test_starts_at_a_host_are_apart() -> None:
    """The configured delay lies between two starts, also when the first has ended."""
    turns = Turns(FetchSettings(allow_networks=("127.0.0.0/8",), delay=timedelta(seconds=0.1)))

    began = starts([lambda: turns.turn("127.0.0.1")] * 3)

    assert [later - earlier >= 0.099 for earlier, later in pairwise(began)] == [True, True]


def test_a_delay_of_nothing_is_for_allowed_networks_only() -> None:
    """A public host is asked once a second, whatever is configured."""
    turns = Turns(TRUSTED)

    began = starts([lambda: turns.turn("news.example")] * 2)

    assert began[1] >= 0.99


def test_names_of_one_machine_share_their_turns() -> None:
    """Once two names are known to lead to one address, they are one host."""
    turns = Turns(TRUSTED)
    for name in ("a.example", "b.example"):
        turns.learn(name, "127.0.0.7")

    began = starts([lambda: turns.turn("a.example"), lambda: turns.turn("b.example")] * 2, hold=0.3)

    assert [moment >= 0.29 for moment in began] == [False, False, True, True]


def test_requests_under_way_count_on_when_their_address_is_learned() -> None:
    """Two requests made under a name hold both turns of its address until they end."""
    turns = Turns(TRUSTED)
    turns.learn("a.example", "127.0.0.8")

    with turns.turn("a.example"), turns.turn("a.example"):
        turns.learn("a.example", "127.0.0.7")
        late = threading.Thread(target=starts, args=([lambda: turns.turn("127.0.0.7")],))
        late.start()
        late.join(0.1)
        waiting = late.is_alive()
    late.join(1)

    assert waiting
    assert not late.is_alive()


def test_a_name_that_turns_out_to_be_an_address_gains_no_start() -> None:
    """The delay since the first request, made under the name, holds for the second, made under the address."""
    turns = Turns(FetchSettings(allow_networks=("127.0.0.0/8",), delay=timedelta(seconds=0.2)))
    with turns.turn("a.example"):
        turns.learn("a.example", "127.0.0.7")

    started = time.monotonic()
    with turns.turn("127.0.0.7"):
        waited = time.monotonic() - started

    assert waited > 0.15


def test_a_crawl_delay_holds_from_the_latest_start() -> None:
    """A page waits for the site's own delay, counted from whatever was asked there last."""
    turns = Turns(TRUSTED)

    with turns.turn("127.0.0.1"):
        pass
    started = time.monotonic()
    with turns.turn("127.0.0.1", 0.2):
        waited = time.monotonic() - started

    assert 0.15 < waited < 0.9


# ── robots.txt ───────────────────────────────────────────────────────────────────────────────────────────────────────
RULES = b"User-agent: topic-monitor\nDisallow: /members/\nCrawl-delay: 2\n\nUser-agent: *\nDisallow: /\n"
FOUND = Fetched(url="http://news.example/robots.txt", headers={}, body=RULES)
AGENT = "topic-monitor/1.0 (+https://example.org/contact)"


def robots(*outcomes: FetchOutcome) -> tuple[Robots, list[str]]:
    """Give robots rules over these answers in turn, and the list of addresses asked."""
    asked: list[str] = []
    answers = iter(outcomes)

    def ask(url: str, _agent: str, _now: datetime) -> FetchOutcome:
        asked.append(url)
        return next(answers)

    return Robots(ask), asked


def test_robots_txt_is_obeyed_for_our_own_name() -> None:
    """The group that names the client decides; its crawl-delay is handed on."""
    rules, _ = robots(FOUND)

    assert rules.crawl_delay("http://news.example/a/1", AGENT, NOW) == 2
    with pytest.raises(Trouble) as refused:
        rules.crawl_delay("http://news.example/members/1", AGENT, NOW)
    assert refused.value.outcome.result == "robots"
    with pytest.raises(Trouble):
        rules.crawl_delay("http://news.example/a/1", "another-reader/2", NOW)


def test_robots_txt_is_asked_for_once_a_day_and_host() -> None:
    """Paths of one host share its rules; a port of its own has rules of its own."""
    rules, asked = robots(FOUND, FOUND, FOUND)

    for url in ("http://news.example/1", "http://NEWS.example/2", "http://news.example:8080/3"):
        rules.crawl_delay(url, AGENT, NOW)
    rules.crawl_delay("http://news.example/4", AGENT, NOW + ROBOTS_KEPT)

    first = "http://news.example/robots.txt"
    assert asked == [first, "http://news.example:8080/robots.txt", first]


@pytest.mark.parametrize("none", [failed("http-404", ""), failed("http-403", ""), failed("http-429", ""), Gone()])
def test_where_there_is_no_robots_txt_all_is_allowed(none: FetchOutcome) -> None:
    """A 4xx, 410 included, means no rules."""
    rules, _ = robots(none)

    assert rules.crawl_delay("http://news.example/1", AGENT, NOW) == 0


@pytest.mark.parametrize("word", ["http-500", "http-503", "timeout", "dns", "error"])
def test_where_robots_txt_cannot_be_had_nothing_is_asked_for_now(word: str) -> None:
    """A failing server gets no page request until its rules can be read."""
    rules, asked = robots(failed(word, ""), FOUND)

    for _ in range(2):
        with pytest.raises(Trouble) as refused:
            rules.crawl_delay("http://news.example/1", AGENT, NOW)
        assert refused.value.outcome.result == "robots"

    assert len(asked) == 1
    assert rules.crawl_delay("http://news.example/1", AGENT, NOW + FAILURE_KEPT) == 2


def test_an_endless_crawl_delay_is_capped() -> None:
    """A site that asks for an hour between pages gets half a minute."""
    rules, _ = robots(Fetched(url="", headers={}, body=b"User-agent: *\nCrawl-delay: 3600\n"))

    assert rules.crawl_delay("http://news.example/1", AGENT, NOW) == LONGEST_CRAWL_DELAY


def test_pages_asked_for_at_once_ask_for_the_rules_once() -> None:
    """Two threads that need the same robots.txt wait for one answer."""
    asked = []

    def ask(url: str, _agent: str, _now: datetime) -> FetchOutcome:
        asked.append(url)
        time.sleep(0.05)
        return FOUND

    rules = Robots(ask)
    threads = [threading.Thread(target=rules.crawl_delay, args=("http://news.example/1", AGENT, NOW)) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(asked) == 1
