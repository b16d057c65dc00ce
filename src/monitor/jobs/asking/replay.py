"""Takes the stored stream and another judge, gives the articles that would be flagged otherwise; writes nothing."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from monitor.extract import detect_all
from monitor.jobs.pages import pages
from monitor.ports import Labels
from monitor.types import Judgement, Source, Verdict

if TYPE_CHECKING:
    from monitor.classify import Judge

PAGE = 2_000  # articles read and judged at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """How articles are judged. `judge` None: as they were when they came."""

    judge: "Judge | None"
    sources: Mapping[str, Source]

    def flagged(self, page: Sequence[Judgement]) -> list[dict[str, Verdict]]:
        """Give for each article its verdicts by topic."""
        if self.judge is None:
            return [{verdict.topic: verdict for verdict in one.verdicts} for one in page]
        texts = zip(((one.article.entry.title, one.article.text) for one in page), _languages(page), strict=True)
        judged = self.judge.verdicts_many((*words, language) for words, language in texts)
        return [
            {verdict.topic: verdict for verdict in verdicts if self._wanted(one, verdict.topic)}
            for one, verdicts in zip(page, judged, strict=True)
        ]

    def _wanted(self, one: Judgement, topic: str) -> bool:
        source = self.sources.get(one.article.entry.source_id)
        return not (source and source.topics) or topic in source.topics


def _languages(page: Sequence[Judgement]) -> list[str]:
    """Give the languages; what came while there were no topics has none on record."""
    entries = [one.article.entry for one in page]
    stated = [one.language or entry.language for one, entry in zip(page, entries, strict=True)]
    words = (f"{entry.title}\n{one.article.text}" for one, entry in zip(page, entries, strict=True))
    sources = (entry.source_id for entry in entries)
    return detect_all(list(zip(words, stated, sources, strict=True)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """An article that one setting flags and the other does not."""

    entry_id: int
    title: str
    outlet: str
    link: str | None
    at: datetime
    before: float | None  #: probability; None where the topic was not judged
    after: float | None
    keyword: str  #: the rule that decided, "" where the score did


@dataclass(kw_only=True, slots=True)
class Topicwise:
    """What a replay came to for one topic."""

    gained: list[Change] = field(default_factory=list)
    lost: list[Change] = field(default_factory=list)
    kept: int = 0
    days: dict[str, Counter[str]] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "gained": len(self.gained),
            "lost": len(self.lost),
            "kept": self.kept,
            "per_day": {day: dict(counts) for day, counts in sorted(self.days.items())},
            "articles": {
                kind: [
                    {
                        "id": one.entry_id,
                        "title": one.title,
                        "outlet": one.outlet,
                        "link": one.link,
                        "at": one.at.isoformat(),
                        "before": one.before,
                        "after": one.after,
                        "keyword": one.keyword or None,
                    }
                    for one in changes
                ]
                for kind, changes in (("gained", self.gained), ("lost", self.lost))
            },
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """What a replay came to."""

    articles: int
    topics: Mapping[str, Topicwise]


def replay(
    store: Labels,
    settings: tuple[Setting, Setting],
    topics: Sequence[str],
    since: datetime,
    watch: Callable[[int], None] = lambda _: None,
) -> Replayed:
    """Judge the stream since then by both settings and compare.

    Args:
        store: the stream; articles whose verdicts are in it, whatever their language.
        settings: those in force, or of the time, and the others.
        topics: that are told of.
        since: judged at or after.
        watch: told how many articles are done.
    """
    before, after = settings
    found = {topic: Topicwise() for topic in topics}
    done = 0
    for page in pages(partial(store.stream, since), PAGE):
        for one, old, new in zip(page, before.flagged(page), after.flagged(page), strict=True):
            for topic in topics:
                _count(found[topic], one, old.get(topic), new.get(topic))
        done += len(page)
        watch(done)
    return Replayed(articles=done, topics=found)


def _count(topic: Topicwise, one: Judgement, old: Verdict | None, new: Verdict | None) -> None:
    was, is_ = bool(old and old.flagged), bool(new and new.flagged)
    if not (was or is_):
        return
    entry = one.article.entry
    at = entry.published or entry.seen_at
    kind = "kept" if was and is_ else "gained" if is_ else "lost"
    topic.days.setdefault(at.date().isoformat(), Counter())[kind] += 1
    if kind == "kept":
        topic.kept += 1
        return
    change = Change(
        entry_id=entry.id,
        title=entry.title,
        outlet=entry.outlet,
        link=entry.link,
        at=at,
        before=round(old.probability, 4) if old else None,
        after=round(new.probability, 4) if new else None,
        keyword=new.keyword if new else "",
    )
    (topic.gained if is_ else topic.lost).append(change)
