"""Takes a request about to start, gives it its turn: few at once and some time apart per host, and nothing robots.txt forbids.

A host is the address connected to: a hundred names on one machine are one host. robots.txt is kept for a day; where it cannot be
had (5xx, no answer) nothing is asked for now, where there is none (4xx) everything is allowed (RFC 9309, section 2.3.1).
"""

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from urllib.parse import urlsplit

from protego import Protego

from monitor.adapters.fetcher.trouble import Trouble
from monitor.fetch.outcome import failed
from monitor.sources.networks import in_networks
from monitor.types import Fetched, FetchOutcome, FetchSettings, Gone, TryLater

LEAST_DELAY = timedelta(seconds=1)  #: between two starts on one host outside `allow_networks`, whatever is configured
FULL = 0.2  #: seconds until it is worth looking again at a host that has as many requests as it may
LONGEST_CRAWL_DELAY = 30.0  #: seconds; a few sites ask for hours, which would mean never
ROBOTS_KEPT = timedelta(hours=24)  #: RFC 9309, section 2.4
FAILURE_KEPT = timedelta(minutes=10)  #: until a robots.txt that could not be had is tried again
MOST_HOSTS = 4_096  #: remembered at a time, oldest forgotten first

_AGENT = re.compile(r"user(?:-|\s*)agent(?:\s*:|\s|$)\s*(.*)", re.IGNORECASE)


@dataclass(kw_only=True, slots=True)
class _Line:
    """The requests of one host: how many are under way, when the latest one started, and what time its pages want in between."""

    active: int = 0
    started: float = -inf
    crawl_delay: float = 0.0


class Turns:
    """Gives each request its turn at its host. Safe to use from many threads."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._moved = threading.Condition()
        self._lines: dict[str, _Line] = {}

    @contextmanager
    def turn(self, address: str, crawl_delay: float | None = None) -> Iterator[None]:
        """Wait for a turn at this address, and hold it; None is the delay of what robots.txt has no say in."""
        line = self._admit(address, crawl_delay)
        try:
            yield
        finally:
            with self._moved:
                line.active -= 1
                self._moved.notify_all()

    def wait(self, address: str, *, pages: bool) -> float:
        """Give how many seconds from now the next turn may come, 0 where it is free; an estimate, nothing is promised."""
        with self._moved:
            line = self._line(address)
            seconds = self._wait(address, line, line.crawl_delay if pages else 0.0)
            return max(seconds, 0.0) if line.active < self._settings.per_host else max(seconds, FULL)

    def _admit(self, address: str, crawl_delay: float | None) -> _Line:
        with self._moved:
            while True:
                line = self._line(address)  # looked up again after each wait: one long idle is forgotten
                seconds = self._wait(address, line, crawl_delay or 0.0)
                if line.active < self._settings.per_host and seconds <= 0:
                    line.active += 1
                    line.started = monotonic()
                    line.crawl_delay = line.crawl_delay if crawl_delay is None else crawl_delay
                    return line
                self._moved.wait(seconds if seconds > 0 else None)

    def _wait(self, address: str, line: _Line, crawl_delay: float) -> float:
        delay = self._settings.delay
        if not in_networks(address, self._settings.allow_networks):
            delay = max(delay, LEAST_DELAY)
        return line.started + max(delay.total_seconds(), crawl_delay) - monotonic()

    def _line(self, address: str) -> _Line:
        if address not in self._lines and len(self._lines) >= MOST_HOSTS:
            long_ago = monotonic() - LONGEST_CRAWL_DELAY
            self._lines = {k: line for k, line in self._lines.items() if line.active or line.started > long_ago}
        return self._lines.setdefault(address, _Line())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rules:
    """A host's robots.txt, or why it could not be had."""

    rules: Protego | None
    trouble: str = ""
    until: datetime


class Robots:
    """Knows what robots.txt allows. Safe to use from many threads."""

    def __init__(self, get: Callable[[str, str, datetime], FetchOutcome]) -> None:
        """Args: get: fetches a robots.txt, given its address, the User-Agent to ask with, and the time."""
        self._get = get
        self._known: OrderedDict[tuple[str, str], _Rules] = OrderedDict()  # by origin and our name
        self._lock = threading.Lock()
        self._asking: dict[tuple[str, str], threading.Lock] = {}  # two pages of one host ask for its rules once

    def crawl_delay(self, url: str, user_agent: str, now: datetime) -> float:
        """Give the seconds to keep between requests, or refuse.

        Raises:
            Trouble: robots.txt forbids the address, or could not be had.
        """
        known = self._rules(url, user_agent, now)
        if known.rules is None:
            why = f"The site's robots.txt could not be had, so its pages are left alone for now: {known.trouble}"
            raise Trouble(failed("robots", why))
        if not known.rules.can_fetch(url, "us"):
            raise Trouble(failed("robots", "The site's robots.txt asks not to fetch this page."))
        return min(known.rules.crawl_delay("us") or 0.0, LONGEST_CRAWL_DELAY)

    def _rules(self, url: str, user_agent: str, now: datetime) -> _Rules:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
        token = user_agent.partition("/")[0].partition("(")[0].strip().lower()
        key = (origin, token)
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:
            with self._lock:
                known = self._known.get(key)
            if known is None or known.until <= now:
                known = _read(self._get(f"{origin}/robots.txt", user_agent, now), token, now)
            with self._lock:
                self._known[key] = known
                self._known.move_to_end(key)
                if len(self._known) > MOST_HOSTS:
                    self._known.popitem(last=False)
                self._asking.pop(key, None)
        return known


def _read(outcome: FetchOutcome, token: str, now: datetime) -> _Rules:
    if isinstance(outcome, Fetched):
        text = outcome.body.decode("utf-8-sig", "replace")
        return _Rules(rules=Protego.parse("\n".join(_for_us(text, token))), until=now + ROBOTS_KEPT)
    if isinstance(outcome, Gone) or (isinstance(outcome, TryLater) and outcome.result.startswith("http-4")):
        return _Rules(rules=Protego.parse(""), until=now + ROBOTS_KEPT)
    why = (
        outcome.detail if isinstance(outcome, TryLater) else "The server calls it unchanged without having been asked."
    )
    return _Rules(rules=None, trouble=why, until=now + FAILURE_KEPT)


def _for_us(text: str, token: str) -> Iterator[str]:
    """Give the lines of a robots.txt with the name that it has for us as `*`, and all others as one.

    Protego keeps each rule once for every name that its group has: 53 KB with 1,500 of both took it 2 s and 160 MB.
    """
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    found = [_AGENT.fullmatch(line) for line in lines]
    names = [agent and (_plain_name(agent[1]) if agent[1] else None) for agent in found]
    best = max(filter(None, names), key=lambda name: _fit(name, token), default="")
    ours = best if _fit(best, token) else None
    for line, name in zip(lines, names, strict=True):
        yield line if name is None else f"User-agent: {'*' if name == ours else 'others'}"


def _plain_name(written: str) -> str:
    """Give a name as it is compared: `bot*` is `bot`."""
    name = written.strip().lower()
    return name if name == "*" else name.replace("*", "")


def _fit(name: str, token: str) -> int:
    """Tell how well a name fits: as in Protego, by the length of what begins a word of ours."""
    if name == "*":
        return 1
    return len(name) if name in token and re.search(rf"(?<![\w-]){re.escape(name)}", token) else 0
