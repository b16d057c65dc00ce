"""Takes a version or nothing, gives the model versions at hand, their cards and pictures, and which one is in use."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    files = model_files(ctx)
    current = files.current()
    for version in files.versions():
        facts = {"version": version, "current": version == current, **_summary(files.card(version))}
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
    from monitor.cli.model_cards import markdown

    files = model_files(ctx)
    files.load(version)  # a card of a model that does not load would mislead
    card = files.card(version)
    if plots:
        from monitor.cli.model_plots import draw

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

    if not ctx.obj.config_dir.is_dir():
        return ""
    head = "| topic | rule | threshold | precision | recall | flags a day |"
    rows, warnings, card = [], [], model_files(ctx).card(version)
    for topic, choice in bootstrap.choices(load(ctx.obj.config_dir, os.environ), version):
        rule = topic.threshold
        asked = rule.kind if rule.value is None else f"{rule.kind}: {rule.value:g}"
        figures = (choice.precision, choice.recall, choice.per_day)
        cells = " | ".join("" if figure is None else f"{figure:.2f}" for figure in figures)
        rows.append(f"| {topic.id} | {asked} | {choice.threshold:.3f} | {cells} |")
        said = (choice.warning, _rests_on(card["topics"].get(topic.id)))
        warnings += [f"- **{topic.id}: {warning}.**" for warning in said if warning]
    return "\n".join(["\n## Thresholds in force\n", head, "|---|---|---|---|---|---|", *rows, "", *warnings])


def _rests_on(facts: "Mapping[str, Any] | None") -> str:
    """Say where a topic's evidence is thin, "" where it is not."""
    from monitor.cli.model_cards import FEWEST

    if facts is None:
        return "known by its keywords alone, with weights and evidence of all topics; labels would give it its own"
    positives = facts["figures"]["positives"]
    return f"the evidence rests on {positives} yeses only" if positives < FEWEST else ""


def diff(
    ctx: typer.Context,
    version: Annotated[str, typer.Argument(help="The version to compare with.")],
    other: Annotated[str | None, typer.Argument(help="Compared with this one (default: the one in use).")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what sets two versions apart: figures, thresholds, words gained and lost, weights that moved most."""
    files = model_files(ctx)
    facts = _difference(files, version, other or files.current())
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


def _summary(card: "Mapping[str, Any]") -> dict[str, Any]:
    return {
        "learned": card["examples"]["learned"],
        "refines": card["refines"],
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


def _difference(files: "ModelFiles", version: str, other: str) -> dict[str, Any]:
    import numpy as np

    from monitor.classify.features import CUE_FEATURES
    from monitor.feedback.evaluation import vocabulary_change

    before, after = files.load(version), files.load(other)
    cards = [files.card(version)["topics"], files.card(other)["topics"]]
    place = {word: index for index, word in enumerate(before.vocabulary)}
    topics = {}
    for topic in sorted({*before.heads, *after.heads}):
        old, new = before.head(topic), after.head(topic)
        words = [
            (f"word: {word}", float(old.words[place[word]]) if word in place else 0.0, float(weight))
            for word, weight in zip(after.vocabulary, new.words, strict=True)
        ]
        cues = [(name, float(a), float(b)) for (_, name), a, b in zip(CUE_FEATURES, old.cues, new.cues, strict=True)]
        moved = sorted([*words, *cues], key=lambda one: (-abs(one[2] - one[1]), one[0]))[:10]
        topics[topic] = {
            "figures": {
                "threshold": [round(old.threshold, 4), round(new.threshold, 4)],
                **{
                    name: [card[topic]["figures"][key][0] if topic in card else None for card in cards]
                    for name, key in (("AP", "average_precision"), ("F1", "f1"))
                },
            },
            "moved": [{"feature": name, "from": round(a, 3), "to": round(b, 3)} for name, a, b in moved if a != b],
        }
    strength = np.max(np.abs([head.words for head in after.heads.values()]), axis=0)
    weights = dict(zip(after.vocabulary, strength.tolist(), strict=True))
    return {
        "from": version,
        "to": other,
        "topics": topics,
        "words": vocabulary_change(before.vocabulary, after.vocabulary, weights),
    }


def _pair(pair: list[float | None]) -> str:
    return " → ".join("–" if value is None else f"{value:.3f}" for value in pair)
