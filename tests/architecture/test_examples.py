"""Every example in the documents and helps is one that the program takes: commands are parsed, configuration is checked."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.exceptions import TyperException

from monitor.cli import app
from monitor.config.loading import checked

from .test_documented import ROOT, commands

# commands.md is written by the command itself: its examples are those of the helps, its usages no calls.
DOCUMENTS = [ROOT / "README.md", *sorted({*(ROOT / "docs").glob("*.md")} - {ROOT / "docs/commands.md"})]
BETWEEN = {"&&", "||", "|", ";", ">", ">>", "<"}
FIRST = "topics: [{id: ports, keywords: {include: [port]}}]\n"


def fenced(kind: str) -> Iterator[tuple[str, str]]:
    """Give the blocks of a kind with the document they stand in."""
    for document in DOCUMENTS:
        for block in re.findall(
            rf"^```{kind}\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            yield document.name, block


def calls(line: str) -> Iterator[list[str]]:
    """Give the words of each call of the program in a line of shell."""
    words: list[str] = []
    for word in [*shlex.split(line, comments=True), ";"]:
        if word in BETWEEN:
            if words and words[0] == "monitor":
                yield words[1:]
            words = []
        else:
            words.append(word)


def examples() -> list[tuple[str, str]]:
    """Give each example with where it stands."""
    lines = [(name, line[2:]) for name, block in fenced("console") for line in block.splitlines() if line[:2] == "$ "]
    for name, command in commands(typer.main.get_command(app)):
        said = re.sub(r"^Examples?: ", "", command.epilog or "")
        lines += [(f"monitor {name} --help", example) for example in said.split(" · ")]
    return [(name, line) for name, line in lines if any(calls(line))]


def understood(words: list[str]) -> None:
    """Have the program read the words of a call, without doing anything."""
    command: Any = typer.main.get_command(app)
    context = None
    while True:
        context = command.make_context("monitor", words, parent=context)
        if not hasattr(command, "commands"):
            return
        _, command, words = command.resolve_command(context, [*context._protected_args, *context.args])


@pytest.mark.parametrize(("place", "line"), examples())
def test_a_call_that_is_shown_is_one_that_the_program_takes(
    place: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each command, option and number of words; files that it names stand at hand."""
    monkeypatch.chdir(tmp_path)
    for words in calls(line):
        for word in words:
            if re.fullmatch(r"[\w-]+\.(jsonl|csv|opml|db|html|xml|gz)", word):
                (tmp_path / word).touch()
        understood(words)


@pytest.mark.parametrize(
    ("place", "block"),
    [(name, block) for name, block in fenced("yaml") if "scrape" not in block and "groups:" not in block],
)
def test_configuration_that_is_shown_is_one_that_the_program_takes(place: str, block: str) -> None:
    """A whole file, or members of the list that it belongs to."""
    if block.startswith("  - "):
        block = ("topics:\n" if "keywords:" in block else "sources:\n") + block
    kind = next((name for name in ("topics", "sources") if f"{name}:" in block), "monitor")

    checked({"topics": FIRST.encode(), "sources": None, "monitor": None, kind: block.encode()}, {})


@pytest.mark.parametrize("line", ["run --now", "sources add", "db copy one", "labels inport x.jsonl", "replay --since"])
def test_a_call_that_the_program_does_not_take_is_found(line: str) -> None:
    """An unknown option or command, a word too few, an option without its value."""
    with pytest.raises(TyperException):
        understood(line.split())
