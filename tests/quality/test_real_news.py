"""Takes real news beside the repository, holds the shipped model to its promises on volume, gate and speed."""

import gzip
import json
from pathlib import Path

import pytest

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge
from monitor.cli.build_shipped import SEED_LABELS, build, read_background, read_real
from monitor.config import load, shipped

TOPICS = load(shipped("config"), {}).topics


@pytest.fixture(scope="module")
def judge() -> Judge:
    """Give a judge of the starter topics."""
    return Judge(ModelFiles(shipped("models")).load(), TOPICS)


def test_ordinary_news_gives_no_more_flags_than_promised(shared: Path, judge: Judge) -> None:
    """At most 160 in 10,000 per topic (every third item, so a little room), and not silence either."""
    items = read_background(shared / "data" / "topics")[::3]
    verdicts = judge.verdicts_many((title, text, "en") for title, text in items)

    for index in range(len(TOPICS)):
        share = sum(found[index].flagged for found in verdicts) / len(items)
        assert 0.0005 < share < 0.020


def test_the_gate_stops_most_teasers_and_hardly_any_positive(shared: Path, judge: Judge) -> None:
    """Fewer than one in a hundred of the positives that are flagged in full may be stopped by their teaser."""
    real = [example for example in read_real(shared / "data" / "topics", TOPICS) if example.title]
    told = [
        example
        for example in real
        if any(
            verdict.flagged and example.labels.get(verdict.topic)
            for verdict in judge.verdicts(example.title, example.text, "en")
        )
    ]
    with gzip.open(shared / "data" / "stream" / "rss-2022-11.jsonl.gz", "rt", encoding="utf-8") as lines:
        stream = [json.loads(line) for line, _ in zip(lines, range(3_000), strict=False)]

    stopped = sum(not judge.gate(example.title, example.teaser) for example in told) / len(told)
    passed = sum(judge.gate(item["title"] or "", item["text"] or "") for item in stream) / len(stream)

    assert stopped < 0.01
    assert passed < 0.25


def test_the_seed_model_can_be_built_from_the_repository_alone(tmp_path: Path) -> None:
    """Whoever has no real labels still gets a model that loads and is the current one."""
    files = ModelFiles(tmp_path)

    versions = list(build(files, TOPICS, shipped("models") / SEED_LABELS, None))

    assert versions == ["seed-1"]
    assert files.load().version == files.current() == "seed-1"
    assert set(files.card()["topics"]) == {"drug_policy", "bilateral_security"}
