"""Takes a request about to start, gives it its turn: few at once and some time apart per host, and nothing robots.txt forbids.

Hosts are told apart by the address they lead to, once it is known: a hundred names on one machine are one host. Before the
first connection the name stands in. robots.txt is kept for a day; where it cannot be had (5xx, no answer) nothing is asked for
now, where there is none (4xx) everything is allowed (RFC 9309, section 2.3.1).
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from time import monotonic
from typing import TypeVar
from urllib.parse import urlsplit

from protego import Protego

from monitor.adapters.fetcher.trouble import Trouble
from monitor.fetch.outcome import failed
from monitor.sources.networks import in_networks
from monitor.types import Fetched, FetchOutcome, FetchSettings, Gone, TryLater

LEAST_DELAY = timedelta(seconds=1)  #: between two starts on one host outside `allow_networks`, whatever is configured
LONGEST_CRAWL_DELAY = 30.0  #: seconds; a few sites ask for hours, which would mean never
ROBOTS_KEPT = timedelta(hours=24)  #: RFC 9309, section 2.4
FAILURE_KEPT = timedelta(minutes=10)  #: until a robots.txt that could not be had is tried again
MOST_HOSTS = 4_096  #: remembered at a time, oldest forgotten first

_Kept = TypeVar("_Kept")


@dataclass(kw_only=True, slots=True)
class _Line:
    """The requests of one host: those under way, and when the latest one started."""

    active: set[object] = field(default_factory=set)
    started: float = -inf


class Turns:
    """Gives each request its turn at its host. Safe to use from many threads."""

    def __init__(self, settings: FetchSettings) -> None:
        self._settings = settings
        self._moved = threading.Condition()
        self._lines: dict[str, _Line] = {}
        self._addresses: OrderedDict[str, str] = OrderedDict()

    def learn(self, host: str, address: str) -> None:
        """Remember which address a host led to; what was noted under its name counts for the address from now on."""
        with self._moved:
            before, line = self._line(self._addresses.get(host, host)), self._line(address)
            line.active |= before.active
            line.started = max(line.started, before.started)
            _keep(self._addresses, host, address)

    @contextmanager
    def turn(self, host: str, crawl_delay: float = 0.0) -> Iterator[None]:
        """Wait for a turn at this host, and hold it."""
        me = object()
        with self._moved:
            line = self._admit(me, host, crawl_delay)
        try:
            yield
        finally:
            with self._moved:
                line.active.discard(me)
                self._line(self._addresses.get(host, host)).active.discard(
                    me
                )  # the address may have been learned meanwhile
                self._moved.notify_all()

    def _admit(self, me: object, host: str, crawl_delay: float) -> _Line:
        while True:
            key = self._addresses.get(host, host)  # looked up again after each wait: it may be known by now
            line = self._line(key)
            wait = line.started + max(self._delay(key), crawl_delay) - monotonic()
            if len(line.active) < self._settings.per_host and wait <= 0:
                line.active.add(me)
                line.started = monotonic()
                return line
            self._moved.wait(wait if wait > 0 else None)

    def _line(self, key: str) -> _Line:
        if key not in self._lines and len(self._lines) >= MOST_HOSTS:
            long_ago = monotonic() - LONGEST_CRAWL_DELAY
            self._lines = {k: line for k, line in self._lines.items() if line.active or line.started > long_ago}
        return self._lines.setdefault(key, _Line())

    def _delay(self, key: str) -> float:
        delay = self._settings.delay
        if not in_networks(key, self._settings.allow_networks):
            delay = max(delay, LEAST_DELAY)
        return delay.total_seconds()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rules:
    """A host's robots.txt; `rules` None where it could not be had."""

    rules: Protego | None
    until: datetime


class Robots:
    """Knows what robots.txt allows. Safe to use from many threads."""

    def __init__(self, get: Callable[[str, str, datetime], FetchOutcome]) -> None:
        """Args: get: fetches a robots.txt, given its address, the User-Agent to ask with, and the time."""
        self._get = get
        self._known: OrderedDict[str, _Rules] = OrderedDict()
        self._lock = threading.Lock()
        self._asking = [threading.Lock() for _ in range(64)]  # by host: two pages of one host ask for its rules once

    def crawl_delay(self, url: str, user_agent: str, now: datetime) -> float:
        """Give the seconds to keep between requests, or refuse.

        Raises:
            Trouble: robots.txt forbids the address, or could not be had.
        """
        rules = self._rules(url, user_agent, now)
        token = user_agent.partition("/")[0].partition("(")[0].strip()
        if rules is None:
            raise Trouble(
                failed("robots", "The site's robots.txt could not be had, so its pages are left alone for now.")
            )
        if not rules.can_fetch(url, token):
            raise Trouble(failed("robots", "The site's robots.txt asks not to fetch this page."))
        return min(rules.crawl_delay(token) or 0.0, LONGEST_CRAWL_DELAY)

    def _rules(self, url: str, user_agent: str, now: datetime) -> Protego | None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc.lower()}"
        with self._asking[hash(origin) % len(self._asking)]:
            with self._lock:
                known = self._known.get(origin)
            if known is None or known.until <= now:
                known = _read(self._get(f"{origin}/robots.txt", user_agent, now), now)
                with self._lock:
                    _keep(self._known, origin, known)
        return known.rules


def _read(outcome: FetchOutcome, now: datetime) -> _Rules:
    if isinstance(outcome, Fetched):
        return _Rules(rules=Protego.parse(outcome.body.decode("utf-8", "replace")), until=now + ROBOTS_KEPT)
    if isinstance(outcome, Gone) or (isinstance(outcome, TryLater) and outcome.result.startswith("http-4")):
        return _Rules(rules=Protego.parse(""), until=now + ROBOTS_KEPT)
    return _Rules(rules=None, until=now + FAILURE_KEPT)


def _keep(known: OrderedDict[str, _Kept], key: str, value: _Kept) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > MOST_HOSTS:
        known.popitem(last=False)
