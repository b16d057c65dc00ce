"""Takes 200 items written apart from the training items, holds the shipped model to floors that only ever rise."""

import json
from pathlib import Path

import pytest

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge
from monitor.classify.metrics import average_precision, f1_at
from monitor.config import load, shipped

ITEMS = [json.loads(line) for line in (Path(__file__).parent / "evaluation.jsonl").read_text("utf-8").splitlines()]
TOPICS = load(shipped("config"), {}).topics
#: Average precision, F1 at `auto`, average precision of the titles alone. One item more or less moves F1 by about .01.
FLOORS = {
    "shipped-2": {"drug_policy": (0.98, 0.75, 0.94), "bilateral_security": (0.98, 0.85, 0.95)},
    "seed-2": {"drug_policy": (0.98, 0.82, 0.93), "bilateral_security": (0.985, 0.91, 0.97)},
}


@pytest.mark.parametrize("version", sorted(FLOORS))
def test_the_model_does_not_fall_below_its_floors(version: str) -> None:
    """A change of features, lists or weights that loses quality stops here."""
    judge = Judge(ModelFiles(shipped("models")).load(version), TOPICS)
    full = [judge.verdicts(item["title"], item["text"], "en") for item in ITEMS]
    titles = [judge.verdicts(item["title"], "", "en") for item in ITEMS]

    for index, topic in enumerate(TOPICS):
        labels = [bool(item[topic.id]) for item in ITEMS]
        scores = [verdicts[index].probability for verdicts in full]
        found = (
            average_precision(labels, scores),
            f1_at(labels, scores, judge.thresholds[index]),
            average_precision(labels, [verdicts[index].probability for verdicts in titles]),
        )
        assert all(figure >= floor for figure, floor in zip(found, FLOORS[version][topic.id], strict=True)), found


def test_the_items_are_not_those_the_model_was_trained_on() -> None:
    """No title of the evaluation stands among the seed labels."""
    seed = {
        json.loads(line)["title"] for line in (shipped("models") / "seed-labels.jsonl").read_text("utf-8").splitlines()
    }

    assert not seed & {item["title"] for item in ITEMS}


def test_the_shipped_files_are_small_and_hold_no_sentences() -> None:
    """Single words and figures only, eight megabytes at most."""
    files = ModelFiles(shipped("models"))
    size = sum(path.stat().st_size for path in files.folder.rglob("*") if path.is_file())

    assert size <= 8_000_000
    assert all(" " not in word for version in files.versions() for word in files.load(version).vocabulary)
