"""Takes words, gives the stored articles that have all of them."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from monitor.ports import Store
    from monitor.types import Judgement

AT_ONCE = 1_000  #: articles indexed in one step, before the first search after a long run


def register(app: typer.Typer) -> None:
    """Add `search`."""
    examples = (
        "monitor search cocaine ports",
        """monitor search '"joint patrol*"' --since 7d""",
        "monitor search fentan* --told --json",
    )
    app.command(epilog=f"Examples: {' · '.join(examples)}")(search)


def search(
    ctx: typer.Context,
    words: Annotated[
        list[str], typer.Argument(help='Words, "phrases in quotes", and word* for any ending; all have to be there.')
    ],
    topic: Annotated[str, typer.Option(metavar="TOPIC", help="Flagged for this topic.")] = "",
    source: Annotated[str, typer.Option(metavar="ID", help="Of this source.")] = "",
    since: Annotated[str, typer.Option(metavar="7d", help="Published in the last so many days.")] = "",
    told: Annotated[bool, typer.Option("--told", help="Part of a story.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Facts, a JSON line per article.")] = False,
) -> None:
    """Find stored articles by their words, the latest first; case and accents make no difference."""
    from monitor import bootstrap
    from monitor.config import duration
    from monitor.errors import UsageError

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        _known(topic, [one.id for one in archive.settings.topics], "topic")
        _known(source, list(archive.store.source_states()), "source")
        try:
            earliest = bootstrap.now() - duration(since) if since else None
        except ValueError as error:
            raise UsageError(f"--since: {error}") from error
        _catch_up(archive.store)
        ids = archive.store.search(" ".join(words), limit, topic=topic, source=source, since=earliest, told=told)
        articles = {one.article.entry.id: one for one in archive.store.judgements(ids)}
    for id_ in ids:
        facts = _facts(articles[id_])
        print(json.dumps(facts, ensure_ascii=False) if as_json else _in_words(facts))
    if not ids:
        print("Nothing is found.", file=sys.stderr)
        raise typer.Exit(1)


def _known(name: str, names: list[str], kind: str) -> None:
    from monitor.errors import UsageError

    if name and name not in names:
        raise UsageError(f"unknown {kind} {name!r}" + (f": there are {', '.join(names[:20])}" if names else ""))


def _catch_up(store: "Store") -> None:
    """Index what no service has indexed yet."""
    from rich.console import Console

    console = Console(stderr=True)
    if not store.index(AT_ONCE):
        return
    with console.status("indexing articles …"):
        while store.index(AT_ONCE):
            pass


def _facts(one: "Judgement") -> dict[str, Any]:
    entry = one.article.entry
    return {
        "title": entry.title,
        "link": entry.link,
        "outlet": entry.outlet,
        "source": entry.source_id,
        "published": entry.published.isoformat() if entry.published else None,
        "seen": entry.seen_at.isoformat(),
        "story": entry.story_id,
        "topics": {verdict.topic: round(verdict.probability, 4) for verdict in one.verdicts if verdict.flagged},
    }


def _in_words(facts: dict[str, Any]) -> str:
    from monitor.notify.mrkdwn import clean

    on_topic = ", ".join(f"{topic} {probability:.2f}" for topic, probability in facts["topics"].items())
    line = f"{(facts['published'] or facts['seen'])[:16]}  {clean(facts['outlet'])}: {clean(facts['title'])}"
    below = [f"    {part}" for part in (facts["link"], on_topic) if part]
    return "\n".join([line, *below])
