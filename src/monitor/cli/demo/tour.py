"""Takes what a demo run came to, gives one screen: what has just happened, and what to do next."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

#: What to type and what it is for, in the order in which a newcomer needs it.
STEPS = (
    ("monitor init", "write config/ with starter sources and topics; edit them, changes act at once"),
    ("monitor check", "see every mistake with its file, line and column"),
    ("monitor try score FILE", "score your own articles, nothing is stored or sent"),
    ("monitor run --once", "one round: poll, read, judge, deliver; printed here without a Slack token"),
    ("monitor why URL", "why an article was sent, or what stopped it"),
    ("monitor slack check", "set SLACK_BOT_TOKEN, then see that the bot can post to your channels"),
    ("monitor run", "the service, until you stop it"),
    ("monitor models show", "what the model in use was taught and how good it is"),
    ("monitor db check", "whether the database is sound"),
)


def tour(*, sources: int, failed: int, articles: int, stories: int) -> RenderableType:
    """Tell what a run came to, and list the next steps.

    Args:
        sources: How many were polled.
        failed: How many of these gave nothing readable.
        articles: How many were stored and judged.
        stories: How many were told.
    """
    happened = Text.assemble(
        ("What just happened. ", "bold"),
        f"{_count(sources, 'source')} polled over HTTP on this machine, ",
        f"{failed} of them broken on purpose; " if failed else "",
        f"{_count(articles, 'article')} stored and judged, {_count(stories, 'story', 'stories')} told. "
        "All of the news was invented; the pipeline was the real one.",
    )
    steps = Table.grid(padding=(0, 2))
    steps.add_column(style="bold cyan", no_wrap=True)
    steps.add_column()
    for command, purpose in STEPS:
        steps.add_row(command, purpose)
    later = Text(
        "Edit the files under config/ while the service runs: a change acts at once, a mistake leaves the old one at work.",
        style="dim",
    )
    return Group(happened, "", Text("What to do next", style="bold"), steps, "", later)


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number} {noun if number == 1 else plural or noun + 's'}"
