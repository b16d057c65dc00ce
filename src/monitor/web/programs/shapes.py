"""Takes what the store and the jobs say, gives the shapes in which programs ask and are answered: the OpenAPI document shows them.

A time is ISO 8601 in UTC; of what is asked nothing is guessed: what is unknown, misspelt or out of bounds is refused.
"""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StrictBool, WithJsonSchema

from monitor.types import DeliveryKind, DeliveryState, Reason, SaidOf, TextOrigin, Via

MOST_AT_ONCE = 100  #: items of an answer
FARTHEST = 1_000_000  #: items that can be passed over
LARGEST_ID = 2**63 - 1  #: the largest number that a database has for its rows

_A_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_SCHEMA_OF_A_TIME = {"type": "string", "format": "date-time"}


def _stated(text: object) -> object:
    """Refuse what pydantic would take for a time although it names no moment: numbers, days, times without a zone."""
    if isinstance(text, str) and not _A_TIME.fullmatch(text):
        raise ValueError("write a time as 2026-03-02T12:00:00Z")
    return text


Time = Annotated[
    datetime,
    PlainSerializer(lambda at: at.astimezone(UTC).isoformat(), return_type=str),
    WithJsonSchema(_SCHEMA_OF_A_TIME),
]
#: A time that a program states. Without a default of its own in the schema: there `null` cannot be told from a word.
Stated = Annotated[datetime | None, BeforeValidator(_stated), WithJsonSchema(_SCHEMA_OF_A_TIME)]
Said = Annotated[SaidOf | None, WithJsonSchema({"type": "string", "enum": [*SaidOf]})]
Probabilities = dict[str, float]


class Trouble(BaseModel):
    """What is wrong, for a person to read."""

    error: str = Field(description="One line: what happened, and what to do", examples=["there is no story 99"])


# ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────────────
class Paged(BaseModel):
    """Which part of a list is wanted."""

    model_config = ConfigDict(extra="forbid")  # a filter that is misspelt would give everything

    limit: int = Field(30, ge=1, le=MOST_AT_ONCE, description="How many items at most")
    offset: int = Field(0, ge=0, le=FARTHEST, description="How many items to pass over: `next` of the answer before")


class _Narrowing(Paged):
    topic: str = Field("", description="Flagged for this topic, by its id")
    source: str = Field("", max_length=200, description="From this source, by its id")
    country: str = Field("", max_length=200, description="Names this country, in English, as stories are tagged")
    since: Stated = Field(None, description="Published (or, undated, seen) then or later")


class StoriesWanted(_Narrowing):
    """What a list of stories is narrowed to: each has an article for which this holds."""

    until: Stated = Field(None, description="Published (or, undated, seen) before then")
    said: Said = Field(None, description="What people have said of it so far")


class ArticlesWanted(_Narrowing):
    """What is searched for."""

    q: str = Field(
        min_length=1,
        max_length=500,
        description='Words, "phrases in quotes" and open-ended words*; all have to be there, case and accents aside',
        examples=["harbour accord"],
    )


class Answer(BaseModel):
    """What somebody says of an article. Topics that are left out keep the answer they have."""

    model_config = ConfigDict(extra="forbid")

    labels: dict[str, StrictBool | None] = Field(
        min_length=1, description="By topic: whether it is about that; null: unsure", examples=[{"drug_policy": True}]
    )


# ── stories ──────────────────────────────────────────────────────────────────────────────────────────────────────────
class ArticleListed(BaseModel):
    """An article of a story."""

    id: int
    outlet: str = Field(description="Name of its source")
    title: str
    at: Time = Field(description="When it was published or, undated, seen")
    topics: Probabilities = Field(description="The topics it was flagged for, with their probabilities")


class StoryListed(BaseModel):
    """A story: articles on one event, the oldest first."""

    id: int
    headline: str = Field(description="The best headline among its articles")
    article: int = Field(description="The article whose headline it is")
    outlet: str = Field(description="The outlet of that article")
    outlets: list[str] = Field(description="All outlets, each once, sorted")
    updated: Time = Field(description="Time of its latest article")
    topics: Probabilities = Field(description="The topics it was flagged for, each with its highest probability")
    said: SaidOf = Field(description="What people have said of it so far")
    page: str = Field(description="Address of its page, for a person")
    articles: list[ArticleListed]


class Stories(BaseModel):
    """A part of the list of stories, the latest first."""

    items: list[StoryListed]
    next: int | None = Field(description="The offset of what follows; null where nothing does")


class ArticleOfStory(ArticleListed):
    """An article of a story, with its address and what it is a copy of."""

    link: str | None = Field(description="As the outlet published it")
    copy_of: int | None = Field(description="The article of this story whose text it repeats")


class Label(BaseModel):
    """What one person said of one article and topic."""

    article: int
    topic: str
    value: bool | None = Field(description="Whether it is about the topic; null: unsure")
    who: str
    when: Time
    via: Via = Field(description="Where it was said")


class Story(BaseModel):
    """One story with all that is known of it."""

    id: int
    headline: str = Field(description="The best headline among its articles")
    article: int = Field(description="The article whose headline it is")
    link: str | None = Field(description="Address of that article, as its outlet published it")
    outlets: list[str] = Field(description="All outlets, each once, sorted")
    first: Time = Field(description="Time of its first article")
    updated: Time = Field(description="Time of its latest article")
    topics: Probabilities = Field(description="The topics it was flagged for, each with its highest probability")
    summary: str = Field(description="Up to three sentences, each as it stands in an article")
    teaser_only: bool = Field(description="Whether only a teaser was at hand to summarise")
    countries: list[str]
    agencies: list[str]
    substances: list[str]
    dates: list[str] = Field(description="Days as the articles name them")
    page: str = Field(description="Address of its page, for a person")
    articles: list[ArticleOfStory]
    labels: list[Label] = Field(description="What people have said of its articles")


# ── one article's case ───────────────────────────────────────────────────────────────────────────────────────────────
class TextRead(BaseModel):
    """The text that was judged."""

    origin: TextOrigin = Field(description="Where it came from")
    characters: int
    note: str = Field(description="Why its page was not used, empty where it was")


class Weight(BaseModel):
    """What one feature added to the log-odds of a verdict."""

    feature: str
    contribution: float


class Verdict(BaseModel):
    """What was decided about one topic, and why."""

    probability: float
    threshold: float = Field(description="The probability from which on it is flagged")
    flagged: bool
    reason: Reason = Field(description="What decided: the score, a keyword, or the language")
    keyword: str | None = Field(description="The keyword that decided")
    model: str = Field(description="The version that judged")
    why: list[Weight] = Field(description="The strongest first")
    groups: dict[str, float] = Field(description="The same, summed up by kind of feature")
    passage: str = Field(description="The passage that scores highest by itself, empty where it is not known any more")


class Opinion(BaseModel):
    """What one person said of this article and one topic."""

    topic: str
    value: bool | None = Field(description="Whether it is about the topic; null: unsure")
    who: str
    when: Time
    via: Via = Field(description="Where it was said")


class Told(BaseModel):
    """An article as its story names it."""

    outlet: str
    title: str
    link: str | None


class StoryOfArticle(BaseModel):
    """The story that an article is in."""

    id: int
    articles: list[Told]


class Message(BaseModel):
    """A message about the article's story."""

    channel: str
    kind: DeliveryKind
    state: DeliveryState
    delivery: str = Field(description="What the message is found again by")
    sent: Time | None
    error: str | None


class Case(BaseModel):
    """All that is known of one article, as `monitor why --json` gives it."""

    url: str | None = Field(description="Its canonical address")
    link: str | None = Field(description="As the outlet published it")
    title: str
    source: str = Field(description="Id of its source")
    outlet: str = Field(description="Name of its source")
    seen: Time
    published: Time | None
    stage: str = Field(description="What it waits for: read or judge; done: nothing")
    text: TextRead
    language: str | None
    judged: bool
    judged_at: Time | None
    topics: dict[str, Verdict] = Field(description="The verdict on each topic")
    labels: list[Opinion] = Field(description="What people have said of it")
    story: StoryOfArticle | None
    gate: str = Field(description="What kept it from being told, empty where nothing did")
    messages: list[Message]
    outcome: str = Field(description="What became of it, in a sentence")


# ── lists of other things ────────────────────────────────────────────────────────────────────────────────────────────
class ArticleFound(BaseModel):
    """An article that a search found."""

    id: int
    title: str
    link: str | None
    outlet: str
    source: str
    published: Time | None
    seen: Time
    story: int | None = Field(description="The story it is in")
    topics: Probabilities = Field(description="The topics it was flagged for, with their probabilities")


class Found(BaseModel):
    """A part of what a search found, the latest first."""

    items: list[ArticleFound]
    next: int | None = Field(description="The offset of what follows; null where nothing does")


class Labels(BaseModel):
    """A part of what people have said, by article, topic and person."""

    items: list[Label]
    next: int | None = Field(description="The offset of what follows; null where nothing does")


class Answered(BaseModel):
    """What the caller has said of an article by now."""

    article: int
    labels: list[Opinion]


class Poll(BaseModel):
    """One poll of a source."""

    at: Time
    result: str
    detail: str
    entries: int = Field(description="In the document")
    new: int = Field(description="Of these, stored for the first time")
    seconds: float


class Source(BaseModel):
    """A declared source and how it is, as `monitor sources health --json` gives it; what may be a password reads `***`."""

    id: str
    name: str
    kind: str
    url: str
    state: str = Field(
        description="working, not-modified, unjudged, silent, resting, gone, not-polled, or how it failed"
    )
    detail: str = Field(description="The same in a sentence")
    since: Time | None = Field(description="Since when it is so, where that is known")
    last_poll: Time | None
    last_ok: Time | None
    next_poll: Time | None
    failures: int = Field(description="Failed polls in a row")
    moved_to: str | None = Field(description="Where it is polled instead")
    per_day: float | None = Field(description="Entries a day; null where too little is known")
    latest_entry: Time | None
    polls: list[Poll] = Field(description="The latest first")


class Sources(BaseModel):
    """All declared sources: the sick first, then those that fell silent."""

    items: list[Source]


class Keywords(BaseModel):
    """The keywords of a topic, as they are configured."""

    include: list[str] = Field(description="That speak for it")
    always: list[str] = Field(description="That flag an article whatever it scores")
    never: list[str] = Field(description="That keep an article from being flagged")


class Threshold(BaseModel):
    """How a topic's threshold is set."""

    kind: str = Field(description="number, auto, precision or per_day")
    value: float | None = Field(description="The number asked for; null for auto")


class Topic(BaseModel):
    """A configured topic."""

    id: str
    name: str
    keywords: Keywords
    threshold: Threshold


class Topics(BaseModel):
    """All configured topics."""

    items: list[Topic]


class Card(BaseModel):
    """What a model was learned from and how good it is; a version that was trained here says more about its training."""

    model_config = ConfigDict(extra="allow")

    version: str
    languages: list[str] = Field([], description="That it judges")
    refines: str = Field("", description="The version it was learned on top of, empty where there was none")
    vocabulary: int = Field(0, description="How many words it knows")
    examples: dict[str, Any] = Field({}, description="How many it learned from, and whence")
    topics: dict[str, Any] = Field({}, description="Figures, thresholds and strongest terms, by topic")
