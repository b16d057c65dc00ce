"""Takes nothing, gives the configuration, read and checked."""

from dataclasses import dataclass, field
from datetime import time, timedelta

from monitor.types.sources import Source
from monitor.types.verdicts import Topic


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
    proxies: tuple[str, ...] = ("127.0.0.1/32", "::1/128")


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
