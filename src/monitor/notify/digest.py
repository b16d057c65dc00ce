"""Takes the stories that were gathered for a channel, gives one message a day that lists them, by topic, to be read in a minute.

Of each story a line: the linked headline, its outlet, how many others, how sure. Stories told by most outlets stand first. Where
there are more than fit, each topic keeps a share of the room and says how many are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from monitor.notify import mrkdwn
from monitor.notify.render import LONGEST_BLOCKS, likelihood
from monitor.types import Message, StoryArticle, Topic

EVENT_TYPE = "monitor_digest"

#: Ours, in escaped characters: a line of a list, not an alert.
LONGEST_HEADLINE = 250
LONGEST_NAME = 80
TOPICS_LISTED = 12
NO_HEADLINE = "(no headline)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gathered:
    """A story as a digest tells it."""

    story: int
    lead: StoryArticle
    outlets: int
    topics: Sequence[str]  #: that the channel hears it for
    probability: float  #: the highest of its articles' on these


def render_digest(
    stories: Sequence[Gathered], topics: Sequence[Topic], *, key: str, now: datetime, zone: tzinfo
) -> Message:
    """List gathered stories; a story on several topics stands under the first of them and names the others."""
    ranked = sorted(stories, key=lambda one: (-one.outlets, -one.probability, one.story))
    known = {topic.id: topic for topic in topics}
    by_topic: dict[str, list[Gathered]] = {topic: [] for topic in known}
    for one in ranked:
        by_topic.setdefault(next((topic for topic in known if topic in one.topics), ""), []).append(one)
    filled = {topic: inside for topic, inside in by_topic.items() if inside}
    listed = dict(list(filled.items())[:TOPICS_LISTED])
    local = now.astimezone(zone)
    counted = f"{len(stories):,} {'story' if len(stories) == 1 else 'stories'}"
    heading = f"{local:%A} {local.day} {local:%B}: {counted}"
    blocks = [mrkdwn.section(f"*{heading}*")]
    room = (LONGEST_BLOCKS - len(heading) - 200) // max(1, len(listed))
    for topic, inside in listed.items():
        name = mrkdwn.plain(known[topic].name if topic in known else "Other", LONGEST_NAME)
        blocks += mrkdwn.sections(f"*{name}* · {len(inside):,}", [_line(one, topic, known) for one in inside], room)
    if len(filled) > len(listed):
        blocks.append(mrkdwn.context(f"and {len(filled) - len(listed):,} more topics"))
    return Message(
        text=heading,
        blocks=tuple(blocks),
        metadata={"event_type": EVENT_TYPE, "event_payload": {"delivery": key}},
    )


def _line(one: Gathered, under: str, topics: Mapping[str, Topic]) -> str:
    title = one.lead.title if mrkdwn.clean(one.lead.title) else NO_HEADLINE
    others = one.outlets - 1
    also = [topics[topic].name for topic in topics if topic in one.topics and topic != under]
    parts = [
        mrkdwn.plain(one.lead.outlet, LONGEST_NAME),
        f"+{others:,} {'outlet' if others == 1 else 'outlets'}" if others else "",
        likelihood(one.probability),
        mrkdwn.plain(f"also {', '.join(also)}", LONGEST_NAME) if also else "",
    ]
    said = " · ".join(part for part in parts if part)
    room = mrkdwn.LONGEST_LINE - len(said) - 10
    return f"• {mrkdwn.link(one.lead.link, title, room, LONGEST_HEADLINE)} — {said}"
