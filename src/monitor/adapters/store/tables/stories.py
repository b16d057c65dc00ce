"""Takes what judging came to, gives stories: the entries that bear a story's id, with the topics they were flagged for."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, case, delete, func, insert, select, update

from monitor.adapters.store.connect import insert_new
from monitor.adapters.store.schema import IN_STORY, entries, rulings, verdicts
from monitor.adapters.store.tables import workers
from monitor.adapters.store.tables.entries import article, articles_selected
from monitor.errors import ClaimLost
from monitor.types import Contribution, Judged, Reason, Ruling, Story, StoryArticle, Verdict, Worker

JUDGE_LOCK = "judge"
_BACKLOG_TOLD = select(func.count()).where(
    IN_STORY, entries.c.source_id == bindparam("source_id"), entries.c.backlog, entries.c.judged, entries.c.gate == ""
)


def open_since(connection: Connection, since: datetime) -> list[Story]:
    """Give the stories with an article at or after `since`, whole."""
    return _stories(
        connection, entries.c.story_id.in_(select(entries.c.story_id).where(IN_STORY, entries.c.at >= since))
    )


def by_id(connection: Connection, ids: Collection[int]) -> dict[int, Story]:
    """Give these stories by id."""
    return {story.id: story for story in _stories(connection, entries.c.story_id.in_(ids))}


def _stories(connection: Connection, wanted: ColumnElement[bool]) -> list[Story]:
    topics = _topics(connection, wanted)
    found = (
        articles_selected(entries.c.judged_language)
        .where(IN_STORY, wanted)
        .order_by(entries.c.story_id, entries.c.at, entries.c.id)
    )
    return [
        Story(id=story_id, articles=tuple(_story_article(row, topics.get(row.id, ())) for row in rows))
        for story_id, rows in groupby(connection.execute(found), key=lambda row: row.story_id)
    ]


def _topics(connection: Connection, wanted: ColumnElement[bool]) -> dict[int, tuple[str, ...]]:
    flagged = (
        select(verdicts.c.entry_id, verdicts.c.topic)
        .join_from(verdicts, entries)
        .where(IN_STORY, wanted, verdicts.c.flagged)
        .order_by(verdicts.c.entry_id, verdicts.c.topic)
    )
    grouped = groupby(connection.execute(flagged), key=lambda row: row.entry_id)
    return {entry_id: tuple(row.topic for row in rows) for entry_id, rows in grouped}


def _story_article(row: Row[Any], topics: tuple[str, ...]) -> StoryArticle:
    whole = article(row)
    entry = whole.entry
    return StoryArticle(
        entry_id=entry.id,
        outlet=entry.outlet,
        title=entry.title,
        text=whole.text,
        link=entry.link,
        published=entry.published,
        seen_at=entry.seen_at,
        topics=topics,
        language=row.judged_language,
    )


# ── judgements ───────────────────────────────────────────────────────────────────────────────────────────────────────
def save(
    connection: Connection, worker: Worker, judged: Sequence[Judged], moved: Mapping[int, int], now: datetime
) -> None:
    """Store verdicts and story membership; an entry whose words changed meanwhile waits to be judged again.

    Raises:
        ClaimLost: this worker does not hold the lock `judge` any more.
    """
    move(connection, worker, moved)
    if not judged:
        return
    current = select(entries.c.id, entries.c.digest).where(entries.c.id.in_([each.entry_id for each in judged]))
    digests = {row.id: row.digest for row in connection.execute(current.with_for_update())}
    changed = [each.entry_id for each in judged if digests.get(each.entry_id) != each.digest]
    outcomes: dict[tuple[object, ...], list[int]] = defaultdict(list)  # nearly all end alike, so that few statements do
    for each in judged:
        outcomes[each.judged, each.language, each.gate, each.story_id].append(each.entry_id)
    stage = case((and_(entries.c.stage == "judge", entries.c.id.not_in(changed)), "done"), else_=entries.c.stage)
    for outcome, ids in outcomes.items():
        values = dict(zip(("judged", "judged_language", "gate", "story_id"), outcome, strict=True))
        change = update(entries).where(entries.c.id.in_(ids)).values(stage=stage, judged_at=now, **values)
        connection.execute(change)
    connection.execute(delete(verdicts).where(verdicts.c.entry_id.in_([each.entry_id for each in judged])))
    insert_new(
        connection, verdicts, [_verdict_row(each.entry_id, verdict) for each in judged for verdict in each.verdicts]
    )


def move(connection: Connection, worker: Worker, moved: Mapping[int, int]) -> None:
    """Put entries into other stories.

    Raises:
        ClaimLost: this worker does not hold the lock `judge` any more, so this was decided on what may be out of date.
    """
    if workers.holder(connection, JUDGE_LOCK) != worker.id:
        raise ClaimLost("others have taken over judging, and nothing was stored: it is decided again, or try again")
    into: dict[int, list[int]] = defaultdict(list)
    for entry, story_id in moved.items():
        into[story_id].append(entry)
    for story_id, ids in into.items():
        connection.execute(update(entries).where(entries.c.id.in_(ids)).values(story_id=story_id))


# ── what people have said ────────────────────────────────────────────────────────────────────────────────────────────
def said(connection: Connection) -> list[Ruling]:
    """Give all rulings, by entries."""
    found = select(rulings).order_by(rulings.c.entry_id, rulings.c.other_id)
    return [
        Ruling(entry=row.entry_id, other=row.other_id, together=row.together, who=row.who, at=row.at)
        for row in connection.execute(found)
    ]


def rule(connection: Connection, new: Sequence[Ruling]) -> None:
    """Store rulings; one on the same pair takes the place of an earlier one."""
    for one in new:
        pair = (rulings.c.entry_id == one.entry, rulings.c.other_id == one.other)
        connection.execute(delete(rulings).where(*pair))
        row = {"entry_id": one.entry, "other_id": one.other, "together": one.together, "who": one.who, "at": one.at}
        connection.execute(insert(rulings).values(row))


def backlog_told(connection: Connection, source_id: str) -> int:
    """Count the source's backlog entries that were judged with a story and no gate."""
    return connection.execute(_BACKLOG_TOLD, {"source_id": source_id}).scalar_one()


def verdicts_of(connection: Connection, ids: Collection[int]) -> dict[int, tuple[Verdict, ...]]:
    """Give the verdicts on these entries, by topic."""
    found = select(verdicts).where(verdicts.c.entry_id.in_(ids)).order_by(verdicts.c.entry_id, verdicts.c.topic)
    grouped = groupby(connection.execute(found), key=lambda row: row.entry_id)
    return {entry_id: tuple(map(_verdict, rows)) for entry_id, rows in grouped}


def _verdict_row(entry_id: int, verdict: Verdict) -> dict[str, object]:
    why = [[each.feature, each.value] for each in verdict.contributions] if verdict.flagged else None
    return {
        "entry_id": entry_id,
        "topic": verdict.topic,
        "probability": verdict.probability,
        "threshold": verdict.threshold,
        "flagged": verdict.flagged,
        "reason": verdict.reason,
        "model": verdict.model,
        "keyword": verdict.keyword,
        "contributions": why,
    }


def _verdict(row: Row[Any]) -> Verdict:
    return Verdict(
        topic=row.topic,
        probability=row.probability,
        threshold=row.threshold,
        flagged=row.flagged,
        reason=Reason(row.reason),
        model=row.model,
        contributions=tuple(Contribution(feature=name, value=value) for name, value in row.contributions or ()),
        keyword=row.keyword,
    )
