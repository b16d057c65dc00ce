"""Takes what somebody asked for, gives the window or the answer that only they see: why, what was found, the week, a question."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from monitor.notify import buttons, mrkdwn
from monitor.notify.mrkdwn import Block
from monitor.notify.render import in_words
from monitor.types import Entry, Judgement, Message, Mute, Topic

#: Ours, in escaped characters: a window is read, not scrolled.
LONGEST_LINE = 600
LONGEST_TEASER = 700
#: Ours on all text of one answer.
LONGEST_ANSWER = 9_000
TERMS_SHOWN = 8
NO_HEADLINE = "(no headline)"

HELP = (
    "`/monitor search WORDS`  articles that have all these words",
    "`/monitor why ADDRESS`  why an article was sent, or not",
    "`/monitor stats`  the last seven days",
    "`/monitor label`, `/monitor label 20`  answer about articles, one after the other",
    "`/monitor mute`  what is muted; `/monitor mute source ID 7d`, `/monitor mute story N`, `/monitor unmute source ID`",
)
ASKED_BECAUSE = {
    "disputed": "people differ about this one",
    "uncertain": "the model is uncertain",
    "high": "the model is rather sure",
    "random": "drawn at random for the audit",
}


def say(text: str) -> Message:
    """Give a sentence of ours as an answer; nothing in it is marked up."""
    words = mrkdwn.plain(text, mrkdwn.LONGEST_TEXT)
    return Message(text=words, blocks=(mrkdwn.section(words),))


def usage(problem: str = "") -> Message:
    """Give what can be asked for, after what was wrong with what was asked."""
    lines = [f"{mrkdwn.plain(problem, LONGEST_LINE)}\n"] if problem else []
    text = "\n".join([*lines, *HELP])
    return Message(text=problem or "What /monitor can do", blocks=(mrkdwn.section(text),))


def reasons(facts: Mapping[str, Any], topics: Sequence[Topic]) -> Message:
    """Give an article's case, as `jobs.why` has it: what became of it, and for each topic what spoke for and against it."""
    names = {topic.id: topic.name for topic in topics}
    title = mrkdwn.link(facts["link"], facts["title"] or NO_HEADLINE, mrkdwn.LONGEST_TEXT - 2, LONGEST_LINE)
    words = facts["text"]
    read = f"Text: {words['origin']}, {words['characters']:,} characters" + (
        f" ({words['note']})" if words["note"] else ""
    )
    blocks = [
        mrkdwn.section(f"*{title}*"),
        mrkdwn.section(_line(facts["outcome"][:1].upper() + facts["outcome"][1:])),
        mrkdwn.context(_line(f"{facts['outlet']} · seen {facts['seen'][:16].replace('T', ' ')} UTC · {read}")),
        *(_topic(names.get(topic, topic), verdict) for topic, verdict in facts["topics"].items()),
    ]
    said = {True: "yes", False: "no", None: "unsure"}
    answers = [
        f"{one['who']}: {said[one['value']]} to {names.get(one['topic'], one['topic'])}" for one in facts["labels"]
    ]
    if answers:
        blocks.append(mrkdwn.context(_line("Answers: " + " · ".join(answers))))
    return Message(text=mrkdwn.plain(facts["outcome"], LONGEST_LINE), blocks=_fitting(blocks))


def found(words: str, articles: Sequence[Judgement], zone: tzinfo) -> Message:
    """Give the articles that a search found, the latest first."""
    heading = f"{len(articles)} latest articles with “{words}”" if articles else f"No article has all of “{words}”"
    lines = [f"• {_article(one, zone)}" for one in articles]
    safe = mrkdwn.plain(heading, LONGEST_LINE)
    return Message(text=safe, blocks=tuple(mrkdwn.sections(f"*{safe}*", lines, LONGEST_ANSWER)))


def week(facts: Mapping[str, Any], topics: Sequence[Topic]) -> Message:
    """Give the last days in figures, as `jobs.report.volumes` has them."""
    names = {topic.id: topic.name for topic in topics}
    flagged = [
        f"• {mrkdwn.plain(names.get(topic, topic), 80)}: {count:,} on topic"
        for topic, count in facts["flagged"].items()
    ]
    answers = sum(facts["answers"].values())
    heading = f"Last seven days: {facts['judged']:,} articles judged, {answers:,} answers by {facts['people']:,} people"
    return Message(text=heading, blocks=tuple(mrkdwn.sections(f"*{heading}*", flagged, LONGEST_ANSWER)))


def muted(mutes: Sequence[Mute], zone: tzinfo) -> Message:
    """Give what is muted, by whom, until when."""
    heading = "Muted" if mutes else "Nothing is muted."
    lines = [
        mrkdwn.plain(f"• {one.subject.replace(':', ' ')} until {_when(one.until, zone)}, by {one.name}", LONGEST_LINE)
        for one in mutes
    ]
    return Message(text=heading, blocks=tuple(mrkdwn.sections(f"*{heading}*", lines, LONGEST_ANSWER)))


def question(one: Judgement, kind: str, topics: Sequence[Topic], left: int, zone: tzinfo) -> Message:
    """Ask which topics an article is about; `left` questions are to follow."""
    teaser = mrkdwn.plain(one.article.text or one.article.entry.summary, LONGEST_TEASER)
    follow = f" · {left} more to come" if left else " · the last one"
    blocks = [
        mrkdwn.section(f"*{_headline(one.article.entry)}*" + (f"\n{teaser}" if teaser else "")),
        mrkdwn.context(_line(f"{_source(one.article.entry, zone)} · {ASKED_BECAUSE.get(kind, kind)}{follow}")),
        buttons.under_question(one.article.entry.id, topics, left),
    ]
    return Message(
        text=f"Which topic is this about? {mrkdwn.plain(one.article.entry.title, LONGEST_LINE)}", blocks=tuple(blocks)
    )


def _topic(name: str, verdict: Mapping[str, Any]) -> Block:
    mark = "on topic" if verdict["flagged"] else "not on topic"
    keyword = f": “{verdict['keyword']}”" if verdict["keyword"] else ""
    lines = [
        f"*{mrkdwn.plain(name, 80)}*: {mark}",
        _line(
            f"probability {verdict['probability']:.2f}, threshold {verdict['threshold']:.2f} ({verdict['reason']}{keyword})"
        ),
    ]
    if verdict["groups"]:
        lines.append(
            _line("By kind: " + ", ".join(f"{kind} {total:+.1f}" for kind, total in verdict["groups"].items()))
        )
    if verdict["why"]:
        terms = (f"{in_words(one['feature'])} {one['contribution']:+.2f}" for one in verdict["why"][:TERMS_SHOWN])
        lines.append(_line("Strongest: " + ", ".join(terms)))
    if verdict["passage"]:
        lines.append(f"> {_line(verdict['passage'])}")
    return mrkdwn.section("\n".join(lines))


def _article(one: Judgement, zone: tzinfo) -> str:
    on_topic = [verdict.topic for verdict in one.verdicts if verdict.flagged]
    mark = f" — *{mrkdwn.plain(', '.join(on_topic), 200)}*" if on_topic else ""
    return f"{_headline(one.article.entry)} ({mrkdwn.plain(_source(one.article.entry, zone), 120)}){mark}"


def _headline(entry: Entry) -> str:
    return mrkdwn.link(entry.link, entry.title or NO_HEADLINE, mrkdwn.LONGEST_LINE - 500, LONGEST_LINE)


def _source(entry: Entry, zone: tzinfo) -> str:
    return f"{entry.outlet}, {_when(entry.published or entry.seen_at, zone)}"


def _when(at: datetime, zone: tzinfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day} {local:%b %Y, %H:%M}"


def _line(text: str) -> str:
    return mrkdwn.plain(text, LONGEST_LINE)


def _fitting(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """Give as many blocks as keep within the limit on all text."""
    kept: list[Block] = []
    room = LONGEST_ANSWER
    for block in blocks:
        room -= sum(len(part["text"]) for part in block.get("elements", (block.get("text"),)))
        if room < 0:
            break
        kept.append(block)
    return tuple(kept)
