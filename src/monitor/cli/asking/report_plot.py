"""Takes how much was flagged by day and topic, gives the week's one picture: a bar a day, stacked by topic, over four weeks."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO

from monitor.types import Daily, Picture, Topic

DAYS = 28
TOPICS_SHOWN = 6
_SIZE = (8.0, 3.2)  # inches: as wide as Slack shows it


def draw(counts: Sequence[Daily], topics: Sequence[Topic], today: date) -> Picture:
    """Draw four weeks up to `today`, which is not over yet."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    by = Counter({(one.day, one.topic): one.flagged for one in counts})
    with rc_context({"font.size": 10}):
        figure = Figure(figsize=_SIZE, layout="constrained", dpi=150)
        FigureCanvasAgg(figure)
        axes = figure.subplots()
        below = [0] * DAYS
        for topic in topics[:TOPICS_SHOWN]:
            heights = [by[day, topic.id] for day in days]
            axes.bar(range(DAYS), heights, bottom=below, label=topic.name, width=0.8)
            below = [low + height for low, height in zip(below, heights, strict=True)]
        axes.set_xticks(range(0, DAYS, 7), [f"{days[place].day} {days[place]:%b}" for place in range(0, DAYS, 7)])
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_title("Articles on topic, by day", fontsize=11, loc="left")
        axes.set_ylim(0, max(4, *below) * 1.1)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, loc="upper left", ncols=3)
        png = BytesIO()
        figure.savefig(png, format="png")
    total, last = sum(below), sum(below[-7:])
    return Picture(
        png=png.getvalue(), alt=f"Articles on topic by day: {last:,} in the last seven days, {total:,} in {DAYS}."
    )
