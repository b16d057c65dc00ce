"""What the command offers stands in the documentation, and every help shows an example."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
import typer.main

from monitor.cli import app

ROOT = Path(__file__).parents[2]


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[str, click.Command]]:
    """Give every command that can be called, by its words."""
    found = []
    for name, command in getattr(group, "commands", {}).items():
        if getattr(command, "commands", None):
            found += commands(command, (*path, name))
        else:
            found.append((" ".join((*path, name)), command))
    return found


def test_the_reference_of_commands_is_what_the_command_says_of_itself() -> None:
    """`docs/commands.md` is written by `make docs`; a command or flag added or changed makes it stale."""
    written = subprocess.run(
        [
            Path(sys.executable).parent / "typer",
            "monitor.cli",
            "utils",
            "docs",
            "--name",
            "monitor",
            "--title",
            "Commands",
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    ).stdout

    stands = (ROOT / "docs/commands.md").read_text(encoding="utf-8")

    assert stands.strip() == written.strip(), "run `make docs`"


@pytest.mark.parametrize(("name", "command"), commands(typer.main.get_command(app)))
def test_every_command_explains_itself_with_an_example(name: str, command: click.Command) -> None:
    """A sentence on what it does, an example to copy, and a sentence for every option."""
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]

    assert command.help, name
    assert f"monitor {name}" in (command.epilog or "") or name == "try", name
    assert [option.name for option in options if not option.help] == []


def test_the_commands_of_the_contract_are_there() -> None:
    """Others run against these names."""
    names = {name.split()[0] for name, _ in commands(typer.main.get_command(app))}

    assert {"init", "demo", "run", "check", "config", "try", "why", "db", "models", "slack", "health"} <= names


def test_every_dependency_has_its_reason() -> None:
    """The table of docs/decisions/0002-parts.md names what pyproject.toml depends on, extras included, and nothing else."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    required = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    names = {re.split(r"[\[<>=!~; ]", one)[0] for one in required} - {project["name"]}
    table = (ROOT / "docs/decisions/0002-parts.md").read_text(encoding="utf-8")

    first_cells = re.findall(r"^\| (?:\*\w+:\* )?([\w., -]+) \|", table, re.MULTILINE)

    assert {name for cell in first_cells for name in cell.split(", ")} - {"part"} == names
