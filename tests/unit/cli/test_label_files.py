"""Files of labels: what each line may be, and what is said of one that is none."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.cli.learning.label_files import BadRow, Row, Rules, csv_head, csv_rows, json_line, read
from monitor.errors import UsageError
from monitor.types import Article, Entry, Imported, Judgement, Label, Opinion, TextOrigin, Via

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
RULES = Rules(topics=["drugs", "ports"], who="desk", now=NOON)


def rows(text: str | bytes, name: str = "labels.jsonl") -> list[Row | BadRow]:
    """Read a file's words."""
    return list(read(io.BytesIO(text if isinstance(text, bytes) else text.encode()), Path(name), RULES))


def test_a_line_of_json_is_an_article_with_its_labels() -> None:
    """Who and when are optional, null is unsure, the address becomes canonical."""
    line = {
        "title": "A",
        "text": "B",
        "url": "HTTPS://A.example/x?utm_source=y",
        "labels": {"ports": True, "drugs": None},
    }

    [row] = rows("\n" + json.dumps(line) + "\n\n")

    assert isinstance(row, Row)
    assert (row.place, row.item) == (
        "labels.jsonl:2",
        Imported(
            url="https://a.example/x",
            title="A",
            text="B",
            language="",
            opinions=(
                Opinion(topic="drugs", value=None, who="desk", at=NOON),
                Opinion(topic="ports", value=True, who="desk", at=NOON),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"labels": {"ports": true}}', "neither title, text nor url"),
        ('{"title": "A"}', "no labels"),
        ('{"title": "A", "labels": {}}', "no labels"),
        ('{"title": "A", "labels": ["ports"]}', "no labels"),
        ('{"title": "A", "labels": {"boats": true}}', "unknown topic 'boats': topics.yaml has drugs, ports"),
        ('{"title": "A", "labels": {"ports": "maybe"}}', "write true, false or null"),
        ('{"title": 7, "labels": {"ports": true}}', "title is not a text"),
        ('{"title": "A", "url": "ftp://x", "labels": {"ports": true}}', "is no web address"),
        ('{"title": "A", "when": "yesterdayish", "labels": {"ports": true}}', "is no date"),
        ('{"title": "A", "when": "2031-01-01", "labels": {"ports": true}}', "in the future"),
        ("[" * 100_000, ""),
    ],
)
def test_a_line_that_is_none_is_told_with_its_number(line: str, words: str) -> None:
    """And the lines around it are read."""
    good = '{"title": "A", "labels": {"ports": false}}'

    found = rows(f"{good}\n{line}\n{good}\n")

    assert [type(row) for row in found] == [Row, BadRow, Row]
    assert isinstance(found[1], BadRow)
    assert found[1].place == "labels.jsonl:2"
    assert words in found[1].error


def test_a_sheet_has_a_column_per_topic() -> None:
    """An empty cell is no answer; a byte order mark, quotes and line breaks within a cell do no harm."""
    sheet = '\ufefftitle,text,who,ports,drugs\n"One, two","line\nbreak",ana,yes,\nThree,,,no,unsure\n'

    found = rows(sheet, "labels.csv")

    assert [isinstance(row, Row) and [(o.topic, o.value, o.who) for o in row.item.opinions] for row in found] == [
        [("ports", True, "ana")],
        [("drugs", None, "desk"), ("ports", False, "desk")],
    ]
    assert isinstance(found[0], Row)
    assert (found[0].item.title, found[0].item.text) == ("One, two", "line\nbreak")


@pytest.mark.parametrize("head", ["title,boats", "title,text", ""])
def test_a_sheet_with_a_wrong_head_is_refused_whole(head: str) -> None:
    """Its columns would be guessed at."""
    with pytest.raises(UsageError, match=r"labels\.csv:1: "):
        rows(f"{head}\nA,yes\n", "labels.csv")


def test_a_row_with_too_many_cells_is_told() -> None:
    """Somebody forgot the quotes."""
    found = rows("title,ports\nOne,yes\nTwo, three,yes\n", "labels.csv")

    assert isinstance(found[1], BadRow)
    assert found[1].error == "more cells than columns"


def test_a_cell_may_hold_a_whole_book_and_the_usual_limit_is_put_back() -> None:
    """The limit is the process's, and other readers rely on theirs."""
    before = csv.field_size_limit()

    [row] = rows(f"title,text,ports\nOne,{'word ' * 100_000},yes\n", "labels.csv")

    assert isinstance(row, Row)
    assert csv.field_size_limit() == before


@given(st.binary(max_size=300), st.sampled_from(["a.jsonl", "a.csv"]))
def test_no_file_however_broken_ends_in_anything_but_rows_or_a_refusal(content: bytes, name: str) -> None:
    """Every line is a row or is told."""
    try:
        found = rows(content, name)
    except UsageError:
        return
    assert all(isinstance(row, Row | BadRow) for row in found)


RISKY = st.text(st.sampled_from(";\t '\"=+-@\uff1d\uff0bab"), min_size=1, max_size=12)
TEXT = (
    (st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40) | RISKY)
    .map(str.strip)
    .filter(bool)
)


def judged(title: str, text: str, said: list[tuple[str, str, bool | None]]) -> Judgement:
    """Give an article with what was said of it: by whom, of which topic."""
    entry = Entry(
        id=1,
        source_id="s",
        outlet="S",
        url="https://a.example/1",
        link=None,
        title=title,
        summary="",
        content=text,
        published=None,
        seen_at=NOON,
        digest="",
    )
    return Judgement(
        article=Article(entry=entry, text=text, origin=TextOrigin.FEED),
        language="en",
        judged=True,
        verdicts=(),
        labels=tuple(
            Label(entry_id=1, topic=topic, value=value, who=who, at=NOON, via=Via.WEB) for who, topic, value in said
        ),
    )


def sheet_of(judgement: Judgement) -> str:
    """Give what is written out as a sheet."""
    sheet = io.StringIO()
    csv.writer(sheet).writerows([csv_head(RULES.topics), *csv_rows(judgement, RULES.topics)])
    return sheet.getvalue()


@given(TEXT, TEXT, st.sampled_from([True, False, None]), st.sampled_from([True, False, None]))
def test_what_is_written_out_is_read_back(title: str, text: str, one: bool | None, other: bool | None) -> None:
    """As JSON lines and as a sheet: the article, who, when, and every answer."""
    said = [("ana", "ports", one), ("bo", "ports", other), ("bo", "drugs", one)]
    judgement = judged(title, text, said)

    for found in (rows("\n".join(json_line(judgement))), rows(sheet_of(judgement), "labels.csv")):
        items = [row.item for row in found if isinstance(row, Row)]
        assert [(item.title, item.text, item.url, item.language) for item in items] == [
            (title, text, "https://a.example/1", "en")
        ] * 2
        answers = [(o.who, o.topic, o.value, o.at) for item in items for o in item.opinions]
        assert sorted(answers, key=str) == sorted([(who, topic, value, NOON) for who, topic, value in said], key=str)


@given(TEXT, TEXT, TEXT)
def test_no_cell_of_a_sheet_is_a_formula(title: str, text: str, who: str) -> None:
    """Titles and texts are words from the web, and names what people call themselves."""
    table = csv.reader(io.StringIO(sheet_of(judged(title, text, [(who, "ports", True)])), newline=""))

    assert not [cell for row in table for cell in row if cell.startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20"))]
