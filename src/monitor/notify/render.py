"""Takes an alert, gives the message that tells it: the same value for Slack and, through its blocks, for any other channel.

From top to bottom: the linked headline; outlet, local time and age; each topic with its probability in words and in figures;
the summary; the words that weighed most; the facts; the other outlets with their headlines; what people answered; buttons.
Every part has its own limit, so that the whole keeps Slack's limits for any input; what is left goes to the other outlets.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from monitor.notify import buttons, mrkdwn
from monitor.notify.mrkdwn import Block
from monitor.types import Corrected, Correction, Message, Reason, Story, StoryArticle, Summary, Topic, Verdict

if TYPE_CHECKING:
    from monitor.stories import Facts

EVENT_TYPE, NEWS_TYPE, OPS_TYPE = "monitor_alert", "monitor_news", "monitor_ops"

#: All text in the blocks together. Slack's own limit is undocumented and reported as about 12,000 (`msg_blocks_too_long`).
LONGEST_BLOCKS = 11_500
#: Ours, in escaped characters. Few headlines have more than 200; together they keep the parts above "also in" below 8,000.
LONGEST_HEADLINE = 1_000
LONGEST_SUMMARY = 1_500
LONGEST_FACTS = 600
LONGEST_NAME = 80
LONGEST_ANSWERS = 900
LONGEST_NEWS = 300
DIFFER = "Answers differ: it is asked about again, and learned from only once they agree."
#: Kept free for the texts of buttons and menu, topics' names included, as far as Slack counts them.
ROOM_FOR_BUTTONS = 2_300

WORDS_SHOWN = 3
TOPICS_SHOWN = 5
TAGS_SHOWN = 5
NO_HEADLINE = "(no headline)"

#: How the names of features begin that quote what stands in the article.
_LITERAL = re.compile(r"(?:keyword in \w+|words?)(?: in [\w ]+)?: ")
WIRE_COPY = " (wire copy)"
LONGEST_BEFORE = 400
LONGEST_NOTE = 16

#: The least per cent for each phrase, after the calibrated vocabulary of the IPCC's guidance note on uncertainty (2010).
LIKELIHOODS = ((99, "almost certain"), (90, "very likely"), (66, "likely"), (33, "possible"), (0, "a chance"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """All that a message about a story says in one channel."""

    story: Story
    topics: tuple[Topic, ...]  #: that this channel hears it for
    verdicts: tuple[Verdict, ...] = ()  #: of its articles; the highest counts for each topic
    summary: Summary = field(default_factory=lambda: Summary(sentences=()))
    facts: "Facts | None" = None
    copies: Collection[int] = ()  #: entries of the story that are another outlet's text
    menu: tuple[
        Topic, ...
    ] = ()  #: all topics that an answer may name; none: no buttons, since one that does nothing is never shown
    answers: tuple[tuple[str, str], ...] = ()  #: who, and what they said
    differ: bool = False  #: whether these answers contradict each other
    muted: str = ""  #: by whom and until when
    corrections: Mapping[int, Correction] = field(default_factory=dict)  #: what has become of its articles, by entry


def render(alert: Alert, *, key: str, now: datetime, zone: tzinfo) -> Message:
    """Write the message of an alert.

    `key` is the delivery's: in the metadata it finds the message again when Slack's answer was lost.
    """
    lead, *others = alert.story.articles
    title = _title(lead)
    best = _best_verdicts(alert)
    topics = alert.topics[:TOPICS_SHOWN]
    judged = [_judged(topic, best.get(topic.id)) for topic in topics]
    blocks = [
        mrkdwn.section(f"*{mrkdwn.link(lead.link, title, mrkdwn.LONGEST_TEXT - 2, LONGEST_HEADLINE)}*"),
        *_context(_corrected(alert.corrections.get(lead.entry_id))),
        mrkdwn.context(_joined([_name(lead.outlet), _when(lead, now, zone), age(lead.at, now)])),
        *_section("\n".join(judged)),
        *_section(_summary(alert.summary, lead)),
        *_context(_why(topics, best)),
        *_context(_facts(alert.facts)),
    ]
    answered = _context(_answers(alert))
    room = LONGEST_BLOCKS - ROOM_FOR_BUTTONS - _text_length([*blocks, *answered])
    blocks += [*_also_in(lead, others, alert, room), *answered]
    if alert.menu:
        blocks.append(buttons.under_alert(alert.story.id, lead.entry_id, alert.menu))
    return Message(
        text=_plain(title, lead, judged),
        blocks=tuple(blocks),
        metadata={
            "event_type": EVENT_TYPE,
            "event_payload": {
                "delivery": key,
                "story": alert.story.id,
                "topics": [topic.id for topic in alert.topics],
            },
        },
    )


def render_folded(lead: StoryArticle, *, key: str, story: int) -> Message:
    """Write what becomes of the message of a story (`story`) whose articles are told with another one, led by `lead`."""
    title = _title(lead)
    linked = mrkdwn.link(lead.link, title, mrkdwn.LONGEST_TEXT - 100, LONGEST_HEADLINE)
    return Message(
        text=f"Told with another story: {mrkdwn.plain(title, LONGEST_HEADLINE)}",
        blocks=(mrkdwn.context(f"Told with another story: {linked}"),),
        metadata={"event_type": EVENT_TYPE, "event_payload": {"delivery": key, "story": story, "topics": []}},
    )


def render_news(article: StoryArticle, added: Sequence[str], *, key: str, story: int) -> Message:
    """Write the reply that tells in a story's thread what a further article `added`."""
    title = _title(article)
    linked = mrkdwn.link(article.link, title, mrkdwn.LONGEST_TEXT - 1_000, LONGEST_HEADLINE)
    said = mrkdwn.plain("; ".join(added), LONGEST_NEWS)
    said = said[:1].upper() + said[1:]
    return Message(
        text=f"{said} — {mrkdwn.plain(title, LONGEST_HEADLINE)}",
        blocks=(mrkdwn.section(f"*{said}*\n{_name(article.outlet)}: {linked}"),),
        metadata={"event_type": NEWS_TYPE, "event_payload": {"delivery": key, "story": story}},
    )


def render_ops(text: str, *, key: str) -> Message:
    """Write a message to whoever runs the monitor."""
    words = mrkdwn.plain(text, mrkdwn.LONGEST_TEXT)
    return Message(
        text=words,
        blocks=(mrkdwn.section(words),),
        metadata={"event_type": OPS_TYPE, "event_payload": {"delivery": key}},
    )


def muted_by(name: str) -> str:
    """Say that nothing more of a story is told, and who wanted it so."""
    return f"Muted by {name}: nothing more of this story is told."


def likelihood(probability: float) -> str:
    """Give a probability in words and figures, never as certain as 0 or 100 %."""
    percent = min(max(round(probability * 100), 1), 99)
    return f"{next(words for least, words in LIKELIHOODS if percent >= least)} {percent} %"


def age(at: datetime, now: datetime) -> str:
    """Give how long ago something was, in the largest whole unit."""
    passed = now - at
    for unit, name in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        count = passed // unit
        if count >= 1:
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return "just now"


def _plain(title: str, lead: StoryArticle, judged: Sequence[str]) -> str:
    headline = mrkdwn.plain(title, LONGEST_HEADLINE)
    topics = ", ".join(line.replace("*", "") for line in judged)
    return f"{headline} — {_joined([_name(lead.outlet), topics])}"


def _best_verdicts(alert: Alert) -> dict[str, Verdict]:
    return {verdict.topic: verdict for verdict in sorted(alert.verdicts, key=lambda verdict: verdict.probability)}


def _judged(topic: Topic, verdict: Verdict | None) -> str:
    name = f"*{mrkdwn.plain(topic.name, LONGEST_NAME)}*"
    return f"{name} {likelihood(verdict.probability)}" if verdict else name


def _when(article: StoryArticle, now: datetime, zone: tzinfo) -> str:
    local = article.at.astimezone(zone)
    day = "" if local.date() == now.astimezone(zone).date() else f"{local.day} {local:%b %Y}, "
    return f"{'' if article.published else 'undated, seen '}{day}{local:%H:%M} {mrkdwn.plain(str(local.tzname()), 20)}"


def _summary(summary: Summary, lead: StoryArticle) -> str:
    words = mrkdwn.plain(" ".join(summary.sentences), LONGEST_SUMMARY)
    notes = [_name(summary.outlet)] if summary.outlet and summary.outlet != lead.outlet else []
    notes += ["teaser only"] if summary.teaser_only else []
    notes += [f"written by {_name(summary.written_by)}"] if summary.written_by else []
    return f"{words} ({', '.join(notes)})" if words and notes else words


def _why(topics: Sequence[Topic], best: Mapping[str, Verdict]) -> str:
    reasons = [(topic, _reasons(best[topic.id])) for topic in topics if topic.id in best]
    lines = [
        f"Why{f' {mrkdwn.plain(topic.name, LONGEST_NAME)}' if len(topics) > 1 else ''}: {', '.join(words)}"
        for topic, words in reasons
        if words
    ]
    return "\n".join(lines)


def _reasons(verdict: Verdict) -> list[str]:
    """Name what decided: the `always` keyword, then the keywords that were found, then what else spoke most for the topic."""
    always = [f"always “{_name(verdict.keyword)}”"] if verdict.reason is Reason.ALWAYS else []
    speaking_for = [one.feature for one in verdict.contributions if one.value > 0]
    ranked = sorted(speaking_for, key=lambda feature: not feature.startswith("keyword"))
    return list(dict.fromkeys([*always, *(_name(in_words(feature)) for feature in ranked)]))[:WORDS_SHOWN]


def in_words(feature: str) -> str:
    """Say what a feature stands for: in quotes what stands in the article, else what it is about ("drug and policy in …")."""
    if found := _LITERAL.match(feature):
        return f"“{feature[found.end() :]}”"
    kind, _, about = feature.partition(": ")
    about = about.replace(" × ", " and ")
    if kind == "countries":
        return f"two countries{about.removeprefix('two')}" if about.startswith("two") else f"countries {about}"
    if kind.startswith("cue"):
        return f"{about} {kind.partition(' ')[2]}"
    return feature


def _facts(facts: "Facts | None") -> str:
    """Give the tags, a kind after the other, of each as many as one reads."""
    if facts is None:
        return ""
    kinds = (
        ("Countries", facts.countries),
        ("Agencies", facts.agencies),
        ("Substances", facts.substances),
        ("Dates", facts.dates),
    )
    said = (f"{kind}: {_joined(map(mrkdwn.clean, tags[:TAGS_SHOWN]))}" for kind, tags in kinds if tags)
    return mrkdwn.plain(" — ".join(said), LONGEST_FACTS)


def _corrected(one: Correction | None) -> str:
    """Say what has become of the article that leads."""
    if one is None:
        return ""
    told = mrkdwn.plain(one.before, LONGEST_BEFORE)
    return {
        Corrected.CHANGED: f"*Changed* by the outlet since it was told: “{told}”",
        Corrected.RETRACTED: f"*Taken back or corrected* by the outlet; it was told as “{told}”",
        Corrected.WITHDRAWN: "*Withdrawn*: the outlet's page is gone",
    }[one.kind]


def _also_in(lead: StoryArticle, others: Sequence[StoryArticle], alert: Alert, room: int) -> list[Block]:
    if not others:
        return []
    outlets = len({article.outlet for article in others} - {lead.outlet})
    heading = f"Also in {outlets} {'outlet' if outlets == 1 else 'outlets'}:" if outlets else "Also:"
    room_for_link = mrkdwn.LONGEST_LINE - LONGEST_NAME - len("• : ") - len(WIRE_COPY) - LONGEST_NOTE
    lines = [
        f"• {_name(article.outlet)}: {mrkdwn.link(article.link, _title(article), room_for_link, LONGEST_HEADLINE)}"
        f"{WIRE_COPY if article.entry_id in alert.copies else ''}{_noted(alert.corrections.get(article.entry_id))}"
        for article in others
    ]
    return mrkdwn.sections(heading, lines, room)


def _noted(one: Correction | None) -> str:
    return f" ({one.kind.value})" if one else ""


def _answers(alert: Alert) -> str:
    """Say who answered what, and who does not want to hear more."""
    lines = [" · ".join(f"{_name(who)}: {_name(words)}" for who, words in alert.answers)]
    lines += [DIFFER] if alert.differ else []
    lines += [mrkdwn.plain(alert.muted, 2 * LONGEST_NAME)] if alert.muted else []
    return mrkdwn.cut("\n".join(filter(None, lines)), LONGEST_ANSWERS)


def _name(text: str) -> str:
    return mrkdwn.plain(text, LONGEST_NAME)


def _title(article: StoryArticle) -> str:
    return article.title if mrkdwn.clean(article.title) else NO_HEADLINE


def _joined(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)


def _section(text: str) -> list[Block]:
    return [mrkdwn.section(text)] if text else []


def _context(text: str) -> list[Block]:
    return [mrkdwn.context(text)] if text else []


def _text_length(blocks: Iterable[Block]) -> int:
    return sum(len(part["text"]) for block in blocks for part in block.get("elements", (block.get("text"),)))
