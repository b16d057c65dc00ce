"""Takes values, gives them back after any restart: the `Store` port on SQLite and PostgreSQL with one code path.

`SqlStore` is the port, a method a transaction; each subject has its module of small functions over a connection.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

from monitor.adapters.store import migrate
from monitor.adapters.store.asking import figures, ledger, lines, search
from monitor.adapters.store.connect import PATIENCE, Database
from monitor.adapters.store.migrate import SchemaState
from monitor.adapters.store.tables import (
    config_log,
    corrections,
    entries,
    learning,
    mutes,
    outbox,
    people,
    polling,
    stories,
    workers,
)
from monitor.adapters.store.together import Together
from monitor.types import (
    Activity,
    Article,
    ConfigChange,
    Correction,
    Daily,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Draw,
    Entry,
    Erased,
    Figures,
    Imported,
    Judged,
    Judgement,
    Known,
    KnownEntry,
    Label,
    Ledger,
    MessageRef,
    Mute,
    Narrowed,
    NewDelivery,
    NewEntry,
    PollRecord,
    ReadLater,
    Refresh,
    Ruling,
    Score,
    Source,
    SourceState,
    Story,
    StoryLine,
    Worker,
)

__all__ = ["SchemaState", "SqlStore", "open_store", "schema_state", "upgrade"]


def open_store(url: str, patience: float = PATIENCE) -> "SqlStore":
    """Open the store at a database URL, filling an empty database; `patience`: seconds to wait for another's lock.

    Raises:
        StoreBusy: the database is locked or out of reach right now.
        StoreFull: there is no space to create it.
        StoreError: it cannot be used; the message says what to do.
    """
    database = Database(url, patience)
    try:
        migrate.ready(database)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)


def upgrade(url: str) -> SchemaState:
    """Apply the migrations a database lacks and give the state it was in; raises as `open_store` does."""
    database = Database(url)
    try:
        return migrate.bring_up(database)
    finally:
        database.close()


def schema_state(url: str, patience: float = PATIENCE) -> SchemaState:
    """Tell which migration a database stands at, over a connection of its own; raises as `open_store` does."""
    if url.startswith("sqlite") and not Path(url.partition(":///")[2]).exists():
        return SchemaState(current=None)  # to look must not make the file
    database = Database(url, patience)
    try:
        with database.read() as connection:
            return migrate.state_of(connection, database.shown)
    finally:
        database.close()


_Asked = tuple[str, Collection[str], Collection[str]]
_Polled = tuple[Worker, SourceState, PollRecord, Sequence[NewEntry], Sequence[tuple[int, NewEntry]]]


class SqlStore:
    """The port `Store`: what each method promises stands there."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known = Together(self._known_many)
        self._save = Together(self._save_many)

    # ── workers ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def workers(self) -> list[Worker]:
        """Give every worker that joined and neither left nor was buried."""
        with self._database.read() as connection:
            return workers.listed(connection)

    def join(self, worker: Worker) -> None:
        """Register a worker, or renew its `seen_at`."""
        with self._database.write() as connection:
            workers.join(connection, worker)

    def bury(self, ids: Collection[str]) -> None:
        """Forget workers and free all their claims and locks."""
        with self._database.write() as connection:
            workers.bury(connection, ids)

    def lock(self, name: str, worker: Worker) -> bool:
        """Take the named lock, or find that this worker has it already."""
        with self._database.write() as connection:
            return workers.lock(connection, name, worker)

    def unlock(self, name: str, worker: Worker) -> None:
        """Give the named lock back."""
        with self._database.write() as connection:
            workers.unlock(connection, name, worker)

    # ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the stored sources those declared."""
        with self._database.write() as connection:
            polling.sync(connection, sources, now)

    def hasten(self, intervals: Mapping[str, timedelta]) -> None:
        """Bring forward the next polls of sources that lie further ahead than their interval allows."""
        with self._database.write() as connection:
            polling.hasten(connection, intervals)

    def source_states(self, only: Collection[str] | None = None) -> dict[str, SourceState]:
        """Give the state of every declared source, or of those these, by id."""
        with self._database.read() as connection:
            return polling.states(connection, only)

    def ailing(self, quiet: timedelta) -> dict[str, SourceState]:
        """Give the states of declared sources that failed last time, are stopped, or brought nothing for longer."""
        with self._database.read() as connection:
            return polling.ailing(connection, quiet)

    def claim_sources(
        self, worker: Worker, now: datetime, limit: int, *, only: Collection[str] | None = None, due: bool = False
    ) -> list[SourceState]:
        """Claim up to `limit` declared, unclaimed sources, longest due first."""
        with self._database.write() as connection:
            return polling.claim(connection, worker, now, limit, only, due=due)

    def due_sources(self, now: datetime, limit: int) -> list[tuple[str, str]]:
        """Give the sources that could be claimed, each with the address to ask, longest due first."""
        with self._database.read() as connection:
            return polling.due(connection, now, limit)

    def known_entries(self, source_id: str, identities: Collection[str], urls: Collection[str]) -> list[KnownEntry]:
        """Give the source's kept entries that have one of these identities or canonical URLs."""
        return self._known((source_id, identities, urls))

    def save_poll(
        self,
        worker: Worker,
        state: SourceState,
        record: PollRecord,
        new: Sequence[NewEntry] = (),
        changed: Sequence[tuple[int, NewEntry]] = (),
    ) -> int:
        """Store what a poll came to, free the claim, and give how many entries were new."""
        return self._save((worker, state, record, new, changed))

    def _known_many(self, asked: Sequence[_Asked]) -> list[list[KnownEntry]]:
        with self._database.read() as connection:
            return [entries.known(connection, *each) for each in asked]

    def _save_many(self, polled: Sequence[_Polled]) -> list[int]:
        with self._database.write() as connection:
            added = []
            for _, _, _, new, changed in polled:
                added.append(entries.add(connection, new))
                entries.change(connection, changed)
            for worker, these in groupby(polled, key=lambda each: each[0]):
                polling.finish_polls(connection, worker, [(state, record) for _, state, record, _, _ in these])
        return added

    def poll_log(self, source_id: str, limit: int = 30) -> list[PollRecord]:
        """Give the latest polls of a source, latest first."""
        with self._database.read() as connection:
            return polling.log(connection, source_id, limit)

    def poll_logs(self, ids: Collection[str], limit: int = 30) -> Mapping[str, list[PollRecord]]:
        """Give the latest polls of each of these sources, latest first, by id."""
        with self._database.read() as connection:
            return polling.logs(connection, ids, limit)

    def activity(self, window: timedelta, only: Collection[str] | None = None) -> Mapping[str, Activity]:
        """Give how often each declared source, or of those these, brought something, by id."""
        with self._database.read() as connection:
            return polling.activity(connection, window, only)

    def latest(self, source_id: str, limit: int) -> list[int]:
        """Give the source's latest entries, the one seen last first."""
        with self._database.read() as connection:
            return entries.latest(connection, source_id, limit)

    # ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def claim_to_read(
        self, worker: Worker, now: datetime, limit: int, *, only: Collection[int] | None = None
    ) -> list[Entry]:
        """Claim up to `limit` unclaimed entries in stage `read`, oldest first: those whose time has come, or these."""
        with self._database.write() as connection:
            return entries.claim_to_read(connection, worker, now, limit, only)

    def hand_over(
        self, worker: Worker, ids: Collection[int], until: datetime, also: Callable[[Any], None] | None = None
    ) -> None:
        """Free claimed entries for whoever claims them by their ids."""
        with self._database.write() as connection:
            entries.hand_over(connection, worker, ids, until)
            if also:
                also(connection.connection.driver_connection)

    def save_read(self, worker: Worker, articles: Sequence[Article], later: Sequence[ReadLater] = ()) -> None:
        """Store the texts found and what is to be tried again, of the entries this worker still has claimed."""
        with self._database.write() as connection:
            entries.save_read(connection, worker, articles, later)

    def page_texts(self, source_id: str, limit: int) -> list[str]:
        """Give the texts read off the source's latest pages, latest first, with the lines that were left out of them."""
        with self._database.read() as connection:
            return entries.page_texts(connection, source_id, limit)

    def to_judge(self, limit: int) -> list[Article]:
        """Give up to `limit` articles in stage `judge`, oldest first."""
        with self._database.read() as connection:
            return entries.to_judge(connection, limit)

    def pass_over(self, now: datetime) -> int:
        """Finish unjudged all that waits to be judged; give how much that was."""
        with self._database.write() as connection:
            return entries.pass_over(connection, now)

    def open_stories(self, since: datetime) -> list[Story]:
        """Give the stories that have an article at or after `since`, with all their articles."""
        with self._database.read() as connection:
            return stories.open_since(connection, since)

    def posts(self, subjects: Collection[str]) -> list[Delivery]:
        """Give the posts of these subjects in whatever state."""
        with self._database.read() as connection:
            return outbox.posts(connection, subjects)

    def replies(self, subject: str) -> list[Delivery]:
        """Give the replies about this subject."""
        with self._database.read() as connection:
            return [one for one in outbox.about(connection, subject) if one.kind is DeliveryKind.REPLY]

    def gathered(self, reason: str, now: datetime, limit: int) -> list[Delivery]:
        """Give the held story posts that a digest is to list now."""
        with self._database.read() as connection:
            return outbox.gathered(connection, reason, now, limit)

    def held(self, channel: str, reason: str, since: datetime) -> list[Delivery]:
        """Give what was decided for a channel at or after `since` and held for a reason, oldest first."""
        with self._database.read() as connection:
            return outbox.held(connection, channel, reason, since)

    def save_digest(self, digest: NewDelivery, listed: Collection[int]) -> int:
        """Write a digest, where none of what it lists was told meanwhile; give how many were written."""
        with self._database.write() as connection:
            return outbox.save_digest(connection, digest, listed)

    def leave_out(self, ids: Collection[int], until: datetime, oldest: datetime) -> None:
        """Keep gathered posts for a later digest; those decided before `oldest` are forgotten, as if never decided."""
        with self._database.write() as connection:
            outbox.leave_out(connection, ids, until, oldest)

    def alerts_since(self, channel: str, since: datetime) -> int:
        """Count the story posts decided for a channel at or after `since` and not held."""
        with self._database.read() as connection:
            return outbox.alerts_since(connection, channel, since)

    def backlog_alerts(self, source_id: str) -> int:
        """Count the source's backlog entries that were told."""
        with self._database.read() as connection:
            return stories.backlog_told(connection, source_id)

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
        """Store verdicts, story membership and outbox rows in one transaction; give how many deliveries are new."""
        with self._database.write() as connection:
            stories.save(connection, worker, judged, moved, now)
            return outbox.add(connection, deliveries) + sum(outbox.refresh(connection, each) for each in refreshes)

    # ── what people have said about stories ──────────────────────────────────────────────────────────────────────────
    def stories(self, ids: Collection[int]) -> list[Story]:
        """Give these stories, by id."""
        with self._database.read() as connection:
            return list(stories.by_id(connection, ids).values())

    def story_lines(self, narrowed: Narrowed, limit: int, offset: int = 0) -> list[StoryLine]:
        """Give stories of a list, the latest first."""
        with self._database.read() as connection:
            return lines.listed(connection, narrowed, limit, offset)

    def named(self, kind: str) -> list[str]:
        """Give what the articles in stories name."""
        with self._database.read() as connection:
            return search.named(connection, kind)

    def rulings(self) -> list[Ruling]:
        """Give what people have said about stories."""
        with self._database.read() as connection:
            return stories.said(connection)

    def save_rulings(
        self,
        worker: Worker,
        rulings: Sequence[Ruling],
        moved: Mapping[int, int],
        refreshes: Sequence[Refresh] = (),
    ) -> None:
        """Store what a person said, the stories that follow from it and the messages that change, in one transaction."""
        with self._database.write() as connection:
            stories.rule(connection, rulings)
            stories.move(connection, worker, moved)
            for each in refreshes:
                outbox.refresh(connection, each)

    # ── what people have answered ────────────────────────────────────────────────────────────────────────────────────
    def save_answer(
        self, labels: Sequence[Label], new_mutes: Sequence[Mute] = (), refreshes: Sequence[Refresh] = ()
    ) -> int:
        """Store what a person answered and the messages that show it, in one transaction; give how many labels are new."""
        with self._database.write() as connection:
            mutes.save(connection, new_mutes)
            for each in refreshes:
                outbox.refresh(connection, each)
            return learning.save(connection, labels)

    def mutes(self, now: datetime) -> list[Mute]:
        """Give what people do not want to hear of now."""
        with self._database.read() as connection:
            return mutes.holding(connection, now)

    def search(
        self,
        question: str,
        limit: int,
        offset: int = 0,
        *,
        topic: str = "",
        source: str = "",
        country: str = "",
        since: datetime | None = None,
        told: bool = False,
    ) -> list[int]:
        """Give the articles that have all that is asked for, the latest first."""
        wanted = search.Wanted(topic=topic, source=source, country=country, since=since, told=told)
        with self._database.read() as connection:
            return search.ids(connection, question, wanted, limit, offset)

    def found(self, question: str, since: datetime, *, topic: str = "") -> int:
        """Count the articles since then that a search for this would find."""
        with self._database.read() as connection:
            return search.count(connection, question, since, topic)

    def index(self, limit: int) -> int:
        """Index up to so many judged articles; give how many."""
        with self._database.write() as connection:
            return search.index(connection, limit)

    # ── what has become of what was told ─────────────────────────────────────────────────────────────────────────────
    def save_corrections(self, new: Sequence[Correction]) -> int:
        """Store what has become of articles; the first correction of an article stands. Give how many are new."""
        with self._database.write() as connection:
            return corrections.save(connection, new)

    def corrections(self, ids: Collection[int]) -> list[Correction]:
        """Give what has become of these articles."""
        with self._database.read() as connection:
            return corrections.about(connection, ids)

    def claim_to_check(self, since: datetime, until: datetime, now: datetime, limit: int) -> list[Entry]:
        """Give articles that were told and are to be looked at again, each once."""
        with self._database.write() as connection:
            return corrections.claim(connection, since, until, now, limit)

    # ── outbox ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def tell(self, new: Sequence[NewDelivery]) -> int:
        """Write messages to the outbox that no judging decided; give how many are new."""
        with self._database.write() as connection:
            return outbox.add(connection, new)

    def channels_due(self, now: datetime) -> list[str]:
        """Give the channels whose oldest unfinished delivery is unclaimed and due."""
        with self._database.read() as connection:
            return outbox.channels_due(connection, now)

    def claim_delivery(self, worker: Worker, channel: str, now: datetime) -> Delivery | None:
        """Claim the oldest unfinished delivery of a channel and mark it `SENDING`; give it as it was before."""
        # Durable: a power failure after the message went out must not bring it back as never tried.
        with self._database.write(durable=True) as connection:
            return outbox.claim(connection, worker, channel, now)

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
        """Store how an attempt ended and free the claim; nothing where the claim was lost."""
        with self._database.write() as connection:
            ours = outbox.save(
                connection, worker, delivery, state, now=now, not_before=not_before, ref=ref, error=error
            )
            if ours:
                outbox.add(connection, also)

    def readdress(self, channels: Mapping[str, str], now: datetime) -> None:
        """Give what has certainly not arrived in a channel, and what is gathered for it, to the one that took its place."""
        with self._database.write() as connection:
            outbox.readdress(connection, channels, now)

    def retry_now(self, now: datetime) -> None:
        """Make due at once what was refused or put off because the channel was out of reach."""
        with self._database.write() as connection:
            outbox.retry_now(connection, now)

    def outbox(self, states: Collection[DeliveryState], limit: int = 100) -> list[Delivery]:
        """Give the latest deliveries in these states, latest first."""
        with self._database.read() as connection:
            return outbox.latest(connection, states, limit)

    def overdue(self, now: datetime) -> dict[int, DeliveryKind]:
        """Give the deliveries that should have been sent by now, were not, and that nobody is sending."""
        with self._database.read() as connection:
            return outbox.overdue(connection, now)

    # ── labels and the stream ────────────────────────────────────────────────────────────────────────────────────────
    def save_labels(self, labels: Sequence[Label]) -> int:
        """Store answers, each in the place of the same person's older one; give how many said something new."""
        with self._database.write() as connection:
            return learning.save(connection, labels)

    def withdraw_labels(self, entry_id: int, who: str) -> None:
        """Take back all that a person said of an article."""
        with self._database.write() as connection:
            learning.withdraw(connection, entry_id, who)

    def labels(self, ids: Collection[int] | None = None) -> list[Label]:
        """Give all answers, or those about these articles."""
        with self._database.read() as connection:
            return learning.everything(connection) if ids is None else learning.about(connection, ids)

    def import_labels(self, items: Sequence[Imported], now: datetime) -> tuple[list[int | None], int]:
        """Store articles with their answers; give each one's entry, and how many answers said something new."""
        with self._database.write() as connection:
            return learning.adopt(connection, items, now)

    def labelled(self, after: int, limit: int) -> list[Judgement]:
        """Give articles that somebody answered about, by rising id beyond `after`."""
        with self._database.read() as connection:
            return learning.labelled(connection, after, limit)

    def stream(self, since: datetime, after: int, limit: int) -> list[Judgement]:
        """Give articles judged at or after `since`, by rising id beyond `after`."""
        with self._database.read() as connection:
            return learning.stream(connection, since, after, limit)

    def judgements(self, ids: Collection[int]) -> list[Judgement]:
        """Give these articles with verdicts and labels, by rising id."""
        with self._database.read() as connection:
            return learning.judgements(connection, ids)

    def scores(self, since: datetime, until: datetime | None = None) -> list[Score]:
        """Give the verdicts on articles of the stream judged in a span of time, without the articles."""
        with self._database.read() as connection:
            return learning.scores(connection, since, until)

    def daily(self, since: datetime) -> list[Daily]:
        """Count what was flagged of the stream, by day and topic."""
        with self._database.read() as connection:
            return learning.daily(connection, since)

    def probabilities(self, topic: str, model: str, since: datetime) -> list[float]:
        """Give what a version of the model said of the stream's articles judged at or after `since`."""
        with self._database.read() as connection:
            return learning.probabilities(connection, topic, model, since)

    def volume(self, since: datetime) -> tuple[int, datetime | None]:
        """Count the articles of the stream judged at or after `since`, and tell when the first of them was."""
        with self._database.read() as connection:
            return learning.volume(connection, since)

    def save_draws(self, draws: Sequence[Draw]) -> int:
        """Store what was drawn for the audit, where the week and topic have no draw yet; give how many."""
        with self._database.write() as connection:
            return learning.save_draws(connection, draws)

    def draws(self, since: str = "") -> list[Draw]:
        """Give what was drawn in and after a week."""
        with self._database.read() as connection:
            return learning.all_draws(connection, since)

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def people(self) -> list[Known]:
        """Give everybody of whom something is stored."""
        with self._database.read() as connection:
            return people.listed(connection)

    def held_of(self, who: str) -> list[Mapping[str, Any]]:
        """Give everything stored about a person."""
        with self._database.read() as connection:
            return list(people.held_of(connection, who))

    def erase(self, who: str, now: datetime, key: str, *, keep_answers: bool = False) -> Erased:
        """Forget a person."""
        with self._database.write(durable=True) as connection:
            return people.erase(connection, who, now, key, keep_answers=keep_answers)

    # ── the configuration ────────────────────────────────────────────────────────────────────────────────────────────
    def noted_config(self) -> tuple[str, Mapping[str, Any]]:
        """Give digest and settings of the last configuration that was noted."""
        with self._database.read() as connection:
            return config_log.latest(connection)

    def note_config(self, change: ConfigChange, settings: Mapping[str, Any]) -> bool:
        """Store a change of the configuration; tell whether it was stored."""
        with self._database.write() as connection:
            return config_log.note(connection, change, settings)

    def config_changes(self, since: datetime, limit: int = 1_000) -> list[ConfigChange]:
        """Give the changes noted at or after a time, the latest first."""
        with self._database.read() as connection:
            return config_log.since(connection, since, limit)

    # ── looking ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def next_due(self) -> datetime | None:
        """Give the earliest time at which anything waiting is due."""
        with self._database.read() as connection:
            return ledger.next_due(connection)

    def counts(self) -> Mapping[str, int]:
        """Count entries by stage, deliveries by state, stories and flagged articles."""
        with self._database.read() as connection:
            return ledger.counts(connection)

    def figures(self, now: datetime) -> Figures:
        """Count what there is, and tell since when what has waited longest waits."""
        with self._database.read() as connection:
            return figures.figures(connection, now)

    def ledger(self, entry_id: int) -> Ledger | None:
        """Give all that is known of one entry."""
        with self._database.read() as connection:
            return ledger.by_id(connection, entry_id)

    def ledgers(self, url: str) -> list[Ledger]:
        """Give all that is known of the entries with this canonical URL or published link."""
        with self._database.read() as connection:
            return ledger.ledgers(connection, url)

    def close(self) -> None:
        """Let go of all connections."""
        self._database.close()
