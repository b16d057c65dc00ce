"""Takes several requests at once, gives that each host is asked seldom, gently, and only for what its robots.txt allows."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from monitor.adapters.fetcher import manners
from monitor.adapters.fetcher.manners import FAILURE_KEPT, FULL, LONGEST_CRAWL_DELAY, ROBOTS_KEPT, Robots, Turns
from monitor.adapters.fetcher.trouble import Trouble
from monitor.fetch import failed
from monitor.types import Fetched, FetchOutcome, FetchSettings, Gone

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MANY = 70  #: hosts
SOON = 20  #: seconds after which something that should happen at once counts as never
TRUSTED = FetchSettings(allow_networks=("127.0.0.0/8",), delay=timedelta(0))


def starts(turns: Sequence[Callable[[], AbstractContextManager[None]]]) -> list[float]:
    """Take all turns at once, and give when each began, from zero."""
    began: list[float] = []

    def take(turn: Callable[[], AbstractContextManager[None]]) -> None:
        with turn():
            began.append(time.monotonic())

    threads = [threading.Thread(target=take, args=(turn,)) for turn in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [moment - min(began) for moment in sorted(began)]


# ── turns ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_no_more_than_two_are_under_way_at_a_host() -> None:
    """A third request waits until one of the two has ended; at another host it need not."""
    turns = Turns(TRUSTED)
    begun, end = threading.Event(), threading.Event()

    def third(address: str) -> None:
        with turns.turn(address):
            begun.set()
            end.wait(SOON)

    with turns.turn("127.0.0.1"):
        with turns.turn("127.0.0.1"):
            waiting = threading.Thread(target=third, args=("127.0.0.1",))
            waiting.start()
            too_early = begun.wait(0.1)
            with turns.turn("127.0.0.2"):
                pass
        in_time = begun.wait(SOON)
    end.set()
    waiting.join(SOON)

    assert (too_early, in_time) == (False, True)


def test_starts_at_a_host_are_apart() -> None:
    """The configured delay lies between two starts, also when the first has ended."""
    turns = Turns(FetchSettings(allow_networks=("127.0.0.0/8",), delay=timedelta(seconds=0.1)))

    began = starts([lambda: turns.turn("127.0.0.1")] * 3)

    assert [later - earlier >= 0.099 for earlier, later in pairwise(began)] == [True, True]


@pytest.mark.parametrize("address", ["192.0.2.7", "2001:db8::7"])
def test_a_delay_of_nothing_is_for_allowed_networks_only(address: str) -> None:
    """A public host is asked once a second, whatever is configured."""
    turns = Turns(TRUSTED)

    began = starts([lambda: turns.turn(address)] * 2)

    assert began[1] >= 0.99


def test_a_crawl_delay_holds_from_the_latest_start() -> None:
    """A page waits for the site's own delay, counted from whatever was asked there last."""
    turns = Turns(TRUSTED)

    with turns.turn("127.0.0.1"):
        started = time.monotonic()
    with turns.turn("127.0.0.1", 0.2):
        waited = time.monotonic() - started

    assert waited > 0.19


def test_the_wait_for_a_turn_is_told_beforehand() -> None:
    """Nothing at a host never asked; the rest of the delay after a start; for pages the crawl-delay of the latest page."""
    turns = Turns(FetchSettings(allow_networks=("127.0.0.0/8",), delay=timedelta(seconds=60)))
    free = turns.wait("127.0.0.1", pages=True)
    with turns.turn("127.0.0.1", 90.0):
        pass

    feed, page = (turns.wait("127.0.0.1", pages=pages) for pages in (False, True))

    assert free == 0
    assert 50 < feed <= 60
    assert 80 < page <= 90


def test_a_host_with_all_turns_taken_is_worth_another_look_soon() -> None:
    """Nobody knows when a request will end."""
    turns = Turns(TRUSTED)

    with turns.turn("127.0.0.1"), turns.turn("127.0.0.1"):
        full = turns.wait("127.0.0.1", pages=False)

    assert (full, turns.wait("127.0.0.1", pages=False)) == (FULL, 0)


def test_hosts_not_asked_for_long_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered is bounded; a host under way or asked just now is kept."""
    monkeypatch.setattr(manners, "MOST_HOSTS", 3)
    now = time.monotonic()
    turns = Turns(TRUSTED)
    with turns.turn("127.0.0.1"):
        for address in ("127.0.0.2", "127.0.0.3"):
            with turns.turn(address):
                pass
        monkeypatch.setattr(manners, "monotonic", lambda: now + 2 * LONGEST_CRAWL_DELAY)
        with turns.turn("127.0.0.4"):
            kept = set(turns._lines)

    assert kept == {"127.0.0.1", "127.0.0.4"}


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
    rules, _ = robots(FOUND, FOUND)

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
    rules, asked = robots(failed(word, "The wire is cut."), FOUND)

    for _ in range(2):
        with pytest.raises(Trouble) as refused:
            rules.crawl_delay("http://news.example/1", AGENT, NOW)
        assert refused.value.outcome.result == "robots"
        assert refused.value.outcome.detail.endswith("for now: The wire is cut.")

    assert len(asked) == 1
    assert rules.crawl_delay("http://news.example/1", AGENT, NOW + FAILURE_KEPT) == 2


def test_an_endless_crawl_delay_is_capped() -> None:
    """A site that asks for an hour between pages gets half a minute."""
    rules, _ = robots(Fetched(url="", headers={}, body=b"User-agent: *\nCrawl-delay: 3600\n"))

    assert rules.crawl_delay("http://news.example/1", AGENT, NOW) == LONGEST_CRAWL_DELAY


def test_pages_asked_for_at_once_ask_for_the_rules_once() -> None:
    """Two threads that need the same robots.txt wait for one answer; another host's is asked for meanwhile."""
    asked: list[str] = []
    all_asking, answer = threading.Event(), threading.Event()

    def ask(url: str, _agent: str, _now: datetime) -> FetchOutcome:
        asked.append(url)
        if len(asked) == MANY:
            all_asking.set()
        answer.wait(SOON)
        return FOUND

    rules = Robots(ask)
    urls = [f"http://n{number % MANY}.example/1" for number in range(2 * MANY)]
    threads = [threading.Thread(target=rules.crawl_delay, args=(url, AGENT, NOW)) for url in urls]
    for thread in threads:
        thread.start()
    side_by_side = all_asking.wait(SOON)
    answer.set()
    for thread in threads:
        thread.join()

    assert side_by_side
    assert sorted(asked) == sorted(f"http://n{number}.example/robots.txt" for number in range(MANY))


def test_only_the_first_word_of_the_user_agent_is_looked_for() -> None:
    """A token is matched whatever its case; a group for several names counts for each; what is in brackets does not."""
    other = Fetched(url="", headers={}, body=b"User-agent: other\nUser-Agent: Topic-Monitor\nDisallow: /a/\n")
    rules, _ = robots(other)

    with pytest.raises(Trouble):
        rules.crawl_delay("http://news.example/a/1", AGENT, NOW)
    for agent in ("reader/1 (topic-monitor)", "reader (+https://other.example)"):
        rules, _ = robots(other)
        assert rules.crawl_delay("http://news.example/a/1", agent, NOW) == 0


@pytest.mark.parametrize(
    "form", ["User-agent: r{}", "useragent r{}", "User agent:r{}", "USER \t AGENT r{}", "User-agent: {:*<{}}"]
)
def test_however_many_names_a_robots_txt_has_its_rules_are_kept_twice_at_most(form: str) -> None:
    """Ours are one group and everybody else's another: 1,500 names with 1,500 rules each would be two million rules."""
    names = [form.format(number, number + 2) for number in range(1, 200)]

    lines = list(
        manners._for_us(
            "\n".join([*names, "Disallow: /a", "User-agent: Topic-Monitor", "Disallow: /b"]), "topic-monitor"
        )
    )

    assert set(lines) == {"User-agent: others", "Disallow: /a", "User-agent: *", "Disallow: /b"}


def test_a_mark_at_the_beginning_hides_no_rule() -> None:
    """Editors put a byte order mark in front of the first name."""
    rules, _ = robots(Fetched(url="", headers={}, body=b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n"))

    with pytest.raises(Trouble):
        rules.crawl_delay("http://news.example/1", AGENT, NOW)


NAMES = [
    "*",
    "Topic-Monitor",
    "topic",
    "topic*",
    "monitor",
    "other",
    "t",
    "**",
    "topic-monitor/1.0",
    "my",
    "reader",
    "",
    "a b",
]
ORDINARY = st.builds(
    "{}{}{}".format,
    st.sampled_from(["User-agent: ", "user-agent:", "Useragent ", "User agent: ", "  USER-AGENT :  "]),
    st.sampled_from(NAMES),
    st.sampled_from(["", "  # who", " "]),
) | st.sampled_from(
    ["Disallow: /a", "Disallow: /", "Allow: /a/b", "Disallow: /*.pdf$", "Disallow:", "Crawl-delay: 3", "Crawl-delay: 7", "",
     "# note", "Sitemap: https://news.example/sitemap.xml", "Host: news.example", "Noindex: /a", "nonsense", "Allow: /"]
)  # fmt: skip


@given(lines=st.lists(ORDINARY, max_size=14), agent=st.sampled_from(["topic-monitor", "My Reader", "t", "another"]))
def test_what_ordinary_rules_allow_is_what_they_allow_when_read_whole(lines: list[str], agent: str) -> None:
    """Writing many names as one changes no answer and no delay."""
    text = "\n".join(lines)
    whole = Protego.parse(text)
    rules, _ = robots(Fetched(url="", headers={}, body=text.encode()))

    for url in (f"http://news.example{path}" for path in ("/", "/a", "/a/b", "/c.pdf")):
        answer: float | None = None
        with suppress(Trouble):
            answer = rules.crawl_delay(url, f"{agent}/1", NOW)

        assert answer == ((whole.crawl_delay(agent) or 0.0) if whole.can_fetch(url, agent) else None)


RULE_LINES = [
    "User-agent: *", "User-agent: topic-monitor", "Disallow:", "Disallow: /*$$*", "Disallow: /%", "Disallow: " + "/*a" * 500 + "$",
    "Allow: http://[::1", "Allow: //", "Allow", "Crawl-delay: x", "Crawl-delay: -5", "Crawl-delay: nan", "Crawl-delay: inf",
    "Crawl-delay: 1e400", "Crawl-delay: 1,5", "Request-rate: 1/0", "Request-rate: 1/2h 0000-9999", "Visit-time: 2500-9999",
    "Sitemap: http://[", "Host: ", "\x00: \x00", "\ufeffUser-agent: *", "<html>",
]  # fmt: skip


@given(lines=st.lists(st.sampled_from(RULE_LINES) | st.text(max_size=20), max_size=12), path=st.text(max_size=40))
def test_whatever_stands_in_robots_txt_there_is_a_delay_or_a_refusal(lines: list[str], path: str) -> None:
    """Nothing in it raises, or keeps us waiting for long."""
    rules, _ = robots(Fetched(url="", headers={}, body="\n".join(lines).encode("utf-8", "replace")))

    with suppress(Trouble):
        delay = rules.crawl_delay(f"http://news.example/{quote(path)}{'a' * 2_000}", AGENT, NOW)

        assert 0 <= delay <= LONGEST_CRAWL_DELAY
