"""Takes a span of time, gives what a team wants to know once a week, in words or as facts."""

import json
import os
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from monitor.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command(epilog="Examples: monitor report · monitor report --since 30d --json")(report)


def report(
    ctx: typer.Context,
    since: Annotated[str, typer.Option(metavar="7d", help="How far back volumes and answers are counted.")] = "7d",
    as_json: Annotated[bool, typer.Option("--json", help="Facts as one JSON object.")] = False,
    post: Annotated[
        bool, typer.Option("--post", help="Also tell it in the channel that `report.channel` names, once a week.")
    ] = False,
) -> None:
    """Tell the week in a page: articles judged and flagged, answers given, recall, sick sources, new words, the model in use."""
    from monitor.config import duration

    try:
        span = duration(since)
    except ValueError as error:
        raise UsageError(f"--since: {error}") from error
    facts = gather(ctx, span)
    if post:
        _post(ctx, facts)
    print(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(_in_words(facts, since)))


def gather(ctx: typer.Context, span: timedelta) -> dict[str, Any]:
    """Give the facts."""
    from monitor import bootstrap
    from monitor.cli.learning.audit import examine
    from monitor.jobs.asking.report import sick, vocabulary, volumes

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        now, topics, model = bootstrap.now(), archive.settings.topics, archive.models.load()
        trained = archive.models.card().get("trained_at")
        return {
            **volumes(archive.store, now - span),
            "labels": len(archive.store.labels()),
            "model": model.version,
            "trained_at": trained,
            "model_days": (now - datetime.fromisoformat(trained)).days if trained else None,
            "sources": sick(archive.store, archive.settings.sources, now),
            "audit": examine(archive)["topics"],
            "new_words": {
                topic: [asdict(word) for word in words]
                for topic, words in vocabulary(archive.store, model, topics, now).items()
            },
        }


def _post(ctx: typer.Context, facts: dict[str, Any]) -> None:
    """Write the report to the outbox of its channel; the service sends it. A week is told once."""
    from monitor import bootstrap
    from monitor.cli.asking.report_plot import DAYS, draw
    from monitor.jobs.context import new_key
    from monitor.notify import render_report
    from monitor.types import DeliveryKind, NewDelivery

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        settings, now, key = archive.settings, bootstrap.now(), new_key()
        if not settings.report.channel:
            raise UsageError("report.channel is empty in monitor.yaml: name the channel that is to hear of the week")
        year, number, _ = now.isocalendar()
        picture = draw(archive.store.daily(now - timedelta(days=DAYS + 1)), settings.topics, now.date())
        week = f"{number} of {year}"
        told = NewDelivery(
            key=key,
            subject=f"report:{year}-W{number:02d}",
            channel=settings.report.channel,
            kind=DeliveryKind.POST,
            message=render_report(facts, settings.topics, week=week, key=key, picture=picture),
            created_at=now,
            not_before=now,
        )
        if not archive.store.tell([told]):
            print(f"week {week} was told in {settings.report.channel} already", file=sys.stderr)


def _in_words(facts: dict[str, Any], since: str) -> list[str]:
    from monitor.cli.learning.audit import in_words

    trained = f", trained {facts['trained_at'][:10]}" if facts["trained_at"] else ", as shipped"
    flagged = ", ".join(f"{topic} {count}" for topic, count in facts["flagged"].items()) or "nothing"
    answers = ", ".join(f"{topic} {count}" for topic, count in facts["answers"].items()) or "none"
    lines = [
        f"Last {since}: {facts['judged']:,} articles judged, flagged: {flagged}",
        f"Answers: {answers}" + (f", by {facts['people']} people" if facts["people"] else ""),
        f"Model: {facts['model']}{trained}",
        f"Sources: {facts['sources']['declared']}"
        + "".join(
            f", {len(facts['sources'][word])} {word}" for word in ("failing", "silent") if facts["sources"][word]
        ),
        *in_words({"topics": facts["audit"]}),
    ]
    for topic, words in facts["new_words"].items():
        told = ", ".join(f"{one['word']} ({one['articles']})" for one in words)
        lines.append(f"{topic}: new words of the last 30 days: {told or 'none'}")
    return lines
