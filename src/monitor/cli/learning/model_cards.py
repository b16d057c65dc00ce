"""Takes a model's card, gives it as Markdown: what a person reads before they trust a model, or send it to somebody."""

from collections.abc import Iterator, Mapping
from typing import Any

from monitor.feedback.card_facts import FEWEST

TERMS = 15


def markdown(card: Mapping[str, Any]) -> str:
    """Give the whole card."""
    return "\n".join(_lines(card)) + "\n"


def _lines(card: Mapping[str, Any]) -> Iterator[str]:
    examples = card["examples"]
    yield f"# Model {card['version']}\n"
    yield (
        f"Judges {', '.join(card['languages'])}; knows {card['vocabulary']:,} words. Learned from {examples['learned']:,} examples"
        f" ({examples['invented']:,} invented)"
        + (f", on top of what {card['refines']} knew" if card["refines"] else "")
        + f"; figures on {examples['checked']:,} it had not seen when it scored them.\n"
    )
    if "labels" in card:
        yield from _training(card)
    for topic, facts in card["topics"].items():
        yield from _topic(topic, facts, here=topic in card.get("learned_here", ()))


def _training(card: Mapping[str, Any]) -> Iterator[str]:
    labels = card["labels"]
    people = f"{labels['people']} {'person' if labels['people'] == 1 else 'people'}"
    yield "## How it was made\n"
    yield (
        f"`monitor train`, {card['trained_at'][:16].replace('T', ' ')} UTC, from {labels['undisputed']:,} undisputed labels about"
        f" {labels['articles']:,} articles by {people} ({labels['disputed']} disputed, {labels['unsure']} unsure);"
        f" topics learned: {', '.join(card['learned_here'])}.\n"
    )
    for reason in card["forced"]:
        yield f"- **Put in place by force** although: {reason}"
    yield "\nAgainst the model it replaced, on articles neither was learned from here:\n"
    yield "| topic | yes of | model | AP | F1 | precision | recall | calibration error |\n|---|---|---|---|---|---|---|---|"
    for one in card["comparison"]:
        for word in ("current", "candidate"):
            numbers = [
                one[word][key] for key in ("average_precision", "f1", "precision", "recall", "calibration_error")
            ]
            yield f"| {one['topic']} | {one['positives']} of {one['items']} | {word} | {' | '.join(f'{n:.3f}' for n in numbers)} |"
    yield "\n| labels | " + " | ".join(card["learned_here"]) + " |\n|---|" + "---|" * len(card["learned_here"])
    for point in card["learning_curve"]:
        cells = (f"{point['average_precision'].get(topic, float('nan')):.3f}" for topic in card["learned_here"])
        yield f"| {point['labels']} | {' | '.join(cells)} |"
    yield ""


def _topic(topic: str, facts: Mapping[str, Any], *, here: bool) -> Iterator[str]:
    labels, ordinary, threshold = facts["labels"], facts["ordinary_news"], facts["threshold"]
    yield f"## {topic}\n"
    yield f"{labels.get('yes', 0):,} yes, {labels.get('no', 0):,} no; {facts['keywords']} keywords when it was trained.\n"
    if facts["figures"]["positives"] < FEWEST:
        yield f"**The figures rest on {facts['figures']['positives']} yeses: take them for a first impression.**\n"
    yield "| articles | yes of | AP | F1 | precision | recall |\n|---|---|---|---|---|---|"
    for name, figures in (("all", facts["figures"]), *facts["by_origin"].items()):
        yield f"| {name} | {_figures(figures)} |"
    # What a team labels is no sample of its news, so that a rate per 10,000 is that of its stream where there is one.
    news = "articles of the stream" if here else "ordinary items"
    yield f"\nThreshold `auto`: {threshold['auto']:.3f}" + (
        f", {ordinary['flags_per_10k']} flags per 10,000 {news}. Pages are fetched from {threshold['gate']:.5f} on,"
        f" {ordinary['past_the_gate_per_10k']:.0f} per 10,000; that stops {facts['gate']['of_them_stopped']:.1%} of the positives"
        f" that are flagged in full, {facts['gate']['of_all_stopped']:.1%} of all.\n"
        if ordinary["items"]
        else ".\n"
    )
    yield "| threshold | precision | recall | flags per 10,000 |\n|---|---|---|---|"
    for row in facts["evidence"]:
        yield f"| {row['threshold']:.2f} | {row['precision']:.2f} | {row['recall']:.2f} | {row['per_10k']:.1f} |"
    yield ""
    for kind, terms in facts["top_terms"].items():
        yield f"- {kind}: {', '.join(terms[:TERMS])}"
    yield ""


def _figures(figures: Mapping[str, Any]) -> str:
    precision, f1 = figures["average_precision"], figures["f1"]
    items = figures["positives"] + figures["negatives"]
    return (
        f"{figures['positives']} of {items} | {precision[0]:.3f} [{precision[1]:.3f}, {precision[2]:.3f}]"
        f" | {f1[0]:.3f} [{f1[1]:.3f}, {f1[2]:.3f}] | {figures['precision']:.2f} | {figures['recall']:.2f}"
    )
