"""Takes real news, gives how good both shipped models are, by corpus and with intervals.

    python benchmarks/classify.py

The seed model has seen no real article. For the shipped model every article is scored by weights that were learned without its
corpus (second table) or without its outlet (third). F1 twice: at the model's own threshold, which is set for the rate of ordinary
news, and at the one that was best on the *other* corpora.
"""

from corpora import (
    TOPICS,
    Scored,
    ap_interval,
    by_corpus,
    by_outlet,
    f1_interval,
    held_out,
    real_news,
    seed_examples,
    seed_model,
    table,
)

from monitor.adapters.model_files import ModelFiles
from monitor.cli.learning.build_shipped import SEED, SHIPPED
from monitor.config import shipped
from monitor.feedback.training import Trained, train

FEWEST = 10  # positives in a corpus, for figures of its own
RELEASES = "senate_pr"  # official statements; the others are news


def main() -> None:
    """Print the tables."""
    news = real_news()
    english = [one for one in news.labelled if one.language == "en"]
    seed = train(seed_examples(), TOPICS, version="seed", reference=news.labelled, background=news.background)
    _report("The seed model", seed)
    all_of_it = [*seed_examples(), *news.labelled]
    _report("The shipped model, a corpus left out at a time", held_out(all_of_it, by_corpus, seed_model()))
    _report("The shipped model, outlets left out", held_out(all_of_it, by_outlet, seed_model()))
    _report("Without a prior, from the real labels alone, a corpus left out", held_out(english, by_corpus, None))
    cards = {version: ModelFiles(shipped("models")).card(version)["topics"] for version in (SEED, SHIPPED)}
    rows = [
        (name, *(card[topic.id]["ordinary_news"]["flags_per_10k"] for topic in TOPICS)) for name, card in cards.items()
    ]
    print("**Flags per 10,000 of 7,350 ordinary articles, at the stored threshold**\n")
    table(("model", *(topic.id for topic in TOPICS)), rows)


def _report(title: str, trained: Trained) -> None:
    print(f"**{title}**\n")
    rows = []
    for place, topic in enumerate(TOPICS):
        for language in ("en", "es"):
            scored = Scored(trained, place, language)
            flagged = scored.scores >= trained.model.heads[topic.id].threshold
            elsewhere = scored.flagged() if language == "en" else None
            parts = [("all", scored.labels | True)]
            if language == "en":
                parts += [("first round", scored.first_round), ("news", scored.corpora != RELEASES)]
                parts += [(str(one), scored.corpora == one) for one in sorted(set(scored.corpora.tolist()))]
                parts += [
                    ("under 80 words", scored.lengths < 80),
                    ("80 words and more", scored.lengths >= 80),
                ]
            for name, wanted in parts:
                labels, scores = scored.part(wanted)
                if labels.sum() >= FEWEST:
                    count = f"{labels.sum()} of {len(labels)}"
                    figures = ap_interval(labels, scores), f1_interval(labels, flagged[wanted])
                    other = "" if elsewhere is None else f1_interval(labels, elsewhere[wanted])
                    rows.append((topic.id, language, name, count, *figures, other))
    table(("topic", "language", "part", "positive", "AP", "F1", "F1, threshold of other corpora"), rows)


if __name__ == "__main__":
    main()
