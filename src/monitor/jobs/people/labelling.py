"""Takes the store, gives what to ask a person next, and the audit's weekly sample; every answering place asks here."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from monitor.feedback.audit import Estimate, Sample, draw, estimate, strata
from monitor.feedback.labels import settle
from monitor.feedback.queue import Question, compose
from monitor.ports import Labels
from monitor.types import Draw, Judgement, LearningSettings, Score, Topic

WINDOW = timedelta(days=14)  # how old an article may be that is asked about for learning
WEEK = timedelta(days=7)
MOST_ASKED = 10_000  # articles named in one question to a store


def questions(
    store: Labels,
    topics: Sequence[Topic],
    settings: LearningSettings,
    who: str,
    now: datetime,
    *,
    count: int,
    skipped: Collection[int] = (),
) -> list[tuple[Question, Judgement]]:
    """Give what to ask a person next, with the articles; the week's sample is drawn first where that was not done yet."""
    drawn = draw_week(store, topics, settings.audit, now)
    names = {topic.id for topic in topics}
    labels = [label for label in store.labels() if label.topic in names]
    answered = {label.entry_id for label in labels}
    # Whoever answered last has seen what the others say; the others are asked again, until they agree.
    latest = {label.entry_id: label.who for label in sorted(labels, key=lambda one: one.at)}
    disputed = {entry_id for entry_id, _ in settle(labels).disputed if latest[entry_id] != who} - set(skipped)
    asked = compose(
        [score for score in store.scores(now - WINDOW) if score.topic in names],
        answered=answered | set(skipped),
        disputed=sorted(disputed),
        drawn=[one.entry_id for one in drawn],
        shares=settings.queue,
        count=count,
    )
    articles = {one.article.entry.id: one for one in store.judgements([one.entry_id for one in asked])}
    return [(one, articles[one.entry_id]) for one in asked if one.entry_id in articles]


def draw_week(store: Labels, topics: Sequence[Topic], size: int, now: datetime) -> list[Draw]:
    """Draw last week's sample where it was not drawn yet; give that of the last eight weeks, the latest first. Idempotent."""
    start, week = _last_week(now)
    names = {topic.id for topic in topics}
    known = [one for one in store.draws(week_name(start - 7 * WEEK)) if one.topic in names]
    missing = names - {one.topic for one in known if one.week == week}
    if missing and size:
        scores: dict[str, list[Score]] = {name: [] for name in missing}
        for score in store.scores(start, start + WEEK):
            if score.topic in missing:
                scores[score.topic].append(score)
        fresh = [one for _, inside in sorted(scores.items()) if inside for one in draw(inside, size, week)]
        if store.save_draws(fresh):
            known = [one for one in store.draws(week_name(start - 7 * WEEK)) if one.topic in names]
    return sorted(known, key=lambda one: one.week, reverse=True)


def _last_week(now: datetime) -> tuple[datetime, str]:
    """Give the start and the name of the last whole week, Monday to Sunday in UTC."""
    monday = datetime(now.year, now.month, now.day, tzinfo=now.tzinfo) - timedelta(days=now.weekday())
    return monday - WEEK, week_name(monday - WEEK)


def week_name(day: datetime) -> str:
    """Give the name of the week a day lies in, as draws carry it: 2026-W48."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def undrawn(store: Labels, topics: Sequence[Topic], size: int, now: datetime) -> str:
    """Give last week's name where its sample is still to be drawn for a topic; "" where it is not, or none is wanted."""
    _, week = _last_week(now)
    done = {one.topic for one in store.draws(week) if one.week == week}
    return week if size and any(topic.id not in done for topic in topics) else ""


def samples(store: Labels, topics: Sequence[Topic], since: str = "") -> dict[str, Sample]:
    """Give what was drawn for each topic, from a week on, with what people said of it."""
    drawn = store.draws(since)
    ids = sorted({one.entry_id for one in drawn})
    parts = [ids[first : first + MOST_ASKED] for first in range(0, len(ids), MOST_ASKED)]
    settled = settle(label for part in parts for label in store.labels(part))
    found = {}
    for topic in topics:
        own = {one.entry_id: one for one in drawn if one.topic == topic.id}
        found[topic.id] = Sample(
            drawn=tuple(own.values()),
            answers={id_: settled.values[id_, topic.id] for id_ in own if (id_, topic.id) in settled.values},
            unsure=frozenset(id_ for id_ in own if (id_, topic.id) in settled.unsure),
            disputed=frozenset(id_ for id_ in own if (id_, topic.id) in settled.disputed),
        )
    return found


def estimates(store: Labels, topics: Sequence[Topic], since: str = "") -> dict[str, Estimate]:
    """Give what the audit says of each topic whose sample was drawn, from a week on."""
    found = samples(store, topics, since)
    return {topic: estimate(strata(one.drawn, one.answers)) for topic, one in found.items() if one.drawn}


def misses(store: Labels, topics: Sequence[Topic], since: str = "") -> dict[str, list[Judgement]]:
    """Give the articles of the audit that are on topic and were not flagged."""
    found = samples(store, topics, since)
    return {topic: store.judgements(sorted(one.missed)) for topic, one in found.items()}
