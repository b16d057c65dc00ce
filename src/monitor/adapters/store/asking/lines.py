"""Takes what a list of stories is narrowed to, gives a page of it without any text: what the inbox shows at once."""

from collections import defaultdict
from collections.abc import Collection
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select, tuple_

from monitor.adapters.store.asking.search import flagged_for, naming
from monitor.adapters.store.schema import IN_STORY, entries, labels, sources, verdicts
from monitor.adapters.store.tables import learning
from monitor.types import ArticleLine, Narrowed, SaidOf, StoryLine

#: Two more looks at the entries: at those of the same story.
_NEWER, _MEMBER = entries.alias("newer"), entries.alias("member")


def listed(connection: Connection, narrowed: Narrowed, limit: int, offset: int) -> list[StoryLine]:
    """Give up to `limit` stories after the first `offset`, the latest first."""
    # From the latest article on, each story at its latest: a page costs what is on it, and not what there is.
    latest_first = (
        select(entries.c.story_id)
        .where(IN_STORY, *_wanted(narrowed))
        .order_by(entries.c.at.desc(), entries.c.story_id.desc())
    )
    ids = list(connection.execute(latest_first.limit(limit).offset(offset)).scalars())
    found = _lines(connection, ids)
    return [found[id_] for id_ in ids]


def _wanted(narrowed: Narrowed) -> list[ColumnElement[bool]]:
    """Give the conditions; only those on time are on the very article by which a story is ordered."""
    newer = [
        _NEWER.c.story_id == entries.c.story_id,
        tuple_(_NEWER.c.at, _NEWER.c.id) > tuple_(entries.c.at, entries.c.id),
    ]
    wanted = [entries.c.at >= narrowed.since] if narrowed.since else []
    if narrowed.until:
        wanted.append(entries.c.at < narrowed.until)
        newer.append(_NEWER.c.at < narrowed.until)
    wanted.append(~exists(_NEWER.c.id).where(*newer))
    stories = select(entries.c.story_id).where(IN_STORY)
    among = []
    if narrowed.source:
        among.append(stories.where(entries.c.source_id == narrowed.source))
    if narrowed.country:
        among.append(stories.where(entries.c.id.in_(naming("country", narrowed.country))))
    if narrowed.said in {SaidOf.SOMETHING, SaidOf.DISPUTED}:
        among.append(stories.where(entries.c.id.in_(_said_of(narrowed.said))))
    wanted += [entries.c.story_id.in_(these) for these in among]
    if narrowed.said is SaidOf.NOTHING:
        wanted.append(entries.c.story_id.not_in(stories.where(entries.c.id.in_(_said_of(SaidOf.SOMETHING)))))
    if narrowed.topic:  # asked story by story: half of them may be flagged for it, and a page shows few
        inside = (_MEMBER.c.story_id == entries.c.story_id, flagged_for(_MEMBER.c.id, narrowed.topic))
        wanted.append(exists(_MEMBER.c.id).where(*inside))
    return wanted


def _said_of(said: SaidOf) -> Select[tuple[int]]:
    """Give the question for the entries that somebody answered about, or that people differ about."""
    if said is SaidOf.SOMETHING:
        return select(labels.c.entry_id)
    differing = func.count(labels.c.value.distinct()) > 1
    return select(labels.c.entry_id).group_by(labels.c.entry_id, labels.c.topic).having(differing)


def _lines(connection: Connection, ids: Collection[int]) -> dict[int, StoryLine]:
    rows = connection.execute(
        select(entries.c.id, entries.c.story_id, sources.c.name, entries.c.title, entries.c.at)
        .join_from(entries, sources)
        .where(entries.c.story_id.in_(ids))
        .order_by(entries.c.story_id, entries.c.at, entries.c.id)
    ).all()
    inside = select(entries.c.id).where(entries.c.story_id.in_(ids))
    flagged: dict[int, dict[str, float]] = defaultdict(dict)
    found = select(verdicts.c.entry_id, verdicts.c.topic, verdicts.c.probability).where(
        verdicts.c.entry_id.in_(inside), verdicts.c.flagged
    )
    for verdict in connection.execute(found.order_by(verdicts.c.entry_id, verdicts.c.topic)):
        flagged[verdict.entry_id][verdict.topic] = verdict.probability
    said = defaultdict(list)
    for label in learning.about(connection, inside):
        said[label.entry_id].append(label)
    return {
        story_id: StoryLine(
            id=story_id,
            articles=tuple(
                ArticleLine(
                    entry_id=row.id,
                    outlet=row.name,
                    title=row.title,
                    at=row.at,
                    flagged=flagged.get(row.id, {}),
                    labels=tuple(said.get(row.id, ())),
                )
                for row in each
            ),
        )
        for story_id, each in groupby(rows, key=lambda row: row.story_id)
    }
