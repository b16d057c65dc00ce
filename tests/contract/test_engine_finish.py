"""Takes jobs of a few moments, gives what is waited for and what is left behind when a run is to end."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

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
    stopped, silent, ending, unbegun = Event(), Future[bool](), Future[bool](), Future[bool]()
    for begun in (silent, ending):
        begun.set_running_or_notify_cancel()
    looks: list[float] = []

    def second_by_second() -> float:
        looks.append(len(looks))
        if len(looks) == 3:  # the wish was heard at the second look
            ending.set_result(True)
        return looks[-1]

    monkeypatch.setattr(finish, "monotonic", second_by_second)
    monkeypatch.setattr(finish, "LOOK", 0.0)
    stopped.set()
    given = list(as_finished([silent, ending, unbegun], stopped))

    assert given == [ending]
    assert unbegun.cancelled()
    assert not silent.done()
    assert looks[-1] == looks[1] + finish.GRACE
