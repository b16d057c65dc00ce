"""Takes files of news items, gives each one's story (`try stories`) or summary (`try summarise`) as JSON lines; no database."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from monitor.cli.trying.jsonlines import Bad, Item, read_all, write_line
from monitor.types import StoryArticle

Files = Annotated[
    list[Path], typer.Argument(metavar="FILE…", help='JSON lines of {"id","title","text"} and optional date …')
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON lines, which is what is written anyway.")]

LONGEST_TITLE = 200  #: characters up to which the first line of an item without a title serves as one


def register(app: typer.Typer) -> None:
    """Add `stories` and `summarise` to `monitor try`."""
    app.command(epilog="Example: monitor try stories news.jsonl")(stories)
    app.command(epilog="Example: monitor try summarise news.jsonl")(summarise)


def stories(files: Files, as_json: AsJson = False) -> None:  # noqa: ARG001
    """Put every item into a story; a story has the number of the item that opened it."""
    from monitor.stories import StoryIndex, fold, shipped_idf

    read = list(read_all(files))
    rows = enumerate(zip(read, _times(read), strict=True), 1)
    articles = [_article(number, item, at) for number, (item, at) in rows if isinstance(item, Item)]
    found = iter(
        fold(articles, StoryIndex(shipped_idf()))
    )  # to the end first: what comes later may bind what came before
    for item in read:
        write_line(
            {"id": item.id, "error": item.error} if isinstance(item, Bad) else {"id": item.id, "story": next(found)}
        )
    _end(read)


def summarise(files: Files, as_json: AsJson = False) -> None:  # noqa: ARG001
    """Summarise every item in sentences of its own."""
    from monitor.summarise import summary

    read = []
    for item in read_all(files):
        read.append(item)
        if isinstance(item, Bad):
            write_line({"id": item.id, "error": item.error})
        else:
            found = summary(item.title, item.text, outlet=item.outlet, language=item.language or "en")
            write_line({"id": item.id, "sentences": found.sentences})
    _end(read)


def _end(read: Sequence[Item | Bad]) -> None:
    if any(isinstance(item, Bad) for item in read):
        raise typer.Exit(1)


def _times(read: Sequence[Item | Bad]) -> list[datetime]:
    """Give each item's date; an undated one was seen when the one before it was, at the front with the first that is dated."""
    dates = [item.date if isinstance(item, Item) else None for item in read]
    known = next((date for date in dates if date), datetime.now(UTC))
    found = []
    for date in dates:
        known = date or known
        found.append(known)
    return found


def _article(number: int, item: Item, at: datetime) -> StoryArticle:
    title, text = item.title, item.text
    if not title.strip():
        first, _, rest = text.strip().partition("\n")
        title, text = (first, rest) if len(first) <= LONGEST_TITLE else ("", text)
    return StoryArticle(
        entry_id=number,
        outlet=item.outlet,
        title=title,
        text=text,
        link=item.url,
        published=item.date,
        seen_at=at,
        topics=(),
    )
