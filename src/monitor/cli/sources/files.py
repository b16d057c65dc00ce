"""Takes a list of sources as OPML or CSV, gives sources.yaml with them added; and back."""

import json
import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.config.editing import Sorted
    from monitor.sources.rows import Refusal, Row


class Format(StrEnum):
    """How a list of sources is written."""

    OPML = "opml"
    CSV = "csv"


def register(sources: typer.Typer) -> None:
    """Add `import` and `export` to the group `sources`."""
    sources.command(
        "import",
        epilog="Examples: monitor sources import reader.opml --dry-run · monitor sources import list.csv --json",
    )(import_sources)
    sources.command(
        "export", epilog="Examples: monitor sources export > sources.opml · monitor sources export --output sources.csv"
    )(export_sources)


def import_sources(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="OPML of a feed reader, or CSV with a header row.")],
    form: Annotated[
        Format | None, typer.Option("--format", help="How it is written; told by its content where left out.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be added.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per source, and one with the sums.")] = False,
) -> None:
    """Add the sources of an OPML or CSV file to sources.yaml; folders become tags.

    Lines that cannot be used are told with their number, and the others are added. Nothing is fetched: see `check --live`.
    Exit codes: 0 all were added or there already, 1 some were refused, 2 the file cannot be read.
    """
    from monitor.config import load
    from monitor.config.editing import add_sources, sort_rows
    from monitor.sources.rows import Refusal, Row

    settings = load(ctx.obj.config_dir, os.environ)
    rows = _read(file, form)
    found = sort_rows((row for row in rows if isinstance(row, Row)), settings)
    refused = sorted((*found.refused, *(row for row in rows if isinstance(row, Refusal))), key=lambda row: row.line)
    if found.new and not dry_run:
        add_sources(ctx.obj.config_dir, os.environ, [row.fields for row in found.new])
    _tell(found, refused, file, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(1 if refused else 0)


def export_sources(
    ctx: typer.Context,
    form: Annotated[
        Format | None, typer.Option("--format", help="opml, or csv; by the name of --output, else opml.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write here instead of to the terminal.")
    ] = None,
) -> None:
    """Write all sources as OPML, for feed readers and for `import`, or as CSV.

    Request headers are left out, because they may be passwords; addresses are written as they are.
    """
    from monitor.config import load
    from monitor.config.editing import fields_of
    from monitor.sources.opml import write_opml
    from monitor.sources.table import write_table

    settings = load(ctx.obj.config_dir, os.environ)
    rows = [(source.url, fields_of(source, settings.fetch)) for source in settings.sources]
    by_name = Format.CSV if output and output.suffix.lower() == ".csv" else Format.OPML
    text = write_table(fields for _, fields in rows) if (form or by_name) is Format.CSV else write_opml(rows)
    if output:
        _write(output, text)
        print(f"Wrote {len(rows)} sources to {output}." if len(rows) != 1 else f"Wrote 1 source to {output}.")
    else:
        sys.stdout.buffer.write(text.encode())  # in UTF-8, as it says of itself, whatever the terminal speaks
        sys.stdout.flush()
    if secret := [source.id for source in settings.sources if source.headers]:
        print(f"Left out, because they may be passwords: the headers of {', '.join(secret)}.", file=sys.stderr)


def _write(output: Path, text: str) -> None:
    try:
        output.write_bytes(text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {output} ({error.strerror}): name another file with --output") from error


def _read(file: Path, form: Format | None) -> "list[Row | Refusal]":
    from monitor.parse.charset import decode
    from monitor.sources.opml import read_opml
    from monitor.sources.rows import MOST_BYTES
    from monitor.sources.table import read_table

    try:
        with file.open("rb") as opened:
            body = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror})") from error
    if len(body) > MOST_BYTES:
        raise UsageError(f"{file}: larger than {MOST_BYTES // 1_000_000} MB: no list of sources is; split it")
    text = decode(body)
    is_opml = form is Format.OPML or (form is None and text.lstrip("\ufeff \t\r\n").startswith("<"))
    try:
        return read_opml(text) if is_opml else read_table(text)
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from error


def _tell(found: "Sorted", refused: "list[Refusal]", file: Path, *, dry_run: bool, as_json: bool) -> None:
    from monitor.notify.mrkdwn import clean

    sums = {"added": len(found.new), "there": len(found.there), "refused": len(refused), "dry_run": dry_run}
    if as_json:
        lines = [(row.line, {"result": "added", "url": row.fields["url"]}) for row in found.new]
        lines += [(row.line, {"result": "there", "url": row.fields["url"]}) for row in found.there]
        lines += [(row.line, {"result": "refused", "reason": row.reason}) for row in refused]
        for number, facts in sorted(lines, key=lambda line: line[0]):
            print(json.dumps({"line": number, **facts}, ensure_ascii=False))
        print(json.dumps(sums))
        return
    for row in refused:
        print(f"{file}:{row.line}: {clean(row.reason)}", file=sys.stderr)
    would = "would be added" if dry_run else "added"
    print(f"{sums['added']:,} {would}, {sums['there']:,} already there, {sums['refused']:,} refused.")
