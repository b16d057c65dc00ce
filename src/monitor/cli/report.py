"""Takes a span of time, gives what a team wants to know once a week, in words or as facts."""

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from datetime import timedelta


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command(epilog="Examples: monitor report · monitor report --since 30d --json")(report)


def report(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(metavar="7d", help="How far back volumes and answers are counted.")] = "7d",
    as_json: Annotated[bool, typer.Option("--json", help="Facts as one JSON object.")] = False,
) -> None:
    """Tell the week in a page: articles judged and flagged, answers given, recall, new words, the model in use."""
    from monitor.config import duration

    try:
        span = duration(since)
    except ValueError as error:
        raise UsageError(f"--since: {error}") from error
    facts = gather(ctx, span)
    print(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(_in_words(facts, since)))


def gather(ctx: typer.Context, span: "timedelta") -> dict[str, Any]:
    """Give the facts."""
    from monitor import bootstrap
    from monitor.cli.audit import examine
    from monitor.jobs.report import vocabulary, volumes

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        now, topics, model = bootstrap.now(), archive.settings.topics, archive.models.load()
        return {
            **volumes(archive.store, now - span),
            "model": model.version,
            "trained_at": archive.models.card().get("trained_at"),
            "audit": examine(archive)["topics"],
            "new_words": {
                topic: [asdict(word) for word in words]
                for topic, words in vocabulary(archive.store, model, topics, now).items()
            },
        }


def _in_words(facts: dict[str, Any], since: str) -> list[str]:
    from monitor.cli.audit import in_words

    trained = f", trained {facts['trained_at'][:10]}" if facts["trained_at"] else ", as shipped"
    flagged = ", ".join(f"{topic} {count}" for topic, count in facts["flagged"].items()) or "nothing"
    answers = ", ".join(f"{topic} {count}" for topic, count in facts["answers"].items()) or "none"
    lines = [
        f"Last {since}: {facts['judged']:,} articles judged, flagged: {flagged}",
        f"Answers: {answers}" + (f", by {facts['people']} people" if facts["people"] else ""),
        f"Model: {facts['model']}{trained}",
        *in_words({"topics": facts["audit"]}),
    ]
    for topic, words in facts["new_words"].items():
        told = ", ".join(f"{one['word']} ({one['articles']})" for one in words)
        lines.append(f"{topic}: new words of the last 30 days: {told or 'none'}")
    return lines
