"""Takes lanes, tally, heart and the patient store, one sentence of their contracts at a time."""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from threading import Event, Lock
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from monitor.adapters.engine import heart, inline
from monitor.adapters.engine.heart import Heart
from monitor.adapters.engine.inline import InlineEngine
from monitor.adapters.engine.lanes import Lanes, host_of
from monitor.adapters.engine.shares import Shares
from monitor.adapters.engine.tally import NOT_DUE, Tally
from monitor.adapters.engine.threads import ThreadEngine
from monitor.adapters.store import patient as patient_module
from monitor.adapters.store.patient import Outages, patient
from monitor.errors import StoreBusy, StoreError, StoreFull
from monitor.types import (
    Attempt,
    Came,
    Decided,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Entry,
    Message,
    Polled,
    RunReport,
    SourceState,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SOON = 20  #: seconds after which something that should happen at once counts as never


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Give four threads."""
    with ThreadPoolExecutor(4) as threads:
        yield threads


# ── lanes ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def lanes(
    pool: ThreadPoolExecutor, job: Callable[[tuple[str, int]], Any], per_host: int
) -> Lanes[tuple[str, int], Any]:
    """Give lanes for items that are (host, number)."""
    return Lanes(pool, job, host=lambda item: item[0], per_host=per_host)


def test_a_slow_host_holds_up_no_other(pool: ThreadPoolExecutor) -> None:
    """Twenty pages of a host that does not answer leave three of four threads to the others."""
    answer = Event()

    def job(item: tuple[str, int]) -> bool:
        return item[0] != "slow" or answer.wait(SOON)

    host_lanes = lanes(pool, job, per_host=1)
    slow = host_lanes.put([("slow", number) for number in range(20)])
    quick = host_lanes.put([(f"host{number % 3}", number) for number in range(30)])
    done, _ = wait(quick, timeout=SOON / 2)
    slow_done = sum(future.done() for future in slow)
    answer.set()

    assert len(done) == 30
    assert slow_done == 0
    assert all(future.result(SOON) for future in slow)


@settings(max_examples=40)
@given(hosts=st.lists(st.sampled_from("abcd"), max_size=40), per_host=st.integers(1, 3), cuts=st.integers(1, 4))
def test_every_item_is_done_once_and_at_most_so_many_at_a_time_per_host(
    hosts: list[str], per_host: int, cuts: int
) -> None:
    """Whatever the hosts, and however the items come in; each future holds its own item's result."""
    items = list(zip(hosts, range(len(hosts)), strict=True))
    lock, now, most, done = Lock(), Counter[str](), defaultdict[str, int](int), list[tuple[str, int]]()
    moment = Event()

    def job(item: tuple[str, int]) -> tuple[str, int]:
        with lock:
            now[item[0]] += 1
            most[item[0]] = max(most[item[0]], now[item[0]])
            done.append(item)
        moment.wait(0.0002)
        with lock:
            now[item[0]] -= 1
        return item

    with ThreadPoolExecutor(8) as pool:
        host_lanes = lanes(pool, job, per_host)
        futures = [future for cut in range(cuts) for future in host_lanes.put(items[cut::cuts])]
        results = [future.result(SOON) for future in futures]

    assert sorted(done) == sorted(items)
    assert results == [item for cut in range(cuts) for item in items[cut::cuts]]
    assert all(count <= per_host for count in most.values())


def test_a_host_is_worked_on_side_by_side_up_to_its_number(pool: ThreadPoolExecutor) -> None:
    """Two at once where two are allowed: they can wait for each other."""
    both = Event()
    begun: list[int] = []

    def job(item: tuple[str, int]) -> bool:
        begun.append(item[1])
        if len(begun) == 2:
            both.set()
        return both.wait(SOON)

    futures = lanes(pool, job, per_host=2).put([("one", 1), ("one", 2)])

    assert [future.result(SOON) for future in futures] == [True, True]


@pytest.mark.parametrize("fault", [ValueError("torn page"), SystemExit(3)])
def test_an_exception_reaches_whoever_waits_and_the_lane_goes_on(
    pool: ThreadPoolExecutor, fault: BaseException
) -> None:
    """As with an executor; the next item of the same host is done all the same."""

    def job(item: tuple[str, int]) -> int:
        if item[1] == 1:
            raise fault
        return item[1]

    failing, following = lanes(pool, job, per_host=1).put([("one", 1), ("one", 2)])

    assert failing.exception(SOON) is fault
    assert following.result(SOON) == 2


def test_a_cancelled_item_is_not_begun(pool: ThreadPoolExecutor) -> None:
    """What waits in its lane can be taken back; what is behind it is done."""
    begun: list[int] = []
    first_may_end = Event()

    def job(item: tuple[str, int]) -> int:
        begun.append(item[1])
        first_may_end.wait(SOON)
        return item[1]

    futures = lanes(pool, job, per_host=1).put([("one", number) for number in range(3)])
    cancelled = futures[1].cancel()
    first_may_end.set()

    assert cancelled
    assert futures[2].result(SOON) == 2
    assert begun == [0, 2]


def test_a_lane_that_ran_empty_is_worked_on_again(pool: ThreadPoolExecutor) -> None:
    """The service puts pages for days; the threads of a host are counted down when they go."""
    host_lanes = lanes(pool, lambda item: item[1], per_host=1)

    results = [host_lanes.put([("one", number)])[0].result(SOON) for number in range(50)]
    pool.shutdown(wait=True)

    assert results == list(range(50))
    assert (host_lanes._threads, host_lanes._queues) == ({}, {})


def test_lanes_are_named_by_host_and_port() -> None:
    """Two ports are two servers; what has no address has a lane of its own."""
    assert host_of("https://gazette.example:8443/feed?x=1") == "gazette.example:8443"
    assert host_of(None) == host_of("") == ""


# ── tally ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def attempt(id_: int, came: Came, error: str = "", kind: DeliveryKind = DeliveryKind.POST) -> Attempt:
    """Give what came of an attempt at a delivery."""
    delivery = Delivery(
        id=id_,
        key=f"k{id_}",
        subject=f"story:{id_}",
        channel="#ports",
        kind=kind,
        message=Message(text="Harbour opens", blocks=(), metadata={}),
        state=DeliveryState.PENDING,
        attempts=0,
        not_before=NOON,
        created_at=NOON,
    )
    return Attempt(delivery=delivery, came=came, error=error)


def tally(*attempts: Attempt) -> Tally:
    """Give a tally of one source that has heard of these attempts."""
    counted = Tally(["gazette"])
    for one in attempts:
        counted.attempted(one)
    return counted


def test_a_delivery_that_failed_and_was_then_sent_has_not_failed() -> None:
    """Only the last attempt counts."""
    report = tally(attempt(1, Came.LATER, "Slack cannot be reached"), attempt(1, Came.SENT)).report(1.0)

    assert (report.delivered, report.failed, report.errors) == (1, 0, ())


def test_a_reason_is_told_once_however_many_messages_it_stopped() -> None:
    """In the order of their coming, what ended the run first."""
    counted = tally(
        attempt(1, Came.REFUSED, "not_in_channel"),
        attempt(2, Came.REFUSED, "not_in_channel"),
        attempt(3, Came.DEAD, "invalid_blocks"),
    )
    counted.left_over({1: DeliveryKind.POST, 2: DeliveryKind.POST})
    counted.error("database is locked")

    report = counted.report(1.0)

    assert report.errors == ("database is locked", "#ports: not_in_channel", "#ports: invalid_blocks")
    assert report.failed == 3


def test_what_waits_is_no_failure_of_a_run_that_was_asked_to_stop() -> None:
    """It is counted and given no reason: the next run sends it."""
    counted = tally(attempt(1, Came.LATER, "Slack cannot be reached"))
    counted.left_over({1: DeliveryKind.POST})

    report = counted.report(1.0, stopped=True)

    assert (report.failed, report.errors) == (1, ())


def test_what_another_run_sent_meanwhile_is_no_failure_of_this_one() -> None:
    """Two runs share a channel: one is asked to wait, the other sends the message."""
    counted = tally(attempt(1, Came.LATER, "the channel asked to wait"), attempt(2, Came.DEAD, "invalid_blocks"))

    counted.left_over({})

    report = counted.report(1.0)
    assert (report.failed, report.errors) == (1, ("#ports: invalid_blocks",))


@pytest.mark.parametrize("kind", [DeliveryKind.EDIT, DeliveryKind.REPLY])
def test_edits_and_replies_are_not_messages(kind: DeliveryKind) -> None:
    """They change no count; a reason for failing is told all the same."""
    report = tally(
        attempt(1, Came.SENT, kind=kind), attempt(2, Came.UNKNOWN, "answer lost", kind), attempt(3, Came.DEAD, "", kind)
    ).report(1.0)

    assert (report.delivered, report.unknown, report.failed) == (0, 0, 0)
    assert "#ports: answer lost" in report.errors


def test_a_source_that_was_not_polled_is_reported_as_not_due() -> None:
    """Every declared source stands in the report."""
    counted = Tally(["gazette", "herald"])
    counted.polled(Polled(source_id="herald", result="ok", entries=3, new=2))

    sources = counted.report(1.0).sources

    assert sources["gazette"] == Polled(source_id="gazette", result=NOT_DUE)
    assert sources["herald"] == Polled(source_id="herald", result="ok", entries=3, new=2)


def test_a_source_polled_twice_has_the_latest_result_and_all_its_new_entries() -> None:
    """A service polls many times; also a source that was declared while it ran."""
    counted = tally()
    counted.polled(Polled(source_id="herald", result="ok", entries=3, new=2))
    counted.polled(Polled(source_id="herald", result="http-500", entries=0, new=1))

    assert counted.report(1.0).sources["herald"] == Polled(source_id="herald", result="http-500", entries=0, new=3)


def test_jobs_in_many_threads_are_all_counted(pool: ThreadPoolExecutor) -> None:
    """The service counts where its jobs end."""
    counted, each = tally(), Polled(source_id="herald", result="ok", entries=1, new=1)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)

    def count() -> None:
        for _ in range(5_000):
            counted.polled(each)

    wait([pool.submit(count) for _ in range(4)])
    sys.setswitchinterval(before)

    assert counted.report(1.0).sources["herald"].new == 20_000


# ── shares ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def page(number: int, source: str, host: str) -> Entry:
    """Give an entry whose page is to be read."""
    url = f"https://{host}/{number}"
    words = {"title": "Harbour opens", "summary": "", "content": ""}
    return Entry(
        id=number, digest="", source_id=source, outlet=source, url=url, link=url, published=None, seen_at=NOON, **words
    )


def test_no_source_and_no_host_has_more_than_its_share() -> None:
    """One feed may link to many hosts, and many feeds to one; others have room, and a place is given back once a page is done."""
    shares = Shares(2)
    wide = [page(number, "wide", f"host{number}") for number in range(4)]
    deep = [page(number, f"source{number}", "slow") for number in range(4, 8)]

    first = shares.admit([*wide, *deep, page(8, "gazette", "gazette.example")])
    full = shares.admit(wide[2:])
    shares.free(wide[0])
    again = shares.admit(wide[2:])

    assert [[entry.id for entry in some] for some in first] == [[0, 1, 4, 5, 8], [2, 3, 6, 7]]
    assert full == ([], wide[2:])
    assert again == (wide[2:3], wide[3:])


# ── heart ────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.fixture
def quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hearts beat a hundred times a second."""
    monkeypatch.setattr(heart, "EVERY", 0.01)


class Beats:
    """Counts beats and lets wait for one; those named are missed."""

    def __init__(self, missed: dict[int, Exception] | None = None) -> None:
        self.count = 0
        self._missed = missed or {}
        self._fourth = Event()

    def __call__(self) -> None:
        """Beat."""
        self.count += 1
        if self.count == 4:
            self._fourth.set()
        if trouble := self._missed.get(self.count):
            raise trouble

    def reach_four(self) -> bool:
        """Wait for the fourth beat."""
        return self._fourth.wait(SOON)


@pytest.mark.usefixtures("quick_heart")
def test_beats_go_on_while_work_goes_on_and_end_with_it() -> None:
    """The block need do nothing for it."""
    beats = Beats()

    with Heart(beats):
        went_on = beats.reach_four()
    at_the_end = beats.count
    Event().wait(0.1)

    assert went_on
    assert beats.count == at_the_end


@pytest.mark.usefixtures("quick_heart")
def test_a_missed_beat_is_logged_and_not_raised() -> None:
    """The store may be away for a moment; the next beat is made."""
    beats = Beats({2: StoreBusy("database is locked")})

    with capture_logs() as logs, Heart(beats):
        went_on = beats.reach_four()

    assert went_on
    assert [(line["event"], line["reason"]) for line in logs] == [("heartbeat.missed", "database is locked")]


@pytest.mark.usefixtures("quick_heart")
def test_a_beat_that_stumbled_is_not_the_last() -> None:
    """Others bury whoever is silent, with all its claims; that would be worse than whatever was wrong."""
    beats = Beats({2: ValueError("odd"), 3: StoreError("disk is read-only")})

    with capture_logs() as logs, Heart(beats):
        went_on = beats.reach_four()

    assert went_on
    assert [line["event"] for line in logs] == ["heartbeat.failed"] * 2


def test_trouble_with_the_first_beat_is_the_callers_to_see() -> None:
    """Nothing is begun by a worker that cannot say that it lives."""
    with pytest.raises(StoreBusy, match="locked"), Heart(Beats({1: StoreBusy("database is locked")})):
        pytest.fail("the block was entered")


# ── patience ─────────────────────────────────────────────────────────────────────────────────────────────────────────
class Troubled:
    """A store whose call fails as scripted, then answers."""

    dialect = "sqlite"

    def __init__(self, *troubles: Exception) -> None:
        self._troubles = list(troubles)
        self.calls = 0

    def counts(self) -> dict[str, int]:
        """Fail as scripted, then answer."""
        self.calls += 1
        if self._troubles:
            raise self._troubles.pop(0)
        return {"stories": 7}


def waiting(store: Troubled, *, seconds: float = SOON, stopped: Event | None = None) -> Any:
    """Give the store, made patient."""
    return patient(store, patience=timedelta(seconds=seconds), stopped=stopped or Event())  # type: ignore[arg-type]


@pytest.fixture
def quick_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let waits begin at a hundredth of a second."""
    monkeypatch.setattr(patient_module, "FIRST_WAIT", 0.01)


@pytest.mark.usefixtures("quick_waits")
def test_trouble_that_passes_is_waited_out() -> None:
    """Whoever called hears nothing of it; the log does."""
    store = Troubled(StoreBusy("database is locked"), StoreFull("disk full"))

    with capture_logs() as logs:
        counts = waiting(store).counts()

    assert counts == {"stories": 7}
    assert [(line["doing"], line["reason"]) for line in logs] == [
        ("counts", "database is locked"),
        ("counts", "disk full"),
    ]


class Waits(Event):
    """A wish to stop that never comes; who waits for it moves the clock on instead."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.waited: list[float] = []

    def monotonic(self) -> float:
        """Give the time."""
        return self.now

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass."""
        self.waited.append(timeout or 0.0)
        self.now += timeout or 0.0
        return False


def test_trouble_that_outlasts_patience_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is tried further and further apart, and no longer than patience lasts."""
    store, waits = Troubled(*[StoreBusy(f"locked, {number}") for number in range(1000)]), Waits()
    monkeypatch.setattr(patient_module, "monotonic", waits.monotonic)

    with pytest.raises(StoreBusy, match="locked, 8"):
        waiting(store, seconds=42.0, stopped=waits).counts()

    assert waits.waited == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0])
    assert store.calls == 9


def test_a_wish_to_stop_ends_the_waiting() -> None:
    """One try is made: what is under way may still be stored."""
    stopped = Event()
    stopped.set()
    store = Troubled(StoreBusy("database is locked"))

    with pytest.raises(StoreBusy):
        waiting(store, stopped=stopped).counts()

    assert store.calls == 1
    assert waiting(store, stopped=stopped).counts() == {"stories": 7}


def test_a_permanent_error_is_not_repeated() -> None:
    """Waiting does not mend a broken database."""
    store = Troubled(StoreError("file is not a database"))

    with pytest.raises(StoreError, match="not a database"):
        waiting(store).counts()

    assert store.calls == 1


@pytest.mark.usefixtures("quick_waits")
def test_an_outage_is_told_once_when_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """For all who waited; what passes at once is none."""
    outages, store = Outages(), Troubled(StoreBusy("away"), StoreBusy("away"))
    monkeypatch.setattr(patient_module, "TOLD", 0.0)
    both = [
        patient(one, patience=timedelta(seconds=SOON), stopped=Event(), outages=outages)  # type: ignore[arg-type]
        for one in (store, Troubled())
    ]

    for one in both:
        one.counts()
    told = outages.over()
    monkeypatch.setattr(patient_module, "TOLD", 3_600.0)
    short = Troubled(StoreBusy("locked"))
    patient(short, patience=timedelta(seconds=SOON), stopped=Event(), outages=outages).counts()  # type: ignore[arg-type]

    assert told == ["the database could not be used for 1 min; it can again, and nothing is lost."]
    assert outages.over() == []


def test_what_is_no_call_is_given_as_it_is() -> None:
    """Attributes of the store stay reachable."""
    assert waiting(Troubled()).dialect == "sqlite"


# ── engines ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class Script:
    """Work of one source with one article and one message, each done once; `when` is called with the name of each job."""

    def __init__(self, when: Callable[[str], None] = lambda _name: None) -> None:
        self.jobs: list[str] = []
        self._when = when
        self._left = ["poll", "judge", "deliver"]

    def _do(self, name: str) -> bool:
        if self._left[:1] != [name]:
            return False
        self.jobs.append(name)
        self._when(name)
        self._left.pop(0)
        return True

    def beat(self) -> None:
        """Live."""

    def refresh(self) -> list[str]:
        """Know of no change."""
        return []

    def stopped(self) -> list[str]:
        """Give no source."""
        return []

    def claim_polls(self, limit: int, *, every: bool = False) -> list[SourceState]:
        """Give the source until it was polled."""
        due = self._left[:1] == ["poll"] and limit > 0
        return [SourceState(source_id="gazette", url="https://gazette.example/feed", next_poll_at=NOON)] * due

    def poll(self, state: SourceState) -> Polled:
        """Find one article."""
        self._do("poll")
        return Polled(source_id=state.source_id, result="ok", entries=1, new=1)

    def claim_reads(self, limit: int) -> None:
        """Have no page to read."""

    def read(self, entry: Entry) -> bool:
        """Read nothing."""
        raise AssertionError(entry)

    def claim_checks(self, limit: int) -> list[Entry]:
        """Have nothing to look at again."""
        return []

    def check(self, entry: Entry) -> bool:
        """Look at nothing."""
        raise AssertionError(entry)

    def judge(self) -> Decided | None:
        """Flag the article."""
        return Decided(articles=1, flagged=1, alerts=1, held=0) if self._do("judge") else None

    def channels(self) -> list[str]:
        """Give the channel while the message waits."""
        return ["#ports"] * (self._left == ["deliver"])

    def deliver(self, channel: str) -> Attempt | None:
        """Send the message."""
        return attempt(1, Came.SENT) if self._do("deliver") else None

    def next_due(self) -> None:
        """Know of nothing more."""

    def overdue(self) -> dict[int, DeliveryKind]:
        """Give what was not sent."""
        return {number: DeliveryKind.POST for number, _ in enumerate(self._left)}

    def leave(self) -> None:
        """Note that the claims were given back."""
        self.jobs.append("leave")


def engine(kind: str, script: Any, stopped: Event) -> Any:
    """Give an engine of either kind."""
    if kind == "threads":
        return ThreadEngine(script, workers=2, per_host=1, stopped=stopped)
    return InlineEngine(script, declared=["gazette"], workers=2, per_host=1, every=True, stopped=stopped)


@pytest.mark.parametrize("kind", ["inline", "threads"])
def test_an_engine_does_all_jobs_once_in_order_and_leaves(kind: str) -> None:
    """Either engine takes an article all the way; the service does until it is asked to stop."""
    sent = Event()
    script = Script(lambda name: sent.set() if name == "deliver" else None)
    running = engine(kind, script, Event())

    with ThreadPoolExecutor(1) as aside:
        future: Future[Any] = aside.submit(running.run)
        heard = sent.wait(SOON)
        if kind == "threads":
            running.stop()
        report = future.result(SOON)

    assert heard
    assert script.jobs == ["poll", "judge", "deliver", "leave"]
    assert (report.articles, report.flagged, report.alerts, report.delivered) == (1, 1, 1, 1)
    assert report.sources["gazette"] == Polled(source_id="gazette", result="ok", entries=1, new=1)
    assert report.errors == ()


@pytest.mark.parametrize("kind", ["inline", "threads"])
@pytest.mark.parametrize("job", ["poll", "judge", "deliver"])
def test_a_broken_store_ends_the_run_and_stands_in_its_report(kind: str, job: str) -> None:
    """Whichever job hears of it; nothing raises."""

    def breaks(name: str) -> None:
        if name == job:
            raise StoreError("file is not a database")

    with ThreadPoolExecutor(1) as aside:
        report = aside.submit(engine(kind, Script(breaks), Event()).run).result(SOON)

    assert report.errors == ("file is not a database",)


def test_one_run_says_of_a_source_that_is_gone_for_good_that_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not asked again, and "not due" would sound as if it were some day."""
    script = Script()
    monkeypatch.setattr(script, "stopped", lambda: ["herald"])

    report = engine("inline", script, Event()).run()

    assert report.sources["herald"] == Polled(source_id="herald", result="gone")
    assert report.sources["gazette"].result == "ok"


def test_one_run_that_was_asked_to_stop_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wish may come before the run does; not even a claim is made."""
    script, stopped = Script(), Event()
    monkeypatch.setattr(script, "claim_polls", lambda limit, every: script.jobs.append("claim") or [])
    stopped.set()

    report = engine("inline", script, stopped).run()

    assert script.jobs == ["leave"]
    assert report.sources["gazette"].result == NOT_DUE


def test_one_run_comes_back_for_what_is_due_within_its_horizon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due later belongs to the next run."""
    monkeypatch.setattr(inline, "NAP", 0.01)
    looks = [datetime.now(UTC) + inline.HORIZON / 2, datetime.now(UTC) + inline.HORIZON * 2]
    script = Script()
    monkeypatch.setattr(script, "next_due", lambda: looks.pop(0), raising=True)
    monkeypatch.setattr(script, "claim_reads", lambda limit: script.jobs.append("look"))

    engine("inline", script, Event()).run()

    assert looks == []
    assert script.jobs.count("look") == 2


def test_the_service_does_a_job_again_that_hit_passing_trouble() -> None:
    """It is logged, and the next tick hands it out."""
    sent, missed = Event(), list[str]()

    def stumbles(name: str) -> None:
        if name == "judge" and not missed:
            missed.append(name)
            raise StoreBusy("database is locked")
        if name == "deliver":
            sent.set()

    script = Script(stumbles)
    running = engine("threads", script, Event())

    with ThreadPoolExecutor(1) as aside:
        future: Future[Any] = aside.submit(running.run)
        heard = sent.wait(SOON)
        running.stop()
        report = future.result(SOON)

    assert heard
    assert script.jobs[:4] == ["poll", "judge", "judge", "deliver"]
    assert report.errors == ()


def serve(script: Script, until: Event) -> tuple[bool, RunReport]:
    """Run the service until something has happened; tell whether it did, and what the service reports."""
    running = engine("threads", script, Event())
    with ThreadPoolExecutor(1) as aside:
        future: Future[Any] = aside.submit(running.run)
        happened = until.wait(SOON)
        running.stop()
        return happened, future.result(SOON)


@pytest.mark.parametrize("job", ["poll", "judge", "deliver"])
def test_a_fault_of_ours_in_one_job_does_not_end_the_service(job: str) -> None:
    """It is logged, and the job is done at a later tick."""
    sent, failed = Event(), list[str]()

    def stumbles(name: str) -> None:
        if name == job and not failed:
            failed.append(name)
            raise ValueError("odd")
        if name == "deliver":
            sent.set()

    script = Script(stumbles)
    with capture_logs() as logs:
        happened, report = serve(script, sent)

    assert happened
    assert script.jobs.count(job) == 2
    assert report.errors == ()
    assert [line["job"][0] for line in logs if line["event"] == "job.failed"] == [job]


def test_a_tick_that_meets_passing_trouble_is_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one claims."""
    sent = Event()
    script = Script(lambda name: sent.set() if name == "deliver" else None)
    claim, busy = script.claim_polls, [StoreBusy("database is locked")]

    def claims(limit: int) -> list[SourceState]:
        if busy:
            raise busy.pop()
        return claim(limit)

    monkeypatch.setattr(script, "claim_polls", claims)
    with capture_logs() as logs:
        happened, report = serve(script, sent)

    assert happened
    assert report.errors == ()
    assert [line["reason"] for line in logs if line["event"] == "tick.put_off"] == ["database is locked"]


@pytest.mark.usefixtures("quick_heart")
def test_the_service_lives_while_a_tick_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """To sort out thousands of entries, or to store as many sources, may take longer than others wait for a sign of life."""
    beats, done = Beats({2: StoreBusy("database is locked")}), Event()
    script, went_on = Script(), list[bool]()
    monkeypatch.setattr(script, "beat", beats)

    def takes_long(_limit: int) -> list[Entry]:
        went_on.append(beats.reach_four())
        done.set()
        return []

    monkeypatch.setattr(script, "claim_checks", takes_long)
    _, report = serve(script, done)

    assert went_on[0]
    assert report.errors == ()


@pytest.mark.usefixtures("quick_heart")
@pytest.mark.parametrize("beat", [1, 3])
def test_a_service_that_cannot_say_that_it_lives_ends(monkeypatch: pytest.MonkeyPatch, beat: int) -> None:
    """Where the database is broken for good; others may take over what it had claimed."""
    script, stopped = Script(), Event()
    monkeypatch.setattr(script, "beat", Beats({beat: StoreError("file is not a database")}))

    with ThreadPoolExecutor(1) as aside:
        report = aside.submit(engine("threads", script, stopped).run).result(SOON)

    assert stopped.is_set()
    assert report.errors == ("file is not a database",)


def test_an_entry_that_is_read_once_more_counts_until_its_last_reading_ends() -> None:
    """It changed while its page was being read, and was claimed anew."""
    running = engine("threads", Script(), Event())
    first, second = Future[bool](), Future[bool]()
    running._watch(("read", 1), first)
    running._watch(("read", 1), second)

    first.set_result(True)
    after_first = running._under_way("read")
    second.set_result(True)

    assert (after_first, running._under_way("read")) == (1, 0)
