"""Takes a store, gives whether workers, their claims and their locks keep the port's promises."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from monitor.types import DeliveryState


def test_a_worker_is_listed_once_with_its_latest_sign_of_life(room: Any) -> None:
    """Joining again renews `seen_at`."""
    later = replace(room.worker, seen_at=room.now + room.hour)

    room.store.join(later)

    assert room.store.workers() == [later]


def test_burying_forgets_workers_and_may_be_repeated(room: Any) -> None:
    """A second burial of the same worker, or of nobody, is no error."""
    room.hire("second")

    room.store.bury(["first"])
    room.store.bury(["first", "never-seen"])
    room.store.bury([])

    assert [worker.id for worker in room.store.workers()] == ["second"]


def test_burying_frees_every_claim_of_that_worker_and_no_other(room: Any) -> None:
    """A buried worker's source, entry and delivery can be had by the next; another worker's cannot."""
    room.entries(room.new(1))
    room.decide(room.delivery(), room.delivery("k2", "story:2", channel="#other"))
    room.store.claim_delivery(room.worker, "#ports", room.now)
    second = room.hire("second")
    room.store.claim_delivery(second, "#other", room.now)
    room.store.claim_sources(room.worker, room.now, 10, only=["gazette"])

    room.store.bury(["first"])

    third = room.hire("third")
    assert [state.source_id for state in room.store.claim_sources(third, room.now, 10, only=["gazette"])] == ["gazette"]
    assert len(room.store.claim_to_read(third, room.now, 10)) == 1
    assert room.store.claim_delivery(third, "#ports", room.now + room.hour) is not None
    assert room.store.claim_delivery(third, "#other", room.now + room.hour) is None


def test_a_delivery_being_sent_by_a_buried_worker_stays_sending(room: Any) -> None:
    """Nobody may take it for one that was never tried."""
    room.decide(room.delivery())
    room.store.claim_delivery(room.worker, "#ports", room.now)

    room.store.bury(["first"])

    assert [each.state for each in room.store.outbox([DeliveryState.SENDING])] == [DeliveryState.SENDING]


def test_a_worker_that_was_buried_by_mistake_is_known_again_once_it_claims(room: Any) -> None:
    """Otherwise its claims could never be freed."""
    room.declare("gazette")
    room.store.bury(["first"])

    room.store.claim_sources(room.worker, room.now, 1)

    assert [worker.id for worker in room.store.workers()] == ["first"]


def test_a_lock_has_one_holder_until_it_is_given_back(room: Any) -> None:
    """The holder may take it again; another gets it only afterwards."""
    second = room.hire("second")

    assert room.store.lock("judge", room.worker)
    assert room.store.lock("judge", room.worker)
    assert not room.store.lock("judge", second)
    assert room.store.lock("digest", second)

    room.store.unlock("judge", second)  # not theirs to give back
    assert not room.store.lock("judge", second)

    room.store.unlock("judge", room.worker)
    room.store.unlock("judge", room.worker)
    assert room.store.lock("judge", second)


def test_a_buried_workers_lock_is_free(room: Any) -> None:
    """A killed process does not stop judging for good."""
    second = room.hire("second")
    room.store.lock("judge", room.worker)

    room.store.bury(["first"])

    assert room.store.lock("judge", second)


def test_of_many_threads_one_gets_the_lock(room: Any) -> None:
    """However they are interleaved."""
    workers = [room.hire(f"w{number}") for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda worker: room.store.lock("learn", worker), workers))

    assert sum(got) == 1
