"""Takes real pages with the text of their articles, gives how well and how fast that text is read off them, as a Markdown table.

    python benchmarks/extract.py                          ours beside trafilatura alone
    python benchmarks/extract.py --readability PYTHON     and readability-lxml, as installed for that interpreter
    python benchmarks/extract.py --worst 20               and ours page by page, the worst first

Needs ../shared. Measured as in Scrapinghub's article-extraction-benchmark: precision and recall over runs of four words, averaged
over pages, and F1 of the averages. Ours is read as the monitor does it, by a child process.
"""

import argparse
import gzip
import json
import re
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from trafilatura import extract

from monitor.adapters.reader import ChildReader
from monitor.extract.page import read_page

PAGES = Path(__file__).parents[2] / "shared" / "data" / "pages"
WORD = re.compile(r"\w+")
READABILITY = """
import json, sys, time
from lxml.html import fromstring
from readability import Document
pages, found = json.load(sys.stdin), {}
started = time.process_time()
for key, page in pages.items():
    try:
        found[key] = fromstring(Document(page).summary()).text_content()
    except Exception:
        found[key] = ""
print(json.dumps({"texts": found, "seconds": time.process_time() - started}))
"""

Texts = Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """How a text compares with the true one, in runs of four words."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Give the harmonic mean of both."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--readability", metavar="PYTHON", help="an interpreter that has readability-lxml")
    parser.add_argument("--worst", type=int, default=0)
    arguments = parser.parse_args()
    truth = json.loads((PAGES / "ground-truth.json").read_text("utf-8"))
    pages = {key: gzip.decompress((PAGES / "html" / f"{key}.html.gz").read_bytes()) for key in sorted(truth)}
    true = {key: truth[key]["articleBody"] for key in pages}

    ours = {key: score(text, true[key]) for key, text in by_child(pages).items()}
    print("| method | precision | recall | F1 | mean F1 of the pages | pages a second and core |")
    print("|---|---|---|---|---|---|")
    print(row("ours", ours, rate(pages, lambda page: read_page(page, "").text)[1]))
    texts, per_second = rate(pages, lambda page: extract(page, fast=True, include_comments=False) or "")
    print(row("trafilatura, fast", {key: score(text, true[key]) for key, text in texts.items()}, per_second))
    if arguments.readability:
        texts, per_second = readability(arguments.readability, pages)
        print(row("readability-lxml", {key: score(text, true[key]) for key, text in texts.items()}, per_second))
    for key in sorted(ours, key=lambda key: ours[key].f1)[: arguments.worst]:
        print(f"{ours[key].f1:.3f}  P {ours[key].precision:.3f}  R {ours[key].recall:.3f}  {truth[key]['url']}")


def by_child(pages: Mapping[str, bytes]) -> Texts:
    """Read the pages as the monitor does."""
    reader = ChildReader(workers=1)
    try:
        return {key: reader.page(page, "").text for key, page in pages.items()}
    finally:
        reader.close()


def rate(pages: Mapping[str, bytes], read: Callable[[bytes], str]) -> tuple[Texts, float]:
    """Give the texts, and the pages read in a second of processor time once everything is loaded."""
    read(next(iter(pages.values())))
    started = time.process_time()
    texts = {key: read(page) for key, page in pages.items()}
    return texts, len(pages) / (time.process_time() - started)


def readability(python: str, pages: Mapping[str, bytes]) -> tuple[Texts, float]:
    """Give the same of another interpreter's readability-lxml."""
    decoded = json.dumps({key: page.decode("utf-8", "replace") for key, page in pages.items()})
    done = subprocess.run([python, "-c", READABILITY], input=decoded, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout.splitlines()[-1])
    return found["texts"], len(pages) / found["seconds"]


def score(found: str, true: str) -> Score:
    """Compare two texts by their runs of four words; a text of fewer words is one run."""
    have, want = runs(found), runs(true)
    common = (have & want).total()
    return Score(precision=common / max(1, have.total()), recall=common / max(1, want.total()))


def runs(text: str) -> Counter[tuple[str, ...]]:
    """Count runs of four words."""
    words = WORD.findall(text)
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)) if words)


def row(name: str, scores: Mapping[str, Score], per_second: float) -> str:
    """Give a line of the table."""
    precision = statistics.mean(score.precision for score in scores.values())
    recall = statistics.mean(score.recall for score in scores.values())
    together = Score(precision=precision, recall=recall).f1
    mean = statistics.mean(score.f1 for score in scores.values())
    return f"| {name} | {precision:.3f} | {recall:.3f} | {together:.3f} | {mean:.3f} | {per_second:.0f} |"


if __name__ == "__main__":
    main()
