"""Takes the store and the model in use, gives what a team wants to know once a week: volumes, labels, recall, new words."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from monitor.classify.lexicon import lexicon
from monitor.feedback.design import Scanners
from monitor.feedback.labels import settle
from monitor.feedback.vocabulary import NewWord, new_words
from monitor.jobs.pages import pages
from monitor.jobs.watch.health import FAILING, examine_sources
from monitor.ports import Labels, Polls
from monitor.sources.health import Standing
from monitor.types import Source, Topic

if TYPE_CHECKING:
    from monitor.classify import Model

RECENT = timedelta(days=30)  # what new words are looked for in: a week of a rare topic holds too few
PAGE = 2_000
ELSEWHERE = 5  # every so manieth other article is read: their words are wanted roughly


def volumes(store: Labels, since: datetime) -> dict[str, Any]:
    """Give how much was judged, and flagged by topic, since then."""
    judged, flagged = store.volume(since)[0], Counter[str]()
    for score in store.scores(since):
        flagged[score.topic] += score.flagged
    labels = [label for label in store.labels() if label.at >= since]
    return {
        "judged": judged,
        "flagged": dict(sorted(flagged.items())),
        "answers": dict(sorted(Counter(label.topic for label in labels).items())),
        "people": len({label.who for label in labels}),
    }


def sick(store: Polls, sources: Sequence[Source], now: datetime) -> dict[str, Any]:
    """Give how many sources there are, and which fail or are silent, with what is known of each in words."""
    examined = examine_sources(store, sources, now)
    failing = [one for one in examined if one.state.stopped or one.state.failures >= FAILING]
    silent = [one for one in examined if one.health.standing is Standing.SILENT and one not in failing]
    return {
        "declared": len(sources),
        "failing": [f"{one.source.name}: {one.health.detail}" for one in failing],
        "silent": [f"{one.source.name}: {one.health.detail}" for one in silent],
    }


def vocabulary(store: Labels, model: "Model", topics: Sequence[Topic], now: datetime) -> dict[str, list[NewWord]]:
    """Give for each topic the words of recent flagged or relevant-labelled articles that the model does not know."""
    settled = settle(store.labels()).values
    scanners, known = Scanners(()), {*model.vocabulary}.union(*(lexicon(code).stop_words for code in model.languages))
    on_topic: dict[str, list[tuple[str, AbstractSet[str]]]] = {topic.id: [] for topic in topics}
    elsewhere: list[AbstractSet[str]] = []
    for number, one in enumerate(chain.from_iterable(pages(partial(store.stream, now - RECENT), PAGE))):
        about = [
            topic.id
            for topic in topics
            if settled.get(
                (one.article.entry.id, topic.id), any(v.topic == topic.id and v.flagged for v in one.verdicts)
            )
        ]
        if one.language not in model.languages or not (about or number % ELSEWHERE == 0):
            continue
        reading = scanners.read(one.article.entry.title, one.article.text, one.language)
        words = {*reading.title, *reading.body}
        for topic in about:
            on_topic[topic].append((one.article.entry.source_id, words))
        if not about:
            elsewhere.append(words)
    return {topic: new_words(articles, elsewhere, known) for topic, articles in on_topic.items()}
