"""Takes what a story's newest article was flagged for, and the rules; gives for each channel a message now, later or never.

- A channel hears of a story once: two topics with one channel make one message that names both, and where the channel knows
  the story already nothing new is decided (the caller refreshes the message instead).
- What came with a source's first document is backlog: told only if it has a date within `first_run_window`, and only the
  first `first_run_max` of a source. An undated entry of the backlog may be years old, so it is never told.
- Quiet hours hold a message until their end; nothing is skipped. A digest gathers stories into one message a day. Where a channel
  has a topic in each mode and an article brings a story to it for both, it is told at once. What is gathered already stays so: an
  instant topic that a later article adds is told with the digest.
- Over `max_per_hour` a story is held for good, and its headline goes into the one overflow post of the channel and hour.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from monitor.types import AlertMode, AlertSettings, QuietHours, Route, Story, Topic

GATHERED = "gathered for the digest"
OVER_THE_CAP = "over the hourly cap"
DRY_RUN = "dry run"
NO_CHANNEL = "its topics have no channel"
TOO_UNSURE = "below the threshold of every channel"

_STORY = "story:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tell:
    """A message to write to the outbox; it waits until `not_before`."""

    channel: str
    not_before: datetime
    gathered: bool = False  #: it goes into the digest of that time, and is no message of its own


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A message to record and never to send. `overflow` is the subject of the post that lists it; "" where none does."""

    channel: str
    reason: str
    overflow: str = ""
    not_before: datetime  #: of the overflow post


@dataclass(frozen=True, kw_only=True, slots=True)
class Newcomer:
    """What the policy needs to know of the flagged article that has just joined or opened the story."""

    topics: tuple[str, ...]  #: ids of the topics it was flagged for
    published: datetime | None
    backlog: bool = False
    backlog_told: int = 0  #: entries of the same source's backlog that were told already
    source: str = ""  #: that brought it
    entry: int = 0
    sure: Mapping[str, float] = field(default_factory=dict)  #: probability by topic; 1 where a keyword decided


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The operator's part of the decision."""

    topics: tuple[Topic, ...]
    alerts: AlertSettings
    zone: tzinfo
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What each channel gets, and the gate that kept the article from being told ("" where nothing did)."""

    channels: tuple[Tell | Held, ...] = ()
    gate: str = ""


def decide(
    newcomer: Newcomer, rules: Rules, *, recent: Mapping[str, int], told: Collection[str], now: datetime
) -> Decision:
    """Decide who hears of a story now that a flagged article has joined it.

    `recent` counts the story posts decided for a channel within the last hour; `told` are the channels that have a post about
    this story already, be it sent, waiting or held.
    """
    gate = _backlog_gate(newcomer, rules.alerts, now)
    if gate:
        return Decision(gate=gate)
    routes = [
        (topic, route)
        for topic in rules.topics
        if topic.id in newcomer.topics
        for route in topic.routes
        if newcomer.sure.get(topic.id, 1.0) >= route.threshold
    ]
    if not routes:
        routed = any(topic.routes for topic in rules.topics if topic.id in newcomer.topics)
        return Decision(gate=TOO_UNSURE if routed else NO_CHANNEL)
    channels = dict.fromkeys(route.channel for _, route in routes)
    fresh = [channel for channel in channels if channel not in told]
    decided = tuple(
        _for_channel(
            Tell(channel=channel, not_before=awake(now, rules, channel)),
            [route for _, route in routes if route.channel == channel],
            rules,
            recent=recent.get(channel, 0),
            now=now,
        )
        for channel in fresh
    )
    held = [one.reason for one in decided if isinstance(one, Held)]
    return Decision(channels=decided, gate=held[0] if held and len(held) == len(channels) else "")


def zone_of(channel: str, topics: Collection[Topic], usual: tzinfo) -> tzinfo:
    """Give the time zone of a channel's people: the first one named for it, else the usual one."""
    named = (
        route.timezone for topic in topics for route in topic.routes if route.channel == channel and route.timezone
    )
    name = next(named, "")
    return ZoneInfo(name) if name else usual


def awake(now: datetime, rules: Rules, channel: str) -> datetime:
    """Give the first moment from now on that is not within a channel's quiet hours."""
    return _after_quiet(now, rules.alerts.quiet_hours, zone_of(channel, rules.topics, rules.zone))


def topics_of(story: Story, channel: str, topics: Collection[Topic]) -> tuple[Topic, ...]:
    """Give the topics a channel hears this story for, in the configured order."""
    return tuple(topic for topic in topics if topic.heard_in(channel) and topic.id in story.topics)


def story_subject(story: int) -> str:
    """Name what is about a story: its post in each channel, its replies, its mute."""
    return f"{_STORY}{story}"


def story_of(subject: str) -> int:
    """Give the story that a subject names, 0 where it names none."""
    number = subject.removeprefix(_STORY)
    return int(number) if number != subject and number.isdecimal() else 0


def source_subject(source: str) -> str:
    """Name what is about a source: its mute."""
    return f"source:{source}"


def overflow_subject(now: datetime) -> str:
    """Name the overflow post of this hour (UTC); the outbox keeps one per channel."""
    return f"overflow:{now.astimezone(UTC):%Y-%m-%dT%H}"


def _backlog_gate(newcomer: Newcomer, alerts: AlertSettings, now: datetime) -> str:
    if not newcomer.backlog:
        return ""
    if newcomer.published is None:
        return "backlog: no date"
    if now - newcomer.published > alerts.first_run_window:
        return f"backlog: older than {alerts.first_run_window / timedelta(hours=1):g} h"
    if newcomer.backlog_told >= alerts.first_run_max:
        return f"backlog: {newcomer.backlog_told} of this source were told already"
    return ""


def _for_channel(plain: Tell, routes: Sequence[Route], rules: Rules, *, recent: int, now: datetime) -> Tell | Held:
    """Give what becomes of a message that would go out as soon as nobody is asleep."""
    if rules.dry_run:
        return _held(plain, DRY_RUN)
    if all(route.mode is AlertMode.DIGEST for route in routes):
        zone = zone_of(plain.channel, rules.topics, rules.zone)
        digest = min(_next(route.at, now, zone) for route in routes)
        return replace(plain, gathered=True, not_before=_after_quiet(digest, rules.alerts.quiet_hours, zone))
    if recent >= rules.alerts.max_per_hour:
        return _held(plain, OVER_THE_CAP, overflow=overflow_subject(now))
    return plain


def _held(plain: Tell, reason: str, overflow: str = "") -> Held:
    return Held(channel=plain.channel, reason=reason, overflow=overflow, not_before=plain.not_before)


def _after_quiet(at: datetime, quiet: QuietHours | None, zone: tzinfo) -> datetime:
    """Give the first moment from `at` on that is not within quiet hours, by the wall clock of the zone."""
    if quiet is None:
        return at
    clock = at.astimezone(zone).time()
    over_midnight = quiet.start > quiet.end
    asleep = (clock >= quiet.start or clock < quiet.end) if over_midnight else quiet.start <= clock < quiet.end
    # Once more, for an end that falls into the gap of the spring change and a start right behind it.
    return _after_quiet(_next(quiet.end, at, zone), quiet, zone) if asleep else at


def _next(clock: time, after: datetime, zone: tzinfo) -> datetime:
    """Give the first moment after `after` at which the zone's wall clock shows `clock`.

    An hour that the autumn change repeats comes twice, and both count. A time that the spring change leaves out is read with
    the offset before the change (PEP 495, fold=0), so it falls behind the gap.
    """
    today = after.astimezone(zone).date()
    moments = (
        datetime.combine(today + timedelta(days=days), clock, tzinfo=zone).replace(fold=fold).astimezone(UTC)
        for days in (0, 1)
        for fold in (0, 1)
    )
    return next(moment for moment in moments if moment > after)
