"""Takes the labels in the store, gives a new model where it is better, or the reasons why it was refused."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from monitor.feedback.evaluation import Comparison
    from monitor.jobs.people.learn import Learned

SHOWN = 8  # words and flips that are told


def register(app: typer.Typer) -> None:
    """Add `train`."""
    app.command(epilog="Examples: monitor train --dry-run · monitor train · monitor train --json")(train)


def train(
    ctx: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Train and test, but write nothing.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Put the candidate in place although it was refused; its card says so.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Facts as one JSON object.")] = False,
) -> None:
    """Learn from the labels, test the candidate against the model in use, put it in place if it is not worse.

    A running service takes the new model up by itself. Exit codes: 0 promoted (with --dry-run: it would be), 1 it failed,
    3 refused, with the reasons.
    """
    from monitor import bootstrap
    from monitor.jobs.people.learn import learn

    with bootstrap.open_classroom(ctx.obj.config_dir, os.environ) as room, _watched(shown=not as_json) as watch:
        learned = learn(room, dry_run=dry_run, force=force, watch=watch)
    if as_json:
        print(json.dumps(learned.facts(), ensure_ascii=False))
    else:
        _print(learned, dry_run=dry_run, force=force)
    if learned.refusals and not (force and learned.promoted):
        for reason in learned.refusals:
            print(f"refused: {reason}", file=sys.stderr)
        raise typer.Exit(3)


@contextmanager
def _watched(*, shown: bool) -> "Iterator[Callable[[str], None]]":
    """Give what is told of the progress: on a terminal only where it is `shown`, elsewhere always, in plain lines."""
    if not sys.stderr.isatty():
        from monitor.cli.progress import lines

        yield lines()
        return
    if not shown:
        yield lambda _: None
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:
        yield status.update


def _print(learned: "Learned", *, dry_run: bool, force: bool) -> None:
    from rich.console import Console

    console = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 120)
    counts = learned.card["labels"]
    console.print(
        f"{counts['undisputed']} labels about {counts['articles']} articles by"
        f" {counts['people']} {'person' if counts['people'] == 1 else 'people'};"
        f" {counts['disputed']} disputed, {counts['unsure']} unsure"
    )
    if learned.comparisons:
        _table(console, learned.comparisons, learned.current)
    _changes(console, learned)
    if learned.promoted:
        console.print(
            f"[bold]{learned.version} is in use[/], instead of {learned.current}"
            + (" (forced)" if force and learned.refusals else "")
        )
        if learned.pruned:
            console.print(f"deleted, as the oldest of our own: {', '.join(learned.pruned)}")
    elif dry_run and not learned.refusals:
        console.print("It would be put in place; nothing was written.")
    else:
        console.print("The model in use stays.")


def _table(console: "Console", comparisons: "tuple[Comparison, ...]", current: str) -> None:
    from rich.markup import escape
    from rich.table import Table

    heads = ("topic", "yes of", "model", "AP", "F1", "precision", "recall", "cal. error")
    table = Table(
        *heads, title=f"on articles neither was learned from here; now in use: {current}", title_justify="left"
    )
    for one in comparisons:
        for word, figures in (("current", one.current), ("candidate", one.candidate)):
            numbers = (
                figures.average_precision,
                figures.f1,
                figures.precision,
                figures.recall,
                figures.calibration_error,
            )
            first = (escape(one.topic), f"{one.positives} of {one.items}") if word == "current" else ("", "")
            table.add_row(*first, word, *(f"{number:.3f}" for number in numbers))
        table.add_section()
    console.print(table)
    for one in comparisons:
        if one.average_precision and one.f1:
            change, low, high = one.average_precision
            other, least, most = one.f1
            console.print(
                f"{escape(one.topic)}: AP {change:+.3f} [{low:+.3f}, {high:+.3f}], F1 {other:+.3f} [{least:+.3f}, {most:+.3f}]"
            )


def _changes(console: "Console", learned: "Learned") -> None:
    from rich.markup import escape

    from monitor.notify.mrkdwn import clean

    for kind, words in learned.words.items():
        if words:
            some = ", ".join(words[:SHOWN]) + (" …" if len(words) > SHOWN else "")
            console.print(f"{len(words)} words {kind}: {escape(some)}")
    if learned.flips:
        console.print(f"{len(learned.flips)} verdicts would change:")
        for flip in learned.flips[:SHOWN]:
            label = "" if flip.label is None else f" (labelled {'yes' if flip.label else 'no'})"
            word = "flagged" if flip.flagged else "not flagged"
            console.print(
                f"  {escape(flip.topic)}: now {word}, {flip.before:.2f} → {flip.after:.2f}{label}: {escape(clean(flip.title))}"
            )
