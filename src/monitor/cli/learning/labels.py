"""Takes files of labels, or nothing; gives them to the store, writes them out, counts them."""

import csv
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.bootstrap import Archive
    from monitor.cli.learning.label_files import Row, Rules
    from monitor.types import Judgement, Label

SHOWN = 50  # bad lines that are told one by one

AsJson = Annotated[bool, typer.Option("--json", help="Facts as one JSON object.")]


class Format(StrEnum):
    """How labels are written out."""

    JSONL = "jsonl"
    CSV = "csv"


def register(app: typer.Typer) -> None:
    """Add `labels`."""
    group = typer.Typer(no_args_is_help=True, help="What people said of articles: bring in, take out, count.")
    group.command(
        "import",
        epilog="Examples: monitor labels import old.jsonl · monitor labels import desk.csv --who ana",
    )(import_)
    group.command(
        "export",
        epilog="Examples: monitor labels export > labels.jsonl · monitor labels export --format csv > labels.csv",
    )(export)
    group.command("stats", epilog="Examples: monitor labels stats · monitor labels stats --json")(stats)
    app.add_typer(group, name="labels")


def import_(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="JSON lines, or CSV where the name ends so.")],
    who: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who answered, where a line does not say (default: import).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring in labelled articles: `{"title", "text", "url", "labels": {"TOPIC": true}, "who", "when"}`, a line each.

    An article whose url is stored already keeps its own words. A line that cannot be read is told with its number; the others
    are taken. The later answer of one person replaces the earlier one. Exit codes: 0 all taken, 1 some were not.
    """
    from monitor import bootstrap
    from monitor.cli.learning.label_files import Rules

    total: dict[str, int] = {"articles": 0, "new_answers": 0, "bad": 0}
    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        rules = Rules(topics=[topic.id for topic in archive.settings.topics], who=who or "import", now=bootstrap.now())
        for path in files:
            for kind, number in _import(archive, path, rules).items():
                total[kind] += number
    if as_json:
        print(json.dumps(total))
    else:
        print(
            f"{total['articles']} articles taken, {total['new_answers']} answers that were not there before"
            + (f"; {total['bad']} lines refused" if total["bad"] else "")
        )
    raise typer.Exit(1 if total["bad"] else 0)


def _import(archive: "Archive", path: Path, rules: "Rules") -> dict[str, int]:
    from monitor.cli.learning.label_files import BadRow, batches, read

    bad: list[BadRow] = []

    def sound(rows: "Iterator[Row | BadRow]") -> "Iterator[Row]":
        for row in rows:
            if isinstance(row, BadRow):
                _complain(bad, row)
            else:
                yield row

    articles = new = 0
    with _opened(path) as file:
        for batch in batches(sound(read(file, path, rules))):
            ids, fresh = archive.store.import_labels([row.item for row in _spoken(batch)], rules.now)
            for row, id_ in zip(batch, ids, strict=True):
                if id_ is None:
                    _complain(
                        bad,
                        BadRow(place=row.place, error=f"{row.item.url} is not stored: give its title and text as well"),
                    )
            articles += sum(id_ is not None for id_ in ids)
            new += fresh
    if len(bad) > SHOWN:
        print(f"… and {len(bad) - SHOWN} more lines of {path}", file=sys.stderr)
    return {"articles": articles, "new_answers": new, "bad": len(bad)}


def _complain(bad: list[Any], row: Any) -> None:
    bad.append(row)
    if len(bad) <= SHOWN:
        print(f"{row.place}: {row.error}", file=sys.stderr)


def _spoken(batch: "list[Row]") -> "list[Row]":
    """Give the rows with the language of each: as stated, else as its words have it."""
    from monitor.extract import detect_all

    found = detect_all([(f"{row.item.title}\n{row.item.text}", row.item.language or None, "") for row in batch])
    return [replace(row, item=replace(row.item, language=language)) for row, language in zip(batch, found, strict=True)]


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file, with a bar where somebody watches."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    with file:
        if not sys.stderr.isatty():
            yield file
            return
        from rich.console import Console
        from rich.progress import wrap_file

        with wrap_file(
            file, path.stat().st_size, description=path.name, console=Console(stderr=True), transient=True
        ) as watched:
            yield watched


def export(
    ctx: typer.Context,
    kind: Annotated[
        Format, typer.Option("--format", help="JSON lines, or CSV with a column per topic.")
    ] = Format.JSONL,
) -> None:
    """Write all labels with their articles, a line per article and person, as `labels import` reads them."""
    from monitor import bootstrap
    from monitor.cli.learning.label_files import csv_head, csv_rows, json_line

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        topics = sorted(
            {*(topic.id for topic in archive.settings.topics), *(one.topic for one in archive.store.labels())}
        )
        if kind is Format.CSV:
            sheet = csv.writer(sys.stdout, lineterminator="\n")
            sheet.writerow(csv_head(topics))
            for one in _labelled(archive):
                sheet.writerows(csv_rows(one, topics))
            return
        for one in _labelled(archive):
            for line in json_line(one):
                print(line)


def _labelled(archive: "Archive") -> "Iterator[Judgement]":
    from monitor.jobs.pages import pages

    for page in pages(archive.store.labelled, 500):
        yield from page


def stats(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Count labels by topic, value, person and place; tell how well people agree, and what is disputed."""
    from monitor import bootstrap

    with bootstrap.open_archive(ctx.obj.config_dir, os.environ) as archive:
        labels = archive.store.labels()
        facts = _facts(archive, labels)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False))
    elif not labels:
        print("No labels yet: give some with `monitor label`, or bring them in with `monitor labels import`.")
    else:
        _print(facts)


def _facts(archive: "Archive", labels: "list[Label]") -> dict[str, Any]:
    from monitor.feedback.labels import agreements, counted, settle

    settled = settle(labels)
    articles = {one.article.entry.id: one.article.entry for one in _labelled(archive)}
    sources: dict[str, dict[str, int]] = {}
    for label in labels:
        of_topic = sources.setdefault(label.topic, {})
        source = articles[label.entry_id].source_id
        of_topic[source] = of_topic.get(source, 0) + 1
    return {
        "answers": len(labels),
        "articles": len(articles),
        "topics": {
            topic: {
                **{kind: dict(number.most_common()) for kind, number in counts.items()},
                "source": dict(sorted(sources[topic].items(), key=lambda pair: (-pair[1], pair[0]))),
                "settled": {
                    word: sum(value is meaning for (_, name), value in settled.values.items() if name == topic)
                    for word, meaning in (("yes", True), ("no", False))
                },
                "disputed": sum(name == topic for _, name in settled.disputed),
            }
            for topic, counts in counted(labels).items()
        },
        "agreement": [asdict(one) for one in agreements(labels)],
        "disputed": [
            {"topic": topic, "title": articles[id_].title, "url": articles[id_].url}
            for id_, topic in sorted(settled.disputed)
        ],
    }


def _print(facts: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from monitor.notify.mrkdwn import clean

    console = Console(soft_wrap=True, highlight=False)
    console.print(f"{facts['answers']} answers about {facts['articles']} articles")
    for topic, counts in facts["topics"].items():
        table = Table("of", "", "answers", title=escape(topic), title_justify="left", show_edge=False)
        for kind in ("value", "who", "via", "source"):
            for index, (name, number) in enumerate(list(counts[kind].items())[:10]):
                table.add_row(kind if not index else "", escape(name), str(number))
        table.add_row("settled", "yes / no", f"{counts['settled']['yes']} / {counts['settled']['no']}")
        table.add_row("disputed", "", str(counts["disputed"]))
        console.print(table)
    for one in facts["agreement"]:
        kappa = "no κ: both always say the same one thing" if one["kappa"] is None else f"κ {one['kappa']:.2f}"
        console.print(
            f"{escape(one['topic'])}: {escape(one['people'][0])} and {escape(one['people'][1])} agree on {one['same']}"
            f" of {one['items']} ({kappa})"
        )
    for one in facts["disputed"][:20]:
        console.print(f"disputed, {escape(one['topic'])}: {escape(clean(one['title']))}")
    if len(facts["disputed"]) > 20:
        console.print(f"… and {len(facts['disputed']) - 20} more; all of them: monitor labels stats --json")
