"""Takes nothing, gives the values that travel down the river: frozen, keyword-only, times aware and in UTC; no I/O.

A noun per moment of life: a *parsed entry* stands in a feed, an *entry* is kept, an *article* is an entry with the text
that is judged, a *verdict* is what the classifier said of it, a *story* gathers articles on one event, a *delivery* is one
message about it on its way to a channel. No half-filled object travels.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class SourceKind(StrEnum):
    """What lies at a source's address."""

    FEED = "feed"
    SITEMAP = "sitemap"
    PAGE = "page"


class FullText(StrEnum):
    """Whether an entry's page is fetched: when its score could matter, always, or never."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A news source as declared in `sources.yaml`."""

    id: str
    name: str
    url: str  #: with `query` and the like put in where the declared address has places for them
    kind: SourceKind = SourceKind.FEED
    query: str | None = None  #: what a search feed is asked for
    template: str | None = None  #: the address as it was declared, where it has places to fill
    interval: timedelta = timedelta(minutes=60)
    full_text: FullText = FullText.AUTO
    tags: tuple[str, ...] = ()
    language: str | None = None
    country: str | None = None
    selector: str | None = None  #: CSS selector of the links on a listing page
    headers: tuple[tuple[str, str], ...] = ()
    user_agent: str | None = None
    topics: tuple[str, ...] = ()  #: judge only these topics; empty: all of them
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What a feed asks of those who poll it."""

    ttl: timedelta | None = None  #: RSS `ttl` or `sy:updatePeriod`: time to leave between two polls
    skip_hours: frozenset[int] = frozenset()  #: RSS `skipHours`: hours of the day, in UTC, in which nothing new comes
    skip_days: frozenset[int] = frozenset()  #: RSS `skipDays`: days of the week, Monday 0, in UTC


@dataclass(frozen=True, kw_only=True, slots=True)
class SitemapLink:
    """A sitemap as an index of sitemaps names it."""

    url: str
    modified: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownSitemap:
    """A sitemap of an index as it was when it was last asked; validators byte for byte."""

    url: str
    read_at: datetime | None = None  #: when it last came whole; None: it waits to be read, or could not be
    modified: datetime | None = None  #: as the index stated it then
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceState:
    """What the monitor remembers of a source between polls."""

    source_id: str
    url: str  #: declared address; a change of it starts the state afresh
    next_poll_at: datetime
    moved_to: str | None = None  #: where a permanent redirect led
    moved_seen: int = 0  #: polls in a row that saw it; believed from the second on
    stopped: bool = False  #: the server said 410 Gone
    etag: str | None = None  #: byte for byte as the server sent it
    last_modified: str | None = None
    document_url: str | None = None  #: where the document of these validators lay, after redirects
    last_poll_at: datetime | None = None
    last_ok_at: datetime | None = None  #: last 200 that parsed, or 304
    last_full_at: datetime | None = None  #: last 200 that parsed
    retry_after: datetime | None = None  #: the server asked not to come back before
    failures: float = 0.0  #: weighted failures in a row: hard 1, soft 0.5, transient 0.25
    failed_polls: int = 0  #: the same, each counted as one
    pace: float | None = None  #: learnt interval in seconds, not yet bounded; None: nothing learnt
    result: str = ""  #: word of the last poll: ok, not-modified, http-404, timeout …
    detail: str = ""  #: the same in a sentence
    wishes: Wishes = field(default_factory=Wishes)  #: of the last document that was read
    sitemaps: tuple[KnownSitemap, ...] = ()  #: of an index: those asked, latest first, and those that wait to be

    @property
    def first_poll(self) -> bool:
        """Whether this source has never yet given a document that could be read."""
        return self.last_full_at is None

    @property
    def poll_url(self) -> str:
        """Give the address to ask: the declared one, or the permanent redirect once it was seen twice."""
        return self.moved_to if self.moved_to and self.moved_seen >= 2 else self.url


# ── fetching ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, kw_only=True, slots=True)
class FetchRequest:
    """One GET to make: address, extra headers, and the largest body that is read."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()
    max_bytes: int = 10_000_000
    check_robots: bool = False
    conditional_at: str | None = None  #: the one address of a redirect chain that hears validators; None: all of them


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """The server answered 200 with a body; header names are lower-case."""

    url: str  #: address after redirects
    headers: Mapping[str, str]
    body: bytes
    permanent_url: str | None = None  #: set where the whole redirect chain was permanent (301, 308)


@dataclass(frozen=True, kw_only=True, slots=True)
class NotModified:
    """The server answered 304."""

    headers: Mapping[str, str]
    permanent_url: str | None = None  #: as in `Fetched`


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """The server answered 410: the address is to be left alone."""


class Weight(StrEnum):
    """How much a failed poll says about the source: hard 1, soft ½, transient ¼."""

    HARD = "hard"
    SOFT = "soft"
    TRANSIENT = "transient"


@dataclass(frozen=True, kw_only=True, slots=True)
class TryLater:
    """No usable answer this time; `result` is the word for the poll log, `detail` a sentence for people."""

    result: str
    detail: str
    weight: Weight = Weight.HARD
    retry_after: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PageText:
    """What could be read off an article's page; `text` without title and boilerplate, "" where nothing was found."""

    title: str
    text: str
    published: datetime | None = None
    note: str = ""  #: why there is no usable text: login page, consent page, no article found …


FetchOutcome = Fetched | NotModified | Gone | TryLater


# ── entries and articles ─────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedEntry:
    """One item as a feed, sitemap or listing page states it: plain text, link absolute where a base is known."""

    guid: str | None
    title: str
    link: str | None
    published: datetime | None = None
    summary: str = ""
    content: str = ""  #: full text carried by the feed itself, "" where there is none


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedFeed:
    """A parsed document: its entries in document order, and what it asks of a poller."""

    title: str
    entries: tuple[ParsedEntry, ...]
    language: str | None = None
    wishes: Wishes = field(default_factory=Wishes)
    left_out: int = 0  #: entries beyond `max_entries`
    cut: str = ""  #: which limit ended the reading early, "" where none did
    sitemaps: tuple[SitemapLink, ...] = ()  #: of an index of sitemaps, which has no entries of its own


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEntry:
    """An item about to be kept. Its identity within the source is the guid, else the canonical URL, else a digest."""

    source_id: str
    identity: str
    url: str | None  #: canonical
    link: str | None  #: as published, for people to follow
    title: str
    summary: str
    content: str
    published: datetime | None
    seen_at: datetime
    digest: str  #: of title, summary and content: tells an edit from a repetition
    language: str | None = None
    backlog: bool = (
        False  #: came with the source's first document, or is old and from a sitemap read for the first time
    )
    complete: bool = False  #: its page is not to be read: it is judged as it stands


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownEntry:
    """What a poll needs to know of an entry already kept, to tell new from changed from same."""

    id: int
    identity: str
    url: str | None
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """An item kept in the store."""

    id: int
    source_id: str
    outlet: str  #: the source's name for people
    url: str | None
    link: str | None
    title: str
    summary: str
    content: str
    published: datetime | None
    seen_at: datetime
    language: str | None = None  #: as stated by source or feed
    backlog: bool = False
    attempts: int = 0  #: tries to read its page so far
    story_id: int | None = None  #: the story it joined when it was judged before


class TextOrigin(StrEnum):
    """Where the text that was judged came from."""

    PAGE = "page"
    FEED = "feed"
    TITLE = "title"


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """An entry with the text that is judged. `text` never repeats the title; it is "" where there is only a title."""

    entry: Entry
    text: str
    origin: TextOrigin
    note: str = ""  #: why the page was not used: below the gate, http-404, robots, login page …
    repeated: str = (
        ""  #: lines of the page that are its site's, not the article's; kept to know them again, not read back
    )


# ── topics and verdicts ──────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, kw_only=True, slots=True)
class ThresholdRule:
    """How a topic's threshold is set: a number, `auto`, a wanted precision, or a wanted number of flags a day."""

    kind: str = "auto"  #: number | auto | precision | per_day
    value: float | None = None


class AlertMode(StrEnum):
    """When a channel hears of a story."""

    INSTANT = "instant"
    DIGEST = "digest"


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """A channel that hears of a topic's stories."""

    channel: str
    mode: AlertMode = AlertMode.INSTANT
    at: time = time(8)  #: when its digest goes out, in its time zone
    threshold: float = 0.0  #: probability from which it hears; below the topic's own it changes nothing
    timezone: str = ""  #: of its people; "" for the configured one


@dataclass(frozen=True, kw_only=True, slots=True)
class Topic:
    """A topic as configured in `topics.yaml`. Keywords are kept as written; `classify` compiles them."""

    id: str
    name: str
    about: str = ""  #: what counts, for people
    include: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    threshold: ThresholdRule = field(default_factory=ThresholdRule)
    routes: tuple[Route, ...] = ()

    def heard_in(self, channel: str) -> bool:
        """Tell whether a channel hears of this topic."""
        return any(route.channel == channel for route in self.routes)


class Reason(StrEnum):
    """Why a verdict is what it is."""

    SCORE = "score"  #: probability at or above the threshold
    BELOW = "below"  #: probability below the threshold
    ALWAYS = "always"  #: an `always` keyword was found
    NEVER = "never"  #: a `never` keyword was found
    LANGUAGE = "language"  #: the article's language is not judged


@dataclass(frozen=True, kw_only=True, slots=True)
class Contribution:
    """What one feature added to the log-odds of a verdict."""

    feature: str
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What was decided about one article and one topic; `contributions` come strongest first."""

    topic: str
    probability: float
    threshold: float
    flagged: bool
    reason: Reason
    model: str
    contributions: tuple[Contribution, ...] = ()
    keyword: str = ""  #: the `always` or `never` pattern that decided


# ── stories, summaries, alerts ───────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, kw_only=True, slots=True)
class StoryArticle:
    """An article as its story remembers it."""

    entry_id: int
    outlet: str
    title: str
    text: str
    link: str | None
    published: datetime | None
    seen_at: datetime
    topics: tuple[str, ...]
    language: str | None = None  #: it was judged in

    @property
    def at(self) -> datetime:
        """Give the time that counts for order and window: when it was published, else when it was seen."""
        return self.published or self.seen_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """Articles on one event, oldest first; never empty."""

    id: int  #: the entry that opened it, so that judging twice opens one story
    articles: tuple[StoryArticle, ...]

    @property
    def topics(self) -> tuple[str, ...]:
        """Give the topics of its articles, each once, sorted."""
        return tuple(sorted({topic for article in self.articles for topic in article.topics}))

    @property
    def updated_at(self) -> datetime:
        """Give the time of its latest article."""
        return max(article.at for article in self.articles)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """What a person has said of two entries: that they are one story, or that they are not. The latest on a pair holds."""

    entry: int
    other: int  #: the larger of the two
    together: bool
    who: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Mute:
    """What a person does not want to hear of for a while: a story or a source. The latest word on each holds."""

    subject: str  #: `story:17` or `source:unodc`
    until: datetime
    who: str
    name: str  #: of that person, for people
    at: datetime


class Corrected(StrEnum):
    """What has become of an article that was told."""

    CHANGED = "changed"  #: its headline or text says something else now
    RETRACTED = "retracted"  #: the outlet says itself that it takes something back
    WITHDRAWN = "withdrawn"  #: its page is gone


@dataclass(frozen=True, kw_only=True, slots=True)
class Correction:
    """That an article which was told has changed materially, or is gone. The first one of an article stands."""

    entry_id: int
    kind: Corrected
    before: str  #: the headline that was told
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """Up to three sentences, each as it stands in an article; `teaser_only` where only a teaser was at hand."""

    sentences: tuple[str, ...]
    outlet: str = ""
    teaser_only: bool = False
    written_by: str = ""  #: the language model that wrote it; its words are not the article's


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A picture that goes with a message where the channel takes any."""

    png: bytes
    alt: str  #: what it shows, in words


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message ready for any channel: plain `text` (headline first), Block Kit `blocks`, metadata to find it again."""

    text: str
    blocks: tuple[Mapping[str, Any], ...] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    picture: Picture | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageRef:
    """Where a message stands once posted: the channel's id and the message's timestamp there."""

    channel: str
    ts: str


class DeliveryKind(StrEnum):
    """What a delivery does in its channel."""

    POST = "post"
    EDIT = "edit"
    REPLY = "reply"


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    REFUSED = "refused"  #: the channel refuses until a person mends something; tried again later and by every new run
    SENDING = "sending"  #: handed to the channel; the answer is not known yet
    SENT = "sent"
    UNKNOWN = "unknown"  #: may have arrived, cannot be looked up; not sent again
    HELD = "held"  #: decided, but never to be sent (dry run)
    DEAD = "dead"  #: the channel refuses this message whatever is done


@dataclass(frozen=True, kw_only=True, slots=True)
class NewDelivery:
    """A message to be written to the outbox.

    `subject` says what it is about (`story:17`, `overflow:2026-11-22T18`): a channel gets one post per subject, ever.
    """

    key: str  #: names the delivery for ever, also in the message's metadata
    subject: str
    channel: str
    kind: DeliveryKind
    message: Message
    created_at: datetime
    not_before: datetime
    held: str = ""  #: why it is recorded but never sent (dry run, over the cap); "" to send it


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One row of the outbox."""

    id: int
    key: str
    subject: str
    channel: str
    kind: DeliveryKind
    message: Message
    state: DeliveryState
    attempts: int
    not_before: datetime
    created_at: datetime
    sent_at: datetime | None = None
    ref: MessageRef | None = None  #: of the subject's post: what an edit changes and a reply hangs on
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """The channel has the message."""

    ref: MessageRef


@dataclass(frozen=True, kw_only=True, slots=True)
class Throttled:
    """The channel has not taken the message and asks to wait."""

    retry_after: timedelta


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreachable:
    """The message certainly did not arrive; trying again may help."""

    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Refused:
    """The channel refuses until a person changes something; `message_fault`: it is this one message that it refuses."""

    detail: str
    message_fault: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncertain:
    """The message may or may not have arrived."""

    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Absent:
    """A look into the channel's history found no such message."""


DeliveryOutcome = Sent | Throttled | Unreachable | Refused | Uncertain
Lookup = Sent | Absent | Throttled | Unreachable | Refused  #: Refused: the history may not be read


# ── what people say in a channel ─────────────────────────────────────────────────────────────────────────────────────
class Action(StrEnum):
    """What a button or an item of a menu does."""

    RELEVANT = "relevant"
    NOT_RELEVANT = "not_relevant"
    TOPIC = "topic"  #: the right topic is the one named, and no other
    ALL_TOPICS = "all_topics"
    UNSURE = "unsure"
    SKIP = "skip"
    MUTE_STORY = "mute_story"
    MUTE_SOURCE = "mute_source"
    WHY = "why"


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """What a button carries. `left`: of a round of questions, how many are to follow; None under an alert."""

    action: Action
    entry: int  #: the article it is about
    story: int = 0  #: of the message that it stands under
    topic: str = ""
    left: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody in a channel."""

    id: str  #: stays the same when the name changes
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressed:
    """Somebody pressed something. `at` is the channel's time of it, the same however often we are told."""

    press: Press
    person: Person
    at: datetime
    channel: str  #: its id


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """Somebody wrote a command, such as `/monitor why https://…`; `words` is what stands behind its name."""

    words: str
    person: Person
    at: datetime
    channel: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What goes back, to that person alone.

    `title` makes it a window of its own. `instead` lets it take the place of what was pressed on.
    """

    message: Message
    title: str = ""
    instead: bool = False


# ── labels ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class Via(StrEnum):
    """Where a label was given."""

    SLACK = "slack"
    WEB = "web"
    TERMINAL = "terminal"
    IMPORT = "import"


IMPORTED = "(imported)"  #: the source of articles that came with labels; no declared source can be called so


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """What one person said about one article and one topic; a later answer of the same person replaces it."""

    entry_id: int
    topic: str
    value: bool | None  #: None: unsure
    who: str
    at: datetime
    via: Via
    reason: str = ""
    model: str = ""  #: the version whose verdict they had before them, "" where none
    name: str = ""  #: what people call whoever said it, where `who` is an id

    @property
    def said_by(self) -> str:
        """Give the person's name for people."""
        return self.name or self.who


@dataclass(frozen=True, kw_only=True, slots=True)
class Opinion:
    """An answer about an article that the store may not know yet: a label without the entry's id."""

    topic: str
    value: bool | None
    who: str
    at: datetime
    reason: str = ""
    name: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """An article with labels from a file. Where title and text are "", it must be stored already, under its URL."""

    url: str | None
    title: str
    text: str
    language: str
    opinions: tuple[Opinion, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Daily:
    """How much was flagged for a topic on a day (UTC)."""

    day: date
    topic: str
    flagged: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """What the stream looks like to whoever draws from it: one verdict without its article."""

    entry_id: int
    story_id: int | None
    topic: str
    probability: float
    threshold: float
    flagged: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Draw:
    """An article drawn at random for a topic's audit: one of `drawn` out of `population` in its stratum of that week."""

    entry_id: int
    topic: str
    week: str  #: ISO 8601: 2026-W48
    stratum: str
    population: int
    drawn: int
    belief: float  #: mean probability of the stratum


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A stored article with what was said of it: verdicts, labels and where it stands."""

    article: Article
    language: str | None
    judged: bool
    verdicts: tuple[Verdict, ...]
    labels: tuple[Label, ...] = ()


# ── what is shown in lists ───────────────────────────────────────────────────────────────────────────────────────────
class SaidOf(StrEnum):
    """What people have said of a story so far."""

    NOTHING = "nothing"
    SOMETHING = "something"
    DISPUTED = "disputed"  #: two who were sure differ about an article and topic


@dataclass(frozen=True, kw_only=True, slots=True)
class Narrowed:
    """What a list of stories is narrowed to; what is left empty narrows nothing."""

    topic: str = ""  #: with an article flagged for it
    source: str = ""  #: with an article of it
    country: str = ""  #: with an article that names it, as `stories.facts_of` calls it
    since: datetime | None = None  #: with an article published (or, undated, seen) then or later
    until: datetime | None = None  #: and one before then
    said: SaidOf | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleLine:
    """An article of a story without its text."""

    entry_id: int
    outlet: str
    title: str
    at: datetime
    flagged: Mapping[str, float]  #: topic → probability
    labels: tuple["Label", ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StoryLine:
    """A story as a list shows it; articles oldest first, never none."""

    id: int
    articles: tuple[ArticleLine, ...]

    @property
    def updated_at(self) -> datetime:
        """Give the time of its latest article."""
        return max(article.at for article in self.articles)

    @property
    def flagged(self) -> dict[str, float]:
        """Give its topics, each with the highest probability of its articles."""
        found: dict[str, float] = {}
        for article in self.articles:
            for topic, probability in article.flagged.items():
                found[topic] = max(found.get(topic, 0.0), probability)
        return found


# ── what is measured ─────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """How much there is and what waits, at one moment."""

    polls: Mapping[str, int]  #: of the last hour, by result
    entries: Mapping[str, int]  #: by stage: read, judge, done
    gates: Mapping[str, int]  #: flagged articles that were not told, by what kept them
    verdicts: Mapping[tuple[str, bool], int]  #: by topic, and whether it was flagged
    alerts: Mapping[str, int]  #: posts about a story that were decided and not held, by channel
    deliveries: Mapping[DeliveryState, int]
    labels: Mapping[bool | None, int]  #: by what was said
    stories: int
    size: int  #: of the database, in bytes
    to_read_since: datetime | None  #: since when the entry that has waited longest could be read; None where none waits
    to_judge_since: datetime | None
    to_send_since: datetime | None  #: of the deliveries that should have been sent by now


# ── what jobs hand to the store ──────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """A process that claims work. `started` is the process's creation time: a pid alone may be another's by now."""

    id: str
    host: str
    pid: int
    started: float
    seen_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PollRecord:
    """One line of a source's poll log."""

    source_id: str
    at: datetime
    result: str
    detail: str
    entries: int
    new: int
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Activity:
    """How often a source brought something in the time before its latest entry; its first document does not count."""

    first: datetime  #: when the first of its entries ever was seen
    latest: datetime  #: when its latest entry was seen
    entries: int  #: seen in that time
    occasions: int  #: polls that brought at least one of them
    longest_gap: timedelta  #: between two such polls


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadLater:
    """An entry whose page is to be tried again."""

    entry_id: int
    not_before: datetime
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What judging one article came to."""

    entry_id: int
    language: str | None
    judged: bool
    verdicts: tuple[Verdict, ...]
    story_id: int | None = None
    gate: str = ""  #: what kept a flagged article from being told: backlog, dry run …; "" where nothing did


@dataclass(frozen=True, kw_only=True, slots=True)
class Refresh:
    """A subject's message changed: what is still unsent is replaced, what was sent gets an edit.

    With `instead` the subject has nothing to tell any more: what is unsent is held for that reason.
    """

    key: str
    subject: str
    channel: str
    message: Message
    at: datetime
    instead: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """All that is known of one article: what `why` tells."""

    article: Article
    stage: str  #: read, judge or done
    language: str | None
    judged: bool
    judged_at: datetime | None
    verdicts: tuple[Verdict, ...]
    gate: str
    story: Story | None
    deliveries: tuple[Delivery, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Somebody of whom something is stored."""

    who: str
    names: tuple[str, ...]  #: for people, where they are others
    counts: Mapping[str, int]  #: answers, rulings, mutes, config_changes


@dataclass(frozen=True, kw_only=True, slots=True)
class Erased:
    """What forgetting a person came to: so many rows were deleted, or stand under the name `instead`."""

    instead: str
    answers: int
    rulings: int
    mutes: int
    config_changes: int
    messages: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigChange:
    """That the configuration in force became another one. Without secrets."""

    at: datetime
    digest: str  #: of the files
    who: str  #: `user@host` of the process that took it up first
    summary: tuple[str, ...]  #: a setting a line


# ── settings ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, kw_only=True, slots=True)
class FetchSettings:
    """How the client behaves; times and sizes are per request unless said otherwise."""

    user_agent: str = "topic-monitor (+https://example.org/contact)"
    allow_networks: tuple[str, ...] = ()
    interval: timedelta = timedelta(minutes=60)
    min_interval: timedelta = timedelta(minutes=15)
    delay: timedelta = timedelta(seconds=1)  #: between two starts on one host
    per_host: int = 2  #: requests at once on one host
    workers: int = 16  #: requests at once in all
    deadline: timedelta = timedelta(seconds=30)  #: from connecting to the last byte, redirects included
    max_feed_bytes: int = 10_000_000
    max_page_bytes: int = 5_000_000
    max_entries: int = 2_000  #: of one document


@dataclass(frozen=True, kw_only=True, slots=True)
class QuietHours:
    """A span of the day, in the configured time zone, in which alerts wait; it may cross midnight."""

    start: time
    end: time


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertSettings:
    """When and how much is told."""

    first_run_window: timedelta = timedelta(hours=24)
    first_run_max: int = 10
    max_per_hour: int = 30  #: per channel
    quiet_hours: QuietHours | None = None
    story_window: timedelta = timedelta(hours=72)
    ops_channel: str = ""  #: where trouble is told, when it begins and when it is over


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackSettings:
    """Where Slack is and how answers come; tokens come from the environment only."""

    base_url: str = "https://slack.com/api/"
    answers: str = "socket"  #: socket | http | off
    per_second: float = 1.0  #: messages in one channel


@dataclass(frozen=True, kw_only=True, slots=True)
class WebSettings:
    """Where the page is served."""

    host: str = "127.0.0.1"
    port: int = 8000


@dataclass(frozen=True, kw_only=True, slots=True)
class Weekly:
    """A time of the week, in the configured time zone."""

    day: int  #: Monday 0
    at: time


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportSettings:
    """Where and when the week is told; nowhere without a channel."""

    channel: str = ""
    at: Weekly | None = Weekly(day=0, at=time(8, 30))


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionSettings:
    """How long what is kept; None: for ever."""

    texts: timedelta | None = timedelta(days=180)
    polls: timedelta | None = timedelta(days=90)
    messages: timedelta | None = timedelta(days=365)
    mutes: timedelta | None = timedelta(days=90)  #: after they ended


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueShares:
    """What the queue to label is made of; the rest of it is drawn at random."""

    uncertain: float = 0.4
    high: float = 0.4


@dataclass(frozen=True, kw_only=True, slots=True)
class LearningSettings:
    """When the service learns, what it asks for, what it keeps."""

    train: Weekly | None = Weekly(day=0, at=time(3))  #: None: only by `monitor train`
    audit: int = 40  #: articles drawn at random each week, per topic
    queue: QueueShares = field(default_factory=QueueShares)
    keep: int = 10  #: model versions of our own


@dataclass(frozen=True, kw_only=True, slots=True)
class WriterSettings:
    """Which language model writes summaries; none without an address."""

    base_url: str = ""
    model: str = ""
    timeout: timedelta = timedelta(seconds=20)
    max_per_day: int = 200
    translate_to: str = ""  #: language code; "" keeps the article's language


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The whole configuration as values."""

    database: str = "sqlite:///data/monitor.db"
    models: str = "models"
    engine: str = "local"
    timezone: str = "UTC"
    fetch: FetchSettings = field(default_factory=FetchSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    slack: SlackSettings = field(default_factory=SlackSettings)
    web: WebSettings = field(default_factory=WebSettings)
    learning: LearningSettings = field(default_factory=LearningSettings)
    summaries: WriterSettings = field(default_factory=WriterSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    sources: tuple[Source, ...] = ()
    topics: tuple[Topic, ...] = ()


# ── what jobs came to ────────────────────────────────────────────────────────────────────────────────────────────────
@dataclass(frozen=True, kw_only=True, slots=True)
class Polled:
    """What came of one poll."""

    source_id: str
    result: str
    entries: int = 0
    new: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Decided:
    """What came of judging a batch, or several."""

    articles: int
    flagged: int
    alerts: int  #: new messages decided, one per story and channel
    held: int  #: of these, recorded and not to be sent

    def __add__(self, other: "Decided") -> "Decided":
        """Give what came of both batches."""
        return Decided(
            articles=self.articles + other.articles,
            flagged=self.flagged + other.flagged,
            alerts=self.alerts + other.alerts,
            held=self.held + other.held,
        )


class Came(StrEnum):
    """How an attempt at a delivery ended, in one word."""

    SENT = "sent"
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    DEAD = "dead"


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """What came of one attempt at one delivery."""

    delivery: Delivery
    came: Came
    error: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """What a run came to: the last line of `run --once --json`."""

    sources: Mapping[str, Polled]
    articles: int = 0
    flagged: int = 0
    alerts: int = 0
    delivered: int = 0
    held: int = 0
    failed: int = 0  #: messages that should have been sent and were not, be it for now or for good
    unknown: int = 0
    seconds: float = 0.0
    errors: tuple[str, ...] = ()  #: what ended the run early or failed for good; not part of the line
