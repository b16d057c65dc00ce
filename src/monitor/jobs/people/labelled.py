"""Takes the labels in the store, gives what is learned from and what is tested with: settled, grouped, split for good."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from monitor.feedback.design import Example
from monitor.feedback.labels import Settled, settle
from monitor.feedback.refine import STREAM
from monitor.feedback.split import Member, frozen, groups
from monitor.jobs.pages import pages
from monitor.ports import Labels
from monitor.types import IMPORTED, Judgement, Topic

MOST = 50_000  # labelled articles that are learned from; the latest
PAGE = 1_000  # articles read at once


@dataclass(frozen=True, kw_only=True)
class Labelled:
    """The labels of the store, sorted into what is learned from and what is tested with."""

    articles: Mapping[int, Judgement]
    settled: Settled
    training: Mapping[int, Example]
    testing: Mapping[int, Example]
    people: int
    asked: Mapping[str, int]  #: by topic, items of the test set that were answered, the disputed ones included

    @property
    def facts(self) -> dict[str, Any]:
        """Give the counts and the digest that the card keeps."""
        topics = sorted({topic for _, topic in (*self.settled.values, *self.settled.disputed)})
        return {
            "undisputed": len(self.settled.values),
            "disputed": len(self.settled.disputed),
            "unsure": len(self.settled.unsure),
            "people": self.people,
            "articles": len(self.articles),
            "digest": self._digest(),
            "frozen": {topic: sum(topic in one.labels for one in self.testing.values()) for topic in topics},
            "asked": self.asked,
        }

    def _digest(self) -> str:
        values = self.settled.values.items()
        lines = sorted(f"{_known_by(self.articles[id_])}\t{topic}\t{value}" for (id_, topic), value in values)
        return sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()


def sort_labels(store: Labels, topics: Sequence[Topic]) -> Labelled:
    """Give the labels of these topics, sorted."""
    names = [topic.id for topic in topics]
    labels = [label for label in store.labels() if label.topic in names]
    latest = sorted({label.entry_id for label in labels})[-MOST:]
    begin = latest[0] - 1 if latest else 0
    articles = {one.article.entry.id: one for page in pages(store.labelled, PAGE, begin) for one in page}
    known = settle(label for label in labels if label.entry_id in articles)
    members = [
        Member(id=id_, title=one.article.entry.title, text=one.article.text, story_id=one.article.entry.story_id)
        for id_, one in articles.items()
    ]
    group_of = groups(members)
    salt = {id_: _known_by(one) for id_, one in articles.items()}
    examples = {id_: _example(one, known.of(id_, names), str(group_of[id_])) for id_, one in articles.items()}
    testing = {id_: one for id_, one in examples.items() if frozen(group_of[id_], salt)}
    return Labelled(
        articles=articles,
        settled=known,
        training={id_: one for id_, one in examples.items() if id_ not in testing and one.labels},
        testing={id_: one for id_, one in testing.items() if one.labels},
        people=len({label.who for label in labels}),
        asked=Counter(topic for id_, topic in (*known.values, *known.disputed) if id_ in testing),
    )


def _known_by(one: Judgement) -> str:
    entry = one.article.entry
    return entry.url or f"{entry.title}\n{one.article.text}"


def _example(one: Judgement, labels: Mapping[str, bool], group: str) -> Example:
    entry = one.article.entry
    return Example(
        title=entry.title,
        text=one.article.text,
        labels=labels,
        group=group,
        origin="imported" if entry.source_id == IMPORTED else STREAM,
        language=one.language or "",
    )
