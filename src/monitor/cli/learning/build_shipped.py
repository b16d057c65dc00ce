"""Takes the seed labels and, where it is at hand, real news; gives the two shipped models and the pointer to one.

    python -m monitor.cli.learning.build_shipped                 the seed model, from the repository alone
    python -m monitor.cli.learning.build_shipped --real DIR      both, and the figures the seed model is calibrated by

The seed model's weights are learned from `models/seed-labels.jsonl` alone; its calibration and thresholds are the figures in
`models/seed-operating.json`, measured on real labels with --real, because items written for training say nothing of how rare a
topic is. The shipped model is learned from the seed labels and from real news that was read and labelled. Of the real news only
figures enter the files: weights, idf, thresholds, and single words that at least three articles share.

DIR holds `topics/dev.jsonl` (labelled), `topics/background-dev.jsonl.gz` and `stream/rss-2022-11.jsonl.gz` (unlabelled; our own
labels of some of their items are in `models/real-labels.jsonl`, by id).
"""

import argparse
import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from monitor.adapters.model_files import ModelFiles
from monitor.classify.model import Evidence, Head, Model
from monitor.config import load, shipped
from monitor.errors import ModelError
from monitor.feedback.card import describe
from monitor.feedback.design import DEVIATIONS, Example, Scanners, deviations
from monitor.feedback.training import train
from monitor.types import Topic

SEED, SHIPPED = "seed-2", "shipped-2"
SEED_LABELS, SEED_OPERATING, OWN_LABELS = "seed-labels.jsonl", "seed-operating.json", "real-labels.jsonl"
DEV, BACKGROUND, STREAM = "topics/dev.jsonl", "topics/background-dev.jsonl.gz", "stream/rss-2022-11.jsonl.gz"
PACKAGE_DATA = Path(__file__).parents[2] / "data"
GENERAL = "*"  # the head of topics without labels, among those of topics


@dataclass(frozen=True, kw_only=True)
class RealNews:
    """What a folder of real news holds."""

    labelled: Sequence[Example]
    background: Sequence[tuple[str, str, str]]
    digests: Mapping[str, str]


def main() -> None:
    """Build the shipped models into `models/`."""
    parser = argparse.ArgumentParser(description="Build the models that travel with the package.")
    parser.add_argument("--real", type=Path, help=f"folder with {DEV}, {BACKGROUND} and {STREAM}")
    parser.add_argument("--into", type=Path, default=shipped("models"), help="folder of model versions")
    arguments = parser.parse_args()
    topics = load(shipped("config"), os.environ).topics
    files = ModelFiles(arguments.into)
    for version in build(files, topics, shipped("models"), arguments.real):
        print(f"{version} is in {files.folder}; `monitor models show {version}` tells how good it is")


def build(files: ModelFiles, topics: Sequence[Topic], own: Path, real: Path | None) -> Iterator[str]:
    """Train, save and point; give each version's name.

    Args:
        files: where to.
        topics: with their keywords.
        own: folder with the labels of this project and the seed model's operating points.
        real: folder of real news; without it only the seed model is built, and pointed to where nothing else is.
    """
    invented, seed_digest = read_seed(own / SEED_LABELS, topics), {SEED_LABELS: _digest(own / SEED_LABELS)}
    news = read_news(real, own, topics) if real else None
    if news:
        measured = deviations(Scanners(topics), _english(news.labelled))
        (PACKAGE_DATA / DEVIATIONS).write_text(json.dumps(measured, indent=0) + "\n", "utf-8")
        trained = train(invented, topics, version=SEED, reference=_english(news.labelled), background=news.background)
        _record(own / SEED_OPERATING, trained.model)
        files.save(trained.model, describe(trained, invented, topics, {**seed_digest, **news.digests}))
    else:
        # Without real news the figures of the card can only come from folds of the invented items.
        alone = [replace(example, group="", invented=False) for example in invented]
        trained = train(alone, topics, version=SEED)
        model = _operated(trained.model, own / SEED_OPERATING)
        files.save(model, describe(replace(trained, model=model), alone, topics, seed_digest))
    yield SEED
    if news:
        examples = [*invented, *news.labelled]
        trained = train(examples, topics, version=SHIPPED, background=news.background, prior=files.load(SEED))
        files.save(trained.model, describe(trained, examples, topics, {**seed_digest, **news.digests}, SEED))
        yield SHIPPED
    if news or not (files.folder / "current").exists():
        files.point(SHIPPED if news else SEED)


def read_seed(path: Path, topics: Sequence[Topic]) -> list[Example]:
    """Read the items that were written for training."""
    return [
        Example(
            title=row["title"],
            text=row["text"],
            labels={topic.id: bool(row[topic.id]) for topic in topics if topic.id in row},
            group="seed",
            origin="seed",
            language=row["lang"],
            invented=True,
        )
        for row in _rows(path)
    ]


def read_news(folder: Path, own: Path, topics: Sequence[Topic]) -> RealNews:
    """Read the labelled real news and the background; an article that could go either way is no label."""
    texts = {row["id"]: row for name in (BACKGROUND, STREAM) for row in _rows(folder / name)}
    read_here = [{**texts[row["id"]], **row} for row in _rows(own / OWN_LABELS)]
    labelled = [_example(row, topics) for row in (*_rows(folder / DEV), *read_here)]
    paths = (folder / DEV, folder / BACKGROUND, folder / STREAM, own / OWN_LABELS)
    return RealNews(
        labelled=labelled,
        background=[(row["title"] or "", row["text"] or "", row["lang"]) for row in _rows(folder / BACKGROUND)],
        digests={path.name: _digest(path) for path in paths},
    )


def _example(row: Mapping[str, Any], topics: Sequence[Topic]) -> Example:
    return Example(
        title=row["title"] or "",
        text=row["text"] or "",
        labels={topic.id: row[topic.id] == "1" for topic in topics if row.get(topic.id) in ("0", "1")},
        group=row["outlet"] or row["id"],
        origin=row["corpus"],
        weight=row["weight"],
        language=row["lang"],
    )


def _english(examples: Sequence[Example]) -> list[Example]:
    # Two other languages have no real labels, so that one calibration serves all: that of the language with most.
    return [example for example in examples if example.language == "en"]


def _record(path: Path, model: Model) -> None:
    heads = {topic: _operating(head) for topic, head in sorted({**model.heads, GENERAL: model.general}.items())}
    path.write_text(json.dumps(heads, indent=1) + "\n", "utf-8")


def _operating(head: Head) -> dict[str, Any]:
    numbers = {name: getattr(head, name) for name in ("slope", "offset", "threshold", "gate")}
    return {**numbers, "evidence": [asdict(row) for row in head.evidence]}


def _operates(head: Head, by: Mapping[str, Any]) -> Head:
    return replace(head, **{**by, "evidence": tuple(Evidence(**row) for row in by["evidence"])})


def _operated(model: Model, path: Path) -> Model:
    """Give the model with the recorded calibration, thresholds and evidence in place of its own."""
    try:
        heads = json.loads(path.read_text("utf-8"))
        return replace(
            model,
            heads={topic: _operates(head, heads[topic]) for topic, head in model.heads.items()},
            general=_operates(model.general, heads[GENERAL]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} cannot be read ({error}): build it with --real") from error


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _rows(path: Path) -> list[dict[str, Any]]:
    packed = path.read_bytes()
    plain = gzip.decompress(packed) if path.suffix == ".gz" else packed
    return [json.loads(line) for line in plain.decode().split("\n") if line]


if __name__ == "__main__":
    main()
