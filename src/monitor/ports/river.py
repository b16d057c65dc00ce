"""Takes nothing, gives what the jobs of the river ask of the database, each its own door."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Protocol

from monitor.types import (
    Activity,
    Article,
    Correction,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Entry,
    Judged,
    KnownEntry,
    MessageRef,
    NewDelivery,
    NewEntry,
    PollRecord,
    ReadLater,
    Refresh,
    Source,
    SourceState,
    Story,
    Worker,
)


class Workers(Protocol):
    """Who is at work (engines); a claim ends with its worker."""

    def workers(self) -> list[Worker]:
        """Give every worker that joined and neither left nor was buried."""

    def join(self, worker: Worker) -> None:
        """Register a worker, or renew its `seen_at`. Idempotent."""

    def bury(self, ids: Collection[str]) -> None:
        """Forget workers and free all their claims and locks. Idempotent.

        A delivery that a buried worker was sending stays `SENDING`, unclaimed: whoever claims it next looks it up first.
        """

    def lock(self, name: str, worker: Worker) -> bool:
        """Take the named lock, or find that this worker has it already; False while another worker has it."""

    def unlock(self, name: str, worker: Worker) -> None:
        """Give the named lock back. Idempotent."""


class Polls(Protocol):
    """Sources, what was last heard of them, and what they bring (job poll)."""

    def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the stored sources those declared: new ones are due at once, missing ones rest with their state kept.

        A source whose address changed starts afresh. Idempotent.
        """

    def hasten(self, intervals: Mapping[str, timedelta]) -> None:
        """Bring forward the next polls of sources, by id, that lie further ahead than their interval allows.

        Sources that fail, or whose server asked for patience, keep their time. Called when intervals have changed.
        """

    def source_states(self, only: Collection[str] | None = None) -> dict[str, SourceState]:
        """Give the state of every declared source, or of those these, by id."""

    def ailing(self, quiet: timedelta) -> dict[str, SourceState]:
        """Give the states of declared sources that failed last time, are stopped, or brought nothing for longer than `quiet`.

        Quiet is counted from the latest entry to the last poll that was answered; without entries it is not.
        """

    def claim_sources(
        self, worker: Worker, now: datetime, limit: int, *, only: Collection[str] | None = None, due: bool = False
    ) -> list[SourceState]:
        """Claim up to `limit` declared, unclaimed sources, longest due first.

        Without `only`: those with `next_poll_at` ≤ now. With `only`: those ids, due or not (`due`: those of them that are). In
        each case a `retry_after` in the future holds, and a source that is stopped is left alone.
        """

    def due_sources(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """Give what `claim_sources` would claim, without claiming: the ids, each with the address to ask, longest due first."""

    def known_entries(self, source_id: str, identities: Collection[str], urls: Collection[str]) -> list[KnownEntry]:
        """Give the source's kept entries that have one of these identities or canonical URLs."""

    def save_poll(
        self,
        worker: Worker,
        state: SourceState,
        record: PollRecord,
        new: Sequence[NewEntry] = (),
        changed: Sequence[tuple[int, NewEntry]] = (),
    ) -> int:
        """Store what a poll came to, free the claim, and give how many entries were new.

        New entries go to stage `read`, complete ones to `judge`; one whose identity is known by now is passed over. A changed
        entry (by id) gets the new title, summary, content and digest and goes there again; its story and deliveries stay.
        A poll of a source that this worker has no claim on any more stores its entries but leaves the source's state alone.
        """

    def poll_log(self, source_id: str, limit: int = 30) -> list[PollRecord]:
        """Give the latest polls of a source, latest first."""

    def poll_logs(self, ids: Collection[str], limit: int = 30) -> Mapping[str, list[PollRecord]]:
        """Give the latest polls of each of these sources, latest first; one that was never polled is left out."""

    def activity(self, window: timedelta, only: Collection[str] | None = None) -> Mapping[str, Activity]:
        """Give how often each declared source, or of those these, brought something in the time up to its latest entry.

        One without entries is left out.
        """

    def latest(self, source_id: str, limit: int) -> list[int]:
        """Give the source's latest entries, the one seen last first."""


class Reads(Protocol):
    """Entries whose page is to be read (job read)."""

    def claim_to_read(
        self, worker: Worker, now: datetime, limit: int, *, only: Collection[int] | None = None
    ) -> list[Entry]:
        """Claim up to `limit` unclaimed entries in stage `read`, oldest first: those whose time has come, or these (`only`).

        These are due as soon as they are claimed: where the claim is lost, others find them at once.
        """

    def hand_over(
        self, worker: Worker, ids: Collection[int], until: datetime, also: Callable[[Any], None] | None = None
    ) -> None:
        """Free these claimed entries for whoever claims them by their ids; for others their time comes at `until`.

        `also` is called with the database driver's own connection: what it stores there is part of the transaction.
        """

    def save_read(self, worker: Worker, articles: Sequence[Article], later: Sequence[ReadLater] = ()) -> None:
        """Store the texts found (stage `judge`) and what is to be tried again (stage `read`, one more attempt). Idempotent."""

    def page_texts(self, source_id: str, limit: int) -> list[str]:
        """Give the texts read off the source's latest pages, latest first, with the lines that were left out of them."""


class Judgements(Protocol):
    """Articles to be judged, and what a verdict needs to know of stories and of what was told (jobs judge and digest)."""

    def to_judge(self, limit: int) -> list[Article]:
        """Give up to `limit` articles in stage `judge`, oldest first. Called under the lock `judge`."""

    def pass_over(self, now: datetime) -> int:
        """Finish unjudged all that waits to be judged; give how much that was. Called under the lock `judge`."""

    def open_stories(self, since: datetime) -> list[Story]:
        """Give the stories that have an article published (or, undated, seen) at or after `since`, with all their articles."""

    def posts(self, subjects: Collection[str]) -> list[Delivery]:
        """Give the posts of these subjects in whatever state: what was told already."""

    def replies(self, subject: str) -> list[Delivery]:
        """Give the replies about this subject in whatever state, oldest first."""

    def gathered(self, reason: str, now: datetime, limit: int) -> list[Delivery]:
        """Give the held story posts with this reason and `not_before` ≤ now, oldest first: what a digest is to list."""

    def held(self, channel: str, reason: str, since: datetime) -> list[Delivery]:
        """Give what was decided for a channel at or after `since` and held for a reason, oldest first."""

    def save_digest(self, digest: NewDelivery, listed: Collection[int]) -> int:
        """Write a digest to the outbox and note in the held posts it lists that they were told, in one transaction.

        Gives 1; 0, and nothing changes, where one of them was told meanwhile.
        """

    def leave_out(self, ids: Collection[int], until: datetime, oldest: datetime) -> None:
        """Keep gathered posts for a digest at or after `until`; those decided before `oldest` are forgotten, as if never decided.

        A story that is forgotten may be told anew when it grows.
        """

    def alerts_since(self, channel: str, since: datetime) -> int:
        """Count the story posts decided for a channel at or after `since` and not held."""

    def backlog_alerts(self, source_id: str) -> int:
        """Count the source's backlog entries that were told: judged with a story and no gate."""

    def save_judgements(
        self,
        worker: Worker,
        judged: Sequence[Judged],
        deliveries: Sequence[NewDelivery] = (),
        refreshes: Sequence[Refresh] = (),
        *,
        moved: Mapping[int, int] = MappingProxyType({}),
        now: datetime,
    ) -> int:
        """Store verdicts, story membership and outbox rows in one transaction (stage `done`); give how many deliveries are new.

        `moved` are entries judged earlier that are in another story now. Deliveries come before refreshes. A second post for a
        subject and channel is passed over. Judging an article again replaces its verdicts. A story comes into being with the
        first article that names it. A refresh replaces the message of an unsent, unclaimed post (or holds it, where it has
        nothing to tell any more) or of a pending edit, else adds an edit; it is passed over where no post is, or it is held, given
        up or unknown.
        """


class Corrections(Protocol):
    """What has become of what was told (jobs poll and check)."""

    def save_corrections(self, new: Sequence[Correction]) -> int:
        """Store what has become of articles; the first correction of an article stands. Idempotent. Gives how many are new."""

    def corrections(self, ids: Collection[int]) -> list[Correction]:
        """Give what has become of these articles, by entry."""

    def claim_to_check(self, since: datetime, until: datetime, now: datetime, limit: int) -> list[Entry]:
        """Give articles that were told, judged from `since` to `until`, and are to be looked at again: each once, ever."""


class Outbox(Protocol):
    """Messages on their way (job deliver)."""

    def tell(self, new: Sequence[NewDelivery]) -> int:
        """Write messages to the outbox that no judging decided; give how many are new. A channel gets one post per subject."""

    def channels_due(self, now: datetime) -> list[str]:
        """Give the channels whose next delivery is unclaimed and has `not_before` ≤ now.

        Next is the oldest unfinished one; one that was decided for later and never tried lets others pass.
        """

    def claim_delivery(self, worker: Worker, channel: str, now: datetime) -> Delivery | None:
        """Claim the next delivery of a channel and mark it `SENDING`, one more attempt.

        Gives it as it was before: a state of `SENDING` means that it must be looked up before anything is sent. None where
        none is due or another worker is at the next one. If the claimant dies, it is due again after a quarter of a minute,
        when a request still under way has ended. An edit or reply carries the `ref` of its subject's post; it is for the
        caller to finish one whose post was never sent.
        """

    def readdress(self, channels: Mapping[str, str], now: datetime) -> None:
        """Give what has certainly not arrived in a channel, and what is gathered for it, to the one that took its place.

        What was refused is due at once. What the new one has been told, or is to be told, of the same subject is not told twice:
        it becomes `HELD`. What may have arrived stays, to be looked up, and so does what belongs to a message that arrived.
        """

    def retry_now(self, now: datetime) -> None:
        """Make due what was tried and `REFUSED`, or put off because the channel was out of reach: it may have been mended.

        What the channel itself asked to put off keeps its time; one still `SENDING` waits until a look is safe. Called as a run
        begins.
        """

    def save_delivery(
        self,
        worker: Worker,
        delivery: Delivery,
        state: DeliveryState,
        *,
        now: datetime,
        not_before: datetime | None = None,
        ref: MessageRef | None = None,
        error: str = "",
        also: Sequence[NewDelivery] = (),
    ) -> None:
        """Store how an attempt ended and free the claim; `SENDING` means still uncertain.

        Without `not_before` it is due at once. `also` is what is to be said about it elsewhere. Nothing is stored where the claim
        was lost.
        """

    def outbox(self, states: Collection[DeliveryState], limit: int = 100) -> list[Delivery]:
        """Give the latest deliveries in these states, latest first."""

    def overdue(self, now: datetime) -> Mapping[int, DeliveryKind]:
        """Give the deliveries, by id, that should have been sent by now, were not, and that nobody is sending.

        They were refused, put off, or stand in line behind such a one.
        """

    def next_due(self) -> datetime | None:
        """Give the earliest time at which an entry is to be read, an article judged or a delivery sent; None if nothing waits."""
