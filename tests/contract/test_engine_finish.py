"""Takes jobs of a few moments, gives what is waited for and what is left behind when a run is to end."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic

import pytest

from monitor.adapters.engine import finish
from monitor.adapters.engine.finish import as_finished


def test_jobs_are_given_as_they_finish_the_quick_ones_first() -> None:
    """Results and errors alike stay in the future, for the caller to see."""
    with ThreadPoolExecutor(2) as pool:
        quick_is_seen = Event()
        slow, quick = pool.submit(quick_is_seen.wait, 10), pool.submit(int, "seven")
        order = []
        for future in as_finished([slow, quick], Event()):
            order.append(future)
            quick_is_seen.set()

    assert order == [quick, slow]
    assert isinstance(quick.exception(), ValueError)
    assert slow.result() is True


def test_after_a_wish_to_stop_only_what_has_begun_and_ends_soon_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that has not begun never does; one that does not end is left behind when the grace is over."""
    monkeypatch.setattr(finish, "GRACE", 1.0)
    stopped, never, soon = Event(), Event(), Event()
    with ThreadPoolExecutor(2) as pool:
        silent, ending = pool.submit(never.wait, 20), pool.submit(soon.wait, 20)
        unbegun = pool.submit(int)
        stopped.set()
        begun = monotonic()
        given = []
        jobs = as_finished([silent, ending, unbegun], stopped)
        soon.set()
        given = list(jobs)
        seconds = monotonic() - begun
        never.set()

    assert given == [ending]
    assert unbegun.cancelled()
    assert 0.5 < seconds < 5
