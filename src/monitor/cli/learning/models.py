"""Takes a version or nothing, gives the model versions at hand, their cards and pictures, and which one is in use."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from monitor.adapters.model_files import ModelFiles

AsJson = Annotated[bool, typer.Option("--json", help="Facts as one JSON line.")]


def register(app: typer.Typer) -> None:
    """Add `models`."""
    models = typer.Typer(no_args_is_help=True, help="The classifier's versions: what each can do, which one is in use.")
    models.command("list", epilog="Example: monitor models list --json")(list_versions)
    models.command("show", epilog="Examples: monitor models show · monitor models show shipped-2 --plots pictures")(
        show
    )
    models.command("diff", epilog="Examples: monitor models diff shipped-2 · monitor models diff seed-2 shipped-2")(
        diff
    )
    models.command("promote", epilog="Example: monitor models promote shipped-2")(promote)
    models.command("rollback", epilog="Example: monitor models rollback")(rollback)
    app.add_typer(models, name="models")


def list_versions(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="One JSON line per version.")] = False
) -> None:
    """List the model versions; the one in use is marked."""
    from monitor.feedback.card_facts import summary

    files = model_files(ctx)
    current = files.current()
    for version in files.versions():
        facts = {"version": version, "current": version == current, **summary(files.card(version))}
        print(json.dumps(facts, ensure_ascii=False) if as_json else _line(facts))


def show(
    ctx: typer.Context,
    version: Annotated[str | None, typer.Argument(help="A version; the one in use where left out.")] = None,
    plots: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Draw its curves into this folder, as PNG and SVG.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole card as one JSON line.")] = False,
) -> None:
    """Show a model's card: what it was learned from, how good it is, where the thresholds of topics.yaml stand.

    The card is Markdown, set out where it goes to a terminal.
    """
    from monitor.cli.learning.model_cards import markdown

    files = model_files(ctx)
    files.load(version)  # a card of a model that does not load would mislead
    card = files.card(version)
    if plots:
        from monitor.cli.learning.model_plots import draw

        for path in draw(card, plots):
            print(path)
        return
    if as_json:
        print(json.dumps(card, ensure_ascii=False))
        return
    text = markdown(card) + _in_force(ctx, version)
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        print(text)


def _in_force(ctx: typer.Context, version: str | None) -> str:
    """Give the thresholds that topics.yaml asks for, with their evidence."""
    from monitor import bootstrap
    from monitor.config import load
    from monitor.feedback.card_facts import asked, rests_on

    if not ctx.obj.config_dir.is_dir():
        return ""
    head = "| topic | rule | threshold | precision | recall | flags a day |"
    rows, warnings, card = [], [], model_files(ctx).card(version)
    for topic, choice in bootstrap.choices(load(ctx.obj.config_dir, os.environ), version):
        figures = (choice.precision, choice.recall, choice.per_day)
        cells = " | ".join("" if figure is None else f"{figure:.2f}" for figure in figures)
        rows.append(f"| {topic.id} | {asked(topic.threshold)} | {choice.threshold:.3f} | {cells} |")
        said = (choice.warning, rests_on(card["topics"].get(topic.id)))
        warnings += [f"- **{topic.id}: {warning}.**" for warning in said if warning]
    return "\n".join(["\n## Thresholds in force\n", head, "|---|---|---|---|---|---|", *rows, "", *warnings])


def diff(
    ctx: typer.Context,
    version: Annotated[str, typer.Argument(help="The version to compare with.")],
    other: Annotated[str | None, typer.Argument(help="Compared with this one (default: the one in use).")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what sets two versions apart: figures, thresholds, words gained and lost, weights that moved most."""
    from monitor.feedback.difference import difference

    files = model_files(ctx)
    names = version, other or files.current()
    before, after = (files.load(name) for name in names)
    facts = difference(before, after, (files.card(names[0]), files.card(names[1])))
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
        return
    print(f"{facts['from']} → {facts['to']}")
    for topic, change in facts["topics"].items():
        figures = ", ".join(f"{name} {_pair(pair)}" for name, pair in change["figures"].items())
        print(f"{topic}: {figures}")
        moved = ", ".join(f"{one['feature']} {one['from']:+.2f} → {one['to']:+.2f}" for one in change["moved"])
        print(f"  moved most: {moved or 'nothing'}")
    for kind, words in facts["words"].items():
        print(
            f"words {kind}: {len(words)}"
            + (f" ({', '.join(words[:12])}{' …' if len(words) > 12 else ''})" if words else "")
        )


def promote(
    ctx: typer.Context, version: Annotated[str, typer.Argument(help="The version to use from now on.")]
) -> None:
    """Put a version in use, after proving that it loads. A running service takes it up by itself."""
    from monitor import bootstrap

    before = model_files(ctx).promote(version, "promoted", bootstrap.now())
    print(f"{version} is in use, instead of {before}.")


def rollback(ctx: typer.Context) -> None:
    """Return to the version that was in use before, after proving that it loads; again: one further back."""
    from monitor import bootstrap

    files = model_files(ctx)
    left = files.current()
    print(f"{files.rollback(bootstrap.now())} is in use again, instead of {left}.")


def model_files(ctx: typer.Context) -> "ModelFiles":
    """Give the model versions of the configuration, or those shipped where there is none."""
    from monitor.adapters.model_files import ModelFiles
    from monitor.config import load, shipped

    folder = ctx.obj.config_dir
    own = Path(load(folder, os.environ).models) if folder.is_dir() else shipped("models")
    return ModelFiles(own, shipped("models"))


def _line(facts: dict[str, Any]) -> str:
    figures = "  ".join(
        f"{topic}: AP {value:.3f}, F1 {facts['f1'][topic]:.3f}" for topic, value in facts["average_precision"].items()
    )
    return f"{'*' if facts['current'] else ' '} {facts['version']:<16} {facts['learned']:>6} examples  {figures}"


def _pair(pair: list[float | None]) -> str:
    return " → ".join("–" if value is None else f"{value:.3f}" for value in pair)
