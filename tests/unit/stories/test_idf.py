"""Takes the shipped table of word frequencies, checks that it is there, small, quick, and says what is common."""

import time
from importlib.resources import files

import pytest

from monitor.errors import ModelError
from monitor.stories import Idf, idf, shipped_idf
from monitor.stories.idf import read_idf, write_idf


def test_common_words_are_common():
    """The table tells everyday words from those of a subject, and those from unknown ones."""
    table = shipped_idf()

    assert table.share("the") > 0.5 > 0.05 > table.share("fentanyl") > table.share("qwxyz") > 0


def test_the_table_is_small_and_quick():
    """It takes at most 300 kB and 50 ms of processor time, give or take a busy machine."""
    packed = (files("monitor") / "data" / "idf.txt.gz").read_bytes()

    started = time.process_time()
    shipped_idf.__wrapped__()
    took = time.process_time() - started

    assert len(packed) <= 300_000
    assert took < 0.15


def test_a_table_is_read_as_written():
    """Writing and reading give the same table."""
    table = Idf(documents=90, frequencies={"port": 7, "quay": 5, "année": 5})

    assert read_idf(write_idf(table)) == table


def test_a_missing_table_is_an_error_for_people(monkeypatch, tmp_path):
    """A package without its table says so in one line."""
    monkeypatch.setattr(idf, "files", lambda _: tmp_path)

    with pytest.raises(ModelError, match="reinstall"):
        shipped_idf.__wrapped__()
