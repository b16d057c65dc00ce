"""Takes a model's card, gives its pictures (precision over recall, reliability, scores, learning curve), each in words as well."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Literal

from monitor.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCORES = "scores-"  #: begins the name of a topic's picture of scores
RECALLS = (0.5, 0.8)  #: at which precision is told in words
_SIZE = (6.4, 4.4)  # inches

Card = Mapping[str, Any]
Kind = Literal["svg", "png"]


def picture_names(card: Card) -> list[str]:
    """Give the names of the pictures that a card holds; none where an older program made it."""
    topics = _topics(card)
    learning = ["learning-curve"] if card.get("learning_curve") else []
    return ["precision-recall", "reliability", *(f"{SCORES}{topic}" for topic in topics), *learning] if topics else []


def picture(card: Card, name: str, kind: Kind = "svg") -> bytes:
    """Draw one picture. Not for two threads at once: matplotlib keeps its settings for the whole process.

    Raises:
        UsageError: the card holds no picture of this name.
    """
    if name not in picture_names(card):
        raise UsageError(f"model {card['version']} has no picture {name}")
    from matplotlib import rc_context  # noqa: PLC0415 - heavy, and few ask for a picture
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    drawn = BytesIO()
    with rc_context({"svg.hashsalt": "monitor", "font.size": 10}):
        figure = Figure(figsize=_SIZE, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        _drawing(card, name)(axes)
        axes.set_title(f"{axes.get_title()} ({card['version']})", fontsize=11)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
        figure.savefig(drawn, format=kind, dpi=144, metadata={"Date": None} if kind == "svg" else {"Software": None})
    return drawn.getvalue()


def in_words(card: Card, name: str) -> str:
    """Say what a picture shows, for whoever cannot see it."""
    if name.startswith(SCORES):
        topic = name.removeprefix(SCORES)
        return f"Scores of labelled articles, {topic}: {_scores_in_words(_topics(card)[topic]['scores'])}."
    title, tell = {
        "precision-recall": ("Precision over recall", _precision_in_words),
        "reliability": ("Reliability, the share that was on topic over the probability", _reliability_in_words),
        "learning-curve": ("Learning curve, average precision by number of labelled articles", _learning_in_words),
    }[name]
    return f"{title}: {'; '.join(tell(card))}."


def _topics(card: Card) -> dict[str, Mapping[str, Any]]:
    return {topic: facts["curves"] for topic, facts in card["topics"].items() if "curves" in facts}


# ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def _drawing(card: Card, name: str) -> "Callable[[Axes], None]":
    topics = _topics(card)
    if name.startswith(SCORES):
        topic = name.removeprefix(SCORES)
        return lambda axes: _scores(axes, topic, topics[topic]["scores"])
    if name == "learning-curve":
        return lambda axes: _learning(axes, card["learning_curve"])
    draw = _precision_recall if name == "precision-recall" else _reliability
    return lambda axes: draw(axes, topics)


def _precision_recall(axes: "Axes", topics: Mapping[str, Any]) -> None:
    for topic, curves in topics.items():
        recall, precision = zip(*curves["precision_recall"], strict=True)
        axes.step(recall, precision, where="post", label=topic)
    axes.set(title="Precision over recall", xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))


def _reliability(axes: "Axes", topics: Mapping[str, Any]) -> None:
    axes.plot([0, 1], [0, 1], "--", color="grey", label="perfect")
    for topic, curves in topics.items():
        means, shares, _ = zip(*curves["reliability"], strict=True)
        axes.plot(means, shares, "o-", label=topic)
    axes.set(title="Reliability", xlabel="probability", ylabel="share on topic", xlim=(0, 1), ylim=(0, 1.02))


def _scores(axes: "Axes", topic: str, scores: Mapping[str, Any]) -> None:
    axes.stairs(scores["no"], scores["edges"], fill=True, alpha=0.5, label="no")
    axes.stairs(scores["yes"], scores["edges"], fill=True, alpha=0.5, label="yes")
    axes.set_yscale("symlog", linthresh=1)
    axes.set(title=f"Scores of labelled articles: {topic}", xlabel="log-odds", ylabel="articles")


def _learning(axes: "Axes", points: Sequence[Mapping[str, Any]]) -> None:
    for topic, known in _learned(points):
        axes.plot([labels for labels, _ in known], [figure for _, figure in known], "o-", label=topic)
    axes.set(title="Learning curve", xlabel="labelled articles", ylabel="average precision on the test set")


def _learned(points: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[tuple[int, float]]]]:
    """Give each topic with its average precision by number of labels."""
    for topic in sorted({topic for point in points for topic in point["average_precision"]}):
        figures = [(point["labels"], point["average_precision"].get(topic)) for point in points]
        yield topic, [(labels, figure) for labels, figure in figures if figure is not None]


# ── in words ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _precision_in_words(card: Card) -> Iterator[str]:
    for topic, curves in _topics(card).items():
        rising = sorted(curves["precision_recall"])
        reached = [(wanted, next((p for recall, p in rising if recall >= wanted), None)) for wanted in RECALLS]
        told = [
            f"precision {precision:.2f} at recall {wanted:g}" for wanted, precision in reached if precision is not None
        ]
        yield f"{topic} {', '.join(told) or 'finds less than half'}"


def _reliability_in_words(card: Card) -> Iterator[str]:
    for topic, curves in _topics(card).items():
        (low, few, _), (high, many, _) = curves["reliability"][0], curves["reliability"][-1]
        yield f"{topic} {few:.2f} of what was called {low:.2f} likely, {many:.2f} of what was called {high:.2f} likely"


def _scores_in_words(scores: Mapping[str, Any]) -> str:
    """Tell how many there are of each, and between which scores the middle one lies."""
    told = []
    for word in ("yes", "no"):
        counts, edges = scores[word], scores["edges"]
        total = sum(counts)
        inside = next((place for place, so_far in enumerate(accumulate(counts)) if 2 * so_far >= total), 0)
        middle = f", the middle one between log-odds {edges[inside]:g} and {edges[inside + 1]:g}" if total else ""
        told.append(f"{total:,} {word}{middle}")
    return "; ".join(told)


def _learning_in_words(card: Card) -> Iterator[str]:
    for topic, known in _learned(card["learning_curve"]):
        yield f"{topic} {', '.join(f'{figure:.3f} with {labels:,}' for labels, figure in known)}"
