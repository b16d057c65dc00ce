"""Takes the seed labels and, where it is at hand, labelled real news; gives the two shipped models and the pointer to one.

`python -m monitor.cli.build_shipped [--real DIR]`. `seed-1` is learned from `models/seed-labels.jsonl` alone; with --real its
calibration and thresholds come from real labels. `shipped-1` is learned from both and needs --real. Of the real news only figures
enter the files: weights, idf, thresholds, and single words that at least three articles share.
"""

import argparse
import gzip
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from monitor.adapters.model_files import ModelFiles
from monitor.config import load, shipped
from monitor.feedback.card import describe
from monitor.feedback.design import Example
from monitor.feedback.training import train
from monitor.types import Topic

SEED_LABELS = "seed-labels.jsonl"
REAL_LABELS = "dev.jsonl"
BACKGROUND = "background-dev.jsonl.gz"


def main() -> None:
    """Build the shipped models into `models/`."""
    parser = argparse.ArgumentParser(description="Build the models that travel with the package.")
    parser.add_argument("--real", type=Path, help=f"folder with {REAL_LABELS} and {BACKGROUND}")
    parser.add_argument("--into", type=Path, default=shipped("models"), help="folder of model versions")
    arguments = parser.parse_args()
    topics = load(shipped("config"), os.environ).topics
    files = ModelFiles(arguments.into)
    for version in build(files, topics, shipped("models") / SEED_LABELS, arguments.real):
        print(json.dumps(files.card(version)["topics"], indent=1, ensure_ascii=False))
        print(f"{version} written; it is {'' if files.current() == version else 'not '}the current one")


def build(files: ModelFiles, topics: Sequence[Topic], seed: Path, real: Path | None) -> Iterator[str]:
    """Train, save and point; give each version's name."""
    invented = read_seed(seed, topics)
    labelled, background = (read_real(real, topics), read_background(real)) if real else ([], [])
    paths = [seed, *((real / REAL_LABELS, real / BACKGROUND) if real else ())]
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    # Without real news the figures can only come from folds of the invented items.
    alone = invented if real else [replace(example, group="", invented=False) for example in invented]
    plans = [("seed-1", alone, labelled), *([("shipped-1", [*invented, *labelled], [])] if real else [])]
    for version, examples, reference in plans:
        trained = train(examples, topics, version=version, reference=reference, background=background)
        files.save(trained.model, describe(trained, examples, topics, digests))
        files.point(version)
        yield version


def read_seed(path: Path, topics: Sequence[Topic]) -> list[Example]:
    """Read the items that were written for training."""
    return [
        Example(
            title=row["title"],
            text=row["text"],
            labels={topic.id: bool(row[topic.id]) for topic in topics if topic.id in row},
            group="seed",
            origin="seed",
            invented=True,
        )
        for row in _rows(path)
    ]


def read_real(folder: Path, topics: Sequence[Topic]) -> list[Example]:
    """Read the labelled real news in English; an article that could go either way is no label."""
    return [
        Example(
            title=row["title"] or "",
            text=row["text"] or "",
            labels={topic.id: row[topic.id] == "1" for topic in topics if row.get(topic.id) in ("0", "1")},
            group=row["outlet"] or row["id"],
            origin=row["corpus"],
            weight=row["weight"],
        )
        for row in _rows(folder / REAL_LABELS)
        if row["lang"] == "en"
    ]


def read_background(folder: Path) -> list[tuple[str, str]]:
    """Read title and text of ordinary news."""
    return [(row["title"] or "", row["text"] or "") for row in _rows(folder / BACKGROUND)]


def _rows(path: Path) -> list[dict[str, Any]]:
    packed = path.read_bytes()
    plain = gzip.decompress(packed) if path.suffix == ".gz" else packed
    return [json.loads(line) for line in plain.decode().split("\n") if line]


if __name__ == "__main__":
    main()
