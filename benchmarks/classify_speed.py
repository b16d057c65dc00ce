"""Takes real news, gives how fast the classifier is beside two peers in the same run, one core, and what it holds in memory.

    python benchmarks/classify_speed.py

Peers: scikit-learn's TfidfVectorizer(1, 2) with logistic regression, trained on the same labels; and the features of the reference
recipe (`../shared/tools/recipe.py`), whose eleven regular expressions and countries are what the lexicons here replace.
"""

import gzip
import json
import os
import runpy
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")

import resource

from corpora import REAL, TOPICS, real_news, table
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge
from monitor.cli.learning.build_shipped import STREAM
from monitor.config import shipped

Item = tuple[str, str, str]
ROUNDS = 3  # the best of which counts: the machine has other work to do


def main() -> None:
    """Print the tables."""
    files = ModelFiles(shipped("models"))
    start = time.perf_counter()
    model = files.load()
    loaded = time.perf_counter() - start
    start = time.perf_counter()
    judge = Judge(model, TOPICS)
    judge.verdicts("", "", "en")
    compiled = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    teasers, articles = _teasers(), [one for one in real_news().background if 350 < len(one[1].split()) < 450]
    size = sum(path.stat().st_size for path in (shipped("models") / model.version).iterdir())
    start = time.perf_counter()
    for one in articles[:200]:
        judge.verdicts(*one)
    single = (time.perf_counter() - start) / 200
    passed = sum(judge.gates([(title, text, "en") for title, text, _ in teasers])) / len(teasers)
    table(
        ("load", "compile", "one article", "model files", "peak memory before any text", "teasers past the gate"),
        [
            (
                f"{loaded:.3f} s",
                f"{compiled:.3f} s",
                f"{single * 1000:.1f} ms",
                f"{size / 1e6:.2f} MB",
                f"{memory} MB",
                f"{passed:.2f}",
            )
        ],
    )
    peers: dict[str, Callable[[Sequence[Item]], object]] = {
        "ours, in batches": judge.verdicts_many,
        "scikit-learn TF-IDF(1,2) + LogReg": _plain(),
        "the reference recipe's cue and country features": _recipe(),
    }
    rows = []
    floor = {}
    for name, score in peers.items():
        speeds = [_speed(score, part) for part in (teasers, articles[:600])]
        floor = floor or dict(enumerate(speeds))
        rows.append(
            (
                name,
                *(f"{speed:,.0f}" for speed in speeds),
                *(f"{floor[at] / speed:.1f}" for at, speed in enumerate(speeds)),
            )
        )
    table(("who", "teasers a second", "400-word articles a second", "ours is × as fast", "on articles"), rows)


def _teasers() -> list[Item]:
    lines = gzip.decompress((REAL / STREAM).read_bytes()).decode().split("\n")[:10_000]
    return [(item["title"] or "", item["text"] or "", "en") for item in map(json.loads, lines)]


def _speed(score: Callable[[Sequence[Item]], object], items: Sequence[Item]) -> float:
    score(items[:100])
    best = 0.0
    for _ in range(ROUNDS):
        start = time.process_time()
        score(items)
        best = max(best, len(items) / (time.process_time() - start))
    return best


def _plain() -> Callable[[Sequence[Item]], object]:
    examples = [one for one in real_news().labelled if one.language == "en"]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2))
    rows = vectorizer.fit_transform([f"{one.title} {one.text}" for one in examples])
    heads = [
        LogisticRegression(max_iter=1000).fit(rows, [bool(one.labels.get(topic.id)) for one in examples])
        for topic in TOPICS
    ]

    def score(items: Sequence[Item]) -> object:
        found = vectorizer.transform([f"{title} {text}" for title, text, _ in items])
        return [head.decision_function(found) for head in heads]

    return score


def _recipe() -> Callable[[Sequence[Item]], object]:
    cue_vec = runpy.run_path(str(Path(__file__).parents[2] / "shared" / "tools" / "recipe.py"))["cue_vec"]
    return lambda items: [cue_vec(title, text[:4000]) for title, text, _ in items]


if __name__ == "__main__":
    main()
