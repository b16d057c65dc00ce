"""Takes any interleaving of claiming, sending, dying and answering, gives whether a post ever goes out twice unlooked-for.

The machine plays two workers and the channel over a real SQLite store. It keeps to the one rule of delivering: send what
was claimed as `PENDING`, look up first what was claimed as `SENDING`. The store must make that rule enough.
"""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from monitor.adapters.store import open_store
from monitor.types import EPOCH, DeliveryKind, DeliveryState, Message, MessageRef, NewDelivery, Refresh, Worker

CHANNEL, PLACE = "#ports", MessageRef(channel="C1", ts="1")
SUBJECTS = st.sampled_from(["story:1", "story:2", "story:3"])
WORKERS = st.sampled_from(["first", "second"])


class Delivering(RuleBasedStateMachine):
    """Two workers, one channel, and whatever goes wrong between them."""

    @initialize()
    def open(self) -> None:
        """Open an empty store."""
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"sqlite:///{Path(self.folder.name) / 'monitor.db'}")
        self.arrived: list[str] = []  # keys of posts in the channel, in order
        self.claims: dict[str, Any] = {}  # what each worker believes it has claimed
        self.late: list[tuple[str, Any]] = []  # answers of workers that were buried while they waited for them
        self.order: dict[str, int] = {}

    def _worker(self, name: str) -> Worker:
        return Worker(id=name, host="desk", pid=1, started=1.0, seen_at=EPOCH)

    def _judging(self) -> Worker:
        worker = self._worker("judge")
        assert self.store.lock("judge", worker)
        return worker

    @rule(subject=SUBJECTS)
    def decide(self, subject: str) -> None:
        """Decide a post, or decide it again."""
        post = NewDelivery(
            key=f"post {subject}",
            subject=subject,
            channel=CHANNEL,
            kind=DeliveryKind.POST,
            message=Message(text=subject),
            created_at=EPOCH,
            not_before=EPOCH,
        )
        if self.store.save_judgements(self._judging(), (), [post], now=EPOCH):
            self.order[post.key] = len(self.order)

    @rule(subject=SUBJECTS, number=st.integers(0, 3))
    def refresh(self, subject: str, number: int) -> None:
        """Change a story's message."""
        change = Refresh(
            key=f"edit {subject} {number}", subject=subject, channel=CHANNEL, message=Message(text="new"), at=EPOCH
        )
        self.store.save_judgements(self._judging(), (), refreshes=[change], now=EPOCH)

    @rule(name=WORKERS)
    def claim(self, name: str) -> None:
        """Take the next delivery, if there is one."""
        if name not in self.claims:
            delivery = self.store.claim_delivery(self._worker(name), CHANNEL, EPOCH)
            if delivery is not None:
                assert not self.claims, "two workers have a claim in one channel"
                self.claims[name] = delivery

    @precondition(lambda self: self.claims)
    @rule(ending=st.sampled_from(["answered", "unanswered", "not arrived", "died before", "died after", "buried"]))
    def attempt(self, ending: str) -> None:
        """Do what is right with the claimed delivery, and let it end in some way."""
        name, delivery = self.claims.popitem()
        missing = ending in {"not arrived", "died before"}
        if not missing and self._may_send(delivery):
            self.arrived.append(delivery.key)
        if ending in {"died before", "died after", "buried"}:
            self.store.bury([name])
            self.late += [(name, delivery)] if ending == "buried" else []
            return
        state = {
            "answered": DeliveryState.SENT,
            "unanswered": DeliveryState.SENDING,
            "not arrived": DeliveryState.PENDING if self._may_send(delivery) else DeliveryState.SENT,
        }[ending]
        self.store.save_delivery(self._worker(name), delivery, state, now=EPOCH, ref=PLACE)

    def _may_send(self, delivery: Any) -> bool:
        if delivery.kind is not DeliveryKind.POST:
            return False  # repeating an edit does no harm
        looked_up = delivery.state is DeliveryState.SENDING
        return not (looked_up and delivery.key in self.arrived)

    @precondition(lambda self: self.late)
    @rule(state=st.sampled_from([DeliveryState.PENDING, DeliveryState.SENT]))
    def answer_too_late(self, state: DeliveryState) -> None:
        """A worker buried by mistake gets its answer after all."""
        name, delivery = self.late.pop()
        self.store.save_delivery(self._worker(name), delivery, state, now=EPOCH, ref=PLACE)

    @invariant()
    def each_post_arrived_once_and_in_order(self) -> None:
        """The one promise."""
        assert len(self.arrived) == len(set(self.arrived)), self.arrived
        assert self.arrived == sorted(self.arrived, key=self.order.__getitem__), self.arrived

    def teardown(self) -> None:
        """Let go of the store."""
        self.store.close()
        self.folder.cleanup()


TestDelivering = Delivering.TestCase
TestDelivering.settings = settings(
    max_examples=25, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
)
