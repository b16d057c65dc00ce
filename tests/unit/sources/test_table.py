"""Takes tables of sources, and expects rows, refusals with their lines, and no formula for a spreadsheet."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import UsageError
from monitor.sources.rows import KEYS, LISTS, MOST_ROWS, Refusal, Row, joined, split
from monitor.sources.table import read_table, write_table

_CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)
_TEXTS = _CELLS.map(str.strip)
FIELDS = st.fixed_dictionaries(
    {"url": _TEXTS},
    optional={key: st.lists(_TEXTS, min_size=1) if key in LISTS else _TEXTS for key in KEYS if key != "url"},
)


def test_a_table_has_the_keys_of_sources_yaml_as_columns() -> None:
    """Several tags share a cell."""
    text = write_table([{"id": "h", "url": "https://h.example", "tags": ("un", "press")}])

    assert text.splitlines()[0] == ",".join(KEYS)
    assert text.splitlines()[1] == "h,,https://h.example,,,,,,,,,,un;press,"


@given(st.lists(FIELDS, max_size=4))
def test_what_is_written_is_read_again(sources: list[dict[str, str | list[str]]]) -> None:
    """Whatever stands in a cell: quotes, line ends, separators, signs of formulas."""
    rows = read_table(write_table(sources))

    assert [row.fields for row in rows if isinstance(row, Row)] == sources


@given(st.lists(FIELDS, min_size=1, max_size=4))
def test_no_cell_is_a_formula(sources: list[dict[str, str | list[str]]]) -> None:
    """A spreadsheet would run what begins with one of these."""
    cells = [cell for row in csv.reader(io.StringIO(write_table(sources), newline="")) for cell in row]

    assert not [cell for cell in cells if cell.startswith((*"=+-@\uff1d\uff0b\uff0d\uff20", "\t", "\r"))]


@given(st.lists(_TEXTS))
def test_words_share_a_cell_and_come_apart_again(words: list[str]) -> None:
    """A word may hold the separator, and the sign that marks it."""
    assert split(joined(words)) == words


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_row_tells_how_cells_are_separated(delimiter: str) -> None:
    """Spreadsheets write what their country uses; order and case of the columns do not matter, others are passed over."""
    text = (
        "\ufeff" + delimiter.join(["Remark", "URL", "Tags"]) + "\r\n" + delimiter.join(["x", "https://h.example", "un"])
    )

    assert read_table(text) == [Row(line=2, fields={"url": "https://h.example", "tags": ["un"]})]


def test_a_line_that_is_no_source_is_refused_with_its_number() -> None:
    """A line end within quotes counts, a blank line is nothing."""
    text = 'url,note\nhttps://a.example,"two\nlines"\n\n,no address\na,b,c\nhttps://b.example\n'

    rows = read_table(text)

    assert [(row.line, type(row)) for row in rows] == [(2, Row), (5, Refusal), (6, Refusal), (7, Row)]
    assert [row.reason for row in rows if isinstance(row, Refusal)] == [
        "no url",
        "3 cells under 2 columns: put text with commas in quotes",
    ]


@pytest.mark.parametrize("text", ["", "\n\n", "name,address\na,b\n", "\0\0\0"])
def test_what_has_no_column_url_is_refused(text: str) -> None:
    """The refusal names the columns there may be."""
    with pytest.raises(UsageError, match="`url` among them"):
        read_table(text)


def test_a_cell_without_end_is_refused() -> None:
    """The library's own limit on a cell holds; the rest of the table is read."""
    (first, second) = read_table(f"url\n{'a' * 200_000}\nhttps://b.example\n")

    assert isinstance(first, Refusal)
    assert second == Row(line=3, fields={"url": "https://b.example"})


def test_a_table_without_end_is_cut_off() -> None:
    """What was not read is said."""
    rows = read_table("url\n" + "https://a.example\n" * (MOST_ROWS + 50))

    assert len(rows) == MOST_ROWS + 1
    assert isinstance(rows[-1], Refusal)
    assert rows[-1].line == MOST_ROWS + 2


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    """There are rows, refusals, or a refusal of the whole."""
    try:
        rows = read_table(text)
    except UsageError:
        return
    assert all(row.line >= 2 for row in rows)
