"""Takes files of articles as JSON lines, gives every topic's probability, threshold and reasons, one JSON line per article."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.learning.models import model_files
from monitor.cli.trying.jsonlines import Bad, Item, read_all, write_line

if TYPE_CHECKING:
    from monitor.classify import Judge
    from monitor.types import Verdict

WHY = 8  # contributions told per topic


def register(trying: typer.Typer) -> None:
    """Add `score` to `monitor try`."""
    trying.command(epilog="Example: monitor try score news.jsonl")(score)


def score(
    ctx: typer.Context,
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", help='JSON lines of {"id","title","text"} and optional lang …')
    ],
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines, which is what is written anyway.")] = False,  # noqa: ARG001
) -> None:
    """Score articles by the configured topics, or by the starter topics where there is no configuration."""
    judge, failed = _judge(ctx), False
    for item in read_all(files):
        failed = failed or isinstance(item, Bad)
        write_line({"id": item.id, "error": item.error} if isinstance(item, Bad) else _scored(judge, item))
    if failed:
        raise typer.Exit(1)


def _judge(ctx: typer.Context) -> "Judge":
    from monitor.classify import Judge
    from monitor.config import load, shipped

    folder = ctx.obj.config_dir
    settings = load(folder if folder.is_dir() else shipped("config"), os.environ)
    return Judge(model_files(ctx).load(), settings.topics)


def _scored(judge: "Judge", item: Item) -> dict[str, Any]:
    from monitor.extract.language import detect

    language = detect(f"{item.title}\n{item.text}", item.language)
    verdicts = judge.verdicts(item.title, item.text, language, explain=True)
    return {
        "id": item.id,
        "language": language,
        "judged": judge.judged(language),
        "topics": {verdict.topic: _facts(verdict) for verdict in verdicts},
    }


def _facts(verdict: "Verdict") -> dict[str, Any]:
    told = [term for term in verdict.contributions if not term.feature.startswith("baseline")][:WHY]
    return {
        "probability": round(verdict.probability, 6),
        "threshold": verdict.threshold,
        "flagged": verdict.flagged,
        "why": [{"feature": term.feature, "contribution": round(term.value, 4)} for term in told],
    }
