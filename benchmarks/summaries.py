"""Takes articles with reference summaries, gives how much of each method's sixty words is in the reference, as a Markdown table.

    python benchmarks/summaries.py          ROUGE-1 and ROUGE-2 beside the lead, TextRank and LexRank
    python benchmarks/summaries.py read N   N on-topic articles side by side with their leads, to be judged by reading

Needs ../shared and `pip install -e '.[bench]'` (rouge-score; sumy for TextRank and LexRank). All methods see the same
sentences and may use up to three of them and sixty words. The references are extractive and some 160 words long, so what counts
is precision at that length. Intervals: bootstrap over articles, 1,000 draws.
"""

import argparse
import gzip
import json
import random
import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from monitor.adapters.model_files import ModelFiles
from monitor.classify import Judge, words_of
from monitor.config import load, shipped
from monitor.summarise import sentences, summary

DATA = Path(__file__).parents[2] / "shared" / "data"
WORDS, MOST = 60, 3

Item = Mapping[str, str]
Method = Callable[[Item], Sequence[str]]


class Tokenizer:
    """Gives sumy the sentences and words that all methods see."""

    def to_sentences(self, text: str) -> tuple[str, ...]:
        """Give the sentences of a text."""
        return tuple(sentences(text))

    def to_words(self, sentence: str) -> tuple[str, ...]:
        """Give the words of a sentence."""
        return tuple(re.findall(r"[^\W\d_]+", sentence.lower()))


def within(ranked: Sequence[str], order: Sequence[str]) -> list[str]:
    """Take sentences by rank while they fit, in the order of the text."""
    chosen: list[str] = []
    for sentence in ranked:
        if len(chosen) < MOST and sum(len(one.split()) for one in [*chosen, sentence]) <= WORDS:
            chosen.append(sentence)
    return sorted(chosen, key=order.index)


def lead(item: Item) -> list[str]:
    """Take the first three sentences, as far as they fit."""
    found = sentences(item["text"])
    return within(found[:MOST], found)


def ours(item: Item) -> Sequence[str]:
    """Summarise as the service does."""
    return summary(item["title"], item["text"], outlet="", max_words=WORDS).sentences


def ranked_by(kind: str) -> Method:
    """Give a graph method of sumy."""
    from sumy.parsers.plaintext import PlaintextParser  # noqa: PLC0415 - peers, which reading does without
    from sumy.summarizers.lex_rank import LexRankSummarizer  # noqa: PLC0415
    from sumy.summarizers.text_rank import TextRankSummarizer  # noqa: PLC0415

    method = {"TextRank": TextRankSummarizer, "LexRank": LexRankSummarizer}[kind]()

    def summarised(item: Item) -> list[str]:
        document = PlaintextParser.from_string(item["text"], Tokenizer()).document
        order = [str(sentence) for sentence in document.sentences]
        if kind == "TextRank":
            rated = method.rate_sentences(document)
            ranked = [str(sentence) for sentence in sorted(rated, key=lambda one: (-rated[one], order.index(str(one))))]
        else:  # rates only within; so few as fit are asked for
            found = {size: {str(one) for one in method(document, size)} for size in range(1, 9)}
            ranked = sorted(found[8], key=lambda one: next(size for size in found if one in found[size]))
        return within(ranked, order)

    return summarised


def interval(values: Sequence[float]) -> str:
    """Give a mean with its 95 % interval."""
    chance = random.Random(0)
    draws = sorted(statistics.fmean(chance.choices(values, k=len(values))) for _ in range(1000))
    return f"{statistics.fmean(values):.3f} [{draws[25]:.3f}, {draws[974]:.3f}]"


def table() -> None:
    """Print the table."""
    from rouge_score import rouge_scorer  # noqa: PLC0415

    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2"], use_stemmer=True)
    with gzip.open(DATA / "summaries" / "bbc-dev.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    print("| method | ROUGE-1 precision | ROUGE-2 precision | ROUGE-2 recall | words |\n|---|---|---|---|---|")
    methods: dict[str, Method] = {
        "ours": ours,
        "lead-3": lead,
        "TextRank": ranked_by("TextRank"),
        "LexRank": ranked_by("LexRank"),
    }
    for name, method in methods.items():
        written = [" ".join(method(row)) for row in rows]
        scores = [scorer.score(" ".join(row["summary"]), text) for row, text in zip(rows, written, strict=True)]
        cells = [
            interval([score["rouge1"].precision for score in scores]),
            interval([score["rouge2"].precision for score in scores]),
            interval([score["rouge2"].recall for score in scores]),
            f"{statistics.fmean(len(text.split()) for text in written):.0f}",
        ]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def _on_topic(row: Mapping[str, object]) -> bool:
    return "1" in {str(row["drug_policy"]), str(row["bilateral_security"])} and not str(row["id"]).startswith(
        "lajornada"
    )


def read(count: int) -> None:
    """Print on-topic articles with both summaries, in an order that does not say which is which."""
    judge = Judge(ModelFiles(shipped("models"), shipped=shipped("models")).load(), load(shipped("config"), {}).topics)
    with (DATA / "topics" / "dev.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    wanted = [row for row in rows if row["title"] and _on_topic(row) and len(row["text"].split()) > 150]
    chance = random.Random(1)
    for row in chance.sample(wanted, count):
        verdicts = [verdict for verdict in judge.verdicts(row["title"], row["text"], "en") if verdict.flagged]
        emphasis = {word for verdict in verdicts for word in words_of(verdict)}
        own = summary(row["title"], row["text"], outlet="", emphasis=emphasis, max_words=WORDS).sentences
        pair = [("ours", " ".join(own)), ("lead", " ".join(lead(row)))]
        chance.shuffle(pair)
        print(f"\n## {row['id']} {row['title']}")
        for letter, (_, text) in zip("AB", pair, strict=True):
            print(f"{letter}: {text}")
        print(f"key: A={pair[0][0]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", metavar="read N")
    chosen = parser.parse_args().what
    if chosen:
        read(int(chosen[1]))
    else:
        table()


if __name__ == "__main__":
    main()
