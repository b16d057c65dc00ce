"""Takes a version or nothing, gives the model versions at hand, and a model's card in words or as JSON."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitor.adapters.model_files import ModelFiles


def register(app: typer.Typer) -> None:
    """Add `models`."""
    models = typer.Typer(no_args_is_help=True, help="The classifier's versions: which there are, what each can do.")
    models.command("list", epilog="Example: monitor models list --json")(list_versions)
    models.command("show", epilog="Example: monitor models show shipped-2")(show)
    app.add_typer(models, name="models")


def list_versions(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON line per version.")] = False
) -> None:
    """List the model versions; the one in use is marked."""
    files = model_files(ctx)
    current = files.current()
    for version in files.versions():
        facts = {"version": version, "current": version == current, **_summary(files.card(version))}
        print(json.dumps(facts, ensure_ascii=False) if as_json else _line(facts))


def show(
    ctx: typer.Context,
    version: Annotated[str | None, typer.Argument(help="A version; the one in use where left out.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole card as one JSON line.")] = False,
) -> None:
    """Show a model's card: what it was learned from, how good it is, where its thresholds stand."""
    files = model_files(ctx)
    files.load(version)  # a card of a model that does not load would mislead
    card = files.card(version)
    if as_json:
        print(json.dumps(card, ensure_ascii=False))
        return
    _print_card(card)


def model_files(ctx: typer.Context) -> "ModelFiles":
    """Give the model versions of the configuration, or those shipped where there is none."""
    from monitor.adapters.model_files import ModelFiles
    from monitor.config import load, shipped

    folder = ctx.obj.config_dir
    own = Path(load(folder, os.environ).models) if folder.is_dir() else shipped("models")
    return ModelFiles(own, shipped("models"))


def _summary(card: "Mapping[str, Any]") -> dict[str, Any]:
    return {
        "learned": card["examples"]["learned"],
        "average_precision": {
            topic: facts["figures"]["average_precision"][0] for topic, facts in card["topics"].items()
        },
        "f1": {topic: facts["figures"]["f1"][0] for topic, facts in card["topics"].items()},
    }


def _line(facts: dict[str, Any]) -> str:
    figures = "  ".join(
        f"{topic}: AP {value:.3f}, F1 {facts['f1'][topic]:.3f}" for topic, value in facts["average_precision"].items()
    )
    return f"{'*' if facts['current'] else ' '} {facts['version']:<16} {facts['learned']:>6} examples  {figures}"


def _print_card(card: "Mapping[str, Any]") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(soft_wrap=True, highlight=False)
    examples = card["examples"]
    console.print(
        f"[bold]{escape(card['version'])}[/]  {', '.join(card['languages'])}; {card['vocabulary']} words; learned from "
        f"{examples['learned']} examples ({examples['invented']} invented)"
        + (f" on top of what {escape(card['refines'])} knew" if card["refines"] else "")
        + f", checked on {examples['checked']} it had not seen"
    )
    for topic, facts in card["topics"].items():
        console.print(
            f"\n[bold]{escape(topic)}[/]  {facts['labels'].get('yes', 0)} yes, {facts['labels'].get('no', 0)} no"
        )
        for name, figures in (("all", facts["figures"]), *facts["by_origin"].items()):
            console.print(f"  {name:<14} {_figures(figures)}")
        ordinary, threshold = facts["ordinary_news"], facts["threshold"]
        console.print(
            f"  threshold {threshold['auto']:.3f}: {ordinary['flags_per_10k']} flags per 10,000 ordinary items; "
            f"page fetched from {threshold['gate']:.5f}: {ordinary['past_the_gate_per_10k']:.0f} per 10,000, which stops "
            f"{facts['gate']['of_them_stopped']:.1%} of the positives that are flagged in full, "
            f"{facts['gate']['of_all_stopped']:.1%} of all"
        )
        table = Table("threshold", "precision", "recall", "flags per 10,000", box=None, padding=(0, 2))
        for row in facts["evidence"]:
            table.add_row(*(f"{row[key]:.2f}" for key in ("threshold", "precision", "recall")), f"{row['per_10k']:.1f}")
        console.print(table)
        for kind, terms in facts["top_terms"].items():
            console.print(f"  {kind}: {escape(', '.join(terms))}")


def _figures(figures: dict[str, Any]) -> str:
    precision, f1 = figures["average_precision"], figures["f1"]
    items = figures["positives"] + figures["negatives"]
    return (
        f"AP {precision[0]:.3f} [{precision[1]:.3f}–{precision[2]:.3f}]  F1 {f1[0]:.3f} [{f1[1]:.3f}–{f1[2]:.3f}]  "
        f"precision {figures['precision']:.2f}  recall {figures['recall']:.2f}  ({figures['positives']} of {items})"
    )
