"""Takes files of JSON lines, checks what `monitor try stories` and `monitor try summarise` write."""

import json

import pytest
import typer
from typer.testing import CliRunner

from monitor.cli.trying import stories as try_stories
from monitor.cli.trying.jsonlines import Bad, Item, read_items
from monitor.errors import UsageError

FIND = "The navy of Lomanda found two tonnes of cocaine on a fishing boat off Port Asker, officials said."
PACT = "The ministers of Torvenia and Ostmark signed an agreement on joint exercises in Brunn."


@pytest.fixture
def run(tmp_path):
    """Give a function that runs a command on lines and gives its exit code and what it wrote."""
    app = typer.Typer()
    try_stories.register(app)

    def call(command, *lines):
        file = tmp_path / "items.jsonl"
        file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
        result = CliRunner().invoke(app, [command, str(file), "--json"])
        return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]

    return call


def item(name, text=FIND, **more):
    """Give a line."""
    return {"id": name, "title": "", "text": text, **more}


def test_every_item_gets_its_story(run):
    """A repeated text shares the first one's story, another text has its own, and equal dates are no trouble."""
    code, lines = run("stories", *(item(n, t, date="2026-03-10") for n, t in (("a", FIND), ("b", PACT), ("c", FIND))))

    assert code == 0
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    assert lines[0]["story"] == lines[2]["story"] != lines[1]["story"]


def test_stories_end_with_their_window(run):
    """The same text a week later is another story."""
    _, (first, later) = run("stories", item("a", date="2026-03-10"), item("b", date="2026-03-17T08:00:00Z"))

    assert first["story"] != later["story"]


def test_an_undated_item_was_seen_with_its_neighbours(run):
    """Null, missing and unreadable dates take the time of the item before, at the front that of the first dated one."""
    code, lines = run("stories", item(1, date=None), item(2, date="2026-03-10"), item(3), item(4, date="some day"))

    assert code == 0
    assert len({line["story"] for line in lines}) == 1


def test_one_far_date_does_not_forget_the_present(run):
    """An item dated years ahead does not part the items around it."""
    _, lines = run("stories", item(1, date="2026-03-10"), item(2, date="2031-03-10"), item(3, date="2026-03-10"))

    assert lines[0]["story"] == lines[2]["story"] != lines[1]["story"]


def test_an_item_may_be_without_title_and_go_by_doc_id(run):
    """Where there is no title the first line serves, and `doc_id` where there is no `id`."""
    _, lines = run("stories", {"doc_id": "x", "text": f"Cocaine found\n{FIND}"}, {"doc_id": "y", "text": PACT})

    assert [line["id"] for line in lines] == ["x", "y"]


@pytest.mark.parametrize("command", ["stories", "summarise"])
@pytest.mark.parametrize(
    "bad",
    [
        "{",
        "[1]",
        '"text"',
        '{"id": "b"}',
        '{"id": "b", "text": 7}',
        "[" * 99_999,
        '{"id": "b", "text": "x", "date": 3}',
    ],
)
def test_a_bad_line_is_an_error_and_the_others_are_written(run, command, bad):
    """A line that is no item gives an error and exit 1."""
    code, lines = run(command, item("a"), bad, "", item("c"))

    assert code == 1
    assert ["error" in line for line in lines] == [False, True, False]
    assert [lines[0]["id"], lines[2]["id"]] == ["a", "c"]


def test_summaries_are_written_per_item(run):
    """Each line gives the item's id and its sentences."""
    assert run("summarise", item("a")) == (0, [{"id": "a", "sentences": [FIND]}])


def test_a_lone_surrogate_does_no_harm(run):
    """Text that no encoding can carry is read and written all the same."""
    code, (line,) = run("summarise", '{"id": "a", "text": "Half a pair \\ud800 stood in this text."}')

    assert (code, line["sentences"]) == (0, ["Half a pair ? stood in this text."])


def test_bytes_that_are_no_text_are_a_bad_line(tmp_path):
    """A line that is not UTF-8 is named by file and number; a byte order mark is passed over."""
    file = tmp_path / "items.jsonl"
    file.write_bytes(b'\xef\xbb\xbf{"id": 5, "text": "x"}\n\xff\xfe\n')

    first, second = read_items(file)

    assert isinstance(first, Item)
    assert first.id == 5
    assert isinstance(second, Bad)
    assert second.id == f"{file}:2"


def test_a_missing_file_is_wrong_usage(tmp_path):
    """A file that cannot be opened ends the command with a line for people."""
    with pytest.raises(UsageError, match=r"none\.jsonl"):
        list(read_items(tmp_path / "none.jsonl"))
