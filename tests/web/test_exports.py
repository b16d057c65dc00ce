"""The tables for spreadsheets, over real HTTP: what stands in them, what is left out, and that no cell is a formula."""

import csv
import io
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from tests.contract.conftest import NOON, Newsroom

from monitor.bootstrap import Front
from monitor.types import Label, Via
from monitor.web.programs import exports

from .conftest import TOKEN, Browser


def table(text: str) -> list[dict[str, str]]:
    """Read a table as a spreadsheet does."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def said(entry_id: int, topic: str, *, value: bool | None, days: int = 0) -> Label:
    """Give an answer, given some days before noon."""
    at = NOON - timedelta(days=days)
    return Label(entry_id=entry_id, topic=topic, value=value, who="U1", name="ana", at=at, via=Via.SLACK)


def test_stories_are_written_for_a_spreadsheet(page: Browser) -> None:
    """UTF-8 that is known as such, a file of its own, a row for each story of the inbox, the latest first."""
    _, text, answer = page.get("/export/stories.csv")

    assert text.startswith("\ufeffstory,updated,headline,")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="stories-2026-03-02.csv"'
    assert [row["story"] for row in table(text)] == ["3", "1"]
    assert table(text)[1] == {
        "story": "1",
        "updated": "2026-03-02T11:00:00+00:00",
        "headline": "Accord signed at the harbour",
        "outlet": "Gazette",
        "outlets": "Gazette",
        "articles": "2",
        "topics": "drug_policy 0.75",
        "page": f"{page.base}/stories/1",
    }


def test_no_cell_is_a_formula(page: Browser, room: Newsroom, front: Front) -> None:
    """Headlines are words from the web, and spreadsheets reckon with words that begin so."""
    cells = {
        "=HYPERLINK(1)": "'=HYPERLINK(1)", "+1 for the harbour": "'+1 for the harbour", "-2+3": "'-2+3",
        "@SUM(A1)": "'@SUM(A1)", "\t=1": "'=1", "\r=1": "'=1", "  =1": "'=1", "\u202e=1": "'=1", "\tTab": "Tab",
        "Harbour;=1": "Harbour;'=1", "Harbour; +1": "Harbour;' +1", "Harbour\t=1": "Harbour =1", "\uff1d1": "'\uff1d1",
        "Harbour; \uff20SUM": "Harbour;' \uff20SUM", "'Tis the harbour": "'Tis the harbour",
        'Quoted, "twice"\r\nin two lines': 'Quoted, "twice" in two lines', "a=1": "a=1",
    }  # fmt: skip
    read = room.articles(*(room.new(number, title=title) for number, title in enumerate(cells, 10)))
    room.store.save_judgements(room.worker, [room.judged(one) for one in read], now=NOON)
    front.store.save_labels([said(one.entry.id, "drug_policy", value=True) for one in read])

    stories, labels = (table(page.get(f"/export/{name}.csv")[1]) for name in ("stories", "labels"))

    assert [row["headline"] for row in reversed(stories)][-len(cells) :] == [*cells.values()]
    assert [row["title"] for row in labels] == [*cells.values()]


def test_stories_are_narrowed_as_the_inbox_is(page: Browser, room: Newsroom) -> None:
    """By the same address: topic, source, days, one day, what was said."""
    (old,) = room.articles(room.new(9, published=NOON - timedelta(days=20)))
    room.store.save_judgements(room.worker, [room.judged(old, verdicts=(room.verdict("drug_policy"),))], now=NOON)

    def numbers(query: str) -> list[str]:
        return [row["story"] for row in table(page.get(f"/export/stories.csv{query}")[1])]

    assert numbers("") == ["3", "1"]
    assert numbers("?days=30") == ["3", "1", "4"]
    assert numbers("?day=2026-02-10") == ["4"]
    assert numbers("?topic=bilateral_security") == []
    assert numbers("?source=zebra") == []
    assert numbers("?said=something") == []
    assert numbers("?page=7&days=nonsense&topic=zebra") == ["3", "1"]
    assert numbers("?day=0001-01-02") == []
    assert numbers("?day=9999-12-30") == []


def test_answers_are_written_with_who_gave_them(page: Browser, front: Front) -> None:
    """All there ever were, by article; in words, unsure too."""
    front.store.save_labels([
        said(1, "drug_policy", value=True, days=400),
        said(1, "bilateral_security", value=False),
        said(2, "drug_policy", value=None),
    ])  # fmt: skip

    found = table(page.get("/export/labels.csv")[1])

    assert [(row["article"], row["topic"], row["value"]) for row in found] == [
        ("1", "bilateral_security", "no"),
        ("1", "drug_policy", "yes"),
        ("2", "drug_policy", "unsure"),
    ]
    assert found[1] == {
        "article": "1",
        "title": "Harbour council signs accord",
        "topic": "drug_policy",
        "value": "yes",
        "who": "ana",
        "when": "2025-01-26T12:00:00+00:00",
        "via": "slack",
    }


def test_answers_are_narrowed_by_topic_source_and_days(page: Browser, front: Front) -> None:
    """Days count only where they are asked for."""
    front.store.save_labels([said(1, "drug_policy", value=True, days=20), said(2, "bilateral_security", value=False)])

    def numbers(query: str) -> list[str]:
        return [row["article"] for row in table(page.get(f"/export/labels.csv{query}")[1])]

    assert numbers("?topic=drug_policy") == ["1"]
    assert numbers("?source=gazette") == ["1", "2"]
    assert numbers("?source=zebra") == []
    assert numbers("?days=7") == ["2"]
    assert numbers("?day=2026-02-10") == ["1"]


def test_long_tables_are_read_part_by_part_up_to_a_limit(
    page: Browser, room: Newsroom, front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No row is lost or told twice where a part ends."""
    read = room.articles(*(room.new(number) for number in range(10, 15)))
    room.store.save_judgements(room.worker, [room.judged(one) for one in read], now=NOON)
    front.store.save_labels([said(one, "drug_policy", value=True) for one in range(1, 9)])
    whole = [table(page.get(f"/export/{name}.csv")[1]) for name in ("stories", "labels")]
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    parts = [table(page.get(f"/export/{name}.csv")[1]) for name in ("stories", "labels")]
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    cut = [table(page.get(f"/export/{name}.csv")[1]) for name in ("stories", "labels")]

    assert [len(rows) for rows in whole] == [7, 8]
    assert parts == whole
    assert cut == [rows[:3] for rows in whole]


def test_trouble_with_the_database_is_told_instead_of_a_table(page: Browser, tmp_path: Path) -> None:
    """No empty table looks like no stories."""
    with sqlite3.connect(tmp_path / "monitor.db") as broken:
        broken.execute("DROP TABLE labels")
    broken.close()

    for name in ("stories", "labels"):
        status, told, _ = page.get(f"/export/{name}.csv")
        assert (status, "monitor db check" in told) == (503, True)


def test_nobody_reads_them_without_a_token(open_page: Callable[[str], str]) -> None:
    """A program is told how to sign in."""
    base = open_page(f"ana:{TOKEN}")

    assert Browser(base).get("/export/stories.csv")[0] == 401
    assert Browser(base, {"Authorization": f"Bearer {TOKEN}"}).get("/export/stories.csv")[0] == 200
