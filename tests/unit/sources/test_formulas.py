"""Takes words from the web, expects cells that no spreadsheet runs, and the same words again."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.sources.formulas import bare, guarded

WORDS = st.text(st.sampled_from(";\t\r\n '\",=+-@\uff1d\uff0b\uff0d\uff20\xa0ab"), max_size=12) | st.text(max_size=20)
SIGNS = tuple("=+-@\uff1d\uff0b\uff0d\uff20")


@pytest.mark.parametrize(("words", "cell"), [
    ("=1", "'=1"), ("+1", "'+1"), ("-1", "'-1"), ("@A1", "'@A1"), ("  =1", "'  =1"), ("\t1", "'\t1"), ("\r1", "'\r1"),
    ("\uff1d1", "'\uff1d1"), ("\uff0b1", "'\uff0b1"), ("\uff0d1", "'\uff0d1"), ("\uff201", "'\uff201"),
    ("a;=1", "a;'=1"), ("a;  +1", "a;'  +1"), ("a\t-1", "a\t'-1"), ("a\n@1", "a\n'@1"), ("a;\uff1d1", "a;'\uff1d1"),
    ('a";"=1', "a\";'\"=1"), ("'=1", "''=1"), ("a;'=1", "a;''=1"),
    ("a=1", "a=1"), ("a, -1", "a, -1"), ("a; b", "a; b"), ("'Tis", "'Tis"), ("", ""),
])  # fmt: skip
def test_what_begins_like_a_formula_is_made_text(words: str, cell: str) -> None:
    """At the beginning, and behind what another spreadsheet takes for the end of a cell; other words stay as they are."""
    assert guarded(words) == cell


@given(WORDS)
def test_the_words_come_back(words: str) -> None:
    """Whatever they are, guarded twice too."""
    assert bare(guarded(words)) == words
    assert bare(bare(guarded(guarded(words)))) == words


@given(st.lists(WORDS, min_size=1, max_size=4), st.sampled_from(",;\t"))
def test_no_cell_is_a_formula_whatever_is_taken_for_the_end_of_one(row: list[str], delimiter: str) -> None:
    """A table written with commas, read by a spreadsheet that expects something else."""
    text = io.StringIO(newline="")
    csv.writer(text).writerow([guarded(words) for words in row])
    cells = [
        cell for line in csv.reader(io.StringIO(text.getvalue(), newline=""), delimiter=delimiter) for cell in line
    ]

    assert not [cell for cell in cells if cell.strip().startswith(SIGNS)]


def test_blanks_without_end_are_passed_over() -> None:
    """Each once, however many bounds stand among them."""
    words = (" " * 1_000 + ";") * 1_000 + "\n" * 1_000_000

    assert guarded(words) == words
