"""Takes the folder of real data, gives the classifier's figures: speed on a stream, quality with whole corpora left out.

    python benchmarks/classify.py --real DIR [--stream FILE.jsonl.gz]

DIR holds dev.jsonl and background-dev.jsonl.gz. Every labelled article is scored by weights learned without its corpus, and the
threshold used for a corpus is the one that was best on the *other* corpora. Ordinary news is counted at the stored `auto`.
"""

import argparse
import gzip
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge
from monitor.classify.metrics import average_precision, best_f1
from monitor.cli.build_shipped import SEED_LABELS, read_background, read_real, read_seed
from monitor.config import load, shipped
from monitor.feedback.design import Example
from monitor.feedback.training import Trained, train
from monitor.types import Topic


def main() -> None:
    """Print quality, and speed where a stream is given."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--real", type=Path, required=True)
    parser.add_argument("--stream", type=Path)
    arguments = parser.parse_args()
    topics = load(shipped("config"), {}).topics
    quality(topics, arguments.real)
    if arguments.stream:
        speed(topics, arguments.stream, read_background(arguments.real))


def quality(topics: Sequence[Topic], real: Path) -> None:
    """Print average precision and F1 per recipe and topic, with whole corpora left out."""
    labelled = [replace(example, group=example.origin) for example in read_real(real, topics)]
    seed = read_seed(shipped("models") / SEED_LABELS, topics)
    background = read_background(real)
    for name, examples, reference in (
        ("seed labels alone", seed, labelled),
        ("real labels alone", labelled, []),
        ("seed and real labels (shipped)", [*seed, *labelled], []),
    ):
        trained = train(examples, topics, version="benchmark", reference=reference, background=background)
        for index, topic in enumerate(topics):
            print(f"{name:<32} {topic.id:<20} {_figures(trained, topic.id, index)}")


def _figures(trained: Trained, topic: str, index: int) -> str:
    rows = [row for row, example in enumerate(trained.checked) if topic in example.labels]
    labels = np.array([trained.checked[row].labels[topic] for row in rows])
    scores = trained.probabilities[rows, index]
    flagged = _flagged([trained.checked[row] for row in rows], labels, scores)
    hits = int((flagged & labels).sum())
    ordinary = (trained.background[:, index] >= trained.model.heads[topic].threshold).mean() * 10_000
    return (
        f"AP {average_precision(labels, scores):.3f}  F1 {2 * hits / (flagged.sum() + labels.sum()):.3f}  "
        f"precision {hits / max(1, flagged.sum()):.3f}  recall {hits / labels.sum():.3f}  flags per 10,000: {ordinary:.0f}"
    )


def _flagged(examples: Sequence[Example], labels: NDArray[Any], scores: NDArray[Any]) -> NDArray[Any]:
    origins = np.array([example.origin for example in examples])
    flagged = np.zeros(len(labels), dtype=bool)
    for origin in set(origins.tolist()):
        here = origins == origin
        flagged[here] = scores[here] >= best_f1(labels[~here], scores[~here])[1]
    return flagged


def speed(topics: Sequence[Topic], stream: Path, full: Sequence[tuple[str, str]]) -> None:
    """Print items per second of processor time, one core."""
    files = ModelFiles(shipped("models"))
    start = time.perf_counter()
    model = files.load()
    print(f"load {time.perf_counter() - start:.3f} s")
    start = time.perf_counter()
    judge = Judge(model, topics)
    print(f"compile {time.perf_counter() - start:.3f} s, {sum(len(topic.include) for topic in topics)} keywords")
    lines = gzip.decompress(stream.read_bytes()).decode().split("\n")[:10_000]
    items = [json.loads(line) for line in lines]
    teasers = [(item["title"] or "", item["text"] or "", "en") for item in items]
    articles = [(*article, "en") for article in full if 350 < len(article[1].split()) < 450]
    for name, batch in (("teasers", teasers), ("articles of 350 to 450 words", articles)):
        start = time.process_time()
        judge.verdicts_many(batch)
        print(f"{name}: {len(batch) / (time.process_time() - start):.0f} a second")
    passed = sum(judge.gate(title, text) for title, text, _ in teasers)
    print(f"past the gate: {passed / len(teasers):.3f} of {len(teasers)}")


if __name__ == "__main__":
    main()
