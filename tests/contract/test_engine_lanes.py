"""Takes lanes that are addresses behind many names, gives that waiting for one address holds up no other."""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime
from threading import Event, Lock
from typing import Any

import pytest

from monitor.adapters.engine.inline import InlineEngine
from monitor.adapters.engine.lanes import Lanes, OpenRoad
from monitor.adapters.engine.threads import SHARE, ThreadEngine
from monitor.types import Entry, Polled, SourceState

SOON = 20  #: seconds after which something that should happen at once counts as never


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Give sixteen threads."""
    with ThreadPoolExecutor(16) as threads:
        yield threads


def address_of(name: str) -> str:
    """Give the machine behind a name: five machines behind all that begin with "many"."""
    return f"machine {int(name[4:]) % 5}" if name.startswith("many") else name


def test_a_thousand_names_on_five_machines_leave_threads_to_others(pool: ThreadPoolExecutor) -> None:
    """Two threads at most wait at each machine, whatever its names."""
    answer, lock, now, most = Event(), Lock(), Counter[str](), Counter[str]()

    def job(name: str) -> str:
        machine = address_of(name)
        with lock:
            now[machine] += 1
            most[machine] = max(most[machine], now[machine])
        if name.startswith("many"):
            answer.wait(SOON)
        with lock:
            now[machine] -= 1
        return name

    lanes = Lanes(pool, job, host=str, lane=address_of, per_host=2)
    many = lanes.put(f"many{number}" for number in range(1_000))
    others = lanes.put(f"other{number % 50}" for number in range(100))
    done, _ = wait(others, timeout=SOON / 2)
    early = sum(future.done() for future in many)
    answer.set()

    assert len(done) == 100
    assert early == 0
    assert [future.result(SOON) for future in many] == [f"many{number}" for number in range(1_000)]
    assert set(most.values()) == {1, 2}


def test_a_lane_whose_turn_has_not_come_holds_no_thread() -> None:
    """With one thread for all, other lanes are worked on while one sleeps; then it goes on where it was."""
    turn, done = Event(), list[str]()

    def job(name: str) -> str:
        done.append(name)
        return name

    def seconds(lane: str) -> float:
        return 0.01 if lane == "slow" and not turn.is_set() else 0.0

    with ThreadPoolExecutor(1) as thread:
        lanes = Lanes(thread, job, host=lambda name: name[:4], wait=seconds, per_host=2)
        slow = lanes.put(["slow 1", "slow 2", "slow 3"])
        quick = lanes.put(["quick 1", "quick 2"])
        first, _ = wait(quick, timeout=SOON / 2)
        before = list(done)
        turn.set()
        wait(slow, timeout=SOON)

    assert len(first) == 2
    assert before == ["quick 1", "quick 2"]
    assert done == [*before, "slow 1", "slow 2", "slow 3"]


def test_what_sleeps_can_be_taken_back(pool: ThreadPoolExecutor) -> None:
    """A run that is stopped cancels what waits for its turn, and its threads are free to go."""
    lanes = Lanes(pool, str, host=str, wait=lambda _lane: 3_600.0, per_host=2)
    futures = lanes.put(["slow", "slow"])

    cancelled = [future.cancel() for future in futures]
    pool.shutdown(wait=True)

    assert cancelled == [True, True]


class ManyFeeds:
    """Work that is polls only: a hundred names of one machine that hangs, due first, and a hundred of other machines."""

    def __init__(self, stopped: Event) -> None:
        names = [f"many{5 * number}" for number in range(100)] + [f"other{number}" for number in range(100)]
        now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        self._due = [SourceState(source_id=name, url=f"https://{name}/feed", next_poll_at=now) for name in names]
        self._stopped = stopped
        self._lock = Lock()
        self.polled: list[str] = []

    def stopped(self) -> list[str]:
        """Give no source."""
        return []

    def claim_polls(self, limit: int, *, every: bool = False) -> list[SourceState]:
        """Give what is due, once."""
        claimed, self._due = self._due[:limit], self._due[limit:]
        return claimed

    def poll(self, state: SourceState) -> Polled:
        """Hang, or poll; stop once all that do not hang were polled, or when hanging took too long."""
        if state.source_id.startswith("many"):
            if not self._stopped.wait(SOON):
                self._stopped.set()
        else:
            with self._lock:
                self.polled.append(state.source_id)
                if len(self.polled) == 100:
                    self._stopped.set()
        return Polled(source_id=state.source_id, result="ok")

    def __getattr__(self, name: str) -> Any:
        """Have nothing else to do."""
        return {"refresh": list, "channels": list, "claim_checks": lambda _: [], "overdue": dict}.get(
            name, lambda *_: None
        )


class MachineRoad(OpenRoad):
    """A road on which many names lead to few machines."""

    def lane(self, url: str) -> str:
        """Give the machine."""
        return address_of(super().lane(url))


@pytest.mark.parametrize("kind", [InlineEngine, ThreadEngine])
def test_a_machine_that_hangs_behind_many_names_keeps_out_no_other_source(kind: type[Any]) -> None:
    """In one run and in the service: four threads, two at most at the machine that hangs, poll all others."""
    stopped = Event()
    work = ManyFeeds(stopped)
    more = {"declared": ["many"] * 200, "every": True} if kind is InlineEngine else {}

    kind(work, workers=4, per_host=2, stopped=stopped, road=MachineRoad(), **more).run()

    assert sorted(work.polled) == sorted(f"other{number}" for number in range(100))


class ManyPages(ManyFeeds):
    """Work that is pages only: two thousand of a feed whose host hangs come first, then one of another."""

    def __init__(self, stopped: Event) -> None:
        super().__init__(stopped)
        self._due = []
        pages = [*(("many", f"https://many0/{number}") for number in range(2_000)), ("other", "https://other0/1")]
        self._pages = [
            Entry(
                digest="",
                id=number,
                source_id=source,
                outlet=source,
                url=url,
                link=url,
                title="Harbour opens",
                summary="",
                content="",
                published=None,
                seen_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
            )
            for number, (source, url) in enumerate(pages)
        ]
        self.put_aside: list[int] = []
        self.read_pages: list[str] = []

    def claim_reads(self, limit: int) -> list[Entry] | None:
        """Give what is due, once."""
        claimed, self._pages = self._pages[:limit], self._pages[limit:]
        return claimed or None

    def put_off(self, entries: Sequence[Entry]) -> None:
        """Note what was put off."""
        self.put_aside += [entry.id for entry in entries]

    def read(self, entry: Entry) -> bool:
        """Hang, or read and stop."""
        if entry.source_id == "many":
            return self._stopped.wait(SOON)
        self.read_pages.append(entry.source_id)
        self._stopped.set()
        return True


def test_a_feed_with_thousands_of_pages_on_a_slow_host_keeps_out_no_other() -> None:
    """It has its share of places; the rest of its pages go back to the store, oldest first in line, and none is given up."""
    stopped = Event()
    work = ManyPages(stopped)

    ThreadEngine(work, workers=4, per_host=2, stopped=stopped).run()

    assert work.read_pages == ["other"]
    assert work.put_aside == list(range(SHARE, 2_000))
