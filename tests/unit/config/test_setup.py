"""Takes the commands `init`, `check`, `config schema` and `config show`, and expects files, words and exit codes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer
from typer.testing import CliRunner, Result

from monitor.cli import setup
from monitor.config import shipped
from monitor.errors import ConfigError, UsageError

Write = Callable[..., Path]
NAMES = ["monitor.yaml", "slack-app-manifest.yaml", "sources.yaml", "topics.yaml"]


def call(*words: object, config: Path = Path("config")) -> Result:
    """Run a command as the whole program would."""
    app = typer.Typer()

    @app.callback()
    def options(ctx: typer.Context) -> None:
        ctx.obj = SimpleNamespace(config_dir=config)

    setup.register(app)
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(autouse=True)
def _no_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("SLACK_", "MONITOR_")):
            monkeypatch.delenv(name)


def test_init_gives_a_configuration_that_check_accepts(tmp_path: Path) -> None:
    """The starter files are written to DIR/config, and what to do next is said."""
    result = call("init", tmp_path / "desk")
    checked = call("check", config=tmp_path / "desk" / "config")

    assert sorted(file.name for file in (tmp_path / "desk" / "config").iterdir()) == NAMES
    assert f"monitor --config {tmp_path / 'desk' / 'config'} check" in result.output
    assert (result.exit_code, checked.exit_code) == (0, 0)
    assert "is usable" in checked.stdout
    assert "warning: fetch.user_agent" in checked.stderr


def test_init_keeps_what_is_there(tmp_path: Path) -> None:
    """A file that was edited stays, missing ones are added; --force writes all anew."""
    call("init", tmp_path)
    edited = tmp_path / "config" / "topics.yaml"
    edited.write_text("topics: []")
    (tmp_path / "config" / "monitor.yaml").unlink()

    kept = call("init", tmp_path)
    text = edited.read_text()
    call("init", tmp_path, "--force")

    assert f"kept     {edited}" in kept.output
    assert text == "topics: []"
    assert (tmp_path / "config" / "monitor.yaml").exists()
    assert edited.read_bytes() == (shipped("config") / "topics.yaml").read_bytes()


def test_init_refuses_a_target_that_is_no_folder(tmp_path: Path) -> None:
    """A file in the way is wrong usage, exit code 2."""
    (tmp_path / "file").write_text("")

    error = call("init", tmp_path / "file").exception

    assert isinstance(error, UsageError)
    assert error.exit_code == 2
    assert "name another folder" in str(error)


def test_check_refuses_a_mistake(write: Write) -> None:
    """The mistake is the error's text; with --json it also stands on stdout."""
    folder = write(monitor="tiemzone: UTC")

    plain, as_json = call("check", config=folder), call("check", "--json", config=folder)

    assert isinstance(plain.exception, ConfigError)
    assert json.loads(as_json.stdout) == {"ok": False, "errors": [str(plain.exception)], "warnings": []}
    assert isinstance(as_json.exception, ConfigError)


def test_check_gives_facts_as_json(write: Write) -> None:
    """Counts and warnings stand on one line."""
    folder = write(sources="sources: [{url: 'https://a.example'}]", topics="topics: [{id: t}]")

    facts = json.loads(call("check", "--json", config=folder).stdout)

    assert (facts["ok"], facts["sources"], facts["topics"]) == (True, 1, 1)
    assert "topic t has no keywords: it rests on the model alone" in facts["warnings"]


def test_check_live_tells_what_each_source_gave(write: Write) -> None:
    """Every source is asked through the real client; a row per source is printed, and a failing source is no mistake."""
    folder = write(sources="sources: [{id: a, url: 'http://127.0.0.1:9/feed'}]")

    in_words, as_json = call("check", "--live", config=folder), call("check", "--live", "--json", config=folder)

    assert "a: refused-address. 127.0.0.1 is loopback" in in_words.stdout
    assert json.loads(as_json.stdout.splitlines()[1])["result"] == "refused-address"
    assert (in_words.exit_code, as_json.exit_code) == (0, 0)


def test_schemas_are_written_or_printed(tmp_path: Path) -> None:
    """One file per schema with --dir, one JSON object without."""
    written, printed = call("config", "schema", "--dir", tmp_path), call("config", "schema")

    files = {file.name: json.loads(file.read_text()) for file in tmp_path.iterdir()}
    assert written.exit_code == 0
    assert {f"{name}.schema.json": content for name, content in json.loads(printed.stdout).items()} == files
    assert sorted(files) == ["monitor.schema.json", "sources.schema.json", "topics.schema.json"]


def test_schemas_for_a_folder_that_is_not_there_are_refused(tmp_path: Path) -> None:
    """The folder is not made: a slip in its name would hide the schemas from the editor."""
    assert isinstance(call("config", "schema", "--dir", tmp_path / "gone").exception, UsageError)


def test_settings_are_listed_with_where_they_come_from(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line each, with the origin as a comment; the same as JSON; no secret in either."""
    folder = write(monitor="fetch:\n  interval: 90m", sources="sources: [{id: a, url: 'https://me:hush@a.example'}]")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-hush")

    plain, as_json = call("config", "show", config=folder), call("config", "show", "--json", config=folder)

    rows = {row["key"]: row for row in map(json.loads, as_json.stdout.splitlines())}
    assert "fetch.interval: 90m  # monitor.yaml:2" in plain.stdout.splitlines()
    assert "timezone: UTC  # default" in plain.stdout.splitlines()
    assert "SLACK_BOT_TOKEN: set  # $SLACK_BOT_TOKEN" in plain.stdout.splitlines()
    assert rows["sources.a"]["value"] == "{url: https://***@a.example}"
    assert (rows["fetch.interval"]["group"], rows["fetch.interval"]["origin"]) == ("fetch", "monitor.yaml:2")
    assert len(rows) == len(plain.stdout.splitlines())
    assert "hush" not in plain.stdout + as_json.stdout
    assert isinstance(call("config", "show", config=write(monitor="tiemzone: UTC")).exception, ConfigError)


def test_what_is_shipped_is_found_from_any_folder(tmp_path: Path) -> None:
    """The starter files do not hang on the working folder."""
    code = "from monitor.config import shipped; print(shipped('config'))"

    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True
    ).stdout.strip()

    assert (Path(found) / "topics.yaml").is_file()


def test_what_is_not_shipped_is_told() -> None:
    """A broken installation says so."""
    with pytest.raises(ConfigError, match="install topic-monitor again"):
        shipped("nothing-of-the-kind")
