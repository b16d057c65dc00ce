"""Takes the text of a CSV file, gives the sources in it, and back (RFC 4180; columns are the keys of sources.yaml).

What a spreadsheet would run as a formula is written with an apostrophe before it, which reading takes off again.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from monitor.errors import UsageError
from monitor.sources.formulas import bare, guarded
from monitor.sources.rows import KEYS, Refusal, Row, as_many_as_fit, cells_of, fields_from


def write_table(sources: Iterable[Mapping[str, str | Sequence[str]]]) -> str:
    """Write sources as a table with a header row."""
    stream = io.StringIO()
    table = csv.DictWriter(stream, KEYS, restval="")
    table.writeheader()
    for fields in sources:
        table.writerow({key: guarded(cell) for key, cell in cells_of(fields).items()})
    return stream.getvalue()


def read_table(text: str) -> list[Row | Refusal]:
    """Read a table; commas, semicolons or tabs between its cells, as its header row has them.

    Raises:
        UsageError: it has no header row with a column `url`.
    """
    text = text.lstrip("\ufeff")
    header = text.partition("\n")[0]
    # The csv module wants line ends as they are, so that one within quotes survives.
    table = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=header.count))
    try:
        names = [name.strip().lower() for name in next(table, [])]
    except csv.Error:
        names = []
    if "url" not in names:
        raise UsageError(
            f"no table of sources: its first line must name the columns, `url` among them ({', '.join(KEYS)})"
        )
    return as_many_as_fit(_rows(table, names))


def _rows(table: Any, names: list[str]) -> Iterator[Row | Refusal]:
    while True:
        line = table.line_num + 1
        try:
            cells = next(table)
        except csv.Error as error:
            yield Refusal(line=line, reason=f"not readable as CSV ({error})")
        except StopIteration:
            return
        else:
            if any(cell.strip() for cell in cells):
                yield _row(line, names, cells)


def _row(line: int, names: list[str], cells: list[str]) -> Row | Refusal:
    if len(cells) > len(names):
        return Refusal(
            line=line, reason=f"{len(cells)} cells under {len(names)} columns: put text with commas in quotes"
        )
    fields = fields_from({name: bare(cell) for name, cell in zip(names, cells, strict=False)})
    return Row(line=line, fields=fields) if "url" in fields else Refusal(line=line, reason="no url")
