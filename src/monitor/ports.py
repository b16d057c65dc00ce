"""Takes nothing, gives the doors of the house: what jobs ask of the outside world, each with one contract for all adapters.

Rules for every port. Times are aware and in UTC, and `now` is always passed in. Every method may be called from any thread.
A method of `Store` is one transaction: all of it is stored or nothing. Store methods raise `StoreBusy` (temporary),
`StoreFull` (temporary) or `StoreError` (permanent) and nothing else; fetchers and notifiers do not raise, trouble is a value.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from monitor.parse.raw import RawFeed
from monitor.sources.discover import Leads
from monitor.types import (
    Activity,
    Article,
    Attempt,
    Command,
    ConfigChange,
    Correction,
    Daily,
    Decided,
    Delivery,
    DeliveryKind,
    DeliveryOutcome,
    DeliveryState,
    Draw,
    Entry,
    Erased,
    FetchOutcome,
    FetchRequest,
    Figures,
    Imported,
    Judged,
    Judgement,
    Known,
    KnownEntry,
    Label,
    Ledger,
    Lookup,
    Message,
    MessageRef,
    Mute,
    Narrowed,
    NewDelivery,
    NewEntry,
    PageText,
    Polled,
    PollRecord,
    Pressed,
    ReadLater,
    Refresh,
    Reply,
    Ruling,
    RunReport,
    Score,
    Source,
    SourceState,
    Story,
    StoryLine,
    Summary,
    Worker,
)

if TYPE_CHECKING:
    from monitor.classify import Model


class Store(Protocol):
    """Everything that is remembered. A claim belongs to a worker and is void as soon as that worker is buried."""

    # ── workers (called by engines) ──────────────────────────────────────────────────────────────────────────────────
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

    # ── sources (job poll) ───────────────────────────────────────────────────────────────────────────────────────────
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

    # ── entries (jobs read and judge) ────────────────────────────────────────────────────────────────────────────────
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

    def save_digest(self, digest: NewDelivery, listed: Collection[int]) -> int:
        """Write a digest to the outbox and note in the held posts it lists that they were told, in one transaction.

        Gives 1; 0, and nothing changes, where one of them was told meanwhile.
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
        nothing to tell any more) or of a pending edit, else adds an edit; it is passed over where no post is or it is held.
        """

    # ── what people have said about stories (job regroup) ────────────────────────────────────────────────────────────
    def stories(self, ids: Collection[int]) -> list[Story]:
        """Give these stories, by id; what is no story is left out."""

    def story_lines(self, narrowed: Narrowed, limit: int, offset: int = 0) -> list[StoryLine]:
        """Give up to `limit` stories of a list after the first `offset`, by their latest article, the latest first."""

    def named(self, kind: str) -> list[str]:
        """Give what the articles in stories name, each once, sorted; `kind`: country, agency or substance. As `index` found it."""

    def rulings(self) -> list[Ruling]:
        """Give what people have said about pairs of entries; the latest on each pair."""

    def save_rulings(
        self, rulings: Sequence[Ruling], moved: Mapping[int, int], refreshes: Sequence[Refresh] = ()
    ) -> None:
        """Store what a person said, the stories that follow from it and the messages that change, in one transaction."""

    # ── what people have answered (job answer) ───────────────────────────────────────────────────────────────────────
    def save_answer(
        self, labels: Sequence[Label], new_mutes: Sequence[Mute] = (), refreshes: Sequence[Refresh] = ()
    ) -> int:
        """Store what a person answered and the messages that show it, in one transaction. Idempotent.

        Labels as in `save_labels`; a mute takes the place of an older one on the same subject. Gives how many labels are new.
        """

    def mutes(self, now: datetime) -> list[Mute]:
        """Give what people do not want to hear of now, what was said last first."""

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
        """Give the indexed articles that have all words, "phrases" and open-ended words* of a question, the latest first.

        `topic`: flagged for it; `source`: of that source; `country`: part of a story, and naming it; `since`: published (or,
        undated, seen) then or later; `told`: part of a story. None where the question has no word.
        """

    def found(self, question: str, since: datetime, *, topic: str = "") -> int:
        """Count the indexed articles of the stream since then that a search for this would find; `topic`: flagged for it."""

    def index(self, limit: int) -> int:
        """Make up to so many judged articles findable by `search`, the latest first; give how many. Idempotent."""

    # ── what has become of what was told (jobs poll and check) ───────────────────────────────────────────────────────
    def save_corrections(self, new: Sequence[Correction]) -> int:
        """Store what has become of articles; the first correction of an article stands. Idempotent. Gives how many are new."""

    def corrections(self, ids: Collection[int]) -> list[Correction]:
        """Give what has become of these articles, by entry."""

    def claim_to_check(self, since: datetime, until: datetime, now: datetime, limit: int) -> list[Entry]:
        """Give articles that were told, judged from `since` to `until`, and are to be looked at again: each once, ever."""

    # ── outbox (job deliver) ─────────────────────────────────────────────────────────────────────────────────────────
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

    # ── labels and the stream (jobs learn, audit, replay; whoever answers) ───────────────────────────────────────────
    def save_labels(self, labels: Sequence[Label]) -> int:
        """Store answers, each in the place of the same person's older one on the same article and topic. Idempotent.

        Gives how many said something new. An answer older than the one that is there changes nothing.
        """

    def withdraw_labels(self, entry_id: int, who: str) -> None:
        """Take back all that a person said of an article. Idempotent."""

    def labels(self, ids: Collection[int] | None = None) -> list[Label]:
        """Give all answers, or those about these articles: the latest of each person."""

    def import_labels(self, items: Sequence[Imported], now: datetime) -> tuple[list[int | None], int]:
        """Store articles with their answers; one that is stored already, by its URL, keeps its own words. Idempotent.

        Gives each one's entry (None: an address that is unknown, without title and text), and how many answers said something new.
        """

    def labelled(self, after: int, limit: int) -> list[Judgement]:
        """Give articles that somebody answered about, by rising id beyond `after`."""

    def stream(self, since: datetime, after: int, limit: int) -> list[Judgement]:
        """Give articles judged at or after `since`, by rising id beyond `after`; imported ones are not of the stream."""

    def judgements(self, ids: Collection[int]) -> list[Judgement]:
        """Give these articles with verdicts and labels, by rising id."""

    def scores(self, since: datetime, until: datetime | None = None) -> list[Score]:
        """Give the verdicts on articles of the stream judged in a span of time, by rising id, without the articles."""

    def daily(self, since: datetime) -> list[Daily]:
        """Count what was flagged of the stream judged at or after `since`, by day (UTC) and topic, where anything was."""

    def probabilities(self, topic: str, model: str, since: datetime) -> list[float]:
        """Give what a version of the model said of the stream's articles judged at or after `since`, in no order."""

    def volume(self, since: datetime) -> tuple[int, datetime | None]:
        """Count the articles of the stream judged at or after `since`, and tell when the first of them was."""

    def save_draws(self, draws: Sequence[Draw]) -> int:
        """Store what was drawn for the audit, where the week and topic have no draw yet; give how many. Idempotent."""

    def draws(self, since: str = "") -> list[Draw]:
        """Give what was drawn in and after a week (`2026-W48`)."""

    # ── people (commands) ────────────────────────────────────────────────────────────────────────────────────────────
    def people(self) -> list[Known]:
        """Give everybody of whom something is stored, by `who`."""

    def held_of(self, who: str) -> list[Mapping[str, Any]]:
        """Give everything stored about a person as rows, each with its `kind`: answer, ruling, mute, config change, message."""

    def erase(self, who: str, now: datetime, key: str, *, keep_answers: bool = False) -> Erased:
        """Forget a person; whoever is not known leaves all as it is.

        Answers and lapsed mutes are deleted. Rulings, mutes that hold, and with `keep_answers` answers (without the reason
        somebody wrote) stand under a new name that says nothing. Stored messages lose the name, and an edit takes it out of
        those that were sent; `key` begins the edits' keys.
        """

    # ── the configuration (bootstrap) ────────────────────────────────────────────────────────────────────────────────
    def noted_config(self) -> tuple[str, Mapping[str, Any]]:
        """Give digest and settings (as noted) of the last configuration that was noted; "" and nothing before the first."""

    def note_config(self, change: ConfigChange, settings: Mapping[str, Any]) -> bool:
        """Store a change, unless that very configuration is the last one noted; tell whether it was stored.

        `settings` must hold no secret. Only the latest are kept.
        """

    def config_changes(self, since: datetime, limit: int = 1_000) -> list[ConfigChange]:
        """Give up to `limit` changes noted at or after a time, the latest first."""

    # ── looking (commands and pages) ─────────────────────────────────────────────────────────────────────────────────
    def next_due(self) -> datetime | None:
        """Give the earliest time at which an entry is to be read, an article judged or a delivery sent; None if nothing waits."""

    def counts(self) -> Mapping[str, int]:
        """Count entries by stage (`entries_read` …), deliveries by state (`deliveries_sent` …), `stories`, `articles_flagged`."""

    def figures(self, now: datetime) -> Figures:
        """Count what there is, polls only within the last hour, and tell since when what has waited longest waits.

        Of a delivery that was tried that is since it was decided, else since it was due.
        """

    def ledger(self, entry_id: int) -> Ledger | None:
        """Give all that is known of one entry; None where there is none."""

    def ledgers(self, url: str) -> list[Ledger]:
        """Give all that is known of the entries with this canonical URL or published link, oldest first."""

    def close(self) -> None:
        """Let go of all connections. Idempotent."""


class Fetcher(Protocol):
    """The one door to the web. Called by jobs poll and read; safe to call twice."""

    def fetch(self, request: FetchRequest, now: datetime) -> FetchOutcome:
        """Make one GET within the rules of politeness and safety; waits its turn per host. Never raises."""

    def close(self) -> None:
        """Let go of all connections. Idempotent."""


class Reader(Protocol):
    """Work on hostile documents in a process that can be killed. Called by jobs poll and read; safe to call twice."""

    def page(self, html: bytes, url: str, content_type: str = "") -> PageText:
        """Read the article off a page.

        Raises:
            ChildFailed: it took too long or too much memory, or crashed the child.
        """

    def slow_feed(self, body: bytes) -> RawFeed:
        """Read a feed, in UTF-8, that the fast parser could not.

        Raises:
            ChildFailed: as for `page`.
        """

    def listing(self, html: bytes, url: str, selector: str | None) -> RawFeed:
        """Read the links off a listing page, in UTF-8: those the CSS selector finds, else those that look like headlines.

        Raises:
            ChildFailed: as for `page`.
        """

    def leads(self, html: bytes) -> Leads:
        """Read what a page, in UTF-8, says of feeds.

        Raises:
            ChildFailed: as for `page`.
        """

    def close(self) -> None:
        """End all children. Idempotent."""


class Writer(Protocol):
    """Writes summaries in words of its own. Called while judging; never raises, and gives up in time."""

    def summarise(self, title: str, text: str, *, outlet: str, language: str) -> Summary | None:
        """Give a checked summary of an article; None where there is none to be had. Asked again it gives the same."""


class Notifier(Protocol):
    """The way into a channel. Called by job deliver alone, after the delivery was marked `SENDING`."""

    def send(self, channel: str, kind: DeliveryKind, message: Message, ref: MessageRef | None) -> DeliveryOutcome:
        """Post, edit (`ref`) or reply (to `ref`), once and without repeating by itself. Never raises. An edit is idempotent."""

    def wait(self, channel: str) -> float:
        """Give the seconds for which the channel is to be left alone, 0 where a message may go out at once."""

    def find(self, channel: str, key: str, since: datetime, ref: MessageRef | None) -> Lookup:
        """Look for the message with this delivery key among those posted since (in `ref`'s thread, where given)."""


class Models(Protocol):
    """The versions of the classifier. Called by job learn and by commands; every method raises `ModelError`."""

    def current(self) -> str:
        """Give the version in use."""

    def versions(self) -> list[str]:
        """Give all versions, sorted."""

    def shipped(self) -> str:
        """Give the version that travels with the package."""

    def load(self, version: str | None = None) -> "Model":
        """Give a version's model, by default the current one, proved whole and unaltered."""

    def card(self, version: str | None = None) -> Mapping[str, Any]:
        """Give a version's card."""

    def next_version(self, day: date) -> str:
        """Give a name that no version has."""

    def save(self, model: "Model", card: Mapping[str, Any]) -> object:
        """Write a new version, whole or not at all."""

    def promote(self, version: str, how: str, at: datetime) -> str:
        """Make a version the current one, after proving that it loads; give the one before. Atomic."""

    def prune(self, keep: int) -> list[str]:
        """Delete our own oldest versions beyond so many; give their names."""


class Work(Protocol):
    """The jobs as an engine sees them: claim, do, and say what came of it. Called by engines alone, from any thread.

    Every method may raise `StoreBusy`, `StoreFull` or `StoreError`; what it had claimed is then done again.
    """

    def beat(self) -> None:
        """Say that this worker lives, and bury those that do not."""

    def refresh(self) -> list[str]:
        """Take up changed configuration or a new model; give what is to be said about it, a line each."""

    def lead(self) -> None:
        """Make the stored sources those declared, and due what was refused: for who begins to look after all others."""

    def claim_polls(self, limit: int, *, every: bool = False, only: Collection[str] | None = None) -> list[SourceState]:
        """Claim sources that are due (`every`: all that are declared; `only`: of these)."""

    def due_polls(self, limit: int) -> list[tuple[str, str]]:
        """Give the sources that could be claimed, each with the address to ask, longest due first."""

    def stopped(self) -> list[str]:
        """Give the sources that are not polled any more, because their server says that they are gone for good."""

    def poll(self, state: SourceState) -> Polled:
        """Poll one claimed source."""

    def claim_reads(self, limit: int) -> list[Entry] | None:
        """Claim entries to read, do those that need no page, give back the others; None where nothing waits."""

    def hand_over(self, entries: Sequence[Entry], also: Callable[[Any], None]) -> None:
        """Free claimed entries for whoever is told their ids, by `also`, in the same transaction.

        `also` is given the database driver's connection. What nobody takes is due again after an hour.
        """

    def claim_pages(self, ids: Collection[int]) -> list[Entry]:
        """Claim these entries, as far as their pages still wait to be read."""

    def read(self, entry: Entry) -> bool:
        """Read one claimed entry's page; False where it is to be tried again later."""

    def claim_checks(self, limit: int) -> list[Entry]:
        """Claim articles told a day ago, to see whether their pages are still there."""

    def entries(self, ids: Collection[int]) -> list[Entry]:
        """Give these entries."""

    def check(self, entry: Entry) -> bool:
        """Look at one article's page again; tell whether anything has become of it."""

    def judge(self) -> Decided | None:
        """Judge the next batch of articles; None where none waits or another worker is judging."""

    def show_answers(self) -> None:
        """Write the messages anew that somebody has answered here. Not beside `judge` in one process."""

    def channels(self) -> list[str]:
        """Give the channels with a delivery due."""

    def deliver(self, channel: str) -> Attempt | None:
        """Make one attempt at the channel's next delivery; None where none is due."""

    def pause(self, channel: str) -> float:
        """Give the seconds for which a channel is to be left alone."""

    def next_due(self) -> datetime | None:
        """Give the earliest time at which something waits to be read, judged or delivered."""

    def overdue(self) -> Mapping[int, DeliveryKind]:
        """Give the deliveries that should have been sent by now, were not, and that nobody is sending."""

    def leave(self) -> None:
        """Give back whatever is still claimed. Idempotent."""


class Answering(Protocol):
    """What is done with what people press and write in a channel. Called by the adapters that listen; safe to call twice."""

    def now(self) -> datetime:
        """Give the time."""

    def press(self, pressed: Pressed) -> Reply | None:
        """Store what was pressed; give what goes back to that person.

        Raises:
            StoreBusy, StoreFull, StoreError: nothing was stored.
        """

    def command(self, asked: Command) -> Reply:
        """Do what a command says; raises as `press` does."""

    def reachable(self) -> None:
        """Hear that the channel is there again after an outage: what was put off is tried at once; raises as `press` does."""


class Engine(Protocol):
    """What drives the jobs: once over (inline) or until asked to stop (the service). Called by the command line."""

    def run(self) -> RunReport:
        """Drive the jobs to the end of the run. Trouble that ends it stands in the report's `errors`."""

    def stop(self) -> None:
        """Ask `run` to finish what is under way and end. May be called from a signal handler."""
