"""Takes calls from many threads, gives that they are done together, and that each hears its own result or fault."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import pytest

from monitor.adapters.store.together import MOST, Together
from monitor.errors import MonitorError, StoreBusy, StoreError


class Desk:
    """Doubles numbers, a batch at a time; holds the first batch back until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.let_go = Event(), Event()

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        """Double, or refuse what is below zero."""
        self.batches.append(list(numbers))
        self.begun.set()
        self.let_go.wait(30)
        if any(number < 0 for number in numbers):
            raise StoreError("below zero")
        return [2 * number for number in numbers]


def results(desk: Desk, numbers: Sequence[int]) -> list[Any]:
    """Call with each number from a thread of its own, all but the first while the first is at work."""
    together = Together(desk)

    def call(number: int) -> Any:
        try:
            return together(number)
        except MonitorError as fault:
            return fault

    with ThreadPoolExecutor(len(numbers)) as pool:
        first = pool.submit(call, numbers[0])
        desk.begun.wait(30)
        others = [pool.submit(call, number) for number in numbers[1:]]
        while len(together._waiting) < len(others):
            pass
        desk.let_go.set()
        return [future.result() for future in (first, *others)]


def test_calls_that_wait_are_done_together_and_each_has_its_own_result() -> None:
    """The first is at work alone; what came meanwhile follows in as few batches as there may be."""
    desk = Desk()

    found = results(desk, range(MOST + 8))

    assert found == [2 * number for number in range(MOST + 8)]
    assert [len(batch) for batch in desk.batches] == [1, MOST, 7]


def test_a_call_that_fails_takes_no_other_with_it() -> None:
    """The batch is done again one by one."""
    found = results(Desk(), [1, 2, -3, 4])

    assert [found[0], found[1], found[3]] == [2, 4, 8]
    assert isinstance(found[2], StoreError)


def test_what_fails_for_now_fails_for_all_at_once() -> None:
    """Nobody waits for the locked database once per call."""
    batches: list[int] = []

    class Locked(Desk):
        def __call__(self, numbers: Sequence[int]) -> list[int]:
            batches.append(len(numbers))
            super().__call__(numbers)
            raise StoreBusy("locked")

    found = results(Locked(), [1, 2, 3, 4])

    assert all(isinstance(fault, StoreBusy) for fault in found)
    assert batches == [1, 3]


def test_after_a_fault_the_next_call_is_served() -> None:
    """The turn is given back."""
    together = Together(lambda numbers: [10 // number for number in numbers])

    with pytest.raises(ZeroDivisionError):
        together(0)

    assert together(5) == 2
