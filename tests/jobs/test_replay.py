"""The stored stream judged again: what another setting would have gained and lost, against counting by hand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.adapters.model_files import ModelFiles
from monitor.adapters.store import SqlStore, open_store
from monitor.classify import Judge
from monitor.config import load, shipped
from monitor.jobs.asking.replay import Setting, replay
from monitor.jobs.watch import presence
from monitor.types import Judged, NewEntry, PollRecord, Source, Topic

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
TOPICS = load(shipped("config"), {}).topics
MODEL = ModelFiles(shipped("models")).load()
TITLES = (
    "Parliament debates fentanyl law",
    "Choir sings at the fair",
    "Two navies hold a joint exercise",
    "Xylazine found in street drugs, ministry warns",
    "Xylazine: a vet explains",
    "Harbour office closes early",
    "Senate passes opioid settlement bill",
    "A xylazine-free day in the clinic",
    "Bakers on strike",
    "Xylazines and their kin",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """Give a store with ten judged articles a day for three days, one source of which follows one topic alone."""
    opened = open_store(f"sqlite:///{tmp_path}/monitor.db")
    worker = presence.this_worker(NOON)
    opened.join(worker)
    judge = Judge(MODEL, TOPICS)
    for name in ("gazette", "herald"):
        opened.sync_sources(
            [Source(id=each, name=each, url=f"https://{each}.example/") for each in ("gazette", "herald")], NOON
        )
        [state] = opened.claim_sources(worker, NOON, 1, only=[name])
        record = PollRecord(source_id=name, at=NOON, result="ok", detail="", entries=10, new=10, seconds=0)
        opened.save_poll(worker, state, record, [_entry(name, title) for title in TITLES])
    articles = opened.to_judge(100)
    for day, part in enumerate((articles[:10], articles[10:])):
        verdicts = judge.verdicts_many((one.entry.title, one.text, "en") for one in part)
        opened.lock("judge", worker)
        opened.save_judgements(
            worker,
            [
                Judged(entry_id=one.entry.id, digest=one.entry.digest, language="en", judged=True, verdicts=each)
                for one, each in zip(part, verdicts, strict=True)
            ],
            now=NOON + timedelta(days=day),
        )
    yield opened
    opened.close()


def _entry(source: str, title: str) -> NewEntry:
    return NewEntry(
        source_id=source,
        identity=title,
        url=f"https://{source}.example/{title[:10]}",
        link=f"https://{source}.example/{title[:10]}",
        title=title,
        summary="Xylazine is mentioned here." if title == "Bakers on strike" else "",
        content="",
        published=NOON,
        seen_at=NOON,
        digest=title,
        complete=True,
    )


def with_keyword(word: str, kind: str) -> tuple[Topic, ...]:
    """Give the topics with one more keyword of the first."""
    changed: dict[str, tuple[str, ...]] = {kind: (*getattr(TOPICS[0], kind), word)}
    return (replace(TOPICS[0], **changed), *TOPICS[1:])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["always", "never", "include"])
@pytest.mark.parametrize("word", ["xylazine", "fentanyl", "law", "opioid*"])
def test_a_keyword_changes_exactly_what_judging_one_by_one_changes(store: SqlStore, kind: str, word: str) -> None:
    """Each article judged by itself, by both settings, and compared."""
    before, after = Judge(MODEL, TOPICS), Judge(MODEL, with_keyword(word, kind))
    expected: dict[str, set[tuple[int, bool]]] = {topic.id: set() for topic in TOPICS}
    for one in store.stream(NOON, 0, 1_000):
        pair = [judge.verdicts(one.article.entry.title, one.article.text, "en") for judge in (before, after)]
        for old, new in zip(*pair, strict=True):
            if old.flagged != new.flagged:
                expected[old.topic].add((one.article.entry.id, new.flagged))

    found = replay(store, (Setting(judge=before, sources={}), Setting(judge=after, sources={})), [*expected], NOON)

    assert found.articles == 20
    for topic, one_topic in found.topics.items():
        gained = {(change.entry_id, True) for change in one_topic.gained}
        lost = {(change.entry_id, False) for change in one_topic.lost}
        assert gained | lost == expected[topic]
    if kind == "always" and word == "xylazine":
        assert len(found.topics[TOPICS[0].id].gained) >= 4


def test_a_topic_a_source_does_not_follow_is_neither_gained_nor_kept(store: SqlStore) -> None:
    """As in judging: a source that names topics is judged by these alone."""
    judge = Judge(MODEL, with_keyword("xylazine", "always"))
    only = Source(id="herald", name="herald", url="https://herald.example/", topics=("bilateral_security",))

    found = replay(
        store,
        (Setting(judge=None, sources={}), Setting(judge=judge, sources={"herald": only})),
        ["drug_policy"],
        NOON,
    )

    topic = found.topics["drug_policy"]
    assert {(change.outlet, change.title) for change in topic.gained} == {
        ("gazette", "Xylazine: a vet explains"),
        ("gazette", "A xylazine-free day in the clinic"),
        ("gazette", "Bakers on strike"),
    }
    assert {(change.outlet, change.title) for change in topic.lost} == {
        ("herald", "Parliament debates fentanyl law"),
        ("herald", "Xylazine found in street drugs, ministry warns"),
        ("herald", "Senate passes opioid settlement bill"),
    }


def test_what_came_before_is_not_judged_again(store: SqlStore) -> None:
    """From the second day on there are ten articles, and nothing changes where nothing was changed."""
    same = Setting(judge=Judge(MODEL, TOPICS), sources={})
    seen: list[int] = []

    found = replay(store, (same, same), ["drug_policy"], NOON + timedelta(hours=1), seen.append)

    topic = found.topics["drug_policy"]
    assert (found.articles, topic.gained, topic.lost, seen) == (10, [], [], [10])
    assert topic.kept > 0
    assert topic.facts()["per_day"] == {"2026-03-02": {"kept": topic.kept}}
