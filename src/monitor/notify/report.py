"""Takes the facts of a week, gives the message that tells them to the team: what came, how well it was chosen, what needs a hand.

Facts are those of `monitor report --json`. Estimates come with their 95 % intervals, or with what is missing for one.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monitor.notify import mrkdwn
from monitor.notify.render import LONGEST_BLOCKS
from monitor.types import Message, Picture, Topic

EVENT_TYPE = "monitor_report"

LONGEST_NAME = 80
WORDS_SHOWN, SOURCES_SHOWN, TOPICS_SHOWN = 8, 8, 8


def render_report(
    facts: Mapping[str, Any], topics: Sequence[Topic], *, week: str, key: str, picture: Picture | None = None
) -> Message:
    """Write the weekly report."""
    flagged = sum(facts["flagged"].values())
    heading = f"Week {week}: {facts['judged']:,} articles judged, {flagged:,} on topic"
    lines = [line for topic in topics[:TOPICS_SHOWN] for line in _topic(topic, facts)]
    lines += [_answers(facts), _model(facts), *_sources(facts["sources"])]
    return Message(
        text=heading,
        blocks=tuple(mrkdwn.sections(f"*{heading}*", lines, LONGEST_BLOCKS)),
        metadata={"event_type": EVENT_TYPE, "event_payload": {"delivery": key}},
        picture=picture,
    )


def _topic(topic: Topic, facts: Mapping[str, Any]) -> Iterator[str]:
    yield f"*{_name(topic.name)}*: {facts['flagged'].get(topic.id, 0):,} on topic"
    audit = facts["audit"].get(topic.id, {})
    estimate = audit.get("estimate")
    if estimate and estimate["answered"]:
        yield f"• precision {_interval(estimate['precision'])}, recall {_interval(estimate['recall'])}"
    elif audit.get("drawn"):
        waiting = f"{audit['open']:,} of {audit['drawn']:,} drawn articles wait to be answered (`/monitor label`)"
        yield f"• precision and recall: {waiting}"
    else:
        yield "• precision and recall: nothing drawn yet, a sample needs a whole week"
    new = [f"{one['word']} ({one['articles']})" for one in facts["new_words"].get(topic.id, ())[:WORDS_SHOWN]]
    if new:
        yield "• new words: " + mrkdwn.plain(", ".join(new), WORDS_SHOWN * LONGEST_NAME)


def _interval(estimate: Sequence[float]) -> str:
    middle, low, high = (round(100 * share) for share in estimate)
    return f"{middle} % (between {low} and {high})"


def _answers(facts: Mapping[str, Any]) -> str:
    given = sum(facts["answers"].values())
    people = facts["people"]
    by = f" by {people:,} {'person' if people == 1 else 'people'}" if given else ""
    return f"*Answers*: {given:,}{by}, {facts['labels']:,} labels in all"


def _model(facts: Mapping[str, Any]) -> str:
    age = facts["model_days"]
    trained = "as shipped" if age is None else f"trained {age:,} {'day' if age == 1 else 'days'} ago"
    return f"*Model*: {_name(facts['model'])}, {trained}"


def _sources(sources: Mapping[str, Any]) -> Iterator[str]:
    sick = [(word, one) for word in ("failing", "silent") for one in sources[word]]
    counted = ", ".join(f"{len(sources[word]):,} {word}" for word in ("failing", "silent") if sources[word])
    yield f"*Sources*: {sources['declared']:,}" + (f", {counted}" if counted else ", all well")
    yield from (f"• {word}: {mrkdwn.plain(one, 3 * LONGEST_NAME)}" for word, one in sick[:SOURCES_SHOWN])
    if len(sick) > SOURCES_SHOWN:
        yield f"• and {len(sick) - SOURCES_SHOWN:,} more: `monitor sources health`"


def _name(text: str) -> str:
    return mrkdwn.plain(text, LONGEST_NAME)
