"""Takes real news beside the repository, holds the shipped model to its promises on quality, volume and gate."""

import gzip
import json
from pathlib import Path

import pytest

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge
from monitor.classify.metrics import average_precision
from monitor.cli.learning.build_shipped import DEV, OWN_LABELS, SEED_OPERATING, STREAM, RealNews, build, read_news
from monitor.config import load, shipped
from monitor.feedback.design import Example

TOPICS = load(shipped("config"), {}).topics
#: Average precision of the seed model, which saw no real article, on the development news in English and in Spanish.
FLOORS = {
    "en": {"drug_policy": 0.91, "bilateral_security": 0.74},
    "es": {"drug_policy": 0.85, "bilateral_security": 0.75},
}


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Give a judge of the starter topics."""
    return Judge(ModelFiles(shipped("models")).load(), TOPICS)


@pytest.fixture(scope="module")
def news(shared: Path) -> RealNews:
    """Give the real news."""
    return read_news(shared / "data", shipped("models"), TOPICS)


@pytest.mark.parametrize("language", sorted(FLOORS))
def test_the_seed_model_ranks_real_news_it_never_saw(news: RealNews, shared: Path, language: str) -> None:
    """The features hold beyond the invented items they were learned from."""
    seed = Judge(ModelFiles(shipped("models")).load("seed-2"), TOPICS)
    lines = (shared / "data" / DEV).read_text("utf-8").splitlines()
    items = [one for one in news.labelled[: len(lines)] if one.language == language]
    verdicts = seed.verdicts_many(one.article for one in items)

    for place, topic in enumerate(TOPICS):
        rows = [row for row, one in enumerate(items) if topic.id in one.labels]
        labels = [items[row].labels[topic.id] for row in rows]
        found = average_precision(labels, [verdicts[row][place].probability for row in rows])
        assert found >= FLOORS[language][topic.id]


def test_ordinary_news_gives_no_more_flags_than_promised(news: RealNews, judge: Judge) -> None:
    """At most 160 in 10,000 per topic (every third item, so a little room), and not silence either."""
    items = news.background[::3]
    verdicts = judge.verdicts_many(items)

    for index in range(len(TOPICS)):
        share = sum(found[index].flagged for found in verdicts) / len(items)
        assert 0.0005 < share < 0.020


def test_the_gate_stops_most_teasers_and_hardly_any_positive(news: RealNews, shared: Path, judge: Judge) -> None:
    """Fewer than one in a hundred of the positives that are flagged in full may be stopped by their teaser."""
    told = [one for one in news.labelled if one.title and one.language == "en" and _flagged_rightly(judge, one)]
    stream = read_stream(shared / "data" / STREAM)

    stopped = sum(not judge.gate(*one.teaser) for one in told) / len(told)
    passed = sum(judge.gates(stream)) / len(stream)

    assert stopped < 0.01
    assert passed < 0.25


def _flagged_rightly(judge: Judge, example: Example) -> bool:
    return any(verdict.flagged and example.labels.get(verdict.topic) for verdict in judge.verdicts(*example.article))


def read_stream(path: Path) -> list[tuple[str, str, str | None]]:
    """Give title, teaser and language of the stream's first 3,000 items."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line, _ in zip(lines, range(3_000), strict=False)]
    return [(item["title"] or "", item["text"] or "", "en") for item in items]


def test_own_labels_of_real_news_hold_ids_and_answers_only() -> None:
    """The sentences are others' property and stay where they are."""
    rows = [json.loads(line) for line in (shipped("models") / OWN_LABELS).read_text("utf-8").splitlines()]

    assert len(rows) > 1_500
    assert {frozenset(row) for row in rows} == {frozenset({"id", "drug_policy", "bilateral_security", "weight"})}
    assert all(row[topic.id] in ("0", "1", "?") for row in rows for topic in TOPICS)


def test_the_seed_model_is_built_again_from_the_repository_alone(tmp_path: Path) -> None:
    """Whoever has no real news gets the model that is shipped: same thresholds, same verdicts."""
    files = ModelFiles(tmp_path)

    versions = list(build(files, TOPICS, shipped("models"), None))

    again, kept = files.load(), ModelFiles(shipped("models")).load("seed-2")
    text = ("Ghana and Togo sign pact against cocaine gangs", "Police of both countries will patrol together.", "en")
    assert versions == [files.current()] == ["seed-2"]
    assert (shipped("models") / SEED_OPERATING).is_file()
    for mine, theirs in zip(Judge(again, TOPICS).verdicts(*text), Judge(kept, TOPICS).verdicts(*text), strict=True):
        assert mine.threshold == theirs.threshold
        assert mine.probability == pytest.approx(theirs.probability, abs=1e-3)
