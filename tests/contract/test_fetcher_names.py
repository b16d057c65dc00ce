"""Takes names for which a name server has no answer, gives how often it is asked for them all the same."""

import socket
from collections.abc import Callable

import pytest

from monitor.adapters.fetcher import door
from monitor.adapters.fetcher.door import FAILURES_KEPT, ONE_SILENCE_KEPT, PATIENCE, SILENCE_KEPT, Address, Door
from monitor.adapters.fetcher.trouble import Silence, Trouble
from monitor.fetch.outcome import failed

NAME = "gazette.example"
HERE = Address(family=socket.AF_INET, sockaddr=("192.0.2.7", 0))
ENOUGH = 10.0  #: seconds that whoever asks is ready to wait


class NameServer:
    """Is silent, or answers, as it is told; the clock is its own."""

    def __init__(self) -> None:
        self.now = 0.0
        self.answers: Callable[[], list[Address]] = self.silence
        self.asked = 0

    def silence(self) -> list[Address]:
        """Say nothing."""
        raise Silence(failed("dns", "The name was not resolved in time."))

    def unknown(self) -> list[Address]:
        """Know of no such name."""
        raise Trouble(failed("dns", "The name cannot be resolved."))

    def resolve(self, _host: str, _seconds: float) -> list[Address]:
        """Be asked."""
        self.asked += 1
        return self.answers()

    def monotonic(self) -> float:
        """Give the time."""
        return self.now


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> NameServer:
    """Give a name server that says nothing."""
    server = NameServer()
    monkeypatch.setattr(door, "_resolve", server.resolve)
    monkeypatch.setattr(door, "monotonic", server.monotonic)
    return server


@pytest.fixture
def way() -> Door:
    """Give a door to the documentation's network."""
    return Door(("192.0.2.0/24",))


def ask(way: Door, names: NameServer, *, after: float, seconds: float = ENOUGH) -> tuple[bool, int]:
    """Ask for the name some seconds later; tell whether there was an address, and how often the name server had to be asked."""
    names.now += after
    before = names.asked
    try:
        found = bool(way.addresses(NAME, seconds))
    except Trouble:
        found = False
    return found, names.asked - before


def test_a_name_that_never_resolves_is_asked_for_twice_in_minutes(way: Door, names: NameServer) -> None:
    """A page's three tries, each of which asks for its lane and then for itself, hold a thread twice and not six times."""
    tries = [ask(way, names, after=after) for after in (0, 10, 20, 10, 40, 10)]
    at_last = ask(way, names, after=SILENCE_KEPT)

    assert tries == [(False, asked) for asked in (1, 0, 1, 0, 0, 0)]
    assert at_last == (False, 1)


def test_a_name_server_that_was_slow_once_costs_a_page_one_try(way: Door, names: NameServer) -> None:
    """The second try, after 20 seconds, asks again."""
    ask(way, names, after=0)
    names.answers = lambda: [HERE]

    assert ask(way, names, after=ONE_SILENCE_KEPT - 1) == (False, 0)
    assert ask(way, names, after=1) == (True, 1)


def test_silence_is_forgotten_once_there_was_an_answer(way: Door, names: NameServer) -> None:
    """The next one is a first one again."""
    ask(way, names, after=0)
    names.answers = lambda: [HERE]
    ask(way, names, after=ONE_SILENCE_KEPT)
    names.answers = names.silence

    assert ask(way, names, after=door.NAMES_KEPT) == (False, 1)
    assert ask(way, names, after=ONE_SILENCE_KEPT) == (False, 1)


def test_who_had_no_time_left_says_nothing_of_a_name(way: Door, names: NameServer) -> None:
    """A slow chain of redirects that ends at another's host must not keep all others from it."""
    for _ in range(3):
        ask(way, names, after=FAILURES_KEPT, seconds=PATIENCE - 1)
    names.answers = lambda: [HERE]

    assert ask(way, names, after=FAILURES_KEPT) == (True, 1)


def test_an_unknown_name_is_asked_for_again_soon(way: Door, names: NameServer) -> None:
    """The answer came at once, so asking holds nobody up."""
    names.answers = names.unknown

    assert [ask(way, names, after=FAILURES_KEPT) for _ in "123"] == [(False, 1)] * 3
