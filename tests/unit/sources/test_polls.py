"""Takes poll logs, gives the marks and words in which a terminal and a page show them."""

from datetime import UTC, datetime

import pytest

from monitor.sources.polls import in_words, legend, strip
from monitor.types import PollRecord

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def log(*results: str) -> list[PollRecord]:
    """Give polls that came to this, latest first."""
    return [
        PollRecord(source_id="x", at=NOW, result=result, detail="", entries=0, new=0, seconds=0.0) for result in results
    ]


@pytest.mark.parametrize(
    ("results", "drawn"),
    [
        (("ok", "not-modified", "http-404", "http-500", "http-204"), "H54–·"),
        (("timeout", "dns", "tls", "refused-address", "too-large"), "LASDT"),
        (("not-a-feed", "parse-error", "robots", "gone", "error"), "EGRPF"),
    ],
)
def test_every_result_has_its_mark(results: tuple[str, ...], drawn: str) -> None:
    """The words of the poll log, latest first, are drawn oldest first."""
    assert strip(log(*results)) == drawn


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ((), "0 polls"),
        (("ok",), "1 poll: 1 read"),
        (("timeout", "ok", "ok", "http-404", "http-410"), "5 polls: 2 read, 2 refused (4xx), 1 timeout"),
        (("timeout", "timeout", "ok"), "3 polls: 2 timeout, 1 read"),
    ],
)
def test_a_strip_is_told_to_those_who_do_not_see_it(results: tuple[str, ...], said: str) -> None:
    """How many polls, and of each kind how many, the most frequent first."""
    assert in_words(log(*results)) == said


def test_the_legend_explains_the_marks_that_are_used() -> None:
    """Each once, in the order of the table, and says which are good."""
    told = [(mark.letter, mark.good) for mark in legend(log("http-500", "ok", "timeout", "ok"))]

    assert told == [("·", True), ("5", False), ("T", False)]
