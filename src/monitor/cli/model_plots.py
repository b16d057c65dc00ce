"""Takes a model's card, gives pictures of it, PNG and SVG: precision over recall, reliability, scores, learning curve."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (6.4, 4.4)  # inches


def draw(card: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw what the card holds into a folder; give the files written.

    Raises:
        UsageError: the card is of an older program and holds no curves, or the folder cannot be written to.
    """
    topics = {topic: facts["curves"] for topic, facts in card["topics"].items() if "curves" in facts}
    if not topics:
        raise UsageError(f"model {card['version']} was made by an older program and holds no curves: train it again")
    pictures: dict[str, Callable[[Axes], None]] = {
        "precision-recall": lambda axes: _precision_recall(axes, topics),
        "reliability": lambda axes: _reliability(axes, topics),
        **{f"scores-{topic}": _scores(topic, curves) for topic, curves in topics.items()},
    }
    if card.get("learning_curve"):
        pictures["learning-curve"] = lambda axes: _learning(axes, card["learning_curve"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return [path for name, picture in pictures.items() for path in _save(picture, folder / name, card["version"])]
    except OSError as error:
        raise UsageError(f"{folder} cannot be written to ({error.strerror}): name another folder") from error


def _save(picture: "Callable[[Axes], None]", stem: Path, version: str) -> list[Path]:
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    paths = [stem.with_suffix(".png"), stem.with_suffix(".svg")]
    with rc_context({"svg.hashsalt": "monitor", "font.size": 10}):
        figure = Figure(figsize=_SIZE, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        picture(axes)
        axes.set_title(f"{axes.get_title()} ({version})", fontsize=11)
        axes.grid(alpha=0.3)
        axes.legend(frameon=False)
        for path in paths:
            metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
            figure.savefig(path, dpi=144, metadata=metadata)
    return paths


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


def _scores(topic: str, curves: Mapping[str, Any]) -> "Callable[[Axes], None]":
    def picture(axes: "Axes") -> None:
        scores = curves["scores"]
        axes.stairs(scores["no"], scores["edges"], fill=True, alpha=0.5, label="no")
        axes.stairs(scores["yes"], scores["edges"], fill=True, alpha=0.5, label="yes")
        axes.set_yscale("symlog", linthresh=1)
        axes.set(title=f"Scores of labelled articles: {topic}", xlabel="log-odds", ylabel="articles")

    return picture


def _learning(axes: "Axes", points: list[dict[str, Any]]) -> None:
    for topic in sorted({topic for point in points for topic in point["average_precision"]}):
        known = [point for point in points if topic in point["average_precision"]]
        axes.plot(
            [point["labels"] for point in known],
            [point["average_precision"][topic] for point in known],
            "o-",
            label=topic,
        )
    axes.set(title="Learning curve", xlabel="labelled articles", ylabel="average precision on the test set")
