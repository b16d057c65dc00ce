"""Takes the name of somebody who answers, gives everything that is stored about them, or forgets them."""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.ports import Store
    from monitor.types import Erased, Known

AsJson = Annotated[bool, typer.Option("--json", help="Facts as JSON.")]
Who = Annotated[
    str, typer.Argument(metavar="WHO", help="As `people list` gives it: an id, or a name that one person has.")
]

BEYOND = (
    "Not reached: what Slack itself keeps (its history of edits, exports), backups of the database, logs, files that were"
    " exported, and the weights of models trained before: `monitor train` learns anew without what was deleted."
    " Who may use the page stands in MONITOR_WEB_TOKEN, and words in your configuration files are yours to change."
)


def register(app: typer.Typer) -> None:
    """Add the group `people`."""
    group = typer.Typer(no_args_is_help=True, help="What is stored about the people who answer: see, take out, forget.")
    group.command("list", epilog="Examples: monitor people list · monitor people list --json")(list_)
    group.command(epilog="Example: monitor people export ana > ana.jsonl")(export)
    group.command(
        epilog="Examples: monitor people erase ana --dry-run · monitor people erase U024BE7LH --yes"
        " · monitor people erase ana --keep-answers"
    )(erase)
    app.add_typer(group, name="people")


def list_(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List everybody of whom something is stored, with how much; with --json a line each."""
    from monitor import bootstrap
    from monitor.cli.trying.jsonlines import write_line
    from monitor.notify.mrkdwn import clean

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        everybody = archive.store.people()
    for one in everybody:
        if as_json:
            write_line(asdict(one))
        else:
            called = f" ({', '.join(map(clean, one.names))})" if one.names else ""
            print(f"{clean(one.who)}{called}: {_counted(one.counts)}")
    if not everybody and not as_json:
        print("Nobody has answered yet.")


def export(ctx: typer.Context, who: Who) -> None:
    """Write everything that is stored about a person, as JSON lines.

    Each line has a `kind`: answer, ruling (on stories), mute, config change, message (that names them, with the words in it).
    """
    from monitor import bootstrap
    from monitor.cli.trying.jsonlines import write_line

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        for row in archive.store.held_of(_person(archive.store, who).who):
            write_line(
                {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
            )


def erase(
    ctx: typer.Context,
    who: Who,
    keep_answers: Annotated[
        bool, typer.Option("--keep-answers", help="Keep their answers for the model, under a name that says nothing.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what is there.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Forget a person. Their answers are deleted; it cannot be undone.

    What the team's view of stories rests on (merges, splits, mutes that hold) stays, under a name that says nothing. Messages
    in Slack are edited by the service, so that they do not name them any more.
    """
    from monitor import bootstrap
    from monitor.jobs.context import new_key
    from monitor.notify.mrkdwn import clean

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        person = _person(archive.store, who)
        if dry_run:
            _tell_held(archive.store.held_of(person.who), as_json=as_json)
            return
        if not yes:
            _confirm(f"Forget {clean(person.who)} ({_counted(person.counts)})? It cannot be undone.")
        done = archive.store.erase(person.who, bootstrap.now(), new_key(), keep_answers=keep_answers)
    _tell_done(done, as_json=as_json, keep_answers=keep_answers)


def _person(store: "Store", word: str) -> "Known":
    everybody = store.people()
    found = [one for one in everybody if one.who == word] or [one for one in everybody if word in one.names]
    if len(found) > 1:
        raise UsageError(f"{word} is the name of several: choose one of {', '.join(one.who for one in found)}")
    if not found:
        raise UsageError(f"nothing is stored about {word}: `monitor people list` names everybody")
    return found[0]


def _confirm(question: str) -> None:
    if not sys.stdin.isatty():
        raise UsageError("this cannot be undone: look with --dry-run, then say --yes")
    typer.confirm(question, abort=True)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {kind.replace('_', ' ')}" for kind, number in counts.items() if number) or "nothing"


def _tell_held(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    counts = Counter(f"{row['kind']}s" for row in rows)
    print(json.dumps(counts) if as_json else f"Would forget: {_counted(counts)}.")


def _tell_done(done: "Erased", *, as_json: bool, keep_answers: bool) -> None:
    if as_json:
        print(json.dumps(asdict(done)))
        return
    answers = f"{done.answers} answers {f'kept as {done.instead}' if keep_answers else 'deleted'}"
    rest = f"{done.rulings} rulings, {done.mutes} mutes and {done.config_changes} changes of configuration"
    print(
        f"{answers}; {rest} without their name; {done.messages} stored messages changed. The service edits those in Slack."
    )
    print(BEYOND)
