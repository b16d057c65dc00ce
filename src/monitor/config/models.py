"""Takes the data of the three files, gives checked sections: which keys there are, of what kind, with what default.

An absent key and an empty one (`tags:`) take the default. What cannot be seen within one section (ids used twice, intervals below
the floor) is in `rules`. The attribute docstrings become the descriptions that an editor shows.
"""

from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StrictInt,
    WithJsonSchema,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from monitor.config import checks, quantities
from monitor.types import AlertMode, FullText, SourceKind, ThresholdRule, Weekly


def _schema(kind: str, **more: object) -> WithJsonSchema:
    return WithJsonSchema({"type": kind, **more})


Duration = Annotated[
    timedelta,
    BeforeValidator(quantities.duration),
    _schema("string", pattern="^ *[0-9]+ *[smhd] *$"),
]
Span = Annotated[
    timedelta, BeforeValidator(quantities.positive_duration), _schema("string", pattern="^ *[0-9]+ *[smhd] *$")
]
Size = Annotated[int, BeforeValidator(quantities.size), WithJsonSchema({"type": ["string", "integer"]})]
TimeOfDay = Annotated[
    time, BeforeValidator(quantities.time_of_day), _schema("string", pattern="^[0-2]?[0-9]:[0-5][0-9]$")
]
TimeOfWeek = Annotated[
    Weekly | None,
    BeforeValidator(quantities.weekly),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": "^ *[a-zA-Z]{3,} +[0-2]?[0-9]:[0-5][0-9] *$"},
                {"const": "off"},
            ]
        }
    ),
]
Age = Annotated[
    timedelta | None,
    BeforeValidator(quantities.age),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": "^ *[0-9]+ *[smhd] *$"}, {"const": "off"}]}),
]
Share = Annotated[float, Field(ge=0, le=1)]
Threshold = Annotated[
    ThresholdRule,
    BeforeValidator(quantities.threshold),
    WithJsonSchema(
        {
            "anyOf": [
                {"const": "auto"},
                {"type": "number", "minimum": 0, "maximum": 1},
                {
                    "type": "object",
                    "properties": {"precision": {"type": "number"}},
                    "required": ["precision"],
                    "additionalProperties": False,
                },
                {
                    "type": "object",
                    "properties": {"per_day": {"type": "number"}},
                    "required": ["per_day"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]
Id = Annotated[str, AfterValidator(checks.matching(r"\w[\w.-]{0,99}", "letters, digits, _ . or - without blanks"))]
Word = Annotated[str, AfterValidator(checks.matching(r"\S+", "one word without blanks"))]
Channel = Annotated[str, AfterValidator(checks.matching(r"\S*", 'a channel name or id such as "#drug-policy"'))]
Url = Annotated[str, AfterValidator(checks.url), _schema("string", pattern="^https?://")]
BaseUrl = Annotated[str, AfterValidator(checks.base_url)]
Keyword = Annotated[str, AfterValidator(checks.keyword)]
Selector = Annotated[str, AfterValidator(checks.selector)]
Language = Annotated[str, AfterValidator(checks.language)]
Network = Annotated[str, AfterValidator(checks.network)]
HeaderName = Annotated[str, AfterValidator(checks.matching(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", "the name of a header"))]
HeaderValue = Annotated[str, AfterValidator(checks.header_value)]


class Section(BaseModel):
    """A block of keys: unknown ones are refused, empty ones take the default."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, use_attribute_docstrings=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        return {key: value for key, value in data.items() if value is not None or key not in cls.model_fields}


class Fetch(Section):
    """How sources are asked."""

    user_agent: HeaderValue = Field(default="topic-monitor (+https://example.org/contact)", min_length=1)
    """Who we say we are: put an address in it at which the owner of a server reaches you."""
    allow_networks: tuple[Network, ...] = ()
    """Private networks that may be asked all the same; sources there may be polled as often as you like."""
    interval: Span = timedelta(minutes=60)
    """Time between two polls of a source that names no interval of its own."""
    min_interval: Span = timedelta(minutes=15)
    """No source is polled more often than this."""
    delay: Duration = timedelta(seconds=1)
    """Time between the starts of two requests to one host."""
    per_host: StrictInt = Field(default=2, ge=1, le=64)
    """Requests at once to one host."""
    workers: StrictInt = Field(default=16, ge=1, le=256)
    """Requests at once in all."""
    deadline: Span = timedelta(seconds=30)
    """Time for one request, redirects and body included."""
    max_feed_bytes: Size = 10_000_000
    """Largest feed that is read, unpacked."""
    max_page_bytes: Size = 5_000_000
    """Largest page that is read, unpacked."""
    max_entries: StrictInt = Field(default=2_000, ge=1, le=1_000_000)
    """Most entries read from one document."""


class FirstRun(Section):
    """What a source's first poll may alert on."""

    window: Duration = timedelta(hours=24)
    """How old an article may be."""
    max: StrictInt = Field(default=10, ge=0, le=100_000)
    """How many of them."""


class Quiet(Section):
    """A span of the day in which alerts wait; it may cross midnight."""

    start: TimeOfDay
    """When quiet begins, in the configured time zone."""
    end: TimeOfDay
    """When waiting alerts go out."""

    @model_validator(mode="after")
    def _differ(self) -> "Quiet":
        if self.start == self.end:
            raise ValueError("must start and end at different times")
        return self


class Alerts(Section):
    """When and how much is told."""

    first_run: FirstRun = FirstRun()
    """Limits for a source's first poll."""
    max_per_hour: StrictInt = Field(default=30, ge=1, le=100_000)
    """Most messages per channel and hour; the rest follow as one message that lists them."""
    quiet_hours: Quiet | None = None
    """Span of the day in which alerts are held back; collecting goes on."""
    story_window: Span = timedelta(hours=72)
    """How long a story stays open for further outlets."""
    ops_channel: Channel = ""
    """Channel in which the engineer is told of trouble, when it begins and when it is over."""


class Slack(Section):
    """Where Slack is and how answers come."""

    base_url: BaseUrl = "https://slack.com/api/"
    """Address of the Web API."""
    answers: Literal["socket", "http", "off"] = "socket"
    """How answers to alerts come in: Socket Mode, signed HTTP requests, or not at all."""
    per_second: float = Field(default=1.0, gt=0, le=1_000)
    """Messages a second in one channel: Slack takes one, after a short burst. More is for trials."""


class Web(Section):
    """Where the page is served."""

    host: Word = "127.0.0.1"
    """Address to listen on."""
    port: StrictInt = Field(default=8000, ge=0, le=65_535)
    """Port to listen on; 0 takes any free one."""
    proxies: tuple[Network, ...] = ("127.0.0.1/32", "::1/128")
    """Addresses or networks of proxies: what they say of who asks, and whether by https, is believed."""


class Queue(Section):
    """What the queue to label is made of; the rest of it is drawn at random, for the audit."""

    uncertain: Share = 0.4
    """Share of articles whose probability is nearest to the threshold."""
    high: Share = 0.4
    """Share of the likeliest ones."""

    @model_validator(mode="after")
    def _within_one(self) -> "Queue":
        if self.uncertain + self.high > 1:
            raise ValueError("may hold uncertain and high ones up to 1 together")
        return self


class Learning(Section):
    """When the service learns, what it asks for, what it keeps."""

    train: TimeOfWeek = Weekly(day=0, at=time(3))
    """When labels are learned from: a day and a time in the configured time zone, or off."""
    audit: StrictInt = Field(default=40, ge=0, le=10_000)
    """Articles drawn at random each week, per topic, by which recall is estimated; 0 draws none."""
    queue: Queue = Queue()
    """What the queue to label is made of."""
    keep: StrictInt = Field(default=10, ge=1, le=1_000)
    """Model versions trained here that are kept; the one in use and the shipped ones are never deleted."""


class Summaries(Section):
    """Which language model writes summaries; off without an address. Its key: MONITOR_LLM_KEY in the environment."""

    base_url: Annotated[str, AfterValidator(checks.base_url)] | None = None
    """Address of an OpenAI-compatible service, up to and without `/chat/completions`; empty: sentences of the article itself."""
    model: str = ""
    """Its name for the model."""
    timeout: Span = timedelta(seconds=20)
    """How long one summary may take; then the article's own sentences are shown."""
    max_per_day: StrictInt = Field(default=200, ge=0, le=100_000)
    """Most requests in a day (UTC): what it may cost."""
    translate_to: str = Field(default="", max_length=8)
    """Language code into which summaries are written; empty: the article's language."""

    @model_validator(mode="after")
    def _named(self) -> "Summaries":
        if self.base_url and not self.model:
            raise ValueError("model is missing: write the service's name for the model beside base_url")
        return self


class Report(Section):
    """The week, told to a channel."""

    channel: Channel = ""
    """Channel name or id; empty: it is told nowhere."""
    at: TimeOfWeek = Weekly(day=0, at=time(8, 30))
    """When: a day and a time in the configured time zone, or off."""


class Retention(Section):
    """How long what is kept; what is older is dropped once a day by the service. off: for ever."""

    texts: Age = timedelta(days=180)
    """Texts of articles, from when they were judged. Titles, links, verdicts, answers and texts that were answered about stay."""
    polls: Age = timedelta(days=90)
    """Lines of the poll log; the last 30 of each source stay."""
    messages: Age = timedelta(days=365)
    """Messages sent, held, given up or unknown, with their edits and replies, never before their story is closed."""
    mutes: Age = timedelta(days=90)
    """Who muted what, after it ended."""


class MonitorFile(Section):
    """The whole of monitor.yaml."""

    database: Annotated[str, AfterValidator(checks.database)] = "sqlite:///data/monitor.db"
    """Where everything is stored; a relative path starts at the working folder."""
    models: str = Field(default="models", min_length=1)
    """Folder of model versions and labels; without a `current` there the shipped model is used."""
    engine: Literal["local", "procrastinate"] = "local"
    """What drives the work: this process, or any number of workers over PostgreSQL."""
    timezone: Annotated[str, AfterValidator(checks.timezone)] = "UTC"
    """Time zone of quiet hours and schedules."""
    fetch: Fetch = Fetch()
    """How sources are asked."""
    alerts: Alerts = Alerts()
    """When and how much is told."""
    slack: Slack = Slack()
    """Where Slack is and how answers come."""
    web: Web = Web()
    """Where the page is served."""
    learning: Learning = Learning()
    """When the service learns, what it asks for, what it keeps."""
    summaries: Summaries = Summaries()
    """Which language model writes summaries, if any."""
    report: Report = Report()
    """Where and when the week is told."""
    retention: Retention = Retention()
    """How long what is kept."""


class SourceEntry(Section):
    """One source; only `url` is required."""

    model_config = ConfigDict(
        json_schema_extra={"dependentSchemas": {"query": {"properties": {"url": {"pattern": "\\{query\\}"}}}}}
    )

    id: Id | None = None
    """Name under which the source is remembered; made from name or host where absent."""
    name: str | None = Field(default=None, min_length=1, max_length=200)
    """Name for people."""
    url: Url
    """Address of the feed, sitemap or listing page; `{query}`, `{language}` and `{country}` are filled in."""
    query: str | None = Field(default=None, min_length=1, max_length=500)
    """Words that a search feed is asked for; they go where the address says `{query}`."""
    kind: SourceKind = SourceKind.FEED
    """What lies at the address."""
    interval: Span | None = None
    """Time between two polls; `fetch.interval` where absent."""
    full_text: FullText = FullText.AUTO
    """Whether the page of an entry is fetched: when it could matter, always, never."""
    tags: tuple[str, ...] = ()
    """Words to group sources by."""
    language: Language | None = None
    """Language of the texts; detected where absent."""
    country: str | None = None
    """Country of the outlet."""
    selector: Selector | None = None
    """CSS selector of the links on a listing page."""
    headers: dict[HeaderName, HeaderValue] = Field(default={})
    """Further request headers."""
    user_agent: HeaderValue | None = None
    """User-Agent for this source alone."""
    topics: tuple[str, ...] = ()
    """Judge only these topics; all of them where absent."""
    note: str = ""
    """A remark for your colleagues."""


class SourcesFile(Section):
    """The whole of sources.yaml."""

    sources: tuple[SourceEntry, ...] = ()
    """The sources that are polled."""


class Keywords(Section):
    """The keywords of a topic: words or phrases; `*` at the end stands for any ending."""

    include: tuple[Keyword, ...] = ()
    """Evidence for the topic: moves the score."""
    always: tuple[Keyword, ...] = ()
    """Flags an article whatever its score."""
    never: tuple[Keyword, ...] = ()
    """Vetoes an article whatever its score."""


class AlertTo(Section):
    """Where a topic's alerts go, and when."""

    channel: Channel = ""
    """Channel name or id; in quotes, because # starts a comment."""
    mode: AlertMode = AlertMode.INSTANT
    """At once, or gathered into one message a day."""
    at: TimeOfDay = time(8)
    """When the gathered message goes out, in the channel's time zone."""
    timezone: Annotated[str, AfterValidator(checks.timezone)] | None = None
    """Time zone of the channel's people: for the times in messages, quiet hours and digests. The configured one where absent."""
    threshold: Share = 0.0
    """Probability from which this channel hears of a story; the topic's own threshold where absent."""


class OneOrMany:
    """Takes one mapping for a list of one, and says so in the schema."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Give what pydantic checks."""
        listed = core_schema.no_info_plain_validator_function(
            lambda value: [value] if isinstance(value, dict) else value
        )
        return core_schema.chain_schema([listed, handler(source)])

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Give what an editor is told."""
        many = handler(schema["steps"][-1])
        return {"anyOf": [many["items"], many]}


class TopicEntry(Section):
    """One topic; only `id` is required."""

    id: Id
    """Name under which labels and models know the topic."""
    name: str | None = Field(default=None, min_length=1, max_length=200)
    """Name for people."""
    about: str = Field(default="", max_length=1000)
    """What counts and what does not, in a few sentences: shown to who labels. No score comes from it."""
    keywords: Keywords = Keywords()
    """Words and phrases with a bearing on the topic."""
    threshold: Threshold = Field(default_factory=ThresholdRule)
    """Score from which an article is flagged: a number, auto, a wanted precision or a wanted number a day."""
    alert: Annotated[tuple[AlertTo, ...], OneOrMany()] = ()
    """Where alerts go, and when: one channel, or a list of them."""


class TopicsFile(Section):
    """The whole of topics.yaml."""

    topics: tuple[TopicEntry, ...] = ()
    """The topics that are watched."""


FILES: dict[str, type[Section]] = {"monitor": MonitorFile, "sources": SourcesFile, "topics": TopicsFile}
